"""The job `housekeeping` and its schedule: removes each day what is older than the settings keep, and notifies people
of what ends soon. `bluedot prune` removes the same. What goes is decided in `pipeline/upkeep/housekeeping` and
`old_runs`, what ends soon in `pipeline/upkeep/endings`."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

import dagster as dg
from sqlalchemy.exc import SQLAlchemyError

from bluedot_assets.adapters.storage.leftovers import remove, size_of
from bluedot_assets.defs.instance.old_runs import (
    bytes_of_run,
    delete_run,
    is_ours,
    old_runs,
    old_tick_logs,
    partitions_at_work,
    runs_at_work,
)
from bluedot_assets.kernel.alerts.endings import HOUSEKEEPING
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES, Timeframe
from bluedot_assets.kernel.errors import BluedotError
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.upkeep.endings import measure_free_space
from bluedot_assets.pipeline.upkeep.housekeeping import Busy, Removal, leftovers, old_data, stored_partitions
from bluedot_assets.pipeline.upkeep.notify_endings import notify_endings
from bluedot_assets.settings.fields import Settings

# Once a day: the first of these hours in which nothing else runs.
HOURS = "37 1-6 * * *"
Thing = TypeVar("Thing")
# Of places and of databases; whatever else is raised is a fault of ours.
PROBLEMS = (BluedotError, OSError, SQLAlchemyError)
EVERY_TIMEFRAME = tuple(TIMEFRAMES.values())


def removals(
    platform: Platform,
    instance: dg.DagsterInstance,
    note: Callable[[str], object],
    timeframes: Sequence[Timeframe] = EVERY_TIMEFRAME,
) -> Iterator[Removal]:
    """What can go, one after the other; of runs and leftovers nothing where one timeframe alone is wanted. What was
    given is to be removed before the next is asked for, or not at all."""
    yield from old_data(platform, note, busy_with(platform, instance), timeframes)
    if len(timeframes) == len(TIMEFRAMES):
        yield from _runs(platform, instance)
        yield from leftovers(platform)


def busy_with(platform: Platform, instance: dg.DagsterInstance) -> Busy:
    return lambda timeframe: partitions_at_work(instance, timeframe, platform.clock())


def _runs(platform: Platform, instance: dg.DagsterInstance) -> Iterator[Removal]:
    now = platform.clock()
    before = now - timedelta(days=platform.settings.keep_runs_days)
    runs = [run.run_id for run in old_runs(instance, before, stored_partitions(platform))]
    if runs:
        size = sum(bytes_of_run(instance, run_id) for run_id in runs)
        yield Removal(
            f"{len(runs)} runs of Dagster from before {before:%Y-%m-%d}",
            size,
            lambda: _each(runs, partial(delete_run, instance)),
        )
    files = list(old_tick_logs(instance, before))
    if files:
        size = sum(map(size_of, files))
        yield Removal(f"{len(files)} logs of ticks that Dagster has no more", size, lambda: _each(files, remove))


def _each(things: Iterable[Thing], remove: Callable[[Thing], None]) -> None:
    """All that can be removed; then raises what the first raised that could not."""
    problems: list[Exception] = []
    for thing in things:
        try:
            remove(thing)
        except PROBLEMS as problem:
            problems.append(problem)
    if problems:
        raise problems[0]


@contextmanager
def _going_on(failed: list[str], what: str) -> Iterator[None]:
    """What fails in the block is one more of `failed`, and stops nothing else."""
    try:
        yield
    except PROBLEMS as problem:
        failed.append(f"{what}: {problem}")


@dg.op(name="keep_house", out=dg.Out(dg.Nothing))
def housekeeping_op(context: dg.OpExecutionContext, platform: dg.ResourceParam[Platform]) -> None:
    """Fails at its end where anything did: until then it does all that it can."""
    freed, failed, home = 0, list[str](), context.instance.storage_directory()
    # First, so that people are notified of a full disk whatever becomes of the rest.
    with _going_on(failed, "The free room of the disks was not measured"):
        measure_free_space(platform, home)
    with _going_on(failed, "Nobody was notified of what ends soon"):
        for sentence in notify_endings(platform, home):
            context.log.warning(sentence)
    with _going_on(failed, "What else can go was not found"):
        for removal in removals(platform, context.instance, context.log.warning):
            with _going_on(failed, f"Not removed: {removal.what}"):
                removal.remove()
                freed += removal.bytes
                context.log.info(f"removed {removal.what} ({removal.bytes / 1e6:.1f} MB)")
    context.log.info(f"{freed / 1e6:.1f} MB were freed.")
    if failed:
        raise dg.Failure(f"{len(failed)} of its parts failed. {'; '.join(failed)}", allow_retries=False)


@dg.job(
    name=HOUSEKEEPING,
    description="Removes what is older than BLUEDOT_KEEP_DATA and BLUEDOT_KEEP_RUNS_DAYS keep, and notifies people of "
    "what ends soon: the room of a disk, a calendar, a token.",
)
def housekeeping_job() -> None:
    housekeeping_op()


def housekeeping_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """In the night, once a day, and not while other runs are at work or wait."""

    @dg.schedule(
        name=HOUSEKEEPING,
        job=housekeeping_job,
        cron_schedule=HOURS,
        execution_timezone=settings.schedule_timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Housekeeping, once a night, when nothing else runs.",
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if at_work := [*filter(is_ours, runs_at_work(context.instance, datetime.now(UTC)))]:
            return dg.SkipReason(f"{len(at_work)} runs are under way: an hour later.")
        # The key of a day, so that the later hours start nothing more.
        return dg.RunRequest(f"{HOUSEKEEPING}:{context.scheduled_execution_time:%Y-%m-%d}")

    return schedule
