"""What a publish changes on the site, decided from what the site holds: a pure plan that any kind of site carries out
whole or not at all, and decides again when somebody else published in between."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import msgspec

from bluedot_assets.kernel.dashboard import Dashboard
from bluedot_assets.kernel.errors import PublishRefused
from bluedot_assets.kernel.manifest import NEVER
from bluedot_assets.kernel.site_index import Index
from bluedot_assets.kernel.status import (
    Folder,
    Run,
    Shown,
    Status,
    decode_status,
    with_failure,
    with_publication,
)

STATUS = "status.json"
INDEX = "index.json"
DASHBOARD = "dashboard.json"
LATEST = "latest"
BULK = "bars.parquet"
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
    """The change, carried out in this order: `folders` are written whole, then `copies` made (target from folder),
    then `drops` removed (an absent
    one is no fault); `files` and `sources` are single files. All paths are relative to the site."""

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
    listing: str = ""  # fingerprint of the source's listing that it was made from
    rewrite: bool = False  # although the site says that it has it: its files were found damaged


ReadFile = Callable[[str], bytes | None]  # a small file of the site by path, None when absent


def plan_publication(publication: Publication, read: ReadFile) -> Plan | None:
    """The change that brings the site to `publication`, or None when it shows exactly this already (or keeps no
    folder that old)."""
    index = publication.index
    timeframe, key = index.timeframe, index.as_of
    before = decode_status(read(STATUS))
    state = before.of(timeframe)
    beyond = sorted({*state.folders, key}, reverse=True)[publication.keep :]
    if key in beyond:
        return None
    refuse_mixture(index.sample, before)
    # The failure of a partition that would not be kept either can be lifted by no run.
    hopeless = [old for old in state.failures if old not in sorted({*state.folders, key, old})[-publication.keep :]]
    dropped = [*beyond, *hopeless]
    after = with_publication(before, timeframe, publication.run, _folder(publication), publication.shown, dropped)
    now = after.of(timeframe)
    known = state.folders.get(key)
    changed = publication.rewrite or known is None or known.fingerprint != now.folders[key].fingerprint
    newest = now.as_of == key
    base = f"{timeframe}/{key}"
    bulk = f"{timeframe}/{BULK}"
    made = msgspec.structs.replace(index, made_at=now.folders[key].made_at).encoded()
    texts = {**publication.compressed, DASHBOARD: publication.dashboard.encoded(), INDEX: made}
    plan = Plan(
        f"{timeframe} {key}: {index.counts.stocks} stocks, {index.counts.csvs} CSVs",
        files=_changed({**publication.shell, STATUS: after.encoded()}, read),
        folders={base: (publication.csvs, texts)} if changed else {},
        sources={bulk: publication.bulk} if publication.bulk and now.bulk != state.bulk else {},
        copies={f"{timeframe}/{LATEST}": base} if newest and (changed or state.as_of != key) else {},
        drops=[
            *(f"{timeframe}/{old}" for old in beyond if old in state.folders),
            *([bulk] if state.bulk and not now.bulk else []),
        ],
    )
    return plan if plan.files or plan.folders or plan.sources or plan.copies or plan.drops else None


def plan_failure(timeframe: str, failure: Run, shell: Mapping[str, bytes], read: ReadFile) -> Plan | None:
    """The change that tells of a failed run: `status.json` (and the page that shows it), no data."""
    before = decode_status(read(STATUS))
    after = with_failure(before, timeframe, failure)
    if after == before:
        return None
    files = _changed({**shell, STATUS: after.encoded()}, read)
    return Plan(f"{timeframe} {failure.partition}: failed", files=files)


def is_address(site: str) -> bool:
    """Whether it names a repository or a server (https://..., git@host:...) and no folder."""
    return "://" in site or _SSH_ADDRESS.match(site) is not None


def refuse_sample(sample: bool, site: str) -> None:
    """Raises PublishRefused for made-up data on its way to anywhere but a folder or this machine."""
    parts = urlsplit(site)
    folder = not parts.netloc and not _SSH_ADDRESS.match(site)
    here = folder or parts.scheme == "file" or parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if sample and not here:
        raise PublishRefused(
            "These are sample data made by `bluedot sample`, and BLUEDOT_SITE is a public address: publish them to a "
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
    still = msgspec.structs.replace(publication.index, made_at=NEVER).encoded()
    beside = repr(sorted(publication.compressed)).encode()  # made of the CSVs, but not always
    return hashlib.sha256(still + publication.dashboard.encoded() + beside).hexdigest()


def _folder(publication: Publication) -> Folder:
    index_bytes = len(msgspec.structs.replace(publication.index, made_at=publication.run.at).encoded())
    dashboard = publication.dashboard.encoded()
    extra = [*publication.compressed.values(), dashboard]
    return Folder(
        made_at=publication.run.at,
        files=len(publication.csvs) + len(extra) + 1,
        bytes=sum(csv.bytes for csv in publication.csvs) + sum(map(len, extra)) + index_bytes,
        fingerprint=fingerprint_of(publication),
        listing=publication.listing,
    )


def _changed(files: Mapping[str, bytes], read: ReadFile) -> dict[str, bytes]:
    return {path: content for path, content in files.items() if read(path) != content}
