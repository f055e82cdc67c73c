"""What may be published of a partition, what a site is to a plan, and a plan: the change that any kind of site carries
out whole or not at all; and of two plans that follow each other the one that leaves what both do. What a publish
changes is decided in `publish_plan`."""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import msgspec

from bluedot_assets.kernel.calendar.due_times import ANY_WEEKDAY, Timetable
from bluedot_assets.kernel.site.retention import MEGABYTE
from bluedot_assets.kernel.site.status import Accepted, Folder, Mirror, Run, Shown
from bluedot_assets.kernel.stored.manifest import NEVER, StoredObject

if TYPE_CHECKING:
    from bluedot_assets.kernel.site.dashboard import Dashboard
    from bluedot_assets.kernel.site.index import Index

STATUS = "status.json"
INDEX = "index.json"
DASHBOARD = "dashboard.json"
LATEST = "latest"
TABLES = "tables"  # the folder of whole tables in a dated folder
HISTORY = "history"
HISTORY_FILES = "history.json"
OUTCOMES = "outcomes.json"
FORMER_TABLE = "bars.parquet"  # beside the folders of a timeframe, of versions before the tables in each folder
STAND_IN = "docs/index.html"  # of the pages: it says that the documentation was not built


@dataclass(frozen=True)
class Plan:
    """The change, carried out in this order: `folders` are written whole (objects of the store and small
    files by name, which may be nested), then `copies` made (target from folder), then `drops` removed (an absent one is
    no fault); `files` and `sources` are single files. All paths are relative to the site."""

    message: str
    files: Mapping[str, bytes] = field(default_factory=dict)
    folders: Mapping[str, tuple[Mapping[str, StoredObject], Mapping[str, bytes]]] = field(default_factory=dict)
    sources: Mapping[str, StoredObject] = field(default_factory=dict)
    copies: Mapping[str, str] = field(default_factory=dict)
    drops: Sequence[str] = ()


@dataclass(frozen=True)
class SiteHistory:
    """What may be published of a timeframe's history: its tables by name, of how many answers of the vendor they are,
    outcomes.json with the digest of all that it is made of and by, and when a person had it made anew."""

    files: Mapping[str, StoredObject]
    answers: int
    made_of: str
    outcomes: Callable[[], bytes]
    rebuilt: datetime | None = None


@dataclass(frozen=True)
class Publication:
    """A partition that may be published: its index (made-at still open), its dashboard, its CSVs and what the page
    says of it."""

    index: "Index"
    dashboard: "Dashboard"  # of the same folder
    csvs: Mapping[str, StoredObject]  # by name
    compressed: Mapping[str, bytes]  # `.csv.gz` files of the folder by name
    shell: Mapping[str, bytes]  # the static pages by path
    run: Run
    shown: Shown
    keep: int  # dated folders of this timeframe
    budget: int = 900 * MEGABYTE  # bytes of the whole site
    listing: str = ""  # fingerprint of the source's listing that it was made from
    accepted: Accepted | None = None  # a person let it through although it is incomplete
    timetable: Timetable = ANY_WEEKDAY  # of the exchanges that its folders wait for
    rewrite: bool = False  # although the site says that it has it: its files were found damaged
    tables: Mapping[str, StoredObject] = field(default_factory=dict)  # whole tables by name in the folder
    history: "SiteHistory | None" = None  # None: what the site has of it stays
    elsewhere: frozenset[str] = frozenset()  # timeframes with a site of their own: what this one has of them goes
    extras: Mapping[str, bytes] = field(default_factory=dict)  # small files of the folder by name, nested or not
    mirrors: Mapping[str, str] = field(default_factory=dict)  # path of the site -> subfolder of what `latest` shows

    @property
    def objects(self) -> dict[str, StoredObject]:
        """The files of the folder that come from the store, by name."""
        return {**self.csvs, **self.tables}

    def small_files(self, made_at: datetime) -> dict[str, bytes]:
        """The files of the folder that are made for each publish alone, by name; the index says `made_at`."""
        made = msgspec.structs.replace(self.index, made_at=made_at).encoded()
        return {**self.extras, DASHBOARD: self._dashboard_file, INDEX: made}

    @cached_property
    def _dashboard_file(self) -> bytes:
        return self.dashboard.encoded()

    @cached_property
    def fingerprint(self) -> str:
        """Of what the folder shows, whenever it was made."""
        small = [(name, hashlib.sha256(content).hexdigest()) for name, content in self.small_files(NEVER).items()]
        # Compressed copies by name alone: they are made of the CSVs, and their bytes differ between versions of zlib.
        content = (sorted(small), sorted(self.compressed), sorted(self.mirrors.items()))
        return hashlib.sha256(repr(content).encode()).hexdigest()

    @cached_property
    def folder(self) -> Folder:
        """What `status.json` says of the folder."""
        texts = {**self.compressed, **self.small_files(self.run.at)}
        return Folder(
            made_at=self.run.at,
            files=len(self.objects) + len(texts),
            bytes=sum(one.bytes for one in self.objects.values()) + sum(map(len, texts.values())),
            fingerprint=self.fingerprint,
            listing=self.listing,
            accepted=self.accepted,
            mirrors=self.mirrored,
        )

    @cached_property
    def mirrored(self) -> dict[str, Mirror]:
        """The mirrors that have files, for an empty folder cannot be copied."""
        below = {path: self._below(folder) for path, folder in sorted(self.mirrors.items())}
        return {
            path: Mirror(self.mirrors[path], sum(map(len, files.values()))) for path, files in below.items() if files
        }

    @property
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


