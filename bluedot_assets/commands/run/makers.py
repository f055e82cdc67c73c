"""Who makes the partitions of a batch: this process one after the other, or several that each work on one. Either way
everything comes out as if the partitions before had been made and gathered first. What becomes of it is in `batch`."""

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any, Final, NamedTuple

import dagster as dg

from bluedot_assets.adapters.site.gathered import AheadSite
from bluedot_assets.adapters.site.port import Site
from bluedot_assets.adapters.workers.executor import end_with_parent
from bluedot_assets.commands.run.summary import LiveProgress
from bluedot_assets.definitions import build_definitions
from bluedot_assets.defs.instance.connected import execute_partition, open_instance
from bluedot_assets.defs.run_events import pipeline_name
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES, Timeframe
from bluedot_assets.kernel.errors import WorkerLost
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.stages.bars import NAME as BARS
from bluedot_assets.pipeline.stages.pine_seeds import NAME as SEEDS
from bluedot_assets.pipeline.stages.raw_json import NAME as RAW
from bluedot_assets.pipeline.stages.series import NAME as SERIES
from bluedot_assets.pipeline.stages.site import NAME as SITE
from bluedot_assets.pipeline.stages.watchlists import NAME as WATCHLISTS
from bluedot_assets.settings.load import load_settings

PUBLISHING: Final = frozenset({SITE, SEEDS})  # stages
ORDER: Final = {RAW: 1, BARS: 2, SERIES: 3}  # steps, and how far a partition is that has begun them
OTHERS, MADE, GATHERED = 4, 5, 6
# What of the partitions before must be over when a step begins: file counts and bars are compared with theirs, and new
# dots with what they publish.
WAITS_FOR: Final = {RAW: ORDER[BARS], BARS: ORDER[SERIES], WATCHLISTS: GATHERED}
POLL_S: Final = 0.02


class Made(NamedTuple):
    """The run that made a partition, or failed to, and the warnings that nobody has seen yet."""

    run_id: str
    warnings: list[str]


Chosen = Sequence[tuple[Timeframe, str]]


def making_job(definitions: dg.Definitions, timeframe: Timeframe) -> dg.JobDefinition:
    """All of a partition but what publishes it."""
    return _part(definitions, timeframe, lambda stage: stage not in PUBLISHING)


def publishing_job(definitions: dg.Definitions, timeframe: Timeframe) -> dg.JobDefinition:
    """What publishes a partition."""
    return _part(definitions, timeframe, lambda stage: stage in PUBLISHING)


def _part(definitions: dg.Definitions, timeframe: Timeframe, wanted: Callable[[str], bool]) -> dg.JobDefinition:
    job = definitions.resolve_job_def(pipeline_name(timeframe))
    keys = {key for key in job.asset_layer.executable_asset_keys if wanted(key.path[-1])}
    return job.get_subset(asset_selection=keys)


def make_here(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    chosen: Chosen,
    tags: Mapping[str, str],
    interrupted: Callable[[], bool],
) -> Generator[Made]:
    """In this process; the next one begins when what was made is taken."""
    jobs = {timeframe.name: making_job(definitions, timeframe) for timeframe, _ in chosen}
    for timeframe, key in chosen:
        if interrupted():
            return
        yield Made(execute_partition(jobs[timeframe.name], instance, timeframe.dagster_key(key), tags), [])


def make_in_processes(
    count: int, chosen: Chosen, tags: Mapping[str, str], folder: Path, interrupted: Callable[[], bool]
) -> Generator[Made]:
    """In so many processes that read the sites as `folder` has them, in order. Raises WorkerLost, and what a process
    raises that cannot begin."""
    context = multiprocessing.get_context("spawn")
    marks = context.RawArray("B", len(chosen))
    pool = ProcessPoolExecutor(count, context, initializer=_begin, initargs=(marks, folder, count, dict(tags)))
    waiting = deque(enumerate(chosen))
    running: deque[tuple[int, Future[Made]]] = deque()
    try:
        while waiting or running:
            if interrupted():
                waiting.clear()
                running = deque((index, one) for index, one in running if not one.cancel())
            while waiting and len(running) < 2 * count:
                index, (timeframe, key) = waiting.popleft()
                running.append((index, pool.submit(_make, index, timeframe.name, key)))
            if running:
                index, future = running.popleft()
                yield future.result()
                marks[index] = GATHERED
        pool.shutdown()
    except BrokenProcessPool:
        raise WorkerLost(
            "A process of the batch was killed, most likely for want of memory: give fewer --jobs, or the machine "
            "more. What was made before is published, and a new run takes the rest."
        ) from None
    finally:  # whoever still waits for a partition that nobody takes any more
        for process in list((pool._processes or {}).values()):
            process.kill()
        pool.shutdown(cancel_futures=True)


@dataclass
class _Maker:
    """What a process of a batch keeps from one partition to the next."""

    instance: dg.DagsterInstance
    jobs: Mapping[str, dg.JobDefinition]
    progress: LiveProgress
    tags: Mapping[str, str]
    marks: Any
    index: int = 0

    def make(self, index: int, timeframe: Timeframe, key: str) -> Made:
        self.index = index
        run_id = execute_partition(self.jobs[timeframe.name], self.instance, timeframe.dagster_key(key), self.tags)
        self.marks[index] = MADE
        return Made(run_id, self.progress.claim())

    def before_step(self, timeframe: str, key: str, step: str) -> None:
        """Say how far this partition is, and wait for those before it."""
        self.marks[self.index] = ORDER.get(step, OTHERS)
        while min(self.marks[: self.index], default=GATHERED) < WAITS_FOR.get(step, 0):
            time.sleep(POLL_S)


_maker: list[_Maker] = []  # of this process


def _begin(marks: Any, folder: Path, count: int, tags: Mapping[str, str]) -> None:
    os.setsid()  # Ctrl-C goes to the process that started this one, which lets it end what it is at
    threading.Thread(target=end_with_parent, daemon=True).start()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    settings = load_settings()
    settings = settings.model_copy(update={"parallel_workers": max(1, settings.parallel_workers // count)})
    progress = LiveProgress(shown=False)
    stack = ExitStack()
    instance = stack.enter_context(open_instance())
    Finalize(None, stack.close, exitpriority=1)
    maker = _Maker(instance, {}, progress, tags, marks)
    seen = partial(_seen, folder)
    platform = Platform(settings, progress=progress, site_as_seen=seen, before_step=maker.before_step)
    definitions = build_definitions(platform, watch_public=False, record_failures=False)
    maker.jobs = {timeframe.name: making_job(definitions, timeframe) for timeframe in TIMEFRAMES.values()}
    _maker[:] = [maker]


def _seen(folder: Path, site: Site) -> Site:
    return AheadSite(site, ahead_file(folder, site.address))


def ahead_file(folder: Path, address: str) -> Path:
    """Where makers read what that site will be."""
    return folder / address.encode().hex()[-200:]


def _make(index: int, timeframe: str, key: str) -> Made:
    return _maker[0].make(index, TIMEFRAMES[timeframe], key)
