"""`bluedot run`: partitions through Dagster in this process. How they are shown is in `summary`, what became of each in
`outcome`; what a run does, in `defs` and `pipeline`."""

import os
import sys
from collections.abc import Sequence
from typing import Final

import dagster as dg
from dagster_shared.check import CheckError

from bluedot_assets.adapters.local_folders import require_open_files, require_writable_folder
from bluedot_assets.adapters.site.port import Site
from bluedot_assets.commands.console import as_called, from_here, print_json
from bluedot_assets.commands.notify import notify_of_runs
from bluedot_assets.commands.partitions import select_partitions, timeframes_of
from bluedot_assets.commands.run.interrupts import noticed_interrupts
from bluedot_assets.commands.run.outcome import Outcome, note_live, outcome_of, read_outputs
from bluedot_assets.commands.run.summary import LiveProgress, show_errors, show_summary
from bluedot_assets.commands.run.warnings import leave_last_freshness, missing_logs
from bluedot_assets.dagster_home import make_dagster_home
from bluedot_assets.definitions import build_definitions
from bluedot_assets.defs.instance.connected import execute_partition, open_instance
from bluedot_assets.defs.run_events import launched_by, pipeline_name, read_run
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES, Timeframe
from bluedot_assets.kernel.errors import SettingsError, UsageError
from bluedot_assets.kernel.site.accepted_incomplete import TAG, checked_reason
from bluedot_assets.kernel.site.addresses import is_address
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.public_site import live_verdict, require_public_url
from bluedot_assets.settings.load import load_settings, mistyped

INTERRUPTED: Final = 130  # 128 and the number of SIGINT, as shells say it


def run_partitions(
    timeframe_word: str,
    partition_word: str,
    *,
    accept: str | None,
    quiet: bool,
    as_json: bool,
    wait: bool,
) -> int:
    """Run them oldest first; the exit code is 1 when any failed (or, with `wait`, did not become public), 130 when it
    was interrupted. `accept` is a person's reason to publish an incomplete one. Raises SettingsError, UsageError,
    SourceUnreadable."""
    settings = load_settings()
    progress = LiveProgress(shown=not quiet and not as_json)
    platform = Platform(settings, progress=progress)
    sites = [platform.site_of(timeframe) for timeframe in timeframes_of(timeframe_word)]
    if wait:
        for timeframe in timeframes_of(timeframe_word):
            require_public_url(platform, timeframe)
    chosen = select_partitions(platform, timeframe_word, partition_word, progress.warn)
    tags = {**launched_by(os.environ), **_acceptance(accept, len(chosen))}
    warnings = [*mistyped(os.environ), *progress.claim()]
    _require_places(platform, sites)
    make_dagster_home()
    outcomes, interrupted = _run_all(platform, chosen, tags, progress)
    leave_last_freshness(outcomes)
    if not interrupted:
        interrupted = wait and not _wait(platform, outcomes)
        warnings += notify_of_runs(platform, outcomes)
    warnings += missing_logs(outcomes)
    success = not interrupted and all(outcome.success and outcome.live is not False for outcome in outcomes)
    if as_json:
        print_json({"success": success, "site": settings.site, "warnings": warnings, "runs": outcomes})
    elif interrupted:
        show_errors(outcomes)
    else:
        show_summary(outcomes, warnings, _places(platform, outcomes), quiet=quiet)
    if interrupted:
        done = sum(outcome.success for outcome in outcomes)
        sys.stderr.write(f"bluedot: interrupted, {done} of {len(chosen)} partitions done; a new run takes the rest.\n")
        return INTERRUPTED
    return 0 if success else 1


def _acceptance(reason: str | None, partitions: int) -> dict[str, str]:
    """The tags of a run that accepts an incomplete partition. Raises UsageError unless it is exactly one."""
    if reason is None:
        return {}
    if partitions != 1:
        raise UsageError("--accept-incomplete is said of one partition: add --timeframe, and --partition with its key.")
    return {TAG: checked_reason(reason)}


