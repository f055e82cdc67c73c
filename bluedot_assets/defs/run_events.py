"""The one reader of Dagster's runs: names of steps and jobs, a run's tags and events, as our own `RunRecord`.

What a record means, and what is done about a failed run, is in `pipeline/run_record`."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from getpass import getuser
from typing import Any, Final, TypeVar

import dagster as dg
import msgspec

from bluedot_assets.dagster_home import database_failure, is_of_database
from bluedot_assets.defs.partitions import PARTITION_TAG
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES, Timeframe
from bluedot_assets.kernel.series.indicators import INDICATORS
from bluedot_assets.kernel.site.status import CheckResult, RejectedFile
from bluedot_assets.kernel.stored.versions import Stated, require_known
from bluedot_assets.pipeline.run_record import RunRecord, StageFailed
from bluedot_assets.pipeline.stage_list import steps_of
from bluedot_assets.pipeline.stages.pine_seeds import NAME as SEEDS
from bluedot_assets.pipeline.stages.pine_seeds import SeedsPushed
from bluedot_assets.pipeline.stages.site import NAME as SITE
from bluedot_assets.pipeline.stages.site import SitePublished

USER_TAG: Final = "user"
JUDGED: Final = "partition"  # the entry of a check's result that says which one it judged
RECORD: Final = "record"  # the metadata entry that is made for programs; all others are made for people
# The second is what a run of a backfill has: a range, here always of one key (BackfillPolicy of `assets`).
PARTITION_TAGS: Final = (PARTITION_TAG, "dagster/asset_partition_range_end")
LOG_MISSING_TAG: Final = "bluedot/log_missing"  # of a failed run; a published one says it in its record
MADE_BY_TAG: Final = "bluedot/made_by"  # of a run that publishes alone: the run that made the partition
WILL_RETRY_TAG: Final = "dagster/will_retry"  # Dagster sets it when the run fails
READ: Final = {
    dg.DagsterEventType.STEP_SUCCESS,
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.ASSET_CHECK_EVALUATION,
    dg.DagsterEventType.ASSET_MATERIALIZATION,
}
Struct = TypeVar("Struct", bound=msgspec.Struct)


def step_name(timeframe: Timeframe, step: str) -> str:
    """Dagster's name of a step."""
    return f"{timeframe.name}_{step}"


def pipeline_name(timeframe: Timeframe) -> str:
    """Dagster's name of the job of all stages."""
    return f"{timeframe.name}_pipeline"


_EVERY_STEP: Final = [
    (timeframe, step)
    for timeframe in TIMEFRAMES.values()
    for step in steps_of(timeframe, tuple(INDICATORS.values()), seeded=True)
]
# Whatever a failure of the step can name: the step itself where it crashed, else its stages.
MEMBERS: Final = {
    step_name(timeframe, step.name): frozenset({step.name, *(stage.name for stage in step.stages)})
    for timeframe, step in _EVERY_STEP
}
# In earlier versions each stage was a step of its own.
STEPS: Final = {
    step_name(timeframe, name): name
    for timeframe, step in _EVERY_STEP
    for name in MEMBERS[step_name(timeframe, step.name)]
}
PIPELINES: Final = {pipeline_name(timeframe): timeframe.name for timeframe in TIMEFRAMES.values()}


def launched_by(environment: Mapping[str, str]) -> dict[str, str]:
    """The tag that Dagster's UI shows as "launched by" of a run of `bluedot run`: in few letters, for it cuts them.
    Sensors and schedules have tags of Dagster's."""
    if environment.get("GITHUB_ACTIONS"):
        return {USER_TAG: f"{environment.get('GITHUB_ACTOR', '')} (GitHub)".strip()}
    try:
        return {USER_TAG: f"{getuser()} (bluedot)"}
    except (OSError, KeyError):  # a container's user may have no name
        return {USER_TAG: "bluedot run"}


def partition_of(run: dg.DagsterRun) -> str | None:
    """Dagster's key of the run's one partition, from its tags: a context knows none when checks run alone."""
    return next((run.tags[tag] for tag in PARTITION_TAGS if tag in run.tags), None)


def will_be_retried(run: dg.DagsterRun) -> bool:
    """Whether the daemon starts a failed run again, by its `run_retries`: then the last try has the word. A run of
    `bluedot run` that belongs to no code location cannot be started again."""
    return run.tags.get(WILL_RETRY_TAG) == "true" and run.remote_job_origin is not None


def read_run(instance: dg.DagsterInstance, run_id: str) -> RunRecord | None:
    """The run as far as it has come, of a partition that was published in a batch with the run that made it; None for
    one that is none of a partition of ours."""
    found = instance.get_run_record_by_id(run_id)
    record = _read(instance, found) if found else None
    maker = found.dagster_run.tags.get(MADE_BY_TAG) if found else None
    made = read_run(instance, maker) if maker else None
    return made.followed_by(record) if record and made else record


