"""What a publish changes on the site, decided from what the site holds. A plan and its parts are in `publication`;
which folders are dropped is decided in `retention`, and a plan is carried out in `adapters/site`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec

from bluedot_assets.kernel.errors import PublishRefused
from bluedot_assets.kernel.site.index import HistoryIndex, Index, table_entries
from bluedot_assets.kernel.site.publication import (
    FORMER_TABLE,
    HISTORY,
    HISTORY_FILES,
    INDEX,
    LATEST,
    OUTCOMES,
    STAND_IN,
    STATUS,
    Plan,
    Publication,
    Published,
    Readable,
    SiteHistory,
)
from bluedot_assets.kernel.site.retention import (
    DatedFolders,
    DroppedFolders,
    dropped_folders,
    history_with_room,
    pinned_bytes,
)
from bluedot_assets.kernel.site.rollback_file import ROLLBACK, Rollbacks, decode_rollbacks
from bluedot_assets.kernel.site.status import (
    Folder,
    Run,
    ShownHistory,
    Status,
    TimeframeStatus,
    decode_status,
    with_due_times,
    with_failure,
    with_publication,
)
from bluedot_assets.kernel.stored.versions import require_known, stated_version, version_of


def plan_publication(publication: Publication, site: Published) -> Plan | None:
    """The change that brings the site to `publication`, or None when it shows exactly this already (or keeps no
    folder that old). Raises PublishRefused, also where the budget has no room for what must stay."""
    index = publication.index
    timeframe, key = index.timeframe, index.as_of
    whole = decode_status(site.read(STATUS))
    moved = sorted(whole.timeframes.keys() & publication.elsewhere)
    before = whole.without(moved)
    state = before.of(timeframe)
    refuse_mixture(index.sample, before)
    require_known("The site's history", state.history.version, version_of(HistoryIndex))
    rollbacks = decode_rollbacks(site.read(ROLLBACK))
    in_force = rollbacks.after_publishing(timeframe, key).without(moved)
    rolled_back = in_force.timeframes.get(timeframe)
    run, folder, shown = publication.run, publication.folder, publication.shown
    dated = _dated(with_publication(before, timeframe, run, folder, shown, [], rolled_back))
    before = _with_history(before, publication, dated)
    dropped = _dropped(publication, with_publication(before, timeframe, run, folder, shown, [], rolled_back))
    if key in dropped.of(timeframe):
        return _without_room(whole, timeframe, key) if key in dropped.beyond_budget[timeframe] else None
    # The failure of a partition that would not be kept either can be lifted by no run.
    unreachable = [old for old in state.failures if old not in sorted({*state.folders, key, old})[-publication.keep :]]
    gone = [*dropped.of(timeframe), *unreachable]
    after = with_publication(before, timeframe, run, folder, shown, gone, rolled_back)
    after = with_due_times(after, timeframe, key, publication.timetable)
    after = _within_budget(after, dropped, lift=(timeframe, key))
    plan = _plan(publication, before, after, site, state)
    left = [*moved, *(path for name in moved for path in whole.of(name).mirrors)]
    drops = [*left, *(f"{name}/{old}" for name in before.timeframes for old in dropped.of(name))]
    files = {ROLLBACK: in_force.encoded()} if in_force != rollbacks else {}
    plan = replace(plan, drops=[*drops, *plan.drops], files={**plan.files, **files})
    _refuse_newer(plan, site)
    return plan if plan.files or plan.folders or plan.sources or plan.copies or plan.drops else None


def require_known_files(site: Readable, timeframe: str, folders: Sequence[str] = ()) -> None:
    """Raises NewerVersion where what a publish goes by, or replaces in these folders, is of a newer version, although
    `status.json` is not."""
    kinds: dict[str, type[msgspec.Struct]] = {ROLLBACK: Rollbacks}
    kinds |= {f"{timeframe}/{folder}/{INDEX}": Index for folder in folders}
    for path, kind in kinds.items():
        if there := site.read(path):
            require_known(f"The site's {path}", stated_version(there), version_of(kind))


def _refuse_newer(plan: Plan, site: Published) -> None:
    """Raises NewerVersion where a file that the plan writes has replaced ours by a newer version."""
    below = {
        f"{folder}/{name}": content for folder, (_, texts) in plan.folders.items() for name, content in texts.items()
    }
    # What version the history's files have stands in `status.json`, so that none of them is asked for.
    listed = (f"/{HISTORY}/{HISTORY_FILES}", f"/{HISTORY}/{OUTCOMES}")
    for path, content in (below | {path: one for path, one in plan.files.items() if not path.endswith(listed)}).items():
        there = site.read(path) if path.endswith(".json") else None
        if there is not None:
            require_known(f"The site's {path}", stated_version(there), stated_version(content))


def _plan(
    publication: Publication, before: Status, after: Status, site: Published, known_state: TimeframeStatus
) -> Plan:
    """The files that lead from one status to the other."""
    index = publication.index
    timeframe, key = index.timeframe, index.as_of
    state, now = before.of(timeframe), after.of(timeframe)
    known = state.folders.get(key)
    changed = publication.rewrite or known is None or known.fingerprint != now.folders[key].fingerprint
    base = f"{timeframe}/{key}"
    texts = {**publication.compressed, **publication.small_files(now.folders[key].made_at)}
    moves = now.as_of == key and (changed or state.as_of != key)
    copies, stale = showing(timeframe, state, key, now.folders[key]) if moves else ({}, [])
    former = former_table(timeframe, state) if not now.bulk else []
    history = _history(publication, known_state.history, now.history)
    return Plan(
        f"{timeframe} {key}: {index.counts.stocks} stocks, {index.counts.csvs} CSVs",
        files=_changed({**publication.shell, **history.files, STATUS: after.encoded()}, site),
        folders={base: (publication.objects, texts)} if changed else {},
        sources=history.sources,
        copies=copies,
        drops=[*stale, *former, *history.drops],
    )


def former_table(timeframe: str, state: TimeframeStatus) -> list[str]:
    """The table that earlier versions put beside the folders."""
    return [f"{timeframe}/{FORMER_TABLE}"] if state.bulk else []


def _history(publication: Publication, known: ShownHistory, now: ShownHistory) -> Plan:
    """What brings the site's history from the one to the other, a site of an earlier version too."""
    history, folder = publication.history, f"{publication.index.timeframe}/{HISTORY}"
    if history is None or knows_more(known, history):
        return Plan("")
    other = [name for name, one in now.files.items() if publication.rewrite or one != known.files.get(name)]
    files = {HISTORY_FILES: HistoryIndex(files=now.files).encoded()}
    if publication.rewrite or now.outcomes != known.outcomes:
        files[OUTCOMES] = history.outcomes()
    return Plan(
        "",
        files={f"{folder}/{name}": content for name, content in files.items()},
        sources={f"{folder}/{name}": history.files[name] for name in other},
        drops=[f"{folder}/{name}" for name in known.files if name not in now.files],
    )


