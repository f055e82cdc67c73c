"""The Pine scripts that are published: `templates/` filled with dots and with names of repositories.

Equal data give equal bytes: nothing of the clock, of the run or of the order of stocks gets into a script. Which
scripts there are on a day is in `library`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES
from bluedot_assets.kernel.tradingview.pine.data import END, MAGIC, Part
from bluedot_assets.kernel.tradingview.pine.encoding import DIGITS, FARTHEST, LONG
from bluedot_assets.kernel.tradingview.seeds.map import SeedMap

if TYPE_CHECKING:
    from jinja2 import Environment

PASTE: Final = "bluedot_paste.pine"
INDICATOR: Final = "bluedot_indicator.pine"
STRATEGY: Final = "bluedot_strategy.pine"
WORDS_CHARACTERS: Final = 10_000  # of each of the lists of exceptions


@dataclass(frozen=True)
class Edition:
    """What all scripts of one publish say of themselves."""

    as_of: date
    sample: bool
    url: str = ""  # of the public site


def embedded_name(number: int) -> str:
    return f"bluedot_embedded_{number}.pine"


def embedded_script(part: Part, edition: Edition, epoch: date) -> str:
    """The script that holds the dots of one range of stocks."""
    known = {"as_of": edition.as_of, "sample": edition.sample, "url": _line(edition.url)}
    return _filled("embedded", part=part, epoch=epoch, **known, **_ENCODING)


def paste_script(url: str = "") -> str:
    """The script that shows the dots of a pasted text; the same on every day."""
    return _filled("paste", magic=MAGIC, end=END, url=_line(url), **_ENCODING)


def seed_scripts(
    maps: Mapping[str, SeedMap],
    layout: str,
    renamed: Mapping[str, str],
    benchmarks: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    """Indicator and strategy by file name. `maps` by timeframe, none where nothing is configured; `renamed` is ticker
    to published name where they differ; `benchmarks` are their names by timezone. What is too long for a script is
    left to the script's settings."""
    named = ", ".join(f"{name} ({zone})" for zone, name in sorted(benchmarks.items()))
    values = {
        "layout": layout,
        "benchmark": named or "the index that the uploader asked the vendor for",
        "renamed": _words(renamed),
        "timeframes": [
            {"name": name, "ranges": made.ranges, "elsewhere": _words(made.elsewhere)}
            for name, made in ((name, maps.get(name, SeedMap(()))) for name in TIMEFRAMES)
        ],
        "named": sorted({one.repository for made in maps.values() for one in made.ranges}),
    }
    return {INDICATOR: _filled("indicator", **values), STRATEGY: _filled("strategy", **values)}


def _words(words: Mapping[str, str]) -> str:
    pairs = "".join(f"{name}:{word}|" for name, word in sorted(words.items()))
    return f"|{pairs}" if pairs and len(pairs) <= WORDS_CHARACTERS else ""


_ENCODING: Final[Mapping[str, Any]] = {"digits": DIGITS, "long": LONG, "farthest": FARTHEST}


def _line(text: str) -> str:
    """For a comment, which ends with its line."""
    return " ".join(text.split())


def _literal(text: str) -> str:
    """For a text between quotes."""
    return _line(text).replace("\\", "\\\\").replace('"', '\\"')


def _filled(template: str, **values: Any) -> str:
    return _environment().get_template(f"{template}.pine.j2").render(values)


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - only a run pays for it

    made = Environment(
        loader=PackageLoader("bluedot_assets.kernel.tradingview.pine"),
        autoescape=False,  # noqa: S701 - Pine is no markup; data are A-Z, 0-9, _ and dates, settings pass a filter
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    made.filters |= {"line": _line, "literal": _literal}
    return made