def _read(instance: dg.DagsterInstance, found: dg.RunRecord) -> RunRecord | None:
    run, dagster_key = found.dagster_run, partition_of(found.dagster_run)
    asked = run.asset_selection or frozenset()
    keys = [*asked, *(check.asset_key for check in run.asset_check_selection or ())]
    names = {key.path[0] for key in keys} or {PIPELINES.get(run.job_name, "")}
    timeframe = TIMEFRAMES.get(next(iter(names))) if len(names) == 1 else None
    if dagster_key is None or timeframe is None:
        return None
    key = timeframe.folder_key(dagster_key)
    events = [entry.dagster_event for entry in instance.all_logs(run.run_id, READ) if entry.dagster_event]
    by_type = {kind: [event for event in events if event.event_type == kind] for kind in READ}
    made = {
        event.asset_key.path[-1]: event.step_materialization_data.materialization
        for event in by_type[dg.DagsterEventType.ASSET_MATERIALIZATION]
        if event.asset_key
    }
    checks = by_type[dg.DagsterEventType.ASSET_CHECK_EVALUATION]
    site = _site_published(made[SITE]) if SITE in made else None
    return RunRecord(
        run.run_id,
        timeframe,
        key,
        dagster_key,
        run.is_success,
        started=_time(found.start_time),
        ended=_time(found.end_time),
        asked=frozenset(asset.path[-1] for asset in asked),
        failed=[
            one
            for event in by_type[dg.DagsterEventType.STEP_FAILURE]
            for one in _failed(event, checks, timeframe.name, key)
        ],
        checks=[_check(event) for event in checks],
        seconds={
            STEPS[event.step_key]: round(event.step_success_data.duration_ms / 1000, 2)
            for event in by_type[dg.DagsterEventType.STEP_SUCCESS]
            if event.step_key in STEPS
        },
        site=site,
        seeds=seeds_pushed(made[SEEDS]) if SEEDS in made else None,
        log_missing=site.log_missing if site else run.tags.get(LOG_MISSING_TAG, ""),
    )


def seeds_pushed(made: dg.AssetMaterialization) -> SeedsPushed:
    """The record of a materialization of `pine_seeds`. Those of earlier versions have texts for people alone: what
    waits to be pushed must not be lost with an upgrade."""
    if record := _decoded(made.metadata, SeedsPushed):
        return record
    lines, until = (str(made.metadata[name].value) if name in made.metadata else "" for name in ("said", "next_push"))
    return SeedsPushed(lines.splitlines(), datetime.fromisoformat(until) if until else None)


def _site_published(made: dg.AssetMaterialization) -> SitePublished:
    """The record of a materialization of `site`; those of earlier versions have entries of the same names."""
    if record := _decoded(made.metadata, SitePublished):
        return record
    shown = {name: entry.value for name, entry in made.metadata.items()}
    dropped = str(shown.get("dropped") or "")
    return msgspec.convert(shown | {"dropped": dropped.split(", ") if dropped else []}, SitePublished)


def _failed(event: dg.DagsterEvent, checks: Sequence[dg.DagsterEvent], timeframe: str, key: str) -> list[StageFailed]:
    """What the stages themselves say; of a step that crashed, or was recorded by an earlier version, what Dagster
    says."""
    data = event.step_failure_data
    failure = data.user_failure_data
    if failure and (record := _decoded(failure.metadata, StageFailed)):
        return [msgspec.structs.replace(record, others=[]), *record.others]
    error = data.error
    while error and error.cause:  # what stands above the cause at the bottom says only that an op failed
        error = error.cause
    crash = error.message.strip() if error else "failed"
    if is_of_database(crash):  # of Dagster's own statements, within a step: Python writes sqlite3.OperationalError
        crash = database_failure(crash)
    step = event.step_key or ""
    stage = STEPS.get(step, step)
    return [StageFailed(timeframe, key, stage, (failure and failure.description) or crash, _refused(checks, stage))]


def _refused(checks: Sequence[dg.DagsterEvent], stage: str) -> list[RejectedFile]:
    """The files that a stage's checks refused, as a table for people has them; earlier versions called it offenders."""
    failed = [event.asset_check_evaluation_data for event in checks]
    shown = [one.metadata for one in failed if one.asset_key.path[-1] == stage and not one.passed]
    tables = [metadata.get("listed", metadata.get("offenders")) for metadata in shown]
    rows = [row.data for table in tables if isinstance(table, dg.TableMetadataValue) for row in table.records]
    return [RejectedFile(str(row["file"]), str(row["reason"])) for row in rows if {"file", "reason"} <= row.keys()]


def _check(event: dg.DagsterEvent) -> CheckResult:
    check = event.asset_check_evaluation_data
    severity = "warning" if check.severity == dg.AssetCheckSeverity.WARN else "error"
    name = f"{check.asset_key.to_user_string()} {check.check_name}"
    judged = check.metadata.get(JUDGED)  # earlier versions did not say it
    message = (check.description or "").removeprefix(f"{judged.value}: " if judged else "")
    return CheckResult(name, check.passed, severity, message)


def _decoded(metadata: Mapping[str, Any], kind: type[Struct]) -> Struct | None:
    """Raises NewerVersion."""
    entry = metadata.get(RECORD)
    if not isinstance(entry, dg.JsonMetadataValue):
        return None
    require_known("The record of a run in DAGSTER_HOME", msgspec.convert(entry.value, Stated).schema_version)
    return msgspec.convert(entry.value, kind)


def _time(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
