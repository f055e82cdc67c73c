"""How a stage becomes an asset: one factory for every step and timeframe. The stage stores only what passed its
blocking rules; the asset reports the verdicts stored with it, also when somebody executes the checks alone.

What a stage makes is in `pipeline/stages`; how a run is read afterwards, in `run_events`."""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from warnings import catch_warnings, simplefilter

import dagster as dg
import msgspec

from bluedot_assets.adapters.code_version import module_version
from bluedot_assets.adapters.git.checkout import module_address
from bluedot_assets.adapters.local_folders import explained
from bluedot_assets.defs.run_events import JUDGED, RECORD, partition_of, pipeline_name, step_name
from bluedot_assets.defs.source_asset import NAME as SOURCE
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.checks.verdict import RuleBroken, Verdict
from bluedot_assets.kernel.errors import BluedotError, OutputAbsent, UsageError
from bluedot_assets.kernel.site.accepted_incomplete import TAG, checked_reason
from bluedot_assets.kernel.stored.versions import Stated
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.run_record import missing_from_source, stage_failed
from bluedot_assets.pipeline.stage import Done, Link, Location, Markdown, Rows, Stage, Step, Work
from bluedot_assets.pipeline.stages.raw_json import NAME as RAW_JSON

BACKFILL_TAG = "dagster/backfill"
ACCEPT = "accept_incomplete"
ACCEPTANCE = {
    ACCEPT: dg.Field(
        str,
        default_value="",
        description="Why this one partition may be published although too few of its files came; the site says so. "
        f"As the run's tag {TAG}.",
    )
}


def asset_of(
    step: Step,
    timeframe: Timeframe,
    partitions: dg.PartitionsDefinition[str],
    hooks: frozenset[dg.HookDefinition],
    owners: tuple[str, ...] = (),
) -> dg.AssetsDefinition:
    """The assets of a step's stages for one timeframe. Those that follow no other stage follow the source."""
    keys = {dg.AssetKey([timeframe.name, stage.name]): stage for stage in step.stages}

    @dg.multi_asset(
        name=step_name(timeframe, step.name),
        can_subset=True,
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.multi_run(1),
        config_schema=ACCEPTANCE if step.name == RAW_JSON else None,
        hooks=set(hooks),
        op_tags={"dagster/priority": "-1"} if any(stage.waits_for_others for stage in step.stages) else None,
        specs=[
            dg.AssetSpec(
                key,
                deps=[dg.AssetKey([timeframe.name, name]) for name in stage.after or [SOURCE]],
                group_name=timeframe.name,
                description=stage.description,
                kinds=set(stage.kinds),
                owners=owners,
                tags={"timeframe": timeframe.name, "stage": stage.name},
                code_version=module_version(step.module),
                metadata={**stage.metadata, **_column_schema(stage), **_code_references(step)},
                skippable=True,
                freshness_policy=_freshness_policy(timeframe) if stage.publishes else None,
            )
            for key, stage in keys.items()
        ],
        check_specs=[
            dg.AssetCheckSpec(rule.name, asset=key, description=rule.description, blocking=rule.blocking)
            for key, stage in keys.items()
            for rule in stage.checks
        ],
    )
    def assets(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> Iterator[Any]:
        wanted = [stage for key, stage in keys.items() if key in context.selected_asset_keys]
        checked = {check.asset_key for check in context.selected_asset_check_keys} - context.selected_asset_keys
        partition = _partition(context, timeframe)
        if wanted:
            if partition is None:
                raise dg.Failure(f"This run has no partition: {_press(timeframe)}", allow_retries=False)
            yield from _carry_out(step, wanted, _work(context, platform, timeframe, partition), context)
        for key in sorted(checked):
            try:
                judged = partition or _newest(platform, timeframe, keys[key])
                verdicts = keys[key].stored_verdicts(_work(context, platform, timeframe, judged))
            except (BluedotError, OSError, MemoryError) as raised:
                error = explained(raised)
                raise dg.Failure(str(error), allow_retries=error.retryable) from error
            yield from _results(key, verdicts, judged, context)

    return assets


def _partition(context: dg.AssetExecutionContext, timeframe: Timeframe) -> str | None:
    dagster_key = partition_of(context.run)
    return timeframe.folder_key(dagster_key) if dagster_key else None


def _newest(platform: Platform, timeframe: Timeframe, stage: Stage) -> str:
    """The partition that checks judge which run alone without one, as the buttons of Dagster's UI start them. Raises
    OutputAbsent."""
    stored = platform.outputs.partitions(timeframe.name, stage.stored_as)
    if not stored:
        raise OutputAbsent(
            f"No partition of {timeframe.name}/{stage.name} is stored, so there is nothing to check: "
            f"{_press(timeframe)}"
        )
    return stored[-1]


def _press(timeframe: Timeframe) -> str:
    return f"open Jobs > {pipeline_name(timeframe)} > Materialize all..., choose a partition there, and launch it."


def _carry_out(
    step: Step, wanted: Sequence[Stage], work: Work, context: dg.AssetExecutionContext
) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[Any]]:
    """The checks and materializations of the wanted stages; none when the partition is skipped. The step fails when
    all have had their turn, with all that was refused."""
    work.platform.before_step(work.timeframe.name, work.key, step.name)
    began, waiting = time.perf_counter(), [stage.name for stage in wanted]
    failed: list[tuple[str, BluedotError]] = []
    try:
        work.platform.outputs.begin(work.run_id)
        for stage, made in step.body(work, wanted):
            key = dg.AssetKey([work.timeframe.name, stage.name])
            waiting.remove(stage.name)
            yield from _results(key, made.verdicts, work.key, context)
            if isinstance(made, RuleBroken):
                failed.append((stage.name, made))
            else:
                context.log.info(_in_one_line(key, work.key, made))
                yield _materialized(key, made, time.perf_counter() - began)
            began = time.perf_counter()
    except (BluedotError, OSError, MemoryError) as raised:
        error = explained(raised)
        if BACKFILL_TAG in context.run.tags and missing_from_source(work, error):
            context.log.warning(f"{work.timeframe.name} {work.key} skipped: the source has no such folder.")
            return
        failed += [(name, error) for name in waiting]
    if failed:
        first, *others = [stage_failed(work, name, error) for name, error in failed]
        record = _as_json(msgspec.structs.replace(first, others=others))
        reasons = " ".join(dict.fromkeys(str(error) for _, error in failed))
        retryable = any(error.retryable for _, error in failed)
        raise dg.Failure(reasons, metadata={RECORD: record}, allow_retries=retryable) from failed[0][1]


