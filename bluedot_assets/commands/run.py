"""`bluedot run`: partitions through Dagster in this process, a live display, and a summary."""

import json
import sys
from dataclasses import asdict, dataclass, field
from typing import Any

import dagster as dg

from bluedot_assets.adapters.outputs import Slot
from bluedot_assets.commands.display import LiveProgress, show_summary
from bluedot_assets.commands.selection import select_partitions
from bluedot_assets.dagster_home import make_dagster_home
from bluedot_assets.definitions import build_definitions
from bluedot_assets.defs.resources import Platform
from bluedot_assets.kernel.tables import REJECTED
from bluedot_assets.kernel.timeframes import Timeframe
from bluedot_assets.settings import load_settings


@dataclass
class Outcome:
    """What became of one partition, as `--json` prints it."""

    timeframe: str
    partition: str
    dagster_key: str
    run_id: str
    success: bool
    error: str | None = None
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
    outputs: dict[str, str] = field(default_factory=dict)


def run_partitions(timeframe_word: str, partition_word: str, *, quiet: bool, as_json: bool) -> int:
    """Run them oldest first; the exit code is 1 when any failed. Raises SettingsError, UsageError."""
    settings = load_settings()
    progress = LiveProgress(shown=not quiet and not as_json)
    platform = Platform(settings, progress=progress)
    _ = platform.site  # a wrong BLUEDOT_SITE or BLUEDOT_DATA must not show only after all the work
    today = platform.clock().date()
    chosen = select_partitions(platform.source, timeframe_word, partition_word, settings.start, today, progress.warn)
    warnings = progress.claim()
    make_dagster_home()
    definitions = build_definitions(platform)
    outcomes = []
    with dg.DagsterInstance.get() as instance, progress:
        for timeframe, key in chosen:
            outcome = _run(definitions, instance, platform, timeframe, key)
            outcome.warnings = progress.claim()
            outcomes.append(outcome)
            progress.finish(outcome)
    if as_json:
        summary = {
            "success": all(outcome.success for outcome in outcomes),
            "site": settings.site,
            "warnings": warnings,
            "runs": [asdict(outcome) for outcome in outcomes],
        }
        sys.stdout.write(json.dumps(summary, indent=1) + "\n")
    else:
        show_summary(outcomes, warnings, settings.site, quiet=quiet)
    return 0 if all(outcome.success for outcome in outcomes) else 1


def _run(
    definitions: dg.Definitions, instance: dg.DagsterInstance, platform: Platform, timeframe: Timeframe, key: str
) -> Outcome:
    job = definitions.resolve_job_def(f"{timeframe.name}_pipeline")
    dagster_key = timeframe.dagster_key(key)
    result = job.execute_in_process(
        partition_key=dagster_key,
        instance=instance,
        raise_on_error=False,
        # What a person must know is in the summary; all of it is in the run's log in the UI.
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )
    outcome = Outcome(timeframe.name, key, dagster_key, result.run_id, result.success)
    for event in result.all_events:
        _note(outcome, event)
    _read_outputs(outcome, platform)
    return outcome


def _note(outcome: Outcome, event: dg.DagsterEvent) -> None:
    stage = (event.step_key or "").partition("_")[2]
    if event.event_type == dg.DagsterEventType.STEP_SUCCESS:
        outcome.stages_s[stage] = round(event.step_success_data.duration_ms / 1000, 2)
    elif event.event_type == dg.DagsterEventType.STEP_FAILURE:
        failure = event.step_failure_data
        said = failure.user_failure_data.description if failure.user_failure_data else None
        outcome.error = f"{outcome.timeframe}/{stage}: {said or (failure.error.message if failure.error else 'failed')}"
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
    elif event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION and stage == "site":
        metadata = event.step_materialization_data.materialization.metadata
        outcome.changed = bool(metadata["changed"].value)
        outcome.outputs["site"] = str(metadata["path"].value)


def _read_outputs(outcome: Outcome, platform: Platform) -> None:
    """Counts and rejected files of what is stored, unless the stage that makes them failed in this run."""
    if "bars" not in outcome.stages_s:
        return
    outputs = platform.outputs
    bars = outputs.require(Slot(outcome.timeframe, outcome.partition, "bars"))
    outcome.bars, outcome.stocks = bars.facts["bars"], bars.facts["stocks"]
    outcome.expected = bars.facts["expected"]
    outcome.ignored = outputs.require(Slot(outcome.timeframe, outcome.partition, "raw_json")).facts["ignored"]
    for stage in outcome.stages_s:
        made = outputs.manifest(Slot(outcome.timeframe, outcome.partition, stage))
        outcome.series += made.facts.get("csvs", 0) if made else 0
    rejected = next(stored for stored in bars.objects if stored.path.endswith(f"/{REJECTED.name}.parquet"))
    import polars as pl  # noqa: PLC0415  not needed by a run that failed before

    outcome.rejected = pl.read_parquet(outputs.read(rejected)).to_dicts()
    folder = f"{outcome.timeframe}/{outcome.partition}"
    outcome.outputs |= {
        "bars": f"{platform.settings.data}/bars/{folder}/bars.parquet",
        "series": f"{platform.settings.data}/series/{folder}",
    }
