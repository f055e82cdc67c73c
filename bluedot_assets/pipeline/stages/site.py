"""The stage `site`: what the partition publishes, and the news of a failed run, which no stage can bring. What a
publish changes is decided in `kernel/site/publish_plan`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import msgspec

from bluedot_assets.adapters.site.pages import gzipped, shell_files
from bluedot_assets.adapters.site.port import Snapshot
from bluedot_assets.adapters.site.schemas import schema_files
from bluedot_assets.adapters.storage.stored_files import StoredFiles
from bluedot_assets.kernel.bars.tables import BARS, DOTS, REJECTED, STOCKS
from bluedot_assets.kernel.calendar.due_times import waited_for
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.checks.continuity import Changes, compare
from bluedot_assets.kernel.checks.verdict import MAX_ROWS, ErrorRule, Numbers, Verdict
from bluedot_assets.kernel.errors import OutputAbsent, OutputDamaged
from bluedot_assets.kernel.series.breadth import BREADTH
from bluedot_assets.kernel.series.indicators import INDICATORS, Indicator, enabled_indicators
from bluedot_assets.kernel.site.accepted_incomplete import accepted_of
from bluedot_assets.kernel.site.addresses import refuse_sample
from bluedot_assets.kernel.site.dashboard import Dashboard, stock_entries
from bluedot_assets.kernel.site.index import Counts, Index, decode_index, table_entries
from bluedot_assets.kernel.site.new_dots import dot_rows
from bluedot_assets.kernel.site.publication import (
    HISTORY,
    INDEX,
    LATEST,
    STATUS,
    TABLES,
    Plan,
    Publication,
    Published,
)
from bluedot_assets.kernel.site.publish_plan import knows_more, plan_failure, plan_publication
from bluedot_assets.kernel.site.retention import MEGABYTE
from bluedot_assets.kernel.site.status import CheckResult, RejectedFile, Run, Shown, TimeframeStatus, decode_state
from bluedot_assets.kernel.source.process_log import RunLine
from bluedot_assets.kernel.stored.manifest import Manifest, StoredObject
from bluedot_assets.kernel.tradingview.registry_file import REGISTRY, registry_file
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.stage import Done, Link, Location, Rows, Stage, Work
from bluedot_assets.pipeline.stages.bars import NAME as BARS_NAME
from bluedot_assets.pipeline.stages.bars import StoredBars
from bluedot_assets.pipeline.stages.extras import Extra, extra_files, extra_manifests
from bluedot_assets.pipeline.stages.history import NAME as PAST
from bluedot_assets.pipeline.stages.history import site_history
from bluedot_assets.pipeline.stages.raw_json import RawFacts
from bluedot_assets.pipeline.stages.watchlists import NAME as WATCHLISTS
from bluedot_assets.pipeline.stages.watchlists import WatchlistsFacts, dashboard_of, stored_tickers, symbols_by_file

NAME = "site"
RULE: Final = ErrorRule("site_shows_series", "The published folder holds exactly the series that were made.")
COMPRESS_ABOVE_BYTES = 1_000_000


class SitePublished(msgspec.Struct, frozen=True):
    """What became of a publish, for programs."""

    changed: bool
    kept: bool  # False: older than the folders that the site keeps, or without room in its budget
    without_room: bool
    dropped: list[str]  # folders that made room for it
    path: str
    log_missing: str = ""  # the sentence, where the source has no process log


@dataclass(frozen=True)
class Prepared:
    """A publication beside what its site shows of the partition: `known` is the site's state, `damaged` are published
    files that are not what was made."""

    publication: Publication
    known: TimeframeStatus
    damaged: Sequence[str]
    corrected: Changes | None  # None where the partition is not public

    def decide(self, site: Published) -> Plan | None:
        """What brings the site to it."""
        return plan_publication(self.publication, site)


def publish(work: Work) -> Done:
    """Publish the partition's series, whole or not at all; equal content changes nothing."""
    publication, site = publishable(work), work.platform.site_of(work.timeframe)
    before = site.snapshot()
    ready = prepare(work, publication, before)
    work.begin(NAME, len(ready.publication.csvs))
    try:
        plan = site.publish(ready.decide, before)
    except OutputDamaged as error:
        if publication.history is None:
            raise
        work.warn(f"The site keeps the history that it has: {error}")  # what is published today does not wait for it
        ready = replace(ready, publication=replace(ready.publication, history=None))
        plan = site.publish(ready.decide, before)
    work.platform.progress.advance(len(ready.publication.csvs))
    return conclude(work, ready, plan, site.snapshot())


