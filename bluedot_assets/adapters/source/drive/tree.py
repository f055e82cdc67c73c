"""The folder tree in Google Drive: listing folders by id, finding them by name, following shortcuts one hop.

Errors of listing become sentences here. Names are not unique in Drive: whatever is found twice is read twice. Which
folders a timeframe has is in `source`."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from bluedot_assets.adapters.source.drive.calls import DriveCalls, Patience, in_parallel, typed
from bluedot_assets.adapters.source.drive.failures import DriveFailure, ItemMissing, ItemRefused, OutOfTime, Transient
from bluedot_assets.kernel.errors import SourceRefused, SourceUnreadable

FOLDER: Final = "application/vnd.google-apps.folder"
SHORTCUT: Final = "application/vnd.google-apps.shortcut"
_ENTRY: Final = "id,name,mimeType,size,md5Checksum,modifiedTime,shortcutDetails(targetId,targetMimeType)"
# Without nextPageToken in `fields` Drive gives the first 1,000 as if they were all.
_LIST: Final = f"nextPageToken,incompleteSearch,files({_ENTRY})"
_PAGE: Final = 1000
_LONGEST_NAME: Final = 255


@dataclass(frozen=True)
class DriveEntry:
    """One item of a folder. `size` in bytes, 0 and `md5` None for what has no bytes of its own: folders, shortcuts,
    Google documents."""

    id: str
    name: str
    mime_type: str
    modified: datetime
    size: int = 0
    md5: str | None = None
    target: str | None = None
    target_type: str | None = None

    @property
    def folder_id(self) -> str | None:
        """The folder that this is, or that this is a shortcut to."""
        if self.mime_type == SHORTCUT:
            return self.target if self.target_type == FOLDER else None
        return self.id if self.mime_type == FOLDER else None


class DriveTree:
    """Listing below the root folder. `warnings` collects what a person should put in order."""

    def __init__(self, calls: DriveCalls) -> None:
        self._calls = calls
        self._root = calls.options.root_id
        self.warnings: dict[str, None] = {}

    def root(self, patience: Patience) -> None:
        """See whether the root folder can be read. Raises SourceUnreadable, SourceRefused."""
        try:
            found = self._get(self._root, patience)
        except ItemMissing:
            raise self._not_shared() from None
        except DriveFailure as failure:
            raise _unreadable(f"gdrive:{self._root}", failure) from None
        if found is None or found.mime_type != FOLDER:
            why = "is in the trash" if found is None else "is no folder"
            raise SourceRefused(f"gdrive:{self._root} {why}: set BLUEDOT_SOURCE to the id of the folder above daily/.")

    def children(self, folder: str, path: str, patience: Patience, name: str | None = None) -> list[DriveEntry]:
        """What the folder with the id `folder` holds, by name; with `name` only what is called exactly so.

        `path` is what messages call it. Raises SourceUnreadable, SourceRefused."""
        query = f"'{_quoted(folder)}' in parents and trashed = false"
        if name is not None:
            query += f" and name = '{_quoted(name)}'"
        try:
            found = self._pages(query, patience)
        except ItemMissing:
            if folder == self._root:
                raise self._not_shared() from None
            raise SourceUnreadable(
                f"{path} in gdrive:{self._root} vanished while it was read, or it is a shortcut to a folder that the "
                f"credential may not see: {self._calls.access.sharing}."
            ) from None
        except DriveFailure as failure:
            raise _unreadable(f"{path or 'The folder'} in gdrive:{self._root}", failure) from None
        # Drive's `name =` ignores case.
        return sorted((one for one in found if name in {None, one.name}), key=lambda one: (one.name, one.id))

    def folders(self, parents: Iterable[str], path: str, patience: Patience) -> list[str]:
        """Ids of all folders of the last name of `path` in `parents`; a second one is warned of."""
        name = path.rpartition("/")[2]
        return self._ids([one for parent in parents for one in self.children(parent, path, patience, name)], path)

    def top(self, patience: Patience) -> list[DriveEntry]:
        """What the root folder holds."""
        return self.children(self._root, "", patience)

    def ids_by_name(self, entries: Iterable[DriveEntry]) -> dict[str, list[str]]:
        """Ids of the folders among the root folder's entries, by their names; a second one of a name is warned of."""
        folders: dict[str, list[DriveEntry]] = {}
        for entry in entries:
            if entry.folder_id is not None:
                folders.setdefault(entry.name, []).append(entry)
        return {name: self._ids(found, name) for name, found in folders.items()}

    def resolved(self, entries: Iterable[DriveEntry], patience: Patience) -> list[DriveEntry]:
        """The files among `entries`: shortcuts as what they point at under their own name, folders left out.

        A shortcut that leads to nothing readable stays, without md5."""

        def follow(entry: DriveEntry) -> DriveEntry:
            return self._target(entry, patience) if entry.mime_type == SHORTCUT else entry

        files = [entry for entry in entries if entry.folder_id is None]
        shortcuts = [entry for entry in files if entry.mime_type == SHORTCUT]
        direct = [entry for entry in files if entry.mime_type != SHORTCUT]
        followed = [found for _, found in in_parallel(follow, shortcuts, self._calls.options.connections, patience)]
        once = dict.fromkeys([*direct, *(entry for entry in followed if entry.mime_type != FOLDER)])
        return sorted(once, key=lambda entry: (entry.name, entry.id))

    def folder_name(self, target: str, patience: Patience) -> str | None:
        """The name of a folder that a shortcut points at; None when there is none such, or it is in the trash."""
        found = self._shown(target, f"A shortcut in gdrive:{self._root}", patience)
        return found.name if found is not None and found.mime_type == FOLDER else None

    def in_shared_drive(self, folder: str, patience: Patience) -> bool:
        """Whether files in it belong to the drive, and not to who makes them. Raises DriveFailure."""
        return self._calls.facts(folder, "driveId", patience, _Home).drive_id is not None

    def warn(self, sentence: str) -> None:
        self.warnings[sentence] = None

    def _ids(self, entries: Iterable[DriveEntry], path: str) -> list[str]:
        found = {entry.folder_id for entry in entries if entry.folder_id is not None}
        if len(found) > 1:
            self.warn(f"There are {len(found)} folders {path} in gdrive:{self._root}: all were read; keep one of them.")
        return sorted(found)

    def _target(self, shortcut: DriveEntry, patience: Patience) -> DriveEntry:
        """One hop only, so that loops end."""
        if shortcut.target is None:
            return shortcut
        found = self._shown(shortcut.target, f"The shortcut {shortcut.name} in gdrive:{self._root}", patience)
        return shortcut if found is None else replace(found, name=shortcut.name)

    def _shown(self, target: str, what: str, patience: Patience) -> DriveEntry | None:
        """What a shortcut points at; None where the credential may not see it, and for the trash."""
        try:
            return self._get(target, patience)
        except ItemRefused:
            return None
        except DriveFailure as failure:
            raise _unreadable(what, failure) from None

    def _get(self, file_id: str, patience: Patience) -> DriveEntry | None:
        """None for what lies in the trash. Raises DriveFailure."""

        def found() -> DriveEntry | None:
            answer = self._calls.facts_once(file_id, f"trashed,{_ENTRY}", patience)
            return _entry(answer) if not isinstance(answer, dict) or not answer.get("trashed") else None

        return self._calls.patiently(found, patience)

    def _pages(self, query: str, patience: Patience) -> list[DriveEntry]:
        """Raises DriveFailure. Pages may overlap when the folder changes in between: an id counts once."""
        found: dict[str, DriveEntry] = {}
        token: str | None = None
        while True:
            entries, token = self._calls.patiently(partial(self._page, query, token, patience), patience)
            found |= {entry.id: entry for entry in entries}
            if token is None:
                return list(found.values())

    def _page(self, query: str, token: str | None, patience: Patience) -> tuple[list[DriveEntry], str | None]:
        words = {"q": query, "fields": _LIST, "pageSize": _PAGE, "pageToken": token}
        everywhere = {"supportsAllDrives": True, "includeItemsFromAllDrives": True}
        return page_of(self._calls.once(lambda: self._calls.files.list(**words, **everywhere), patience))

    def _not_shared(self) -> SourceRefused:
        access = self._calls.access
        return SourceRefused(
            f"The Drive folder {self._root} does not exist or is not shared with the credential in {access.variable}: "
            f"check the id in BLUEDOT_SOURCE, and {access.sharing}."
        )


