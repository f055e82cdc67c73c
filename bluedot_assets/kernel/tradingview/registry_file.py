"""`registry.json`: what the pages show of indicators, watchlists, exchanges and benchmarks, made of their registries
and of the settings.

An indicator is entered in `series/indicators`, a watchlist in `watchlists`: the pages know them by this file alone."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from bluedot_assets.kernel.series.indicators import INDICATORS
from bluedot_assets.kernel.tradingview.watchlists import TITLES

REGISTRY: Final = "registry.json"
# For a stock without a ticker the page offers an exchange, which its reader may correct; watchlists never guess one.
_OFFERED_EXCHANGES: Final = {"America/New_York": "NASDAQ"}


def registry_file(exchanges: Mapping[str, str], benchmarks: Mapping[str, str] = MappingProxyType({})) -> bytes:
    """The file's bytes; `exchanges` and the names of the `benchmarks` are those of the settings, by timezone."""
    indicators = [
        {"name": one.name, "meaning": one.meaning, "unit": one.unit, "decimals": len(str(one.pricescale)) - 1}
        for one in INDICATORS.values()
    ]
    content = {
        "indicators": indicators,
        "watchlists": TITLES,
        "exchanges": _OFFERED_EXCHANGES | dict(exchanges),
        "benchmarks": dict(benchmarks),
    }
    return msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n"
