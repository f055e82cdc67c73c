"""What the monitor reads of the public site, and its report. What is wrong with it is judged in
`kernel/alerts/site_monitor`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any, Final, TypeVar

import msgspec

from bluedot_assets.adapters.site.timed import TimedSite
from bluedot_assets.kernel.alerts.incidents import CallerFacts, Problem, open_incidents
from bluedot_assets.kernel.alerts.site_monitor import CHECKER, PublicReading, problems_of, sampled_csvs
from bluedot_assets.kernel.errors import PublicSiteUnreadable, PublishRefused
from bluedot_assets.kernel.site.dashboard import decode_dashboard
from bluedot_assets.kernel.site.index import decode_index
from bluedot_assets.kernel.site.publication import DASHBOARD, INDEX, LATEST, STATUS
from bluedot_assets.kernel.site.status import Status, TimeframeStatus, decode_status

Decoded = TypeVar("Decoded")
GRAVE: Final = frozenset({"failed", "late", "problem"})  # the rest is worth a note


@dataclass
class Report:
    """What the monitor found. `wrong` and `notes` are sentences; `problems` are notified beyond the public state."""

    url: str
    at: datetime
    wrong: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    timeframes: dict[str, dict[str, Any]] = field(default_factory=dict)


def check_site(
    sites: Mapping[str, TimedSite], sample: int, now: datetime, min_complete: float, random: Random
) -> Report:
    """Read and judge; what does not agree is read a second time, for a publish may have come in between."""
    report = _check_site(sites, sample, now, min_complete, random)
    if report.problems:
        for site in sites.values():
            site.renew()
        report = _check_site(sites, sample, now, min_complete, random)
    return report


def _check_site(
    sites: Mapping[str, TimedSite], sample: int, now: datetime, min_complete: float, random: Random
) -> Report:
    report = Report(next(iter(sites.values())).url, now)
    states: dict[str, TimeframeStatus] = {}
    for name, site in sites.items():
        status = _status(site, report)
        if status is not None and name in status.timeframes:
            states[name] = status.of(name)
    if not states and not report.problems:
        report.problems.append(
            Problem(
                f"{CHECKER}:empty", "The public site shows nothing", "status.json names no timeframe", "run bluedot run"
            )
        )
    for name, state in states.items():
        if state.as_of is not None:
            read = _read(sites[name], name, state, sample, random)
            report.problems += problems_of(read, min_complete)
            report.timeframes[name] = _facts(read, now)
    report.problems = list({problem.id: problem for problem in report.problems}.values())
    urls = {name: site.url for name, site in sites.items()}
    for one in open_incidents(states, CallerFacts(problems=report.problems), now, urls):
        listed = "; ".join(item.line for item in one.message.items)
        sentences = " ".join(filter(None, [f"{one.message.title}.", *one.message.paragraphs, listed]))
        (report.wrong if one.incident.kind in GRAVE else report.notes).append(sentences)
    return report


def _status(site: TimedSite, report: Report) -> Status | None:
    try:
        content = site.read(STATUS)
        if content is not None:
            return decode_status(content)
        why = f"{site.url}/{STATUS} is not there"
        title, todo = "The public site has no state", "see whether the host serves the right branch or folder"
    except PublicSiteUnreadable as error:
        title, why = "The public site cannot be reached", str(error)
        todo = f"open {site.url}/ in a browser; if it does not answer either, look at the host's own status page"
    except PublishRefused:
        title, why = "The public site's state cannot be read", f"{site.url}/{STATUS} is not the JSON that it should be"
        todo = "see whether the host serves the right branch or folder; then publish again"
    report.problems.append(Problem(f"{CHECKER}:status", title, why, todo))
    return None


def _read(site: TimedSite, timeframe: str, state: TimeframeStatus, sample: int, random: Random) -> PublicReading:
    index_path, dashboard_path = (f"{timeframe}/{LATEST}/{name}" for name in (INDEX, DASHBOARD))
    unreadable: dict[str, str] = {}

    def contents(paths: Sequence[str]) -> dict[str, bytes]:
        found = site.read_all(paths)
        unreadable.update({path: _why(one) for path, one in found.items() if not isinstance(one, bytes)})
        return {path: one for path, one in found.items() if isinstance(one, bytes)}

    def decoded(path: str, decode: Callable[[bytes], Decoded]) -> Decoded | None:
        try:
            return decode(pages[path]) if path in pages else None
        except msgspec.DecodeError:
            unreadable[path] = "is not the JSON that it should be"
            return None

    pages = contents([index_path, dashboard_path, "index.html"])
    index, dashboard = decoded(index_path, decode_index), decoded(dashboard_path, decode_dashboard)
    wanted = sampled_csvs(index, sample, random) if index else []
    sampled = contents([one.path for one in wanted])
    return PublicReading(timeframe, state, index, dashboard, wanted, sampled, unreadable)


def _why(found: bytes | PublicSiteUnreadable | None) -> str:
    return "is not there" if found is None else f"cannot be read ({str(found).rstrip('.')})"


def _facts(read: PublicReading, now: datetime) -> dict[str, Any]:
    state = read.state
    hours = (now - state.updated_at).total_seconds() / 3600 if state.updated_at else None
    return {
        "as_of": state.as_of,
        "updated_at": state.updated_at.isoformat() if state.updated_at else None,
        "age_hours": None if hours is None else round(hours, 1),
        "stocks": state.stocks,
        "expected": state.expected,
        "sampled": len(read.wanted),
    }
