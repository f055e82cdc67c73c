"""What of this installation ends soon: asked here, for the doctor, the monitor and a server's housekeeping, which
measures the disks. When something ends soon is decided in `kernel/alerts/endings`."""

import os
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from bluedot_assets.adapters.code_version import newest_release
from bluedot_assets.adapters.git.token_expiry import token_expiry
from bluedot_assets.adapters.local_folders import disks
from bluedot_assets.adapters.seeds.addresses import seed_addresses
from bluedot_assets.adapters.storage.layout import FREE_SPACE, MACHINE
from bluedot_assets.kernel.alerts import endings
from bluedot_assets.kernel.alerts.endings import FreeSpace
from bluedot_assets.kernel.alerts.incidents import Problem
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES
from bluedot_assets.kernel.errors import BluedotError, ObjectMissing, RepositoryUnreachable
from bluedot_assets.kernel.site.addresses import is_address, is_repository
from bluedot_assets.kernel.site.status import TimeframeStatus
from bluedot_assets.kernel.stored.json_reader import decode_json
from bluedot_assets.pipeline.platform import Platform

MEASUREMENTS: Final = 60  # of each disk, one a day
OF_JOB: Final = "ghs_"  # how a token begins that GitHub makes anew for each job
_Measured = dict[str, list[FreeSpace]]


@dataclass(frozen=True)
class Disk:
    """`role` says what is there, of all that is on the same disk the first."""

    role: str
    folder: str
    now: FreeSpace


def disks_here(platform: Platform, home: str | None = None) -> list[Disk]:
    """What is free now where data (or what is on its way to a bucket), a folder site and Dagster's `home` are; each
    disk once."""
    store, settings = platform.outputs.store, platform.settings
    named = {"site": settings.site, "weekly site": settings.site_weekly, "Dagster home": home}
    places = {store.staged_on[1]: "data" if store.local_path("") else endings.TEMPORARY}
    for role, folder in named.items():
        if folder and not is_address(folder):
            places.setdefault(Path(folder).expanduser().absolute(), role)
    now = platform.clock()
    return [Disk(places[place], str(place), FreeSpace(now, free)) for place, free in disks(places).items()]


def measure_free_space(platform: Platform, home: str | None = None) -> None:
    """Remember what is free, for the pace at which a disk fills is seen over days alone."""
    measured = measured_before(platform)
    for disk in disks_here(platform, home):
        measured[disk.folder] = [*measured.get(disk.folder, []), disk.now][-MEASUREMENTS:]
    platform.outputs.store.write(FREE_SPACE, msgspec.json.encode(measured))


def measured_before(platform: Platform) -> _Measured:
    """By place; nothing where it was never measured, or cannot be read."""
    try:
        return decode_json(platform.outputs.store.read(FREE_SPACE), _Measured)
    except (ObjectMissing, msgspec.DecodeError):
        return {}


def disk_endings(platform: Platform, home: str | None = None) -> list[Problem]:
    measured = measured_before(platform)
    found = (
        endings.disk_ending(disk.role, measured.get(disk.folder, []), disk.now) for disk in disks_here(platform, home)
    )
    return [problem for problem in found if problem]


def token_endings(platform: Platform) -> list[Problem]:
    """GITHUB_TOKEN, as the first of the repositories on GitHub knows it; in a workflow it is the secret that people
    can renew. Raises RepositoryUnreachable where that is not known."""
    settings, now = platform.settings, platform.clock()
    token = settings.github_token.get_secret_value() if settings.github_token else ""
    if not token or token.startswith(OF_JOB):
        return []
    seeds = [one.address.url for one in seed_addresses(settings.seeds, settings.tradingview_namespace, None)]
    places = [one for one in (settings.site, settings.site_weekly, *seeds) if one]
    repositories = [one for one in places if is_repository(one)]
    until = next(filter(None, (token_expiry(one, token) for one in repositories)), None)
    problem = endings.token_ending("BLUEDOT_GITHUB_TOKEN" if _on_github() else "GITHUB_TOKEN", until, now)
    return [problem] if problem else []


def package_endings(platform: Platform) -> list[Problem]:
    today = platform.clock().date()
    problem = endings.packages_ending(newest_release(), sys.version_info[:2], today)
    return [problem] if problem else []


def room_endings(states: Mapping[str, TimeframeStatus], places: Mapping[str, str], budget_mb: int) -> Iterator[Problem]:
    """`places` say for each timeframe on which site it is, by any address: timeframes with the same one share it."""
    for place in dict.fromkeys(places[name] for name in states):
        there = {name: state for name, state in states.items() if places[name] == place}
        first = next(name for name in TIMEFRAMES if places.get(name) == place)
        if problem := endings.room_ending(there, budget_mb, first):
            yield problem


def site_endings(platform: Platform, states: Mapping[str, TimeframeStatus], places: Mapping[str, str]) -> list[Problem]:
    """What can be seen on the site, by whoever reads it."""
    ends = endings.public_calendars(states)
    return [
        *endings.calendar_endings(ends, platform.clock().date()),
        *room_endings(states, places, platform.settings.site_budget_mb),
    ]


def machine_endings(
    platform: Platform, *, disks_too: bool = False, home: str | None = None
) -> tuple[list[Problem], frozenset[str]]:
    """What this machine alone can see, and the words of its checkers; the disks only of a machine that stays."""
    problems, checkers = package_endings(platform), {endings.PACKAGES}
    if disks_too:
        problems, checkers = [*disk_endings(platform, home), *problems], {endings.DISK, *checkers}
    with suppress(RepositoryUnreachable):  # so nothing is known to be over
        problems += token_endings(platform)
        checkers.add(endings.TOKEN)
    try:
        return endings.of_machine(_machine(platform), problems, checkers)
    except (BluedotError, OSError):  # a machine without a name would end what others found, or notify each time
        return problems, frozenset()


def _machine(platform: Platform) -> str:
    """Every runner of GitHub is a new machine; a host's name is new with each container, and would be published."""
    if _on_github():
        return "github"
    store = platform.outputs.store
    try:
        return store.read(MACHINE).decode()
    except ObjectMissing:
        return store.write_first(MACHINE, uuid.uuid4().hex[:8].encode()).decode()


def _on_github() -> bool:
    return os.environ.get("GITHUB_ACTIONS") == "true"
