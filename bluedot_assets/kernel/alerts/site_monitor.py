"""What a monitor makes of the public site: of what it read there to problems in words. What the site says of itself
(failures, lateness) is in `incidents`."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

import msgspec

from bluedot_assets.kernel.alerts.incidents import Problem
from bluedot_assets.kernel.site.dashboard import Dashboard
from bluedot_assets.kernel.site.index import Index
from bluedot_assets.kernel.site.status import TimeframeStatus

CHECKER: Final = "public"  # the monitor's among those who look
MOST_NAMED: Final = 5
AGAIN: Final = (
    "publish the partition again: bluedot run --timeframe {timeframe} --partition {key} repairs what is damaged"
)


class SampledCsv(msgspec.Struct, frozen=True):
    """A CSV of the folder `latest` and what its index says of it."""

    path: str
    sha256: str


@dataclass(frozen=True)
class PublicReading:
    """What was read of one timeframe. `unreadable` maps paths to why they could not be read (an absent file: that it is
    not there); `index` and `dashboard` are None then. `sampled` maps the paths of sampled CSVs to their bytes."""

    timeframe: str
    state: TimeframeStatus
    index: Index | None = None
    dashboard: Dashboard | None = None
    wanted: list[SampledCsv] = field(default_factory=list)
    sampled: Mapping[str, bytes] = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)


def sampled_csvs(index: Index, count: int, random: Random) -> list[SampledCsv]:
    """Random CSVs of the index, as many as asked for or as there are."""
    all_csvs = [
        SampledCsv(f"{index.timeframe}/latest/{stock.symbol}_{indicator}.csv", digest)
        for stock in index.stocks
        for indicator, digest in zip(index.indicators, stock.sha256, strict=True)
        if digest
    ]
    return random.sample(all_csvs, min(count, len(all_csvs)))


def problems_of(look: PublicReading, min_complete: float) -> list[Problem]:
    """What is wrong with what was read; `min_complete` is the least percentage of the expected files."""
    return [
        problem for problem in (_pages(look), _agreement(look), _files(look), _share(look, min_complete)) if problem
    ]


def _pages(look: PublicReading) -> Problem | None:
    """The small files that the pages and other readers need."""
    csvs = {one.path for one in look.wanted}
    broken = [f"{path} {why}" for path, why in sorted(look.unreadable.items()) if path not in csvs]
    if not broken:
        return None
    return Problem(
        f"{CHECKER}:{look.timeframe}:index",
        f"The public {look.timeframe} folder is not whole",
        "; ".join(broken),
        AGAIN.format(timeframe=look.timeframe, key=look.state.as_of),
    )


def _agreement(look: PublicReading) -> Problem | None:
    """Whether status, index and dashboard speak of the same publish."""
    state, said = look.state, []
    for name, made in (("index.json", look.index), ("dashboard.json", look.dashboard)):
        if made is not None and made.as_of != state.as_of:
            said.append(f"{name} is of {made.as_of}")
    if look.index is not None and look.index.counts.csvs != state.csvs and not said:
        said.append(f"index.json counts {look.index.counts.csvs} CSVs")
    if not said:
        return None
    return Problem(
        f"{CHECKER}:{look.timeframe}:half",
        f"The public {look.timeframe} folder is half of one publish and half of another",
        f"status.json is of {state.as_of} with {state.csvs} CSVs, but {' and '.join(said)}",
        "wait ten minutes for the host's caches; if it stays, see whether the host's last build went through, and "
        + AGAIN.format(timeframe=look.timeframe, key=state.as_of),
    )


def _files(look: PublicReading) -> Problem | None:
    absent = [one.path for one in look.wanted if one.path in look.unreadable]
    other = [
        one.path
        for one in look.wanted
        if one.path in look.sampled and hashlib.sha256(look.sampled[one.path]).hexdigest() != one.sha256
    ]
    if not absent and not other:
        return None
    parts = [
        f"{len(paths)} {what}: {_some(paths)}" for paths, what in ((absent, "absent"), (other, "different")) if paths
    ]
    return Problem(
        f"{CHECKER}:{look.timeframe}:files",
        f"{len(absent) + len(other)} of {len(look.wanted)} sampled {look.timeframe} CSVs are not what was published",
        f"compared with the sha256 of index.json, {'; '.join(parts)}",
        AGAIN.format(timeframe=look.timeframe, key=look.state.as_of),
    )


def _some(paths: list[str]) -> str:
    names = [path.rpartition("/")[2] for path in paths]
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{', '.join(names[:MOST_NAMED])}{more}"


def _share(look: PublicReading, min_complete: float) -> Problem | None:
    """A person may have accepted it; whoever monitors hears of it all the same."""
    state = look.state
    if not state.expected or 100 * state.stocks >= min_complete * state.expected:
        return None
    return Problem(
        f"{CHECKER}:{look.timeframe}:incomplete",
        f"{look.timeframe} {state.as_of} is incomplete",
        f"{state.stocks} of {state.expected} files gave series, less than {min_complete:g} %",
        "put the missing files into the partition's folder; it is then published anew",
    )