def _in_one_line(key: dg.AssetKey, partition: str, done: Done) -> str:
    """What a console shows of an asset that was made: its first counts."""
    counts = [f"{name} {value:,}" for name, value in done.metadata.items() if type(value) is int and "/" not in name]
    return f"{key.to_user_string()} {partition}: {', '.join(counts[:3]) or 'made'}"


def _materialized(key: dg.AssetKey, done: Done, seconds: float) -> dg.MaterializeResult[Any]:
    metadata = {
        **{name: shown for name, value in done.metadata.items() if (shown := _shown(value)) is not None},
        "duration_s": round(seconds, 3),
        **({RECORD: _as_json(done.record)} if done.record else {}),
    }
    version = dg.DataVersion(done.data_version) if done.data_version else None
    return dg.MaterializeResult(asset_key=key, metadata=metadata, data_version=version)


def _shown(value: Any) -> Any:
    """A stage's metadata in Dagster's types; None for what is empty."""
    match value:
        case Rows(rows):
            shown: Any = as_table(rows) if rows else None
        case Markdown(text):
            shown = dg.MetadataValue.md(text)
        case Link(url):
            shown = dg.MetadataValue.url(url)
        case Location(path):
            shown = dg.MetadataValue.path(path)
        case datetime():
            shown = dg.MetadataValue.timestamp(value)
        case _:
            shown = value.isoformat() if isinstance(value, date) else None if value == "" else value
    return shown


def _as_json(record: msgspec.Struct) -> dg.JsonMetadataValue:
    return dg.MetadataValue.json({**msgspec.to_builtins(Stated()), **msgspec.to_builtins(record)})


def _freshness_policy(timeframe: Timeframe) -> dg.FreshnessPolicy:
    """Dagster's view, which knows no partitions: a backfill of old dates counts as fresh. So it says only whether
    anything runs; a long weekend with a holiday is no alarm."""
    quiet = timedelta(days=timeframe.days + 3)
    return dg.FreshnessPolicy.time_window(fail_window=quiet + timedelta(days=2), warn_window=quiet)