def publishable(work: Work) -> Publication:
    """What may be published of the partition; no site is asked for it."""
    publication = _publication(work)
    refuse_sample(publication.index.sample, work.platform.site_setting(work.timeframe))
    return publication


def prepare(work: Work, publication: Publication, site: Snapshot) -> Prepared:
    """The same against what the site shows."""
    known = _state(work, site)
    shown = _public_stocks(work, site, known, publication)
    public = known.folders.get(work.key)
    if public is None or public.fingerprint != publication.fingerprint:
        work.platform.outputs.require_stored()
    damaged = _damaged(site, known, publication)
    if publication.history and knows_more(known.history, publication.history):
        work.warn(
            f"The site keeps the {work.timeframe.name} history that it has, of {known.history.answers} files of the "
            f"vendor: the one here is of {publication.history.answers}. Bring back its place (BLUEDOT_HISTORY, or "
            "history/ in BLUEDOT_DATA); to publish the one here instead, run `bluedot history rebuild`."
        )
    changes = compare(shown, {stock.symbol: stock.md5 for stock in publication.index.stocks})
    publication = replace(publication, rewrite=True) if damaged else publication
    return Prepared(publication, known, damaged, changes if shown else None)


def conclude(work: Work, ready: Prepared, plan: Plan | None, after: Snapshot) -> Done:
    """What became of it: `plan` was carried out (None: nothing was to change), and `after` is the site now."""
    publication, damaged = ready.publication, ready.damaged
    address = work.platform.site_of(work.timeframe).address
    if damaged:
        work.warn(f"{len(damaged)} published files were damaged and are written again, first {damaged[0]}.")
    disabled = [one.asset for one in INDICATORS.values() if one.name not in publication.index.indicators]
    # They were made before somebody disabled them, and a disabled indicator leaves no files.
    work.platform.outputs.drop(*map(work.slot, disabled))
    if moved := [name for name in publication.elsewhere if plan and name in plan.drops]:
        work.warn(f"{', '.join(moved)} has a site of its own now (BLUEDOT_SITE_WEEKLY): its folders left this one.")
    if ready.corrected:
        work.warn(f"{work.timeframe.name}/{work.key} was public and is corrected: {ready.corrected}.")
    log_missing = _log(work, publication, plan)
    state = _state(work, after)
    if years := _without_room(publication, state):
        work.warn(
            f"The site's {work.timeframe.name}/{HISTORY} has no room for {', '.join(years)}: raise "
            "BLUEDOT_SITE_BUDGET_MB, or keep fewer dated folders (BLUEDOT_KEEP)."
        )
    kept, url = work.key in state.folders, work.platform.public_url(work.timeframe) or address
    record = SitePublished(
        changed=plan is not None and bool(plan.folders),
        kept=kept,
        without_room=work.key <= state.budget_floor and not kept,
        dropped=list(plan.drops) if plan else [],
        path=f"{url}/{work.timeframe.name}/{work.key}",
        log_missing=log_missing,
    )
    corrected = "" if ready.corrected is None else str(ready.corrected)
    metadata = _metadata(work, publication, record, (state, after.page)) | {"corrected": corrected}
    if plan is not None or state != ready.known:
        damaged = _damaged(after, state, publication)
    return Done([_shows(state, publication, address, damaged)], metadata, record=record)


