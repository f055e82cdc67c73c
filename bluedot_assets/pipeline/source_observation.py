"""What should run now: source and site are observed here, once by the sensor, by schedules and CI again until uploads
have ended. What follows from it is decided in `kernel/source/arrivals`."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.errors import PartitionAbsent
from bluedot_assets.kernel.site.status import TimeframeStatus
from bluedot_assets.kernel.source.arrivals import (
    ArrivalRules,
    FolderListing,
    Ready,
    Seen,
    SourceObservation,
    partitions_due,
    ready_now,
)
from bluedot_assets.kernel.source.file_names import stock_files
from bluedot_assets.kernel.source.raw_file import fingerprint_listing
from bluedot_assets.kernel.source.tree_names import Place, ignored_names
from bluedot_assets.pipeline.platform import Platform

MOST_PAUSES: Final = 20  # BLUEDOT_POLL_SECONDS each; ten minutes of a job are cheaper than half a partition
LONGEST_PAUSE: Final = timedelta(seconds=30)  # a tick has 60 seconds in all
MOST_AT_ONCE: Final = 10  # requests of a tick


def arrival_rules(platform: Platform, timeframe: Timeframe) -> ArrivalRules:
    settings = platform.settings
    return ArrivalRules(
        timeframe,
        interval=timedelta(seconds=settings.poll_seconds),
        settle=timedelta(minutes=settings.settle_minutes),
        keep=settings.keep[timeframe.name],
    )


def observe_source(
    platform: Platform, timeframe: Timeframe, state: TimeframeStatus, now: datetime, *, trigger: bool = True
) -> SourceObservation:
    """The source at this moment, with or without its trigger, beside what the site shows. Raises SourceUnreadable."""

    def listing_of(key: str) -> FolderListing:
        try:
            found = platform.source.files(timeframe, key)
        except PartitionAbsent:  # gone since it was listed: as empty as it is
            found = []
        files = stock_files(found, timeframe)
        modified = max((file.modified for file in files), default=None)
        ignored = ignored_names(((file.name, file.folder) for file in found), Place(timeframe, key))
        size = sum(file.size for file in files)
        return FolderListing(len(files), fingerprint_listing(files), modified, ignored, size)

    listed = platform.listed(timeframe)
    return SourceObservation(
        platform.source.trigger(timeframe) if trigger else None,
        listed.keys,
        listing_of,
        state.published(listed.keys),
        now,
        listed.ignored,
    )


def ready_partitions(platform: Platform, timeframe: Timeframe) -> Ready:
    """For a job: what is missing from the site, or shown of files that changed since, once its upload has ended."""
    return _when_ended(platform, arrival_rules(platform, timeframe), MOST_PAUSES)


def missing_partitions(platform: Platform, timeframe: Timeframe) -> Ready:
    """For a schedule: the newest that are missing from the site, once the listing is the same twice. Triggers and
    corrections are the sensor's, and so is what still grows."""
    rules = arrival_rules(platform, timeframe)
    return _when_ended(platform, replace(rules, interval=min(rules.interval, LONGEST_PAUSE)), 1, missing_only=True)


def _when_ended(platform: Platform, rules: ArrivalRules, pauses: int, *, missing_only: bool = False) -> Ready:
    """What is ready when all is, or after so many pauses; how long they last is counted, whatever the clock does."""
    timeframe, began = rules.timeframe, platform.clock()
    state = platform.status(timeframe)
    listings: dict[str, Seen] = {}
    for pause in range(pauses + 1):
        if pause:
            platform.sleep(rules.interval.total_seconds())
        now = began + pause * rules.interval
        observation = observe_source(platform, timeframe, state, now, trigger=not missing_only)
        due = partitions_due(observation.listed, observation.published, rules.keep)
        wanted = due[-MOST_AT_ONCE:] if missing_only else [*due, *observation.comparable(timeframe)]
        ready = ready_now(observation, rules, wanted, listings)
        if ready.final:
            break
    return ready
