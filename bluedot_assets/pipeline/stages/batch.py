"""A batch: partitions that are made one after the other and reach the site together. What one of them publishes is in
`site`; that the site is written once, in `adapters/site/gathered`; how a batch runs, in `commands/run/batch`."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from bluedot_assets.adapters.local_folders import explained
from bluedot_assets.adapters.site.gathered import Ahead, GatheredSite
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES, Timeframe
from bluedot_assets.kernel.errors import BluedotError
from bluedot_assets.kernel.site.publication import DASHBOARD, STATUS, Plan, Published
from bluedot_assets.kernel.site.status import decode_status
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.stage import Done, Work
from bluedot_assets.pipeline.stages.site import Prepared, conclude, prepare, publishable


@dataclass
class _Gathered:
    """A partition whose publish waits for the next flush. Without `ready` it has its end already."""

    work: Work
    log: list[str]
    ready: Prepared | None = None
    plan: Plan | None = None
    done: Done | None = None
    error: BluedotError | None = None


@dataclass
class Batch:
    """Of a platform whose sites are gathered ones. What is in memory of a partition is let go when newer ones leave no
    room for it on the site, so that a year of days needs no more than the site keeps."""

    platform: Platform
    _gathered: dict[tuple[str, str], _Gathered] = field(default_factory=dict, init=False)
    _flushes: Counter[str] = field(default_factory=Counter, init=False)  # by address of a site

    def gather(self, work: Work) -> BluedotError | None:
        """Take a partition that is made, oldest first; else why it cannot be published."""
        log: list[str] = []
        one = _Gathered(replace(work, log=log.append), log)
        self._gathered[work.timeframe.name, work.key] = one
        try:
            site = self._site(work.timeframe)
            publication, before = publishable(one.work), site.snapshot()
            one.ready = prepare(one.work, publication, before)
            one.plan = site.publish(lambda now: self._decide(one, now), before)
            self._let_go(site)
        except (BluedotError, OSError, MemoryError) as error:
            one.error, one.ready = explained(error), None
        return one.error

    def _decide(self, one: _Gathered, now: Published) -> Plan | None:
        """Asked once more where somebody else has published: then what was let go is made anew."""
        public = self._site(one.work.timeframe).site
        ready = one.ready or prepare(one.work, publishable(one.work), public.snapshot())
        return ready.decide(now)

    def _let_go(self, site: GatheredSite) -> None:
        """Of partitions that the site will not have, however the batch goes on, only what became of them."""
        after = site.snapshot()
        status = decode_status(after.read(STATUS))
        for (name, key), one in self._gathered.items():
            if one.ready and key not in status.of(name).folders and self._site(one.work.timeframe) is site:
                one.done = conclude(one.work, one.ready, None, after)
                one.ready = one.plan = None

    def flush(self, *, last: bool) -> dict[Timeframe, BluedotError]:
        """Publish what was gathered, each site once. Where that fails its partitions fail, but for those that may go
        well another time unless this is the `last`: the timeframes that still wait, with the reason."""
        waiting: dict[Timeframe, BluedotError] = {}
        for timeframes in self._by_site().values():
            ones = [one for one in self._gathered.values() if one.work.timeframe in timeframes and not one.error]
            site = self._site(timeframes[0])
            try:
                public = decode_status(site.public.read(STATUS))
                plan = site.flush(_message(ones)) or Plan("")
                site.snapshot()
            except (BluedotError, OSError, MemoryError) as error:
                reason = explained(error)
                if reason.retryable and not last:
                    waiting |= dict.fromkeys(timeframes, reason)
                else:
                    for one in ones:
                        one.error = reason
                continue
            self._flushes[site.address] += 1
            there = {f"{name}/{key}" for name, state in public.timeframes.items() for key in state.folders}
            ours = {f"{one.work.timeframe.name}/{one.work.key}" for one in ones}
            drops = [path for path in plan.drops if path in there or path not in ours]
            changing = [one for one in ones if one.plan]
            for one in changing:
                one.plan = replace(one.plan or plan, drops=drops if one is changing[-1] else [])
        return waiting

    def publish(self, work: Work) -> Done:
        """The body of the stage `site`, after a flush: what became of the partition there. Raises what publishing
        raised."""
        one = self._gathered.pop((work.timeframe.name, work.key))
        if one.error:
            raise one.error
        for sentence in one.log:
            work.log(sentence)
        if one.ready:
            work = replace(work, run_id=one.work.run_id)
            one.done = conclude(work, one.ready, one.plan, self._site(work.timeframe).snapshot())
        return cast(Done, one.done)

    def ahead(self) -> dict[str, Ahead]:
        """By address of a site, what makers in other processes read of it: its state, and the dashboard of the newest
        partition of each timeframe that was gathered."""
        found = {}
        for address, timeframes in self._by_site().items():
            site = self._site(timeframes[0]).snapshot()
            newest = {one.work.timeframe: one.work.key for one in self._gathered.values()}
            folders = [f"{one.name}/{newest[one]}" for one in timeframes if one in newest]
            paths = [STATUS, *(f"{folder}/{DASHBOARD}" for folder in folders)]
            files = {path: content for path in paths if (content := site.read(path)) is not None}
            found[address] = Ahead(self._flushes[address], files)
        return found

    def _site(self, timeframe: Timeframe) -> GatheredSite:
        return cast(GatheredSite, self.platform.site_of(timeframe))

    def _by_site(self) -> dict[str, list[Timeframe]]:
        found: dict[str, list[Timeframe]] = {}
        for timeframe in TIMEFRAMES.values():
            found.setdefault(self._site(timeframe).address, []).append(timeframe)
        return found


def _message(ones: Iterable[_Gathered]) -> str:
    """Of a commit."""
    keys: dict[str, list[str]] = {}
    for one in ones:
        keys.setdefault(one.work.timeframe.name, []).append(one.work.key)
    return "; ".join(_range(name, sorted(of)) for name, of in keys.items()) or "failures"


def _range(timeframe: str, keys: Sequence[str]) -> str:
    return f"{timeframe} {keys[0]}" + (f" to {keys[-1]}: {len(keys)} partitions" if len(keys) > 1 else "")
