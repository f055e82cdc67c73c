"""The Pine scripts that are published: the templates in `pine/` filled with dots and with names of repositories.

Equal data give equal bytes: nothing of the clock, of the run or of the order of stocks gets into a script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from bluedot_assets.kernel.pine_data import END, MAGIC, Part
from bluedot_assets.kernel.pine_encoding import DIGITS, FARTHEST, LONG

if TYPE_CHECKING:
    from jinja2 import Environment

PASTE: Final = "bluedot_paste.pine"
INDICATOR: Final = "bluedot_indicator.pine"
STRATEGY: Final = "bluedot_strategy.pine"
RENAMED_CHARACTERS: Final = 20_000  # of stocks whose name in the files is not their ticker's


@dataclass(frozen=True)
class Edition:
    """What all scripts of one publish say of themselves."""

    as_of: date
    sample: bool
    url: str = ""  # of the public site


@dataclass(frozen=True)
class SeedRange:
    """A Pine Seeds repository and the last published name that lies in it, in the order of names; the last range of
    a timeframe holds every name behind the one before."""

    repository: str
    last: str = ""


def embedded_name(number: int) -> str:
    return f"bluedot_embedded_{number}.pine"


def embedded_script(part: Part, edition: Edition, epoch: date) -> str:
    """The script that holds the dots of one range of stocks."""
    return _filled("embedded", part=part, epoch=epoch, **_edition(edition), **_ENCODING)


def paste_script(url: str = "") -> str:
    """The script that shows the dots of a pasted text; the same on every day."""
    return _filled("paste", magic=MAGIC, end=END, url=_line(url), **_ENCODING)


def seed_scripts(
    repositories: Mapping[str, Sequence[SeedRange]], layout: str, renamed: Mapping[str, str]
) -> dict[str, str]:
    """Indicator and strategy by file name. `repositories` by timeframe, in the order of names; `renamed` is ticker to
    published name where they differ (left out when it is too long for a script)."""
    pairs = "".join(f"{ticker}:{name}|" for ticker, name in sorted(renamed.items()))
    values = {
        "layout": layout,
        "renamed": f"|{pairs}" if pairs and len(pairs) <= RENAMED_CHARACTERS else "",
        "ranged": any(len(ranges) > 1 for ranges in repositories.values()),
        "all_repositories": [one.repository for name in sorted(repositories) for one in repositories[name]],
        **{name: _tests(ranges) for name, ranges in repositories.items()},
    }
    return {INDICATOR: _filled("indicator", **values), STRATEGY: _filled("strategy", **values)}


def _tests(ranges: Sequence[SeedRange]) -> list[dict[str, str]]:
    """Each repository with the Pine condition under which a name lies in it, given that none before does."""
    tests = [f'not comesAfter(name, "{one.last}")' for one in ranges[:-1]] + ["true"]
    return [{"test": test, "repository": one.repository} for test, one in zip(tests, ranges, strict=True)]


_ENCODING: Final[Mapping[str, Any]] = {"digits": DIGITS, "long": LONG, "farthest": FARTHEST}


def _edition(edition: Edition) -> dict[str, Any]:
    return {"as_of": edition.as_of, "sample": edition.sample, "url": _line(edition.url)}


def _line(text: str) -> str:
    """For a comment, which ends with its line."""
    return " ".join(text.split())


def _filled(template: str, **values: Any) -> str:
    return _environment().get_template(f"{template}.pine.j2").render(values)


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - only a run pays for it

    return Environment(
        loader=PackageLoader("bluedot_assets.kernel", "pine"),
        autoescape=False,  # noqa: S701 - Pine is no markup; what comes from data has been reduced to A-Z, 0-9, _ and dates
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
