"""The dots of stocks as text for Pine scripts: records, the literals that hold them, and the text that people paste.

A text is `#<timezone>|<KEY>:<RLST>:<days behind the as-of date>:<dots>|<KEY>:...|#<timezone>|...`; the pasted one
has a head `BLUEDOT1;<as-of date>;<year of the epoch>` before and `#END` behind it. `templates/lookup.pine.j2` reads it.
Which stocks take part is in `stocks`; a dot's characters are in `encoding`."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from math import ceil
from typing import Final

from bluedot_assets.kernel.source.file_names import published_name
from bluedot_assets.kernel.tradingview.pine.encoding import encode_days
from bluedot_assets.kernel.tradingview.vendor_names import without_exchange

MAGIC: Final = "BLUEDOT1"  # a script refuses a text of another form instead of misreading it
END: Final = "#END"
# Pine: 100,000 tokens a script, about 2 a character of a literal. These make 80,000 and leave room for the code.
SCRIPT_CHARACTERS: Final = 40_000
LITERAL_CHARACTERS: Final = 20_000  # Pine: a string holds at most 40,960


@dataclass(frozen=True)
class StockDots:
    """What scripts show of one stock. `key` is how a script finds it: the ticker's letters, digits and `_`, with
    `<EXCHANGE>.` before it where two stocks of a timezone share a ticker."""

    symbol: str
    key: str
    zone: str
    last: date  # the session that its rating is of; without a rating that of its newest bar
    rlst: float | None  # the last known one
    dots: tuple[date, ...]  # oldest first

    def newest(self, count: int | None) -> "StockDots":
        """The same with its newest `count` dots; None: all."""
        return self if count is None else replace(self, dots=self.dots[-count:])


@dataclass(frozen=True)
class Part:
    """The data of one embedded script: stocks from `first` to `last` in the order of their keys."""

    number: int
    of: int
    count: int
    first: str
    last: str
    literals: tuple[str, ...]


def keys_of(tickers: Mapping[str, str | None], zones: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The key of each symbol, and those symbols that get none because another stock has the same ticker on the same
    exchange. `tickers` are `EXCHANGE:TICKER`, None where unmapped: then the key is of the symbol."""
    full = {
        symbol: (ticker or f":{without_exchange(symbol, zones[symbol])}").partition(":")
        for symbol, ticker in tickers.items()
    }
    bare = {symbol: published_name(ticker) for symbol, (_, _, ticker) in full.items()}
    shared = Counter((zones[symbol], name) for symbol, name in bare.items())
    keys = {
        symbol: name if shared[zones[symbol], name] == 1 else f"{published_name(full[symbol][0])}.{name}"
        for symbol, name in bare.items()
    }
    again = Counter((zones[symbol], key) for symbol, key in keys.items())
    left_out = sorted(symbol for symbol, key in keys.items() if again[zones[symbol], key] > 1)
    return {symbol: key for symbol, key in keys.items() if symbol not in left_out}, left_out


def epoch_of(stocks: Iterable[StockDots], as_of: date) -> date:
    """The first day of the year of the oldest dot: it moves once a year, and the text with it."""
    return date(min((stock.dots[0] for stock in stocks if stock.dots), default=as_of).year, 1, 1)


def record(stock: StockDots, as_of: date, epoch: date) -> str:
    rating = "" if stock.rlst is None else f"{stock.rlst:g}"
    return f"{stock.key}:{rating}:{(as_of - stock.last).days}:{encode_days(stock.dots, epoch)}|"


def paste_text(stocks: Iterable[StockDots], as_of: date, epoch: date) -> str:
    """The text for the paste script, of any number of stocks. The pages cut theirs out of that of all stocks."""
    ordered = sorted(stocks, key=lambda stock: (stock.zone, stock.key))
    sections = [
        f"#{zone}|{''.join(record(stock, as_of, epoch) for stock in members)}"
        for zone, members in groupby(ordered, key=lambda stock: stock.zone)
    ]
    return f"{MAGIC};{as_of};{epoch.year}{''.join(sections)}{END}"


def parts_of(stocks: Sequence[StockDots], as_of: date, epoch: date) -> list[Part]:
    """The data of all embedded scripts: ranges of equally many keys, so that a range moves only when stocks come or go,
    as few as keep every script below its limit."""
    ordered = sorted(stocks, key=lambda stock: (stock.key, stock.zone))
    records = [(stock, record(stock, as_of, epoch)) for stock in ordered]
    of = min(ceil(sum(len(text) for _, text in records) / SCRIPT_CHARACTERS), len(ordered))
    while True:
        ranges = [records[len(ordered) * n // of : len(ordered) * (n + 1) // of] for n in range(of)]
        literals = [_literals(members) for members in ranges]
        # The rules of scripts catch a single stock that breaks the limit; it takes some 40,000 dots.
        if of == len(ordered) or all(sum(map(len, texts)) <= SCRIPT_CHARACTERS for texts in literals):
            break
        of += 1
    return [
        Part(number, of, len(members), members[0][0].key, members[-1][0].key, texts)
        for number, (members, texts) in enumerate(zip(ranges, literals, strict=True), start=1)
    ]


def _literals(records: Sequence[tuple[StockDots, str]]) -> tuple[str, ...]:
    """The records as texts of at most LITERAL_CHARACTERS; each names the timezones that it holds."""
    texts = [""]
    zone = ""
    for stock, text in sorted(records, key=lambda one: (one[0].zone, one[0].key)):
        full = len(texts[-1]) + len(text) + len(stock.zone) + 2 > LITERAL_CHARACTERS
        if full and texts[-1]:
            texts.append("")
        if stock.zone != zone or not texts[-1]:
            zone = stock.zone
            texts[-1] += f"#{zone}|"
        texts[-1] += text
    return tuple(texts)