def _with_history(status: Status, publication: Publication, dated: Mapping[str, DatedFolders]) -> Status:
    """With what the site shows of the history once it is published: what has room, and nothing else where the site
    knows more."""
    timeframe, history = publication.index.timeframe, publication.history
    state = status.of(timeframe)
    if history is None or knows_more(state.history, history):
        return status
    others = {name: one for name, one in dated.items() if name != timeframe}
    mine = replace(dated[timeframe], beside=dated[timeframe].beside - state.history.bytes)
    pages = sum(map(len, publication.shell.values()))
    room = publication.budget - pages - pinned_bytes({**others, timeframe: mine})
    entries = table_entries(history.files)
    names = history_with_room({name: one.bytes for name, one in entries.items()}, publication.budget, room)
    shown = ShownHistory(
        {name: entries[name] for name in names},
        history.answers,
        history.made_of,
        rebuilt=history.rebuilt,
    )
    return status.replaced(timeframe, msgspec.structs.replace(state, history=shown))


def knows_more(known: ShownHistory, history: SiteHistory) -> bool:
    """Whether the history that the site shows stays: it is of more answers, and no person has had this one made anew
    since."""
    anew = history.rebuilt is not None and (known.rebuilt is None or history.rebuilt > known.rebuilt)
    return known.answers > history.answers and not anew


