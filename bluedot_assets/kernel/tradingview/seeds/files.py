"""The bytes of a seed repository's files: packed CSVs, rows that may not be shown yet, and symbol_info.

Source: TradingView, Pine Seeds data format. The rules that these bytes must keep are in `rules` and
`series/tradingview_rows`, which do not use this module."""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bluedot_assets.kernel.calendar.sessions import Calendar
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.series.indicators import INDICATORS, Indicator
from bluedot_assets.kernel.tradingview.seeds.limits import MAX_DESCRIPTION, MAX_ZEROS
from bluedot_assets.kernel.tradingview.seeds.symbols import PACKED

NO_RATING: Final = -1  # the close of a packed bar whose rlst is null; scripts turn it into na
DOT: Final = 100  # added to the high of a packed bar with a dot, so that the highest of several bars still shows it
_PRICE_DECIMALS: Final = re.compile(rb"\.(\d+)(?=,)")  # a line's end, and no comma, follows the volume
_WEEK: Final = timedelta(days=4)  # from Monday to the Friday that a weekly bar is dated


@dataclass(frozen=True)
class SymbolListing:
    """What symbol_info says of one symbol."""

    description: str
    pricescale: int


def packed_indicator(timeframe: Timeframe) -> Indicator:
    """One symbol that carries everything but price: open = close = rlst, high = 100 + 100 * dot, low = -1, volume =
    bc. It keeps low <= open, close <= high whatever the values."""
    rating = f"CAST(COALESCE(rlst, {NO_RATING}) AS DOUBLE)"
    high = f"CAST({DOT} + {DOT} * CAST(blue_dot AS INT) AS DOUBLE)"
    return Indicator(
        PACKED[timeframe.name],
        f"Rating, dots and benchmark of each {timeframe.name} bar in one symbol.",
        "packed",
        (rating, high, f"CAST({NO_RATING} AS DOUBLE)", rating),
        volume="bc",
        pricescale=1,
    )


def shown_rows(content: bytes, today: date, session: date, timeframe: Timeframe) -> bytes:
    """A CSV without what lies in the future. A weekly bar is dated the Friday of its week: of the unfinished week it
    takes the date of the last `session`, where that lies in its week."""
    kept = content
    future: bytes | None = None
    while kept and _date(last := _last_line(kept)) > today:
        kept, future = kept[: len(kept) - len(last)], last
    if future is None or timeframe.days == 1 or session < _date(future) - _WEEK:
        return kept
    return kept + f"{session:%Y%m%d}".encode() + future[8:]


def _last_line(content: bytes) -> bytes:
    return content[content.rfind(b"\n", 0, len(content) - 1) + 1 :]


def _date(line: bytes) -> date:
    return date.fromisoformat(line[:8].decode())


def last_session(now: datetime, calendar: Calendar) -> date:
    """The latest session that has begun both at the exchange and in UTC, in which TradingView counts its days."""
    day = min(now.astimezone(ZoneInfo(calendar.timezone)).date(), now.astimezone(UTC).date())
    while not calendar.is_session(day):
        day -= timedelta(days=1)
    return day


def pricescale_of(content: bytes) -> int:
    """Ten to the number of decimals that the prices of a CSV have, as far as TradingView takes it."""
    decimals = max(map(len, _PRICE_DECIMALS.findall(content)), default=0)
    return int("1" + "0" * min(decimals, MAX_ZEROS))


def description_of(stock: str, name: str | None, ending: str) -> str:
    """The stock's name (else its symbol) and which series it is; at most 128 characters on one line, never empty."""
    of = f", {ending.replace('_', ' ').lower() if ending in INDICATORS else 'packed'}"
    visible = "".join(
        " " if character.isspace() else character
        for character in name or ""
        if character.isspace() or not unicodedata.category(character).startswith("C")
    )
    words = " ".join(visible.split()) or stock
    return words[: MAX_DESCRIPTION - len(of)].rstrip() + of


def symbol_info(listings: Mapping[str, SymbolListing]) -> bytes:
    """symbol_info/<repository>.json with exactly its keys, symbols by name. Pure ASCII: TradingView's checker opens it
    in whatever encoding its machine has."""
    symbols = sorted(listings)
    content = {
        "symbol": symbols,
        "description": [listings[symbol].description for symbol in symbols],
        "pricescale": [listings[symbol].pricescale for symbol in symbols],
    }
    # A line for each symbol, so that a person and a diff can read it; `indent` would cost ten times as much.
    return json.dumps(content, separators=(",\n", ": ")).encode() + b"\n"


def read_symbol_info(content: bytes | None) -> dict[str, SymbolListing]:
    """Listings by symbol of a valid file (`rules.info_violations` says whether it is); empty without one."""
    if content is None:
        return {}
    found = json.loads(content)
    symbols = [found["symbol"]] if isinstance(found["symbol"], str) else found["symbol"]
    values = (found[key] for key in ("description", "pricescale"))
    columns = [value if isinstance(value, list) else [value] * len(symbols) for value in values]
    return {symbol: SymbolListing(*listing) for symbol, *listing in zip(symbols, *columns, strict=True)}
