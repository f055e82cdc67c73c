"""`bluedot monitor`: the public site read as the world sees it, and people notified of what is wrong. That is judged in
`kernel/alerts/site_monitor`."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from random import Random
from typing import Any, Final, TypeVar

import msgspec

from bluedot_assets.adapters.site.public import PublicSite
from bluedot_assets.adapters.site.public_timed import TimedSite
from bluedot_assets.commands.console import annotate, print_json, settings_here
from bluedot_assets.commands.notify import log_of
from bluedot_assets.kernel.alerts.endings import CALENDAR, ROOM
from bluedot_assets.kernel.alerts.incidents import CallerFacts, Problem, open_incidents
from bluedot_assets.kernel.alerts.message import without_links
from bluedot_assets.kernel.alerts.site_monitor import (
    CHECKER,
    PublicReading,
    problems_of,
    sampled_csvs,
)
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES
from bluedot_assets.kernel.errors import NewerVersion, PublicSiteUnreadable, PublishRefused, SettingsError, UsageError
from bluedot_assets.kernel.site.addresses import site_address
from bluedot_assets.kernel.site.dashboard import decode_dashboard
from bluedot_assets.kernel.site.index import decode_index
from bluedot_assets.kernel.site.publication import DASHBOARD, INDEX, LATEST, STATUS
from bluedot_assets.kernel.site.status import Status, TimeframeStatus, decode_status
from bluedot_assets.pipeline.notifications import NotificationResult, notify
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.upkeep.endings import machine_endings, site_endings
from bluedot_assets.settings.fields import Settings

CONNECT_S: Final = 10.0  # for one answer
READINGS: Final = 2  # what is wrong is read again
GRAVE: Final = frozenset({"failed", "late", "problem"})  # the rest is worth a note
NO_JSON: Final = "is not the JSON that it should be"
Decoded = TypeVar("Decoded")


@dataclass
class Report:
    """What the monitor found. `wrong` and `notes` are sentences; `problems` what people are notified of beyond the
    public state, and `checkers` the words of what was checked."""

    url: str
    at: datetime
    wrong: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    timeframes: dict[str, dict[str, Any]] = field(default_factory=dict)
    checkers: frozenset[str] = frozenset({CHECKER})


def monitor_site(url: str | None, sample: int, within_s: float, *, as_json: bool) -> int:
    """0 when all is well, 1 when something is wrong; people are notified where an address is set. Raises SettingsError,
    UsageError."""
    settings = settings_here()
    platform = Platform(settings)
    sites = {
        name: TimedSite(PublicSite(address, CONNECT_S), within_s / READINGS)
        for name, address in _addresses(url, settings).items()
    }
    report = _check_site(platform, sites, sample, Random())  # noqa: S311  each time another sample
    result = notify(
        platform,
        CallerFacts(problems=report.problems, checkers=report.checkers, log=log_of(os.environ)),
        [TIMEFRAMES[name] for name in sites],
        public=sites,
    )
    _show(report, result or NotificationResult(), as_json=as_json)
    return 1 if report.wrong else 0


def _addresses(url: str | None, settings: Settings) -> dict[str, str]:
    """Where each timeframe is public."""
    address = url or settings.site_url
    if address is None:
        raise SettingsError("BLUEDOT_SITE_URL is not set: give the public address of the site, or --url.")
    try:
        address = site_address(address)
    except ValueError as error:  # it is not shown: it may hold a password
        raise UsageError(f"--url is no public address: {error}.") from None
    weekly = settings.site_weekly_url if url is None and settings.site_weekly else None
    return {name: weekly or address if name == "weekly" else address for name in TIMEFRAMES}


def _show(report: Report, result: NotificationResult, *, as_json: bool) -> None:
    if as_json:
        facts = {"healthy": not report.wrong, **asdict(report), "at": report.at.isoformat()}
        del facts["checkers"]
        facts |= {"told": [message.title for message in result.sent], "warnings": result.sentences()}
        print_json(facts)
        return
    for name, facts in report.timeframes.items():
        age = f"{facts['age_hours']:.0f} h old" if facts["age_hours"] is not None else "of unknown age"
        sys.stdout.write(
            f"{name}: as of {facts['as_of']}, {age}, {facts['stocks']} of {facts['expected']} files gave series, "
            f"{facts['sampled']} CSVs compared\n"
        )
    sys.stdout.writelines(f"note: {note}\n" for note in report.notes)
    sys.stdout.writelines(f"wrong: {wrong}\n" for wrong in report.wrong)
    sys.stdout.writelines(f"notified: {message.title}\n" for message in result.sent)
    sys.stderr.writelines(f"bluedot: {sentence}\n" for sentence in result.sentences())
    for wrong in report.wrong:
        annotate("error", wrong)
    if not report.wrong:
        well = "Beside these notes all is well at" if report.notes else "All is well at"
        sys.stdout.write(f"{well} {report.url}\n")


def _check_site(platform: Platform, sites: Mapping[str, TimedSite], sample: int, random: Random) -> Report:
    """Read and judge; what does not agree is read a second time, for a publish may have come in between."""
    now, min_complete = platform.clock(), platform.settings.min_complete
    states, readings, problems = _read_all(sites, sample, min_complete, random)
    if problems:
        for site in sites.values():
            site.renew()
        states, readings, problems = _read_all(sites, sample, min_complete, random)
    urls = {name: site.url for name, site in sites.items()}
    timeframes = {one.timeframe: _facts(one, now) for one in readings}
    ending, checkers = machine_endings(platform)
    ending += site_endings(platform, states, urls)
    # Where a site could not be read, it is not known what is over.
    checkers |= {CHECKER, CALENDAR, ROOM} if states.keys() == sites.keys() else {CHECKER}
    problems = [*problems, *ending]
    report = Report(next(iter(urls.values())), now, problems=problems, timeframes=timeframes, checkers=checkers)
    for one in open_incidents(states, CallerFacts(problems=problems), now, urls):
        listed = "; ".join(item.line for item in one.message.items)
        sentences = without_links(" ".join(filter(None, [f"{one.message.title}.", *one.message.paragraphs, listed])))
        later = one.id in {problem.id for problem in ending}
        (report.wrong if one.incident.kind in GRAVE and not later else report.notes).append(sentences)
    return report


def _read_all(
    sites: Mapping[str, TimedSite], sample: int, min_complete: float, random: Random
) -> tuple[dict[str, TimeframeStatus], list[PublicReading], list[Problem]]:
    states: dict[str, TimeframeStatus] = {}
    problems: list[Problem] = []
    for name, site in sites.items():
        status = _status(site)
        if isinstance(status, Problem):
            problems.append(status)
        elif name in status.timeframes:
            states[name] = status.of(name)
    if not states and not problems:
        title, why = "The public site shows nothing", "status.json names no timeframe"
        problems.append(Problem(f"{CHECKER}:empty", title, why, "run bluedot run"))
    shown = {name: state for name, state in states.items() if state.as_of is not None}
    readings = [_read(sites[name], name, state, sample, random) for name, state in shown.items()]
    problems += [problem for one in readings for problem in problems_of(one, min_complete)]
    return states, readings, list({problem.id: problem for problem in problems}.values())


def _status(site: TimedSite) -> Status | Problem:
    try:
        content = site.read(STATUS)
        if content is not None:
            return decode_status(content)
        why = f"{site.url}/{STATUS} is not there"
        title, todo = "The public site has no state", "see whether the host serves the right branch or folder"
    except PublicSiteUnreadable as error:
        title, why = "The public site cannot be reached", str(error)
        todo = f"open {site.url}/ in a browser; if it does not answer either, look at the host's own status page"
    except NewerVersion as error:
        title, why, todo = "The monitor is older than the site", str(error), "upgrade the installation that monitors"
    except PublishRefused:
        title, why = "The public site's state cannot be read", f"{site.url}/{STATUS} {NO_JSON}"
        todo = "see whether the host serves the right branch or folder; then publish again"
    return Problem(f"{CHECKER}:status", title, why, todo)


def _read(site: TimedSite, timeframe: str, state: TimeframeStatus, sample: int, random: Random) -> PublicReading:
    index_path, dashboard_path = f"{timeframe}/{LATEST}/{INDEX}", f"{timeframe}/{LATEST}/{DASHBOARD}"
    contents, unreadable = _contents(site, [index_path, dashboard_path, "index.html"])

    def decoded(path: str, decode: Callable[[bytes], Decoded]) -> Decoded | None:
        try:
            return decode(contents[path]) if path in contents else None
        except msgspec.DecodeError:
            unreadable[path] = NO_JSON
        except NewerVersion as error:
            unreadable[path] = f"cannot be read ({error})"
        return None

    index, dashboard = decoded(index_path, decode_index), decoded(dashboard_path, decode_dashboard)
    wanted = sampled_csvs(index, sample, random) if index else {}
    sampled, others = _contents(site, list(wanted))
    return PublicReading(timeframe, state, index, dashboard, wanted, sampled, unreadable | others)


def _contents(site: TimedSite, paths: list[str]) -> tuple[dict[str, bytes], dict[str, str]]:
    """The files that could be read, and why the others could not."""
    contents, unreadable = {}, {}
    for path, found in site.read_all(paths).items():
        if isinstance(found, bytes):
            contents[path] = found
        else:
            unreadable[path] = "is not there" if found is None else f"cannot be read ({str(found).rstrip('.')})"
    return contents, unreadable


def _facts(reading: PublicReading, now: datetime) -> dict[str, Any]:
    state = reading.state
    hours = (now - state.updated_at).total_seconds() / 3600 if state.updated_at else None
    return {
        "as_of": state.as_of,
        "updated_at": state.updated_at.isoformat() if state.updated_at else None,
        "age_hours": None if hours is None else round(hours, 1),
        "stocks": state.stocks,
        "expected": state.expected,
        "sampled": len(reading.wanted),
    }