def _column_schema(stage: Stage) -> dict[str, dg.TableSchema]:
    columns = [
        dg.TableColumn(one.name, one.type, one.meaning, dg.TableColumnConstraints(nullable=one.nullable))
        for one in stage.columns
    ]
    return {"dagster/column_schema": dg.TableSchema(columns)} if columns else {}


def _work(context: dg.AssetExecutionContext, platform: Platform, timeframe: Timeframe, key: str) -> Work:
    record = context.instance.get_run_record_by_id(context.run.run_id)
    began = record.start_time if record else None
    started = datetime.fromtimestamp(began, UTC) if began else platform.clock()
    accepted = _acceptance(context, timeframe)
    return Work(platform, timeframe, key, context.run.run_id, started, context.log.warning, accepted)


def _acceptance(context: dg.AssetExecutionContext, timeframe: Timeframe) -> str:
    """A person's reason to publish an incomplete partition, or "": from the run's tag, or from the Launchpad, where the
    first step asks for it and the others read it."""
    run_config: Mapping[str, Any] = context.run.run_config
    ops = run_config.get("ops") or {}
    config = (ops.get(step_name(timeframe, RAW_JSON)) or {}).get("config") or {}
    given = {f"tag {TAG}": context.run.tags.get(TAG), f"config {ACCEPT}": config.get(ACCEPT) or None}
    reasons = set()
    for name, reason in given.items():
        try:
            reasons |= {checked_reason(reason)} if reason is not None else set()
        except UsageError as error:
            raise dg.Failure(f"The run's {name}: {error}", allow_retries=False) from error
    if len(reasons) > 1:
        names = " and ".join(f"its {name}" for name in given)
        raise dg.Failure(f"The run has two reasons, in {names}: give one.", allow_retries=False)
    return next(iter(reasons), "")


def _code_references(step: Step) -> Mapping[str, dg.CodeReferencesMetadataValue]:
    address = module_address(step.module)
    if address is None:
        return {}
    with catch_warnings():
        simplefilter("ignore", dg.BetaWarning)  # these two are in beta, which helps nobody who opens the UI
        reference = dg.UrlCodeReference(url=address, label=step.module)
        return {"dagster/code_references": dg.CodeReferencesMetadataValue(code_references=[reference])}


def _results(
    key: dg.AssetKey, verdicts: Sequence[Verdict], partition: str, context: dg.AssetExecutionContext
) -> Iterator[dg.AssetCheckResult]:
    wanted = {check.name for check in context.selected_asset_check_keys}
    for verdict in verdicts:
        if verdict.rule in wanted:
            yield check_result(verdict, partition, key)


def check_result(verdict: Verdict, partition: str, key: dg.AssetKey | None = None) -> dg.AssetCheckResult:
    """A verdict as Dagster shows it, whose checks know no partitions: so it says which one was judged ("" for none).
    `key` where several assets could be meant."""
    judged = {JUDGED: partition} if partition else {}
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=verdict.rule,
        passed=verdict.passed,
        severity=dg.AssetCheckSeverity.WARN if verdict.severity == "warning" else dg.AssetCheckSeverity.ERROR,
        description=f"{partition}: {verdict.message}" if partition else verdict.message,
        metadata={**judged, **_numbers(verdict), **({"listed": as_table(verdict.rows)} if verdict.rows else {})},
    )


def _numbers(verdict: Verdict) -> dict[str, int | float]:
    """What the UI plots of a check, from partition to partition."""
    numbers = msgspec.to_builtins(verdict.numbers) if verdict.numbers else {}
    return {name: round(number, 4) for name, number in numbers.items()}


def as_table(rows: Sequence[Mapping[str, Any]]) -> dg.TableMetadataValue:
    """Rows as Dagster shows tables in its UI."""
    names = list(rows[0]) if rows else []
    return dg.MetadataValue.table(
        [dg.TableRecord({name: _cell(row.get(name)) for name in names}) for row in rows],
        schema=dg.TableSchema([dg.TableColumn(name) for name in names]),
    )


def _cell(value: object) -> str | int | float | bool | None:
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
