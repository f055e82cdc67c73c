"""`bluedot run` of many partitions: each is made by a run of its own, and published by another one when the site has
all of them at once. A bad one stops no other. Who makes them is in `makers`; how the site is written once, in
`pipeline/stages/batch`."""

import time
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import dagster as dg

from bluedot_assets.adapters.site.gathered import GatheredSite
from bluedot_assets.adapters.storage.owned_folders import TemporaryFolder
from bluedot_assets.commands.run.interrupts import first_only_noticed, noticed_interrupts
from bluedot_assets.commands.run.makers import (
    Chosen,
    Made,
    ahead_file,
    make_here,
    make_in_processes,
    publishing_job,
)
from bluedot_assets.commands.run.outcome import Outcome, outcome_of, read_outputs
from bluedot_assets.commands.run.summary import LiveProgress
from bluedot_assets.definitions import build_definitions
from bluedot_assets.defs.failure_hook import reason_of, record_failure
from bluedot_assets.defs.instance.connected import execute_partition
from bluedot_assets.defs.run_events import MADE_BY_TAG, read_run
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.errors import BluedotError, SettingsError
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.run_record import RunRecord
from bluedot_assets.pipeline.stage import Work
from bluedot_assets.pipeline.stages.batch import Batch

LONGEST_UNPUBLISHED_S: Final = 600  # what is made is public by then


def run_batch(
    platform: Platform,
    chosen: Chosen,
    tags: Mapping[str, str],
    progress: LiveProgress,
    instance: dg.DagsterInstance,
    jobs: int,
) -> tuple[list[Outcome], bool]:
    """What became of each, and whether somebody interrupted: then what was made until then is published. Raises
    WorkerLost."""
    batch = Batch(replace(platform, site_as_seen=GatheredSite))
    jobs = jobs if platform.store.shared else 1  # what lives in this process alone cannot be read by another
    definitions = build_definitions(batch.platform, watch_public=False, record_failures=False, published=batch.publish)
    shared = TemporaryFolder("batch") if jobs > 1 else None
    with noticed_interrupts() as interrupted:
        running = _Running(batch, definitions, instance, tags, progress, shared.path if shared else None)
        running.write_ahead()
        makers = (
            make_in_processes(jobs, chosen, tags, shared.path, interrupted)
            if shared
            else make_here(definitions, instance, chosen, tags, interrupted)
        )
        stopped = False
        try:
            with closing(makers), first_only_noticed():
                for (timeframe, key), made in zip(chosen, makers, strict=False):
                    running.take(timeframe, key, made, stopped=interrupted())
        except KeyboardInterrupt:
            stopped = True
        finally:
            running.publish(last=True)
        return running.outcomes, stopped or interrupted()


@dataclass
class _Running:
    """A batch on its way. `waiting` are partitions that are made and not yet published, with the run that made each."""

    batch: Batch
    definitions: dg.Definitions
    instance: dg.DagsterInstance
    tags: Mapping[str, str]
    progress: LiveProgress
    folder: Path | None  # where makers in other processes read what the sites will be
    outcomes: list[Outcome] = field(default_factory=list)
    waiting: dict[int, tuple[Timeframe, RunRecord]] = field(default_factory=dict)
    flushed: float = field(default_factory=time.monotonic)

    def take(self, timeframe: Timeframe, key: str, made: Made, *, stopped: bool) -> None:
        """A partition that was made, or failed, in the order of the batch."""
        record = self._read(made.run_id)
        if record.success:
            self.waiting[len(self.outcomes)] = timeframe, record
            self._gather(timeframe, key, record)
        elif not stopped and not record.partition_absent:
            record = self._record_failure(record, reason_of(record))
        outcome = outcome_of(record, self.batch.platform)
        if not record.success:
            read_outputs(outcome, self.batch.platform)
        outcome.warnings += [*made.warnings, *self.progress.claim()]
        if stopped and not record.success:
            outcome.error = "interrupted"
        self.outcomes.append(outcome)
        self.progress.finish(outcome)
        self.write_ahead()
        if time.monotonic() - self.flushed > LONGEST_UNPUBLISHED_S:
            self.publish(last=False)

    def _gather(self, timeframe: Timeframe, key: str, record: RunRecord) -> None:
        platform = self.batch.platform
        started = record.started or platform.clock()
        work = Work(platform, timeframe, key, record.run_id, started, lambda text: None)
        if error := self.batch.gather(work):
            self._record_failure(record, str(error))

    def _record_failure(self, record: RunRecord, reason: str) -> RunRecord:
        record_failure(self.batch.platform, self.instance, record, reason, self.progress.warn)
        return self._read(record.run_id)

    def publish(self, *, last: bool) -> None:
        """Publish what waits, and let a run of each partition record what became of it. Unless it is the last, what
        cannot be published for now waits for the next one."""
        later = self.batch.flush(last=last)
        for reason in dict.fromkeys(map(str, later.values())):
            self.progress.warn(f"What is made is not published yet: {reason}")
        jobs = {frame.name: publishing_job(self.definitions, frame) for frame, _ in self.waiting.values()}
        published = {place: one for place, one in self.waiting.items() if one[0] not in later}
        for place, (timeframe, made) in published.items():
            tags = {**self.tags, MADE_BY_TAG: made.run_id}
            run_id = execute_partition(jobs[timeframe.name], self.instance, made.dagster_key, tags)
            before = self.outcomes[place]
            self.outcomes[place] = after = outcome_of(self._read(run_id), self.batch.platform)
            read_outputs(after, self.batch.platform)
            after.warnings += [*before.warnings, *self.progress.claim()]
            del self.waiting[place]
        self.flushed = time.monotonic()
        self.write_ahead()

    def write_ahead(self) -> None:
        with suppress(BluedotError, OSError):  # of a site that cannot be read: what was there of it must do
            for address, ahead in self.batch.ahead().items() if self.folder else ():
                ahead.write(ahead_file(self.folder or Path(), address))

    def _read(self, run_id: str) -> RunRecord:
        record = read_run(self.instance, run_id)
        if record is None:
            raise SettingsError(f"DAGSTER_HOME lost the run {run_id}: let nothing else empty it.")
        return record
