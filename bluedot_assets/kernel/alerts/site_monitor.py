"""What a monitor makes of the public site: of what it read there to problems in words. What the site says of itself
(failures, lateness) is in `incidents`; the reading is `commands/monitor`."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

from bluedot_assets.kernel.alerts.incidents import Problem
from bluedot_assets.kernel.checks.continuity import some_of
from bluedot_assets.kernel.site.dashboard import Dashboard
from bluedot_assets.kernel.site.index import Index
from bluedot_assets.kernel.site.publication import LATEST
from bluedot_assets.kernel.site.status import TimeframeStatus

CHECKER: Final = "public"  # the monitor's word among the checkers
MOST_NAMED: Final = 5


@dataclass(frozen=True)
class PublicReading:
    """What was read of one timeframe. `unreadable` maps paths to why they could not be read (an absent file: that it is
    not there); `index` and `dashboard` are None then. `wanted` maps paths of sampled CSVs to the sha256 of the index,
    `sampled` to their bytes."""

    timeframe: str
    state: TimeframeStatus
    index: Index | None = None
    dashboard: Dashboard | None = None
    wanted: Mapping[str, str] = field(default_factory=dict)
    sampled: Mapping[str, bytes] = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)


def sampled_csvs(index: Index, count: int, random: Random) -> dict[str, str]:
    """Random CSVs of the folder `latest`, as many as asked for or as there are, with their sha256."""
    all_csvs = [
        (f"{index.timeframe}/{LATEST}/{stock.symbol}_{indicator}.csv", digest)
        for stock in index.stocks
        for indicator, digest in zip(index.indicators, stock.sha256, strict=True)
        if digest
    ]
    return dict(random.sample(all_csvs, min(count, len(all_csvs))))


def problems_of(reading: PublicReading, min_complete: float) -> list[Problem]:
    """What is wrong with what was read; `min_complete` is the least percentage of the expected files."""
    found = (_pages(reading), _agreement(reading), _files(reading), _share(reading, min_complete))
    return [problem for problem in found if problem]


def _problem(reading: PublicReading, word: str, title: str, why: str, todo: str = "{again}") -> Problem:
    """`todo` may say how to publish the partition {again}."""
    run = f"bluedot run --timeframe {reading.timeframe} --partition {reading.state.as_of}"
    again = f"publish the partition again: {run} repairs what is damaged"
    return Problem(f"{CHECKER}:{reading.timeframe}:{word}", title, why, todo.format(again=again))


def _pages(reading: PublicReading) -> Problem | None:
    """The small files that the pages and other readers need."""
    broken = "; ".join(
        f"{path} {why}" for path, why in sorted(reading.unreadable.items()) if path not in reading.wanted
    )
    title = f"The public {reading.timeframe} folder is not whole"
    return _problem(reading, "index", title, broken) if broken else None


def _agreement(reading: PublicReading) -> Problem | None:
    """Whether status, index and dashboard speak of the same publish."""
    state, index = reading.state, reading.index
    made = {"index.json": index, "dashboard.json": reading.dashboard}
    others = [f"{name} is of {one.as_of}" for name, one in made.items() if one is not None and one.as_of != state.as_of]
    if index is not None and index.counts.csvs != state.csvs and not others:
        others.append(f"index.json counts {index.counts.csvs} CSVs")
    if not others:
        return None
    return _problem(
        reading,
        "half",
        f"The public {reading.timeframe} folder is half of one publish and half of another",
        f"status.json is of {state.as_of} with {state.csvs} CSVs, but {' and '.join(others)}",
        "wait ten minutes for the host's caches; if it stays, see whether the host's last build went through, and "
        "{again}",
    )


def _files(reading: PublicReading) -> Problem | None:
    absent = [path for path in reading.wanted if path in reading.unreadable]
    digests = {path: hashlib.sha256(content).hexdigest() for path, content in reading.sampled.items()}
    other = [path for path, digest in reading.wanted.items() if digests.get(path, digest) != digest]
    parts = [
        f"{len(paths)} {what}: {some_of([path.rpartition('/')[2] for path in paths], MOST_NAMED)}"
        for paths, what in ((absent, "absent"), (other, "different"))
        if paths
    ]
    wrong = f"{len(absent) + len(other)} of {len(reading.wanted)}"
    title = f"{wrong} sampled {reading.timeframe} CSVs are not what was published"
    why = f"compared with the sha256 of index.json, {'; '.join(parts)}"
    return _problem(reading, "files", title, why) if parts else None


def _share(reading: PublicReading, min_complete: float) -> Problem | None:
    """A person may have accepted it; who monitors is notified all the same."""
    state = reading.state
    if not state.expected or 100 * state.stocks >= min_complete * state.expected:
        return None
    why = f"{state.stocks} of {state.expected} files gave series, less than {min_complete:g} %"
    todo = "put the missing files into the partition's folder; it is then published anew"
    return _problem(reading, "incomplete", f"{reading.timeframe} {state.as_of} is incomplete", why, todo)
