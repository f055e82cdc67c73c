"""What stops the pipeline one day if nobody acts: the room of a disk or of the site, a calendar, a token, the installed
packages. The doctor shows these words, the monitor and a server's housekeeping notify people of them, once each.

A problem's id begins with the word of its kind, so that whoever checks that kind also sees that it is over. Ids and
titles are published, so they name what a thing is for and never where it is."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from bluedot_assets.kernel.alerts.incidents import Problem
from bluedot_assets.kernel.calendar.calendar_ends import REMEDY, ending, market
from bluedot_assets.kernel.site.retention import MEGABYTE
from bluedot_assets.kernel.site.status import TimeframeStatus

DISK: Final = "disk"
TEMPORARY: Final = "temporary files"
CALENDAR: Final = "calendar"
TOKEN: Final = "token"  # noqa: S105  the word
PACKAGES: Final = "packages"
ROOM: Final = "room"
HOUSEKEEPING: Final = "housekeeping"

NEARLY_FULL: Final = 500_000_000  # bytes: less than one large partition takes while it is made
LEAST_FREE: Final = 2_000_000_000  # bytes: some ten partitions of a thousand stocks with all that is made of them
LAST_DAYS: Final = 30  # a disk that is full sooner is worth a word
MEASURED_FOR: Final = timedelta(days=3)  # at least; a single day says nothing of a month
MEASURED_WITHIN: Final = timedelta(days=30)
TOKEN_LAST_DAYS: Final = 21
PACKAGES_AGE: Final = timedelta(days=183)
PYTHON_ENDS: Final = {  # of security fixes, by the release schedules of PEP 664, 693, 719 and 745
    (3, 11): date(2027, 10, 31),
    (3, 12): date(2028, 10, 31),
    (3, 13): date(2029, 10, 31),
    (3, 14): date(2030, 10, 31),
}
PYTHON_LAST: Final = timedelta(days=180)
ROOM_USED: Final = 0.85  # of the site's budget, by what a publish can never drop


class FreeSpace(msgspec.Struct, frozen=True, array_like=True):
    """What was free on a disk, in bytes."""

    at: datetime
    free: int


def bytes_a_day(measured: Sequence[FreeSpace], now: FreeSpace) -> float | None:
    """How much less becomes free each day; None where that is not known yet, or it becomes more."""
    recent = [one for one in measured if now.at - one.at <= MEASURED_WITHIN]
    first = min(recent, key=lambda one: one.at, default=now)
    passed = now.at - first.at
    if passed < MEASURED_FOR or first.free <= now.free:
        return None
    return (first.free - now.free) / (passed / timedelta(days=1))


def disk_ending(role: str, measured: Sequence[FreeSpace], now: FreeSpace) -> Problem | None:
    """A disk that is nearly full, or will be within a month at the pace of the last one. `role` is what it holds; its
    folder is not named, for a message that is not delivered stands in a public file."""
    free, a_day = f"{now.free / 1e9:.1f} GB are free on the disk of the {role}", bytes_a_day(measured, now)
    todo = (
        "make room: set BLUEDOT_KEEP_DATA, for example to daily=90,weekly=52 (without it every partition is kept), "
        "and BLUEDOT_KEEP_RUNS_DAYS, the days for which Dagster's runs are kept. Then bluedot prune --dry-run says "
        "what can go. A full disk fails every run"
    )
    if role == TEMPORARY:
        todo = "make room there, or name a folder of another disk with TMPDIR. A full disk fails every run"
    if a_day and now.free / a_day < LAST_DAYS:
        why = f"{free}, and {a_day / 1e6:.0f} MB less each day: enough for {now.free / a_day:.0f} days"
    elif now.free < LEAST_FREE:
        why = free
    else:
        return None
    return Problem(f"{DISK}:{role}", f"The disk of the {role} is filling up", why, todo)


def calendar_endings(ends: Mapping[str, date | None], today: date) -> Iterator[Problem]:
    """The calendars whose holidays are known for a short time only."""
    for name, until in ends.items():
        if sentence := ending(name, until, today):
            yield Problem(
                f"{CALENDAR}:{name}",
                f"The calendar of {market(name)} ends",
                sentence.removeprefix(f"{market(name)}: "),
                REMEDY,
            )


def public_calendars(states: Mapping[str, TimeframeStatus]) -> dict[str, date | None]:
    """Up to when the site's calendars go; of two timeframes the one counts that knows more, for it was published with
    the newer calendar."""
    ends: dict[str, date | None] = {}
    for name, until in (item for state in states.values() for item in state.calendars.items()):
        ends[name] = max(ends.get(name, until), until, key=lambda end: end or date.max)
    return ends


def token_ending(variable: str, until: datetime | None, now: datetime) -> Problem | None:
    """A credential that ends within three weeks; None as `until` is one without a known end."""
    if until is None or until - now > timedelta(days=TOKEN_LAST_DAYS):
        return None
    days = (until - now).days
    when = f"in {days} days, on" if until > now else "on"
    why = f"{variable} {'ends' if until > now else 'has ended'} {when} {until:%Y-%m-%d}"
    todo = f"make a new one with the same rights and put it into {variable}: see the documentation on publishing"
    return Problem(f"{TOKEN}:{variable}", f"{variable} ends", why, todo)


def packages_ending(released: date | None, python: tuple[int, int], today: date) -> Problem | None:
    """Packages that have had no fixes for half a year, by the month of the newest; or a Python that soon gets none."""
    ends = PYTHON_ENDS.get(python)
    if ends and ends - today <= PYTHON_LAST:
        why = f"Python {python[0]}.{python[1]} gets no security fixes after {ends}"
        todo = "install a newer Python, and the environment anew (make clean, make run; on a server: build the image)"
    elif released and today - released > PACKAGES_AGE:
        why = f"the newest of the installed packages is of {released:%B %Y}, and fixes since then are missing"
        todo = (
            "update: git pull, or make lock where you have none to pull from; on a server build the image anew; on "
            "GitHub merge the pull request of the workflow relock"
        )
    else:
        return None
    return Problem(f"{PACKAGES}:age", "The installed packages are old", why, todo)


def room_ending(states: Mapping[str, TimeframeStatus], budget_mb: int, site: str) -> Problem | None:
    """A site that soon has no room for its newest folders, which a publish can never drop: `latest` counts again.
    `site` is its first timeframe: of its addresses one machine knows that of git, another the public one."""
    newest = [(name, state.folders[max(state.folders)]) for name, state in states.items() if state.folders]
    needed = sum(2 * folder.bytes + states[name].history.bytes for name, folder in newest)
    share = needed / (budget_mb * MEGABYTE)
    if share < ROOM_USED:
        return None
    why = (
        f"what the site cannot drop ({', '.join(f'{name} and again as latest' for name, _ in newest)}) has "
        f"{needed / MEGABYTE:.0f} MB of the {budget_mb} that BLUEDOT_SITE_BUDGET_MB allows: soon nothing is published"
    )
    todo = (
        "give the weekly timeframe a repository of its own with BLUEDOT_SITE_WEEKLY, or make fewer series "
        "(BLUEDOT_INDICATORS)"
    )
    return Problem(f"{ROOM}:{site}", "The site has hardly any room left", why, todo)


def of_machine(
    machine: str, problems: Iterable[Problem], checkers: Iterable[str]
) -> tuple[list[Problem], frozenset[str]]:
    """What one machine alone can see, and the words of its checkers: another machine has a disk, a token and packages
    of its own, and what it finds there ends nothing here."""
    own = [replace(problem, id=f"{machine} {problem.id}") for problem in problems]
    return own, frozenset(f"{machine} {checker}" for checker in checkers)


HOUSEKEEPING_FAILED: Final = Problem(
    f"{HOUSEKEEPING}:failed",
    "Housekeeping has failed",
    "something that is old could not be removed, or not all could be read",
    "see the newest run of the job housekeeping in Dagster's UI, which says what and why. Until it succeeds again old "
    "data and runs stay and fill the disk",
)


def sentence_of(problem: Problem) -> str:
    """As the doctor says it."""
    parts = (problem.why, problem.todo)
    return " ".join(f"{part[:1].upper()}{part[1:].rstrip('.')}." for part in parts)