def _without_room(publication: Publication, state: TimeframeStatus) -> list[str]:
    """Files of the history that the site shows without some of its years."""
    history = publication.history
    if history is None or state.history.outcomes != history.made_of:
        return []
    return sorted(history.files.keys() - state.history.files.keys())


def _log(work: Work, publication: Publication, plan: Plan | None) -> str:
    """The run's line in the process log. What hinders it is a warning; where there is no log, a sentence that whoever
    shows the run shows too."""
    run, counts = publication.run, publication.index.counts
    outcome = run.outcome if plan and plan.folders else "unchanged"
    numbers = {"files": counts.expected, "rejected": counts.rejected, "stocks": counts.stocks, "series": counts.csvs}
    line = RunLine(run.at, work.timeframe.name, work.key, outcome, work.run_id, run.duration_s or 0, **numbers)
    problem = work.platform.log_line(line)
    if problem is None or not problem.missing:
        if problem:
            work.warn(problem.sentence)
        return ""
    work.log(problem.sentence)
    return problem.sentence


def _publication(work: Work) -> Publication:
    platform, key = work.platform, work.key
    stored = StoredBars(work)
    raw, bars = stored.raw, stored.made
    indicators = enabled_indicators(platform.settings.indicators)
    series = [platform.outputs.require(work.slot(indicator.asset), bars) for indicator in indicators]
    extras = extra_manifests(work, bars)
    rejected = stored.table(REJECTED).filter(kind="rejected").select("file", "reason").rows()
    now = platform.clock()
    dashboard = _dashboard(work, stored, extras, indicators)
    past = platform.outputs.manifest(work.slot(PAST))
    breadth = platform.outputs.require(work.slot(BREADTH.name), bars)
    shown = [*(bars.table(one.name) for one in (BARS, DOTS, STOCKS)), breadth.table(BREADTH.name)]
    tables = {f"{TABLES}/{one.name}": one for one in shown}
    index = _index(work, stored, dashboard, series, tables, len(rejected), now)
    complete = all(verdict.passed for made in (raw, bars) for verdict in made.verdicts if verdict.rule in SHARES)
    accepted = accepted_of([*raw.verdicts, *bars.verdicts], index.counts.expected, index.counts.stocks)
    return Publication(
        index=index,
        dashboard=dashboard,
        csvs={name: csv for made in series for name, csv in made.files.items()},
        compressed=_compressed(work, series) if platform.settings.compression else {},
        tables=tables,
        history=site_history(work, sample=index.sample),
        shell=_pages(platform),
        run=Run(
            key,
            "published" if complete else "incomplete",
            now,
            work.run_id,
            round((now - work.started).total_seconds(), 1),
            index.counts.stocks,
            index.counts.csvs,
            len(rejected),
            f"accepted by a person: {accepted.reason}" if accepted else "",
        ),
        shown=Shown(
            complete=complete,
            stocks=index.counts.stocks,
            csvs=index.counts.csvs,
            expected=index.counts.expected,
            sample=index.sample,
            rejected=[RejectedFile(file, reason) for file, reason in rejected],
            checks=[
                CheckResult(f"{made.timeframe}/{made.stage} {one.rule}", one.passed, one.severity, one.message)
                for made in filter(None, (raw, bars, past, breadth, *series, *extras.values()))
                for one in made.verdicts
            ],
        ),
        keep=platform.settings.keep[work.timeframe.name],
        budget=platform.settings.site_budget_mb * MEGABYTE,
        listing=raw.facts_as(RawFacts).listing,
        accepted=accepted,
        extras=extra_files(work, extras),
        mirrors={extra.mirror: extra.folder for extra in extras if extra.mirror},
        timetable=platform.timetable(
            work.timeframe, waited_for(dashboard.newest, work.timeframe, key, platform.trading_days)
        ),
        elsewhere=platform.elsewhere(work.timeframe),
    )


SHARES = frozenset({"received", "accepted"})


