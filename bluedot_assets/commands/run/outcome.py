"""What became of a run, read from its events and from what it stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from bluedot_assets.adapters.storage.layout import Slot, series_folder
from bluedot_assets.dagster_home import make_dagster_home
from bluedot_assets.defs.assets import partition_of
from bluedot_assets.kernel.bars.tables import REJECTED
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES
from bluedot_assets.kernel.checks.verdict import Verdict
from bluedot_assets.kernel.errors import BluedotError
from bluedot_assets.kernel.series.indicators import INDICATORS
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.stages.bars import NAME as BARS
from bluedot_assets.pipeline.stages.bars import BarsFacts
from bluedot_assets.pipeline.stages.pine_seeds import NAME as SEEDS
from bluedot_assets.pipeline.stages.raw_json import NAME as RAW
from bluedot_assets.pipeline.stages.raw_json import RawFacts
from bluedot_assets.pipeline.stages.series import SeriesFacts


@dataclass
class Outcome:
    """What became of one partition, as `--json` prints it."""

    timeframe: str
    partition: str
    dagster_key: str
    run_id: str
    success: bool
    error: str | None = None
    failed_stages: list[str] = field(default_factory=list)
    bars: int = 0
    stocks: int = 0
    series: int = 0
    expected: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    checks: list[dict[str, Any]] = field(default_factory=list)
    stages_s: dict[str, float] = field(default_factory=dict)
    changed: bool = False
    kept: bool = True  # False: older than the `keeps` folders that the site keeps, or without room in its budget
    keeps: int = 0
    without_room: bool = False
    dropped: list[str] = field(default_factory=list)  # what of the site made room for it
    live: bool | None = None  # whether the world saw it in time; None: nobody waited
    seeds: list[str] = field(default_factory=list)  # what became of each seed repository
    next_push: str = ""  # when there is more to push to one
    outputs: dict[str, str] = field(default_factory=dict)

    @property
    def seeds_failed_alone(self) -> bool:
        """The partition is published, and only a push to the seed repositories was not made."""
        return not self.success and set(self.failed_stages) == {SEEDS}


def note(outcome: Outcome, event: dg.DagsterEvent) -> None:
    """What one event of the run says of its outcome."""
    stage = (event.step_key or "").partition("_")[2]
    if event.event_type == dg.DagsterEventType.STEP_SUCCESS and not stage.startswith("_"):  # a step of a check alone
        outcome.stages_s[stage] = round(event.step_success_data.duration_ms / 1000, 2)
    elif event.event_type == dg.DagsterEventType.STEP_FAILURE:
        failure = event.step_failure_data
        said = failure.user_failure_data.description if failure.user_failure_data else None
        if set(outcome.failed_stages) <= {SEEDS}:  # why the site was not published is the graver news
            outcome.error = f"{outcome.timeframe}/{stage}: {said or _innermost(failure.error)}"
        outcome.failed_stages.append(stage)
    elif event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
        check = event.asset_check_evaluation_data
        outcome.checks.append(
            {
                "check": f"{check.asset_key.to_user_string()} {check.check_name}",
                "passed": check.passed,
                "severity": check.severity.value.lower(),
                "message": check.description,
            }
        )
        if not check.passed:
            outcome.rejected += _offending_files(check.metadata)
    elif event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION and stage == "site":
        metadata = event.step_materialization_data.materialization.metadata
        outcome.changed = bool(metadata["changed"].value)
        outcome.kept = bool(metadata["kept"].value)
        outcome.without_room = bool(metadata["without_room"].value)
        outcome.dropped = str(metadata["dropped"].value or "").split(", ") if metadata["dropped"].value else []
        if outcome.kept:
            outcome.outputs["site"] = str(metadata["path"].value)
    elif event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION and stage == SEEDS:
        metadata = event.step_materialization_data.materialization.metadata
        outcome.seeds = str(metadata["said"].value).splitlines()
        outcome.next_push = str(metadata["next_push"].value)


def note_live(outcome: Outcome, verdict: Verdict) -> None:
    """What waiting for the public site found."""
    outcome.live = verdict.passed
    outcome.checks.append(
        {
            "check": f"{outcome.timeframe}/site {verdict.rule}",
            "passed": verdict.passed,
            "severity": verdict.severity,
            "message": verdict.message,
        }
    )


def _offending_files(metadata: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The files that a failed check names; where the stage stored nothing they are nowhere else to be had."""
    offenders = metadata.get("offenders")
    records = [record.data for record in offenders.records] if isinstance(offenders, dg.TableMetadataValue) else []
    return [{"field": None, **record} for record in records if {"file", "reason"} <= record.keys()]


def _innermost(error: Any) -> str:
    """The cause at the bottom: what stands above it says only that an op failed."""
    while error is not None and error.cause is not None:
        error = error.cause
    return error.message.strip() if error else "failed"


def read_outputs(outcome: Outcome, platform: Platform) -> None:
    """Counts and rejected files of what is stored, unless the stage that makes them failed in this run."""
    if BARS not in outcome.stages_s:
        return
    outputs = platform.outputs
    slots = {stage: Slot(outcome.timeframe, outcome.partition, stage) for stage in (RAW, BARS, *outcome.stages_s)}
    bars = outputs.require(slots[BARS])
    facts = bars.facts_as(BarsFacts)
    outcome.bars, outcome.stocks, outcome.expected = facts.bars, facts.stocks, facts.expected
    outcome.ignored = outputs.require(slots[RAW]).facts_as(RawFacts).ignored
    series = {indicator.asset for indicator in INDICATORS.values()} & outcome.stages_s.keys()
    made = [manifest for stage in series if (manifest := outputs.manifest(slots[stage])) is not None]
    outcome.series = sum(one.facts_as(SeriesFacts).csvs for one in made)
    outcome.rejected = outputs.read_table(bars, REJECTED.name).to_dicts()
    outcome.outputs |= {
        "bars": f"{outputs.store.address}/{slots[BARS].table_path(BARS)}",
        "series": f"{outputs.store.address}/{series_folder(outcome.timeframe, outcome.partition)}",
    }


def outcomes_here(platform: Platform) -> list[Outcome]:
    """Of every run of a partition in this Dagster home, oldest first: in a CI job those of the job."""
    make_dagster_home()
    with dg.DagsterInstance.get() as instance:
        records = instance.get_run_records(ascending=True)
        return [found for record in records if (found := _outcome_of(instance, record.dagster_run, platform))]


def _outcome_of(instance: dg.DagsterInstance, run: dg.DagsterRun, platform: Platform) -> Outcome | None:
    """None for a run that is none of a partition of ours."""
    dagster_key = partition_of(run)
    named = {key.path[0] for key in run.asset_selection or ()} or {run.job_name.partition("_")[0]}
    groups = named & set(TIMEFRAMES)
    if dagster_key is None or len(groups) != 1:
        return None
    timeframe = TIMEFRAMES[groups.pop()]
    outcome = Outcome(timeframe.name, timeframe.folder_key(dagster_key), dagster_key, run.run_id, run.is_success)
    for entry in instance.all_logs(run.run_id):
        if entry.dagster_event is not None:
            note(outcome, entry.dagster_event)
    try:
        read_outputs(outcome, platform)
    except BluedotError as error:  # a later run of the partition has taken them back
        outcome.warnings.append(str(error))
    return outcome
