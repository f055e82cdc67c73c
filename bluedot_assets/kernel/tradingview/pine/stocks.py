"""Which stocks the embedded scripts hold (BLUEDOT_PINE_STOCKS), and what of them, out of the stored tables.

A list of names is read in `tradingview/symbol_lists`; what a script holds of a stock is in `data`."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Final

from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.kernel.source.file_names import published_name
from bluedot_assets.kernel.tradingview.pine.data import StockDots
from bluedot_assets.kernel.tradingview.symbol_lists import symbols_in
from bluedot_assets.kernel.tradingview.vendor_names import without_exchange

if TYPE_CHECKING:
    import polars as pl

PINE_STOCKS: Final = "BLUEDOT_PINE_STOCKS"
_FORM: Final = (
    "write all, or conditions such as rlst>=80, unflagged, flagged, no-etf, or names of stocks, or @<file of names>, "
    "separated by commas"
)
_NAME: Final = re.compile(r"(?:[A-Z0-9_]+:)?[A-Z0-9_.&!/-]{1,42}", re.ASCII)
_LEAST: Final = re.compile(r"rlst>=(\d{1,2}(?:\.\d+)?)", re.ASCII)


@dataclass(frozen=True)
class Choice:
    """The stocks that hold to every condition and, where names are given, are among them."""

    least_rlst: float | None = None
    flagged: bool | None = None  # ASM or GSM; None: both
    funds: bool = True
    names: tuple[str, ...] | None = None  # published names or tickers; None: all
    files: tuple[str, ...] = ()  # of more names, to be read by whoever carries this out

    def with_names(self, more: Iterable[str]) -> "Choice":
        """The same with the names of its files; without files and names it is of all stocks, and stays so."""
        if self.names is None:
            return self
        return replace(self, names=tuple(dict.fromkeys([*self.names, *more])), files=())


def parse_choice(words: Sequence[str]) -> Choice:
    """Conditions are in lower case, names in upper case (ALL is a stock's ticker too). Raises SettingsError."""
    least, flagged, funds = None, None, True
    names: list[str] = []
    files: list[str] = []
    for word in words:
        if found := _LEAST.fullmatch(word):
            least = float(found[1])
        elif word in {"flagged", "unflagged"}:
            flagged = word == "flagged"
        elif word == "no-etf":
            funds = False
        elif word.startswith("@") and len(word) > 1:
            files.append(word[1:])
        elif _NAME.fullmatch(word) and (found_names := symbols_in(word)):
            names += found_names
        elif word != "all":
            raise SettingsError(f"{PINE_STOCKS} has {word!r}: {_FORM}.")
    if not words or ("all" in words and (names or files)):
        raise SettingsError(f"{PINE_STOCKS} names {'both all and single stocks' if words else 'nothing'}: {_FORM}.")
    return Choice(least, flagged, funds, tuple(names) if names or files else None, tuple(files))


def chosen(choice: Choice, stocks: "pl.DataFrame", of: Iterable[StockDots]) -> tuple[list[StockDots], list[str]]:
    """The chosen ones of `of`, and the names that are none of them. `stocks` is the table of that name."""
    every = list(of)
    flags = {row["symbol"]: (row["is_asm"] or row["is_gsm"], row["is_etf"]) for row in stocks.iter_rows(named=True)}
    meant = _symbols_of(choice.names or (), every)
    unknown = sorted(name for name, symbols in meant.items() if not symbols)
    named = frozenset(chain.from_iterable(meant.values()))
    return [stock for stock in every if _holds(choice, stock, named, *flags[stock.symbol])], unknown


def _symbols_of(names: Iterable[str], stocks: Iterable[StockDots]) -> dict[str, set[str]]:
    """The stocks that each name means: by the published name or the ticker, else by the ticker that the name itself
    has, for a stock may have been called otherwise (20MICRONS-BE is 20MICRONS again)."""
    direct: dict[str, set[str]] = defaultdict(set)
    tickers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for stock in stocks:
        ticker = stock.key.rpartition(".")[2]
        for symbols in (direct[stock.symbol], direct[ticker], tickers[stock.zone, ticker]):
            symbols.add(stock.symbol)
    zones = sorted({zone for zone, _ in tickers})

    def otherwise(name: str) -> set[str]:
        places = [(zone, published_name(without_exchange(name, zone))) for zone in zones]
        return set().union(*(tickers[place] for place in places if place in tickers))

    return {name: direct[name] if name in direct else otherwise(name) for name in names}


def _holds(choice: Choice, stock: StockDots, named: Collection[str], flagged: bool, fund: bool) -> bool:
    return (
        (choice.least_rlst is None or (stock.rlst is not None and stock.rlst >= choice.least_rlst))
        and choice.flagged in {None, flagged}
        and (choice.funds or not fund)
        and (choice.names is None or stock.symbol in named)
    )


def stocks_with_dots(
    stocks: "pl.DataFrame", ratings: "pl.DataFrame", dots: "pl.DataFrame", keys: Mapping[str, str]
) -> list[StockDots]:
    """The stocks that have a key. `ratings` are the last known ones (`kernel/bars/ratings`)."""
    rated = {symbol: (rlst, day) for symbol, rlst, day in ratings.select("symbol", "rlst", "rlst_date").iter_rows()}
    days = dict(dots.sort("date").group_by("symbol").agg("date").iter_rows())
    return [
        StockDots(symbol, keys[symbol], zone, rated[symbol][1] or last, rated[symbol][0], tuple(days.get(symbol, ())))
        for symbol, zone, last in stocks.select("symbol", "timezone", "last_session").sort("symbol").iter_rows()
        if symbol in keys
    ]