def _index(
    work: Work,
    bars: StoredBars,
    dashboard: Dashboard,
    series: Sequence[Manifest],
    tables: Mapping[str, StoredObject],
    rejected: int,
    now: datetime,
) -> Index:
    by_symbol = [{stored.symbol: stored for stored in made.objects} for made in series]
    stocks = bars.table(STOCKS)
    csvs = {symbol: [objects.get(symbol) for objects in by_symbol] for symbol in stocks["symbol"]}
    return Index(
        timeframe=work.timeframe.name,
        as_of=work.key,
        made_at=now,
        sample=bars.facts.sample,
        counts=Counts(
            expected=bars.facts.expected,
            stocks=bars.facts.stocks,
            csvs=sum(len(made.objects) for made in series),
            bars=bars.facts.bars,
            rejected=rejected,
        ),
        indicators=dashboard.indicators,
        tables=table_entries(tables),
        stocks=stock_entries(dashboard, stocks, csvs),
    )


def _dashboard(
    work: Work, bars: StoredBars, extras: Mapping[Extra, Manifest], indicators: Sequence[Indicator]
) -> Dashboard:
    lists = next(made for made in extras.values() if made.stage == WATCHLISTS)
    ratings = lists.facts_as(WatchlistsFacts).ratings
    made = dashboard_of(work, bars, stored_tickers(work, lists), ratings, [one.name for one in indicators])
    return msgspec.structs.replace(made, watchlists=symbols_by_file(lists))


def _compressed(work: Work, series: Sequence[Manifest]) -> Mapping[str, bytes]:
    large = [stored for made in series for stored in made.objects if stored.bytes > COMPRESS_ABOVE_BYTES]
    files = StoredFiles(work.platform.outputs.store)
    return {f"{stored.name}.gz": gzipped(files.read(stored)) for stored in large}


def _state(work: Work, site: Snapshot) -> TimeframeStatus:
    return decode_state(site.read(STATUS), work.timeframe.name)


def _public_stocks(work: Work, site: Snapshot, state: TimeframeStatus, publication: Publication) -> dict[str, str]:
    """The md5 of each stock's file as the site has the partition; none when it has none, or an index that cannot be
    read (the publish writes it anew)."""
    path, known = f"{work.timeframe.name}/{work.key}/{INDEX}", state.folders.get(work.key)
    index: Index | None = publication.index
    # The fingerprint is also that of the stocks.
    if known is None or known.fingerprint != publication.fingerprint:
        content = site.read(path) if known else None
        try:
            index = decode_index(content) if content is not None else None
        except msgspec.DecodeError as error:
            work.warn(f"{path} of the site cannot be read: {error}.")
            index = None
    return {stock.symbol: stock.md5 for stock in index.stocks} if index else {}


def _damaged(site: Snapshot, state: TimeframeStatus, publication: Publication) -> list[str]:
    """Files of the published partition that are not what was made, in the dated folder and, for the newest, in
    latest/ and the mirrors; none when the site does not have the partition."""
    index = publication.index
    known = state.folders.get(index.as_of)
    if known is None or known.fingerprint != publication.fingerprint:
        return []
    shown = state.as_of == index.as_of
    folders = [f"{index.timeframe}/{name}" for name in (index.as_of, *([LATEST] if shown else []))]
    small = publication.small_files(known.made_at)
    wanted = {f"{folder}/{name}": content for folder in folders for name, content in small.items()}
    wanted |= publication.mirror_files if shown else {}
    found = site.differing(wanted)
    # In the order in which they were made: the first is the one that is named.
    return (
        [path for path in wanted if path in found]
        + [f"{folder}/{name}" for folder in folders for name in site.damaged(folder, publication.objects)]
        + _damaged_history(site, publication, state)
    )


def _damaged_history(site: Snapshot, publication: Publication, known: TimeframeStatus) -> list[str]:
    """Files of the history that are not what the site lists; what another partition brought since is not compared."""
    folder, ours = f"{publication.index.timeframe}/{HISTORY}", publication.history.files if publication.history else {}
    entries = table_entries(ours)
    same = {name: one for name, one in ours.items() if known.history.files.get(name) == entries[name]}
    return [f"{folder}/{name}" for name in site.damaged(folder, same)]


