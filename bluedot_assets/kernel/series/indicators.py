"""The registry of published series: a new indicator is one entry in INDICATORS and its test. An entry says, as SQL
expressions over the bars table, which numbers stand in a CSV row (TradingView: open, high, low, close, volume); a bar
whose expression is null has no row. Rows are written in `csv_files` and judged in `tradingview_rows`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from bluedot_assets.kernel.errors import SettingsError


@dataclass(frozen=True)
class Indicator:
    """One published series: `<STOCK>_<name>.csv`, made by the asset `<timeframe>/<asset>`."""

    name: str
    meaning: str
    unit: str
    prices: tuple[str, ...]  # four expressions, or one that is written four times
    volume: str | None = None  # an expression; None and null values are written as 0
    significant_digits: int | None = None  # None: the shortest decimal that reads back equal
    pricescale: int = 100  # TradingView: ten to the number of decimals that its charts show
    by_default: bool = True
    of_history: bool = False  # made also of the column dot_known (`known_dots`), which the history says

    @cached_property
    def asset(self) -> str:
        """The last part of the asset's key."""
        return self.name.lower()

    @cached_property
    def columns(self) -> frozenset[str]:
        """The words of its expressions: the columns of the bars that it is made of, and SQL's own."""
        words = re.findall(r"\w+", " ".join([*self.prices, self.volume or ""]))
        return frozenset([*words, *(["blue_dot"] if self.of_history else [])])


INDICATORS: Final = {
    indicator.name: indicator
    for indicator in (
        Indicator(
            "PRICE_DATA",
            "The bar's prices and volume.",
            "currency of the stock; volume in shares",
            ("open", "high", "low", "close"),
            volume="volume",
        ),
        Indicator(
            "RLST_RATING",
            "Relative strength rating of the vendor; no row where the vendor gave none.",
            "0 to 99",
            ("rlst",),
            pricescale=1,
        ),
        Indicator(
            "BC_INDICATOR",
            "Close of the benchmark on that bar: the index that the uploader asked the vendor for.",
            "index points",
            ("bc",),
        ),
        Indicator(
            "BLUE_DOTS",
            "The vendor's blue dot: 1 on a bar that has one, in a weekly bar on any day of its ISO week.",
            "1 or 0",
            ("CAST(blue_dot AS DOUBLE)",),
            pricescale=1,
        ),
        Indicator(
            "RS_LINE",
            "Our relative-strength line: close divided by the benchmark's close, to six significant digits.",
            "ratio",
            ("close / bc",),
            significant_digits=6,
            pricescale=1_000_000,
            by_default=False,
        ),
        Indicator(
            "BLUE_DOTS_KNOWN",
            "1 on the first bar that begins after a dot of the vendor was known, for tests without hindsight.",
            "1 or 0",
            ("CAST(dot_known AS DOUBLE)",),
            pricescale=1,
            by_default=False,
            of_history=True,
        ),
    )
}
DEFAULT_INDICATORS: Final = tuple(name for name, indicator in INDICATORS.items() if indicator.by_default)


def enabled_indicators(names: Iterable[str]) -> tuple[Indicator, ...]:
    """The indicators of those names (any case), in the registry's order. Raises SettingsError on an unknown name."""
    wanted = {name.upper() for name in names}
    unknown = sorted(wanted - set(INDICATORS))
    if unknown or not wanted:
        raise SettingsError(
            f"BLUEDOT_INDICATORS names {', '.join(unknown) or 'nothing'}: choose from {', '.join(INDICATORS)}."
        )
    return tuple(indicator for name, indicator in INDICATORS.items() if name in wanted)


def columns_published(names: Iterable[str]) -> frozenset[str]:
    """The columns of the bars that the series of those names are made of. Raises as `enabled_indicators`."""
    return frozenset().union(*(indicator.columns for indicator in enabled_indicators(names)))