class Readable(Protocol):
    """A site of which small files can be read."""

    def read(self, path: str) -> bytes | None:
        """A small file, None when it is absent."""
        ...


class Published(Readable, Protocol):
    """The site as a plan sees it."""

    def differing(self, files: Mapping[str, bytes]) -> set[str]:
        """The paths of those files that do not stand there with exactly that content; cheaper than reading them."""
        ...


@dataclass(frozen=True)
class Planned:
    """What `site` will be once `plan` is carried out, to who plans what follows."""

    site: Published
    plan: Plan

    def read(self, path: str) -> bytes | None:
        """A small file; what a plan takes from the store is none."""
        if path in self.plan.files:
            return self.plan.files[path]
        if is_below(path, self.plan.drops):
            return None
        path = self.source_of(path)
        if folder := is_below(path, self.plan.folders):
            return self.plan.folders[folder][1].get(path.removeprefix(f"{folder}/"))
        return self.site.read(path)

    def differing(self, files: Mapping[str, bytes]) -> set[str]:
        known = {path: content for path, content in files.items() if self._is_planned(path)}
        others = {path: content for path, content in files.items() if path not in known}
        return {path for path, content in known.items() if self.read(path) != content} | self.site.differing(others)

    def source_of(self, path: str) -> str:
        """Where the bytes come from that will stand there: of a copy, the folder that is copied."""
        target = is_below(path, self.plan.copies)
        return self.plan.copies[target] + path.removeprefix(target) if target else path

    def _is_planned(self, path: str) -> bool:
        plan = self.plan
        return path in plan.files or bool(is_below(path, [*plan.drops, *plan.copies, *plan.folders]))


def followed(first: Plan, second: Plan) -> Plan:
    """The plan that leaves a site as `first` and then `second` do. What `first` wrote and `second` drops is never
    written. A folder that something of `first` is a copy of may go only if `second` replaces or drops the copy too, as
    plans of partitions do: `latest` and the mirrors follow what is shown."""
    gone = [*second.drops, *second.folders, *second.copies]

    def left(path: str) -> bool:
        return not is_below(path, gone)

    written = {*second.folders, *second.copies, *second.files, *second.sources}
    return replace(
        second,
        files={**{path: one for path, one in first.files.items() if left(path)}, **second.files},
        folders={**{path: one for path, one in first.folders.items() if left(path)}, **second.folders},
        sources={**{path: one for path, one in first.sources.items() if left(path)}, **second.sources},
        copies={**{path: one for path, one in first.copies.items() if left(path)}, **second.copies},
        drops=list(dict.fromkeys([*(path for path in first.drops if path not in written), *second.drops])),
    )


def is_below(path: str, folders: Collection[str]) -> str:
    """Which of the folders the path is or lies in; "" where it is none."""
    parts = path.split("/")
    ways = ("/".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((way for way in ways if way in folders), "")