def _shows(state: TimeframeStatus, publication: Publication, address: str, damaged: Sequence[str]) -> Verdict:
    """Whether what stands on the site is what was made, to the byte; a folder older than those kept is not there."""
    index = publication.index
    known = state.folders.get(index.as_of)
    if known is None:
        return RULE.passes(f"{index.as_of} is older than the dated folders that the site keeps.")
    same = known.fingerprint == publication.fingerprint and not damaged
    numbers = Numbers(len(damaged), len(publication.csvs))
    if same:
        return RULE.passes(f"{address} shows the series that were made of {index.as_of}.", numbers)
    message = f"{address} does not show the series that were made of {index.as_of}"
    message += f": {len(damaged)} files differ, first {damaged[0]}." if damaged else ": it has others."
    return RULE.fails(message, [{"file": name} for name in damaged[:MAX_ROWS]], numbers)


def _metadata(
    work: Work, publication: Publication, record: SitePublished, now: tuple[TimeframeStatus, str | None]
) -> dict[str, Any]:
    """For people; `now` is the state of the site after the publish, and the page of its commit."""
    (state, commit), counts = now, publication.index.counts
    folder = state.folders.get(work.key)
    news = work.platform.outputs.require(work.slot(WATCHLISTS)).facts_as(WatchlistsFacts).new
    public = work.platform.public_url(work.timeframe) is not None
    return {
        "stocks": counts.stocks,
        "csvs": counts.csvs,
        "bars": counts.bars,
        "rejected": counts.rejected,
        "preview": Rows(dot_rows(publication.dashboard, news)),
        "corrected": "",
        **({"url": Link(record.path)} if public else {"path": Location(record.path)}),
        "commit": Link(commit) if commit else "",
        "published": folder.made_at if folder else "",
        **{name: getattr(record, name) for name in ("changed", "kept", "without_room")},
        "dropped": ", ".join(record.dropped),
        "bytes": sum(one.bytes for one in publication.objects.values()),
    }


def _stored_verdict(work: Work) -> Sequence[Verdict]:
    site = work.platform.site_of(work.timeframe)
    shown = site.snapshot()
    state = _state(work, shown)
    if work.key not in state.folders:
        raise OutputAbsent(f"The site has no folder {work.timeframe.name}/{work.key}: materialize {NAME} first.")
    publication = _publication(work)
    return [_shows(state, publication, site.address, _damaged(shown, state, publication))]


def publish_failure(platform: Platform, timeframe: Timeframe, key: str, run_id: str, reason: str) -> None:
    """Say on the site that a run failed; the data stay. Saying it again of the same run changes nothing."""
    failure = Run(key, "failed", platform.clock(), run_id, reason=reason)
    platform.site_of(timeframe).publish(lambda site: plan_failure(timeframe.name, failure, _pages(platform), site))


def _pages(platform: Platform) -> dict[str, bytes]:
    """The static pages by path, what they know of the registries and settings, and the schemas of the JSON files."""
    pages = shell_files(platform.shell, platform.docs)
    return {
        **pages,
        **schema_files(),
        REGISTRY: registry_file(platform.settings.exchanges, platform.settings.benchmarks),
    }


def site_stage(indicators: Sequence[Indicator], after: Sequence[str]) -> Stage:
    """The stage that publishes the series of those indicators, and what the stages `after` which it comes made."""
    return Stage(
        NAME,
        "The public site: the partition's folder, latest/, index.json, status.json and the pages. Its freshness policy "
        "says only whether anything was published lately, an old date too; whether the newest date is there says the "
        "check newest_expected_is_there.",
        after=(BARS_NAME, *(indicator.asset for indicator in indicators), *after),
        checks=(RULE,),
        published_verdicts=_stored_verdict,
        kinds=frozenset({"html"}),
        publishes=True,
    )
