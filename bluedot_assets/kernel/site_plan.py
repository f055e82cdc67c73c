"""What a publish changes on the site, decided from what the site holds: a pure plan that any kind of site carries out
whole or not at all, and decides again when somebody else published in between."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from bluedot_assets.kernel.calendar.due import ANY_WEEKDAY, Timetable
from bluedot_assets.kernel.dashboard import Dashboard
from bluedot_assets.kernel.errors import PublishRefused
from bluedot_assets.kernel.manifest import NEVER
from bluedot_assets.kernel.retention import MEGABYTE, Dropped, Held, dropped_folders
from bluedot_assets.kernel.rollback import ROLLBACK, decode_rollbacks
from bluedot_assets.kernel.site_index import Index
from bluedot_assets.kernel.status import (
    Accepted,
    Folder,
    Mirror,
    RolledBack,
    Run,
    Shown,
    Status,
    TimeframeStatus,
    decode_status,
    with_due_times,
    with_failure,
    with_publication,
)

STATUS = "status.json"
INDEX = "index.json"
DASHBOARD = "dashboard.json"
LATEST = "latest"
BULK = "bars.parquet"
STAND_IN = "docs/index.html"  # of the pages: it says that the documentation was not built
_SSH_ADDRESS = re.compile(r"[^/\\]{2,}:(?!//)")  # git@github.com:user/repo.git; one letter is a Windows drive


@dataclass(frozen=True)
class FileSource:
    """A file of a published folder: its name there and where its bytes come from (an object of the store)."""

    name: str
    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Plan:
    """The change, carried out in this order: `folders` are written whole (names in them may be nested), then `copies`
    made (target from folder), then `drops` removed (an absent one is no fault); `files` and `sources` are single files.
    All paths are relative to the site."""

    message: str
    files: Mapping[str, bytes] = field(default_factory=dict)
    folders: Mapping[str, tuple[Sequence[FileSource], Mapping[str, bytes]]] = field(default_factory=dict)
    sources: Mapping[str, FileSource] = field(default_factory=dict)
    copies: Mapping[str, str] = field(default_factory=dict)
    drops: Sequence[str] = ()


@dataclass(frozen=True)
class Publication:
    """A partition that may be published: its index (made-at still open), its dashboard, its CSVs and what the page
    says of it."""

    index: Index
    dashboard: Dashboard  # of the same folder
    csvs: Sequence[FileSource]
    compressed: Mapping[str, bytes]  # `.csv.gz` files of the folder by name
    bulk: FileSource | None  # the whole bars table, for those who want one file
    shell: Mapping[str, bytes]  # the static pages by path
    run: Run
    shown: Shown
    keep: int  # dated folders of this timeframe
    budget: int = 900 * MEGABYTE  # bytes of the whole site
    listing: str = ""  # fingerprint of the source's listing that it was made from
    accepted: Accepted | None = None  # a person let it through although it is incomplete
    timetable: Timetable = ANY_WEEKDAY  # of the exchanges whose stocks it has
    rewrite: bool = False  # although the site says that it has it: its files were found damaged
    elsewhere: frozenset[str] = frozenset()  # timeframes with a site of their own: what this one has of them goes
    extras: Mapping[str, bytes] = field(default_factory=dict)  # small files of the folder by name, nested or not
    mirrors: Mapping[str, str] = field(default_factory=dict)  # path of the site -> subfolder of what `latest` shows

    def small_files(self, made_at: datetime) -> dict[str, bytes]:
        """The files of the folder that are made for each publish alone, by name; the index says `made_at`."""
        made = msgspec.structs.replace(self.index, made_at=made_at).encoded()
        return {**self.extras, DASHBOARD: self.dashboard.encoded(), INDEX: made}

    def mirrored(self) -> dict[str, Mirror]:
        """The mirrors that have files, for an empty folder cannot be copied."""
        below = {path: self._below(folder) for path, folder in sorted(self.mirrors.items())}
        return {
            path: Mirror(self.mirrors[path], sum(map(len, files.values()))) for path, files in below.items() if files
        }

    def mirror_files(self) -> dict[str, bytes]:
        """The files of the mirrors by path of the site."""
        return {
            f"{path}/{name}": content
            for path, folder in self.mirrors.items()
            for name, content in self._below(folder).items()
        }

    def _below(self, folder: str) -> dict[str, bytes]:
        base = f"{folder}/"
        return {name.removeprefix(base): content for name, content in self.extras.items() if name.startswith(base)}


class Published(Protocol):
    """The site as a plan sees it."""

    def read(self, path: str) -> bytes | None:
        """A small file, None when it is absent."""
        ...

    def holds(self, path: str, content: bytes) -> bool:
        """Whether the file stands there with exactly that content; cheaper than reading it."""
        ...


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
    rollbacks = decode_rollbacks(site.read(ROLLBACK))
    in_force = rollbacks.after_publishing(timeframe, key).without(moved)
    rolled_back = in_force.timeframes.get(timeframe)
    dropped = _dropped(publication, before, rolled_back)
    if key in dropped.of(timeframe):
        return _without_room(whole, timeframe, key) if key in dropped.beyond_budget[timeframe] else None
    # The failure of a partition that would not be kept either can be lifted by no run.
    hopeless = [old for old in state.failures if old not in sorted({*state.folders, key, old})[-publication.keep :]]
    gone = [*dropped.of(timeframe), *hopeless]
    after = with_publication(
        before, timeframe, publication.run, _folder(publication), publication.shown, gone, rolled_back
    )
    after = with_due_times(after, timeframe, key, publication.timetable)
    after = _within_budget(after, dropped, lift=(timeframe, key))
    plan = _plan(publication, before, after, site)
    left = [*moved, *(path for name in moved for path in whole.of(name).mirrors)]
    drops = [*left, *(f"{name}/{old}" for name in before.timeframes for old in dropped.of(name))]
    files = {ROLLBACK: in_force.encoded()} if in_force != rollbacks else {}
    plan = replace(plan, drops=[*drops, *plan.drops], files={**plan.files, **files})
    return plan if plan.files or plan.folders or plan.sources or plan.copies or plan.drops else None


def _plan(publication: Publication, before: Status, after: Status, site: Published) -> Plan:
    """The files that lead from one status to the other."""
    index = publication.index
    timeframe, key = index.timeframe, index.as_of
    state, now = before.of(timeframe), after.of(timeframe)
    known = state.folders.get(key)
    changed = publication.rewrite or known is None or known.fingerprint != now.folders[key].fingerprint
    base, bulk = f"{timeframe}/{key}", f"{timeframe}/{BULK}"
    texts = {**publication.compressed, **publication.small_files(now.folders[key].made_at)}
    moves = now.as_of == key and (changed or state.as_of != key)
    copies, stale = showing(timeframe, state, key, now.folders[key]) if moves else ({}, [])
    return Plan(
        f"{timeframe} {key}: {index.counts.stocks} stocks, {index.counts.csvs} CSVs",
        files=_changed({**publication.shell, STATUS: after.encoded()}, site),
        folders={base: (publication.csvs, texts)} if changed else {},
        sources={bulk: publication.bulk} if publication.bulk and now.bulk != state.bulk else {},
        copies=copies,
        drops=[*stale, *([bulk] if state.bulk and not now.bulk else [])],
    )


def showing(timeframe: str, state: TimeframeStatus, key: str, folder: Folder) -> tuple[dict[str, str], list[str]]:
    """What lets `latest` and the mirrors show the dated folder `key`: the copies, and the mirrors that stood in `state`
    and have nothing to show in that folder (one that an older version published, for example)."""
    base = f"{timeframe}/{key}"
    copies = {path: f"{base}/{mirror.folder}" for path, mirror in folder.mirrors.items()}
    return {f"{timeframe}/{LATEST}": base, **copies}, [path for path in state.mirrors if path not in copies]


def _dropped(publication: Publication, before: Status, rolled_back: RolledBack | None) -> Dropped:
    """What the site has no room for with this publication on it."""
    timeframe, key = publication.index.timeframe, publication.index.as_of
    held = {
        name: Held(
            {key: folder.bytes for key, folder in state.folders.items()},
            state.as_of,
            state.bulk_bytes + _mirror_bytes(state.mirrors),
        )
        for name, state in before.timeframes.items()
        if state.folders
    }
    mine = before.of(timeframe).folders
    sizes = {old: folder.bytes for old, folder in mine.items()} | {key: _folder(publication).bytes}
    latest = rolled_back.to if rolled_back else max(sizes)
    bulk = (publication.bulk.bytes if publication.bulk else 0) if latest == key else before.of(timeframe).bulk_bytes
    mirrors = publication.mirrored() if latest == key else mine[latest].mirrors if latest in mine else {}
    held[timeframe] = Held(sizes, latest, bulk + _mirror_bytes(mirrors))
    shell = sum(map(len, publication.shell.values()))
    return dropped_folders(held, {timeframe: publication.keep}, publication.budget, shell)


def _mirror_bytes(mirrors: Mapping[str, Mirror]) -> int:
    return sum(mirror.bytes for mirror in mirrors.values())


def _within_budget(status: Status, dropped: Dropped, lift: tuple[str, str] | None = None) -> Status:
    """`status` without the folders that the budget dropped, which are remembered as not due; `lift` is one (timeframe,
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
    after = _within_budget(before, Dropped(beyond_budget={timeframe: [key]}))
    plan = Plan(f"{timeframe} {key}: older than the budget has room for", files={STATUS: after.encoded()})
    return plan if after != before else None


def plan_failure(timeframe: str, failure: Run, shell: Mapping[str, bytes], site: Published) -> Plan | None:
    """The change that tells of a failed run: `status.json` (and the page that shows it), no data."""
    before = decode_status(site.read(STATUS))
    after = with_failure(before, timeframe, failure)
    if after == before:
        return None
    files = _changed({**shell, STATUS: after.encoded()}, site)
    return Plan(f"{timeframe} {failure.partition}: failed", files=files)


def is_address(site: str) -> bool:
    """Whether it names a repository or a server (https://..., git@host:...) and no folder."""
    return "://" in site or _SSH_ADDRESS.match(site) is not None


def refuse_sample(sample: bool, site: str, setting: str = "BLUEDOT_SITE") -> None:
    """Raises PublishRefused for made-up data on its way to anywhere but a folder or this machine."""
    parts = urlsplit(site)
    folder = not parts.netloc and not _SSH_ADDRESS.match(site)
    here = folder or parts.scheme == "file" or parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if sample and not here:
        raise PublishRefused(
            f"These are sample data made by `bluedot sample`, and {setting} is a public address: publish them to a "
            "folder, a file:// repository or a loopback server instead."
        )


def refuse_mixture(sample: bool, status: Status) -> None:
    """Raises PublishRefused when made-up and real data would stand on one site."""
    if any(state.folders and state.sample != sample for state in status.timeframes.values()):
        here, there = ("sample", "real") if sample else ("real", "sample")
        raise PublishRefused(
            f"These are {here} data and the site holds {there} data: give them a site of their own with BLUEDOT_SITE."
        )


def fingerprint_of(publication: Publication) -> str:
    """Of what a folder shows, whenever it was made."""
    small = [(name, hashlib.sha256(content).hexdigest()) for name, content in publication.small_files(NEVER).items()]
    # Compressed copies by name alone: they are made of the CSVs, and their bytes differ between versions of zlib.
    said = (sorted(small), sorted(publication.compressed), sorted(publication.mirrors.items()))
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _folder(publication: Publication) -> Folder:
    texts = {**publication.compressed, **publication.small_files(publication.run.at)}
    return Folder(
        made_at=publication.run.at,
        files=len(publication.csvs) + len(texts),
        bytes=sum(csv.bytes for csv in publication.csvs) + sum(map(len, texts.values())),
        fingerprint=fingerprint_of(publication),
        listing=publication.listing,
        accepted=publication.accepted,
        mirrors=publication.mirrored(),
    )


def _changed(files: Mapping[str, bytes], site: Published) -> dict[str, bytes]:
    changed = {path: content for path, content in files.items() if not site.holds(path, content)}
    if len([path for path in files if path.startswith("docs/")]) == 1 and site.read(STAND_IN) is not None:
        # Whoever publishes from elsewhere has built the documentation: it stays.
        changed.pop(STAND_IN, None)
    return changed
