"""The names of series in seed repositories (TradingView's Pine Seeds): which symbols a stock has in each layout, and
which stock a symbol belongs to."""

from collections.abc import Sequence
from typing import Final, Literal

from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY, Timeframe
from bluedot_assets.kernel.series.indicators import INDICATORS, Indicator

Layout = Literal["series", "packed"]
PACKED: Final = {DAILY.name: "D", WEEKLY.name: "W"}
_BY_LAST_WORD: Final = {ending.rpartition("_")[2]: ending for ending in (*INDICATORS, *PACKED.values())}


def symbol_of(stock: str, ending: str) -> str:
    """The symbol, and the CSV's name without `.csv`."""
    return f"{stock}_{ending}"


def endings(layout: Layout, timeframe: Timeframe, indicators: Sequence[Indicator]) -> tuple[str, ...]:
    """What the symbols of a stock end in: the enabled indicators' names, or one letter where everything is packed."""
    return (
        (PACKED[timeframe.name],) if layout == "packed" else tuple(sorted(indicator.name for indicator in indicators))
    )


def split_symbol(symbol: str) -> tuple[str, str] | None:
    """(stock, ending) of a symbol that this pipeline names so, None for anybody else's."""
    ending = _BY_LAST_WORD.get(symbol.rpartition("_")[2])
    if ending is None or not symbol.endswith(f"_{ending}") or len(symbol) == len(ending) + 1:
        return None
    return symbol[: -len(ending) - 1], ending
