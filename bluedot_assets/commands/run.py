"""`bluedot run`: partitions through Dagster in this process, a live display, and a summary."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import dagster as dg
from dagster_shared.error import SerializableErrorInfo

from bluedot_assets.adapters.folders import require_writable_folder
from bluedot_assets.adapters.outputs import Slot
from bluedot_assets.adapters.site import FolderSite
from bluedot_assets.commands.display import LiveProgress, show_summary
from bluedot_assets.commands.interrupts import noticed_interrupts
from bluedot_assets.commands.selection import select_partitions
from bluedot_assets.dagster_home import make_dagster_home
from bluedot_assets.definitions import build_definitions
from bluedot_assets.defs.resources import Platform
from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.kernel.tables import REJECTED
from bluedot_assets.kernel.timeframes import Timeframe
from bluedot_assets.settings import load_settings

INTERRUPTED: Final = 130  # 128 and the number of SIGINT, as shells say it


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
    kept: bool = True  # False: older than the `keeps` folders that the site keeps
    keeps: int = 0
    outputs: dict[str, str] = field(default_factory=dict)


def run_partitions(timeframe_word: str, partition_word: str, *, quiet: bool, as_json: bool) -> int:
    """Run them oldest first; the exit code is 1 when any failed, 130 when it was interrupted. Raises SettingsError,
    UsageError, SourceUnreadable."""
    settings = load_settings()
    progress = LiveProgress(shown=not quiet and not as_json)
    platform = Platform(settings, progress=progress)
    _ = platform.site  # a wrong BLUEDOT_SITE or BLUEDOT_DATA must not show only after all the work
    today = platform.clock().date()
    chosen = select_partitions(platform.source, timeframe_word, partition_word, settings.start, today, progress.warn)
    warnings = progress.claim()
    _require_places(platform)
    make_dagster_home()
    outcomes, interrupted = _run_all(platform, chosen, progress)
    success = not interrupted and all(outcome.success for outcome in outcomes)
    if as_json:
        runs = [asdict(outcome) for outcome in outcomes]
        summary = {"success": success, "site": settings.site, "warnings": warnings, "runs": runs}
        sys.stdout.write(json.dumps(summary, indent=1) + "\n")
    elif not interrupted:
        show_summary(outcomes, warnings, settings.site, quiet=quiet)
    if interrupted:
        done = sum(outcome.success for outcome in outcomes)
        sys.stderr.write(f"bluedot: interrupted, {done} of {len(chosen)} partitions done; a new run takes the rest.\n")
        return INTERRUPTED
    return 0 if success else 1


def _require_places(platform: Platform) -> None:
    """What cannot be written must not show only after all the work. Raises SettingsError."""
    data = platform.outputs.store.local_path("")
    if data is not None:
        require_writable_folder("BLUEDOT_DATA", data)
    if isinstance(platform.site, FolderSite):
        platform.site.require_usable()


def _run_all(
    platform: Platform, chosen: Sequence[tuple[Timeframe, str]], progress: LiveProgress
) -> tuple[list[Outcome], bool]:
    """What became of each, and whether somebody interrupted."""
    definitions = build_definitions(platform)
    outcomes: list[Outcome] = []
    with noticed_interrupts() as interrupts, _instance() as instance, progress:
        for timeframe, key in chosen:
            try:
                outcome = _run(definitions, instance, platform, timeframe, key)
            except KeyboardInterrupt:
                return outcomes, True
            outcome.warnings = progress.claim()
            if interrupts.came() and not outcome.success:
                outcome.error = "interrupted"
            outcomes.append(outcome)
            progress.finish(outcome)
            if interrupts.came():
                return outcomes, True
    return outcomes, False


def _instance() -> dg.DagsterInstance:
    try:
        return dg.DagsterInstance.get()
    except dg.DagsterError as error:
        problem = str(error).partition("\n")[0].rstrip(".:")
        raise SettingsError(
            f"DAGSTER_HOME: Dagster does not accept its dagster.yaml ({problem}): correct it."
        ) from None


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
    outcome.keeps = platform.settings.keep[timeframe.name]
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
        outcome.error = f"{outcome.timeframe}/{stage}: {said or _innermost(failure.error)}"
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
        outcome.kept = bool(metadata["kept"].value)
        if outcome.kept:
            outcome.outputs["site"] = str(metadata["path"].value)


def _innermost(error: SerializableErrorInfo | None) -> str:
    """The cause at the bottom: what stands above it says only that an op failed."""
    while error is not None and error.cause is not None:
        error = error.cause
    return error.message.strip() if error else "failed"


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
        "bars": f"{platform.outputs.store.address}/bars/{folder}/bars.parquet",
        "series": f"{platform.outputs.store.address}/series/{folder}",
    }