def _unreadable(what: str, failure: DriveFailure) -> SourceUnreadable:
    if isinstance(failure, Transient | OutOfTime):
        return SourceUnreadable(
            f"{what} could not be read ({failure}): run it again, and check this machine's network if it stays so."
        )
    return SourceRefused(f"{what} could not be read, Drive refused it ({failure}): check the folder's sharing.")


def page_of(answer: object) -> tuple[list[DriveEntry], str | None]:
    """What a page of a listing holds, and the token of the next one. Raises Transient for what is no whole page."""
    # The client gives out broken JSON as a piece of text; an object without `files` is no listing either.
    if not isinstance(answer, dict) or not isinstance(answer.get("files"), list) or answer.get("incompleteSearch"):
        raise Transient("the listing was not whole")
    token = answer.get("nextPageToken") or None
    if not isinstance(token, str | None):
        raise Transient("the listing was not whole")
    return [_entry(one) for one in answer["files"]], token


class _Shortcut(msgspec.Struct, rename="camel"):
    target_id: str | None = None
    target_mime_type: str | None = None


class _Home(msgspec.Struct, rename="camel"):
    drive_id: str | None = None


class _Resource(msgspec.Struct, rename="camel"):
    """A file resource, as far as it is asked for (Drive, REST reference v3)."""

    id: str
    name: str
    mime_type: str
    modified_time: Annotated[datetime, Meta(tz=True)]
    size: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0
    md5_checksum: str | None = None
    shortcut_details: _Shortcut | None = None


def _entry(answer: object) -> DriveEntry:
    """Raises Transient for anything but a whole file resource."""
    found = typed(answer, _Resource, "the listing was not whole")
    shortcut = found.shortcut_details or _Shortcut()
    return DriveEntry(
        id=found.id,
        name=_name(found.name),
        mime_type=found.mime_type,
        modified=found.modified_time,
        # Some Google documents have a size, that of an export: bytes of their own have an md5.
        size=found.size if found.md5_checksum else 0,
        md5=found.md5_checksum,
        target=shortcut.target_id,
        target_type=shortcut.target_mime_type,
    )


def _name(text: str) -> str:
    """As a file can be called elsewhere. Half a character, which JSON can hold and text cannot, is replaced; of a name
    that is too long the middle is left out, so that its ending says still whose file it is: both get it rejected by
    name."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    ends = _LONGEST_NAME // 2 - 1
    return whole if len(whole) <= _LONGEST_NAME else f"{whole[:ends]}~~{whole[-ends:]}"


def _quoted(text: str) -> str:
    """As it stands between quotes in a query: first the backslash, then the quote."""
    return text.replace("\\", "\\\\").replace("'", "\\'")