def _wait(platform: Platform, outcomes: Sequence[Outcome]) -> bool:
    """See the newest publish of each timeframe become public: with it come those before. Whether nobody interrupted."""
    newest = {outcome.timeframe: outcome for outcome in outcomes if outcome.success and outcome.kept}
    try:
        for name, outcome in newest.items():
            note_live(outcome, live_verdict(platform, TIMEFRAMES[name], outcome.partition))
    except KeyboardInterrupt:
        return False
    return True


def _places(platform: Platform, outcomes: Sequence[Outcome]) -> list[str]:
    """Where the site of what was published is, in a sentence for each."""
    sentences: dict[str, None] = {}  # each once, in this order
    for frame in (TIMEFRAMES[outcome.timeframe] for outcome in outcomes if outcome.success and outcome.kept):
        site, url = platform.site_setting(frame), platform.public_url(frame)
        public = f", public at {url}/" if url else ""
        branch = f"The site is the branch {platform.settings.site_branch} of {site}{public}."
        folder = as_called(f"The site is in {from_here(site)}{public}. Next: `bluedot serve` shows it over http.")
        sentences[branch if is_address(site) else folder] = None
    return list(sentences)


def _require_places(platform: Platform, sites: Sequence[Site]) -> None:
    """What cannot be written or read must not show only after all the work. Raises SettingsError, ClusterUnreachable
    and RepositoryUnreachable."""
    require_open_files()
    data = platform.outputs.store.local_path("")
    if data is not None:
        require_writable_folder("BLUEDOT_DATA", data)
    _ = platform.trading_days  # a wrong name is a sentence now, and no failed run
    platform.ticker_rules()
    for site in {site.address: site for site in sites}.values():
        site.require_usable()
    if platform.cluster:
        platform.cluster.start(2)


def _run_all(
    platform: Platform, chosen: Sequence[tuple[Timeframe, str]], tags: dict[str, str], progress: LiveProgress
) -> tuple[list[Outcome], bool]:
    """What became of each, and whether somebody interrupted."""
    # One wait at the end (--wait) sees all of them; a check after each would wait for a build of each.
    definitions = build_definitions(platform, watch_public=False)
    progress.expect(len(chosen))
    outcomes: list[Outcome] = []
    with noticed_interrupts() as interrupted, _instance() as instance, progress.display:
        for timeframe, key in chosen:
            try:
                job = definitions.resolve_job_def(pipeline_name(timeframe))
                outcome = _run(job, instance, platform, timeframe.dagster_key(key), tags)
            except KeyboardInterrupt:
                return outcomes, True
            outcome.warnings += progress.claim()
            if interrupted() and not outcome.success:
                outcome.error = "interrupted"
            outcomes.append(outcome)
            progress.finish(outcome)
            if interrupted():
                return outcomes, True
    return outcomes, False


def _instance() -> dg.DagsterInstance:
    try:
        return open_instance()
    except dg.DagsterError as error:
        problem = str(error).partition("\n")[0].rstrip(".:")
        raise SettingsError(
            f"DAGSTER_HOME: Dagster does not accept its dagster.yaml ({problem}): correct it."
        ) from None
    except CheckError as error:
        problem = str(error).rstrip(".")
        raise SettingsError(
            f"DAGSTER_HOME: Dagster cannot work there ({problem}): see whether the folder is still there, and run "
            "again."
        ) from None


def _run(
    job: dg.JobDefinition, instance: dg.DagsterInstance, platform: Platform, dagster_key: str, tags: dict[str, str]
) -> Outcome:
    run_id = execute_partition(job, instance, dagster_key, tags)
    record = read_run(instance, run_id)
    if record is None:
        raise SettingsError(f"DAGSTER_HOME lost the run {run_id}: let nothing else empty it.")
    outcome = outcome_of(record, platform)
    read_outputs(outcome, platform)
    return outcome
