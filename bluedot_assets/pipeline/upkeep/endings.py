"""What of this installation ends soon: asked here, for the doctor, the monitor and a server's housekeeping, which
measures the disks. When something ends soon is decided in `kernel/alerts/endings`."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from bluedot_assets.adapters.code_version import newest_release
from bluedot_assets.adapters.git.token_expiry import token_expiry
from bluedot_assets.adapters.local_folders import disks
from bluedot_assets.adapters.seeds.addresses import seed_addresses
from bluedot_assets.adapters.storage.layout import FREE_SPACE
from bluedot_assets.kernel.alerts import endings
from bluedot_assets.kernel.alerts.endings import FreeSpace
from bluedot_assets.kernel.alerts.incidents import Problem
from bluedot_assets.kernel.errors import ObjectMissing
from bluedot_assets.kernel.site.addresses import is_address
from bluedot_assets.kernel.site.status import TimeframeStatus
from bluedot_assets.pipeline.platform import Platform

MEASUREMENTS: Final = 60  # of each disk, one a day
_Measured = dict[str, list[FreeSpace]]


def free_space(platform: Platform, *others: str) -> dict[str, FreeSpace]:
    """What is free now where data, a folder site and `others` are; one place of each disk."""
    data, settings = platform.outputs.store.local_path(""), platform.settings
    sites = [one for one in (settings.site, settings.site_weekly) if one and not is_address(one)]
    places = [*([data] if data else []), *(Path(one).expanduser().absolute() for one in (*sites, *others))]
    now = platform.clock()
    return {str(place): FreeSpace(now, free) for place, free in disks(places).items()}


def measure_free_space(platform: Platform, *others: str) -> None:
    """Remember what is free, for the pace at which a disk fills is seen over days alone."""
    measured = measured_before(platform)
    for place, now in free_space(platform, *others).items():
        measured[place] = [*measured.get(place, []), now][-MEASUREMENTS:]
    platform.outputs.store.write(FREE_SPACE, msgspec.json.encode(measured))


def measured_before(platform: Platform) -> _Measured:
    """By place; nothing where it was never measured, or cannot be read."""
    try:
        return msgspec.json.decode(platform.outputs.store.read(FREE_SPACE), type=_Measured)
    except (ObjectMissing, msgspec.DecodeError):
        return {}


def disk_endings(platform: Platform, *others: str) -> list[Problem]:
    measured = measured_before(platform)
    found = (
        endings.disk_ending(place, measured.get(place, []), now) for place, now in free_space(platform, *others).items()
    )
    return [problem for problem in found if problem]


def token_endings(platform: Platform) -> list[Problem]:
    """GITHUB_TOKEN, as the first of the repositories on GitHub knows it."""
    settings, now = platform.settings, platform.clock()
    if settings.github_token is None:
        return []
    token = settings.github_token.get_secret_value()
    seeds = [one.address.url for one in seed_addresses(settings.seeds, settings.tradingview_namespace, None)]
    repositories = [one for one in (settings.site, settings.site_weekly, *seeds) if one and is_address(one)]
    until = next(filter(None, (token_expiry(one, token) for one in repositories)), None)
    problem = endings.token_ending("GITHUB_TOKEN", until, now)
    return [problem] if problem else []


def package_endings(platform: Platform) -> list[Problem]:
    today = platform.clock().date()
    problem = endings.packages_ending(newest_release(), sys.version_info[:2], today)
    return [problem] if problem else []


def room_endings(states: Mapping[str, TimeframeStatus], places: Mapping[str, str], budget_mb: int) -> Iterator[Problem]:
    """`places` say for each timeframe on which site it is."""
    for place in dict.fromkeys(places[name] for name in states):
        there = {name: state for name, state in states.items() if places[name] == place}
        if problem := endings.room_ending(there, budget_mb, place):
            yield problem


def site_endings(platform: Platform, states: Mapping[str, TimeframeStatus], places: Mapping[str, str]) -> list[Problem]:
    """What can be seen on the site, by whoever reads it."""
    ends = endings.public_calendars(states)
    return [
        *endings.calendar_endings(ends, platform.clock().date()),
        *room_endings(states, places, platform.settings.site_budget_mb),
    ]
