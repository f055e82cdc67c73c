"""The names of series in seed repositories (TradingView's Pine Seeds): which symbols a stock has in each layout, and
which stock a symbol belongs to. Names of indicators are entered in `series/indicators`."""

from collections.abc import Sequence
from typing import Final, Literal

from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY, Timeframe
from bluedot_assets.kernel.series.indicators import INDICATORS, Indicator

Layout = Literal["series", "packed"]
PACKED: Final = {DAILY.name: "D", WEEKLY.name: "W"}


def symbol_of(stock: str, ending: str) -> str:
    """The symbol, and the CSV's name without `.csv`."""
    return f"{stock}_{ending}"


def endings(layout: Layout, timeframe: Timeframe, indicators: Sequence[Indicator]) -> tuple[str, ...]:
    """What the symbols of a stock end in: the enabled indicators' names, or one letter where everything is packed."""
    return (
        (PACKED[timeframe.name],) if layout == "packed" else tuple(sorted(indicator.name for indicator in indicators))
    )


def split_symbol(symbol: str) -> tuple[str, str] | None:
    """(stock, ending) of a symbol that this pipeline names so, by its longest registered ending; None for anybody
    else's."""
    ends = [end for end in (*INDICATORS, *PACKED.values()) if symbol.endswith(f"_{end}") and len(symbol) > len(end) + 1]
    ending = max(ends, key=len, default=None)
    return (symbol[: -len(ending) - 1], ending) if ending else None
