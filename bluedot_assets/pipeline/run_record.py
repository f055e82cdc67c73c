"""What became of a run of one partition, as our own record, for the hook, the sensors, `bluedot run` and CI.

How it is read from Dagster is in `defs/run_events`; what the run stored, in `adapters/storage`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from bluedot_assets.adapters.source.port import LogProblem
from bluedot_assets.kernel.alerts.incidents import CallerFacts, seeds_checker, seeds_problem
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.checks.verdict import RuleBroken
from bluedot_assets.kernel.errors import BluedotError, OutputAbsent, PartitionAbsent
from bluedot_assets.kernel.site.status import CheckResult, RejectedFile, Run
from bluedot_assets.kernel.source.process_log import RunLine
from bluedot_assets.pipeline.notifications import NotificationResult, notify
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.stage import Work
from bluedot_assets.pipeline.stages.pine_seeds import NAME as SEEDS
from bluedot_assets.pipeline.stages.pine_seeds import SeedsPushed
from bluedot_assets.pipeline.stages.site import SitePublished, publish_failure


class StageFailed(msgspec.Struct, frozen=True):
    """Why a stage failed; `files` are those that its rules refused."""

    timeframe: str
    partition: str
    stage: str
    reason: str
    files: list[RejectedFile] = []
    partition_absent: bool = False  # asked for by name, and the source never had it: nothing is wrong
    others: list["StageFailed"] = []  # that failed in the same step


@dataclass(frozen=True)
class RunRecord:
    """A run as far as it has come. `asked` are the stages that it was started for, none where it was its whole job."""

    run_id: str
    timeframe: Timeframe
    partition: str
    dagster_key: str
    success: bool
    started: datetime | None
    ended: datetime | None
    asked: frozenset[str]
    failed: Sequence[StageFailed]
    checks: Sequence[CheckResult]
    seconds: Mapping[str, float]  # by stage that succeeded
    site: SitePublished | None
    seeds: SeedsPushed | None
    log_missing: str = ""  # the sentence, where the source has no process log that its line could stand in

    def followed_by(self, publish: "RunRecord") -> "RunRecord":
        """The record of a partition that one run made and another one published, under the name of the first."""
        return replace(
            self,
            success=publish.success,
            ended=publish.ended,
            asked=self.asked | publish.asked,
            failed=[*self.failed, *publish.failed],
            checks=[*self.checks, *publish.checks],
            seconds={**self.seconds, **publish.seconds},
            site=publish.site,
            seeds=publish.seeds,
            log_missing=publish.log_missing or self.log_missing,
        )

    @property
    def partition_absent(self) -> bool:
        return any(one.partition_absent for one in self.failed)

    @property
    def seeds_alone(self) -> bool:
        """Whether all that failed is a push to seed repositories; where no stage says so, all that it was asked for."""
        return ({one.stage for one in self.failed} or self.asked) == {SEEDS}

    @property
    def gravest(self) -> StageFailed | None:
        """The failure to name: why the site was not published is graver news than a push to seeds."""
        return next((one for one in self.failed if one.stage != SEEDS), self.failed[-1] if self.failed else None)


def stage_failed(work: Work, stage: str, error: BluedotError) -> StageFailed:
    """The record of a stage that raised `error`."""
    broken = [one for one in error.verdicts if not one.passed] if isinstance(error, RuleBroken) else []
    rows = [row for verdict in broken for row in verdict.rows if {"file", "reason"} <= row.keys()]
    files = [RejectedFile(str(row["file"]), str(row["reason"])) for row in rows]
    return StageFailed(work.timeframe.name, work.key, stage, str(error), files, isinstance(error, PartitionAbsent))


def missing_from_source(work: Work, error: BluedotError) -> bool:
    """Days without a folder are no fault of a backfill; a folder that is there and has no output is one."""
    if isinstance(error, OutputAbsent):
        return work.key not in work.platform.source.partitions(work.timeframe).keys
    return isinstance(error, PartitionAbsent)


def notify_failure(platform: Platform, record: RunRecord, reason: str) -> NotificationResult | None:
    """Notify people of a failed run, whether or not its site could be written; tried once."""
    if record.seeds_alone:
        problem = seeds_problem(record.timeframe.name, record.partition, reason)
        facts = CallerFacts(problems=[problem], checkers=frozenset({seeds_checker(record.timeframe.name)}))
    else:
        failed = Run(record.partition, "failed", record.ended or platform.clock(), record.run_id, reason=reason)
        facts = CallerFacts(failures={record.timeframe.name: [failed]})
    return notify(platform, facts, [record.timeframe], tries=1)


def publish_failed_run(platform: Platform, record: RunRecord, reason: str) -> list[str]:
    """Record the failure on the site. Where that cannot be written, neither its readers nor `bluedot notify` would
    learn of it, so people are notified from here. Sentences on what did not work."""
    try:
        publish_failure(platform, record.timeframe, record.partition, record.run_id, reason)
    except (BluedotError, OSError) as error:
        result = notify_failure(platform, record, reason)
        return [f"The failure could not be recorded on the site: {error}", *(result.sentences() if result else ())]
    return []


def log_failed_run(platform: Platform, record: RunRecord) -> LogProblem | None:
    """A line in the source's process log; else why there is none."""
    now = platform.clock()
    seconds = (now - record.started).total_seconds() if record.started else 0.0
    line = RunLine(now, record.timeframe.name, record.partition, "failed", record.run_id, seconds)
    return platform.log_line(line)
