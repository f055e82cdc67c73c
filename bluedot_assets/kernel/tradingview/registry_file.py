"""`registry.json`: what the pages show of indicators, watchlists, exchanges and benchmarks, made of their registries
and of the settings.

An indicator is entered in `series/indicators`, a watchlist in `watchlists`: the pages know them by this file alone."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from bluedot_assets.kernel.series.indicators import INDICATORS
from bluedot_assets.kernel.stored.versions import SchemaVersion
from bluedot_assets.kernel.tradingview.watchlists import TITLES, WEEKLY_TITLES

REGISTRY: Final = "registry.json"
# For stocks without a ticker the page proposes an exchange, which its reader may set; watchlists never guess one.
_OFFERED_EXCHANGES: Final = {"America/New_York": "NASDAQ"}


class IndicatorEntry(msgspec.Struct, frozen=True):
    """A series that can be published."""

    name: Annotated[str, Meta(description="As its files end.")]
    meaning: Annotated[str, Meta(description="A sentence.")]
    unit: Annotated[str, Meta(description="Of its values.")]
    decimals: Annotated[int, Meta(description="Of its values at TradingView.")]


class Registry(msgspec.Struct, frozen=True, kw_only=True):
    """What the pages know of the registries and settings."""

    schema_version: SchemaVersion = 1
    indicators: Annotated[list[IndicatorEntry], Meta(description="All that can be published.")]
    watchlists: Annotated[dict[str, str], Meta(description="Titles by file name.")]
    weekly_watchlists: Annotated[dict[str, str], Meta(description="The same of weekly lists.")] = {}
    exchanges: Annotated[dict[str, str], Meta(description="TradingView's code of an exchange, by timezone.")]
    benchmarks: Annotated[dict[str, str], Meta(description="Names of the vendor's benchmark, by timezone.")]


def registry_file(exchanges: Mapping[str, str], benchmarks: Mapping[str, str] = MappingProxyType({})) -> bytes:
    """The file's bytes; `exchanges` and the names of the `benchmarks` are those of the settings, by timezone."""
    content = Registry(
        indicators=[
            IndicatorEntry(one.name, one.meaning, one.unit, len(str(one.pricescale)) - 1) for one in INDICATORS.values()
        ],
        watchlists=TITLES,
        weekly_watchlists=WEEKLY_TITLES,
        exchanges=_OFFERED_EXCHANGES | dict(exchanges),
        benchmarks=dict(benchmarks),
    )
    return msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n"