def showing(timeframe: str, state: TimeframeStatus, key: str, folder: Folder) -> tuple[dict[str, str], list[str]]:
    """What lets `latest` and the mirrors show the dated folder `key`: the copies, and the mirrors that stood in `state`
    and have nothing to show in that folder (one that an older version published, for example)."""
    base = f"{timeframe}/{key}"
    copies = {path: f"{base}/{mirror.folder}" for path, mirror in folder.mirrors.items()}
    return {f"{timeframe}/{LATEST}": base, **copies}, [path for path in state.mirrors if path not in copies]


def _dated(status: Status) -> dict[str, DatedFolders]:
    return {
        name: DatedFolders(
            {key: folder.bytes for key, folder in state.folders.items()},
            state.as_of,
            state.history.bytes + sum(mirror.bytes for mirror in state.mirrors.values()),
        )
        for name, state in status.timeframes.items()
        if state.folders
    }


def _dropped(publication: Publication, status: Status) -> DroppedFolders:
    """What the site has no room for; `status` is its state with this publication on it and nothing dropped."""
    shell = sum(map(len, publication.shell.values()))
    return dropped_folders(_dated(status), {publication.index.timeframe: publication.keep}, publication.budget, shell)


def _within_budget(status: Status, dropped: DroppedFolders, lift: tuple[str, str] | None = None) -> Status:
    """`status` without the folders that the budget dropped, which are marked as not due; `lift` is one (timeframe,
    key) that found room again."""
    for name, state in status.timeframes.items():
        beyond = dropped.beyond_budget.get(name, [])
        known = "" if lift and lift[0] == name and lift[1] <= state.budget_floor else state.budget_floor
        after = msgspec.structs.replace(
            state,
            folders={key: folder for key, folder in state.folders.items() if key not in beyond},
            budget_floor=max([known, *beyond]),
        )
        status = status.replaced(name, after)
    return status


def _without_room(before: Status, timeframe: str, key: str) -> Plan | None:
    """Nothing but the note that the partition is not due, or it would be asked for again every day."""
    after = _within_budget(before, DroppedFolders(beyond_budget={timeframe: [key]}))
    plan = Plan(f"{timeframe} {key}: older than the budget has room for", files={STATUS: after.encoded()})
    return plan if after != before else None


def plan_failure(timeframe: str, failure: Run, shell: Mapping[str, bytes], site: Published) -> Plan | None:
    """The change that shows a failed run: `status.json` (and the page that shows it), no data."""
    before = decode_status(site.read(STATUS))
    require_known_files(site, timeframe, [LATEST, failure.partition])
    after = with_failure(before, timeframe, failure)
    if after == before:
        return None
    plan = Plan(f"{timeframe} {failure.partition}: failed", files=_changed({**shell, STATUS: after.encoded()}, site))
    _refuse_newer(plan, site)
    return plan


def refuse_mixture(sample: bool, status: Status) -> None:
    """Raises PublishRefused when made-up and real data would stand on one site."""
    if any(state.folders and state.sample != sample for state in status.timeframes.values()):
        here, there = ("sample", "real") if sample else ("real", "sample")
        raise PublishRefused(
            f"These are {here} data and the site holds {there} data: give them a site of their own with BLUEDOT_SITE."
        )


def _changed(files: Mapping[str, bytes], site: Published) -> dict[str, bytes]:
    differing = site.differing(files)
    built_elsewhere = STAND_IN in differing and sum(path.startswith("docs/") for path in files) == 1
    if built_elsewhere and site.read(STAND_IN) is not None:
        differing.remove(STAND_IN)  # whoever publishes from there has built the documentation: it stays
    return {path: content for path, content in files.items() if path in differing}
