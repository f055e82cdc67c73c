"""What became of a partition as `bluedot run` and CI show it: the record of its run, with counts of what it stored.

How a run is read from Dagster is in `defs/run_events`; how outcomes are shown, in `summary` and `commands/github`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bluedot_assets.adapters.storage.layout import Slot, series_folder
from bluedot_assets.dagster_home import make_dagster_home
from bluedot_assets.defs.instance.connected import open_instance
from bluedot_assets.defs.run_events import MADE_BY_TAG, read_run
from bluedot_assets.kernel.bars.tables import REJECTED
from bluedot_assets.kernel.checks.file_counts import NAMED
from bluedot_assets.kernel.checks.verdict import Verdict
from bluedot_assets.kernel.errors import BluedotError
from bluedot_assets.kernel.series.indicators import enabled_indicators
from bluedot_assets.kernel.site.status import CheckResult
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.run_record import RunRecord
from bluedot_assets.pipeline.stages.bars import NAME as BARS
from bluedot_assets.pipeline.stages.bars import BarsFacts
from bluedot_assets.pipeline.stages.pine_seeds import NAME as SEEDS
from bluedot_assets.pipeline.stages.raw_json import NAME as RAW
from bluedot_assets.pipeline.stages.raw_json import RawFacts
from bluedot_assets.pipeline.stages.series import NAME as SERIES
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
    misnamed: list[dict[str, Any]] = field(default_factory=list)  # of these, what was meant to be read: why not, remedy
    warnings: list[str] = field(default_factory=list)
    checks: list[CheckResult] = field(default_factory=list)
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
    log_missing: str = ""  # the sentence, where the source has no process log

    @property
    def name(self) -> str:
        return f"{self.timeframe} {self.partition}"

    @property
    def seeds_failed_alone(self) -> bool:
        """The partition is published, and only a push to the seed repositories was not made."""
        return not self.success and set(self.failed_stages) == {SEEDS}

    @property
    def incomplete(self) -> bool:
        return self.stocks < self.expected

    @property
    def word(self) -> str:
        """The outcome in a word or two, the same in the terminal and in CI."""
        if not self.success:
            return "published, seeds failed" if self.seeds_failed_alone else "failed"
        if not self.kept:
            return "not kept"
        if self.live is False:
            return "not public"
        return ("published" if self.changed else "unchanged") + (", incomplete" if self.incomplete else "")

    @property
    def failed_checks(self) -> list[CheckResult]:
        return [check for check in self.checks if not check.passed]


def outcome_of(record: RunRecord, platform: Platform) -> Outcome:
    """What the run itself says; `read_outputs` adds what it stored."""
    made = Outcome(
        record.timeframe.name,
        record.partition,
        record.dagster_key,
        record.run_id,
        record.success,
        failed_stages=[one.stage for one in record.failed],
        rejected=[
            {"field": None, "file": file.file, "reason": file.reason} for one in record.failed for file in one.files
        ],
        checks=list(record.checks),
        stages_s=dict(record.seconds),
        keeps=platform.settings.keep[record.timeframe.name],
        log_missing=record.log_missing,
    )
    if failed := record.gravest:
        made.error = f"{failed.timeframe}/{failed.stage}: {failed.reason}"
    if site := record.site:
        made.changed, made.kept, made.without_room = site.changed, site.kept, site.without_room
        made.dropped, made.outputs = site.dropped, {"site": site.path} if site.kept else {}
    if seeds := record.seeds:
        made.seeds = seeds.outcomes
        made.next_push = f"{seeds.next_push:%Y-%m-%dT%H:%M:%SZ}" if seeds.next_push else ""
    return made


def note_live(outcome: Outcome, verdict: Verdict) -> None:
    """What waiting for the public site found."""
    outcome.live = verdict.passed
    name = f"{outcome.timeframe}/site {verdict.rule}"
    outcome.checks.append(CheckResult(name, verdict.passed, verdict.severity, verdict.message))


def read_outputs(outcome: Outcome, platform: Platform) -> None:
    """Counts and rejected files of what is stored, unless the stage that makes them failed in this run."""
    outputs = platform.outputs
    if RAW in outcome.stages_s:
        raw = outputs.require(Slot(outcome.timeframe, outcome.partition, RAW))
        outcome.ignored = raw.facts_as(RawFacts).ignored
        outcome.misnamed = [row for verdict in raw.verdicts if verdict.rule == NAMED.name for row in verdict.rows]
    if BARS not in outcome.stages_s:
        return
    assets = [one.asset for one in enabled_indicators(platform.settings.indicators)]
    # In earlier versions each was a step of its own.
    series = [] if outcome.stages_s.keys().isdisjoint([SERIES, *assets]) else assets
    slots = {stage: Slot(outcome.timeframe, outcome.partition, stage) for stage in (BARS, *series)}
    bars = outputs.require(slots[BARS])
    facts = bars.facts_as(BarsFacts)
    outcome.bars, outcome.stocks, outcome.expected = facts.bars, facts.stocks, facts.expected
    made = [manifest for stage in series if (manifest := outputs.manifest(slots[stage])) is not None]
    outcome.series = sum(one.facts_as(SeriesFacts).csvs for one in made)
    outcome.rejected = outputs.read_table(bars, REJECTED).to_dicts()
    address = outputs.store.address
    stored_series = f"{address}/{series_folder(outcome.timeframe, outcome.partition)}"
    outcome.outputs |= {
        "bars": f"{address}/{slots[BARS].table_path(BARS)}",
        "series": outcome.outputs.get("site", stored_series),  # the site has them as files
    }


def outcomes_here(platform: Platform) -> Sequence[Outcome]:
    """Of every run of a partition in this Dagster home, oldest first: in a CI job those of the job."""
    make_dagster_home()
    with open_instance() as instance:
        runs = instance.get_run_records(ascending=True)
        published = {run.dagster_run.tags.get(MADE_BY_TAG) for run in runs}  # their records have that of the maker
        ids = [run.dagster_run.run_id for run in runs]
        records = [read_run(instance, one) for one in ids if one not in published]
    outcomes = [outcome_of(record, platform) for record in records if record]
    for outcome in outcomes:
        try:
            read_outputs(outcome, platform)
        except BluedotError as error:  # a later run of the partition has taken them back
            outcome.warnings.append(str(error))
    return outcomes
