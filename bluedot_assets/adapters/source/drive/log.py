"""Appending to `triggers/process_log.txt` in Google Drive, which knows no append and no conditional update.

So: read, write the whole, see which revisions came in between, and write again what they or a later one lost. What a
line says is in `kernel/source/process_log`."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Final

import msgspec
from googleapiclient.http import MediaInMemoryUpload

from bluedot_assets.adapters.source.drive.calls import Bytes, DriveCalls, Patience, typed
from bluedot_assets.adapters.source.drive.failures import ItemRefused, Transient
from bluedot_assets.adapters.source.port import LOG_LINES, PROCESS_LOG

_ROUNDS: Final = 10  # of writing against others, before the message that somebody else keeps writing


class _Capabilities(msgspec.Struct, rename="camel"):
    can_edit: bool = False
    can_add_children: bool = False


class _Rights(msgspec.Struct):
    capabilities: _Capabilities | None = None


class _Revision(msgspec.Struct):
    id: str


class _Revisions(msgspec.Struct, rename="camel"):
    revisions: list[_Revision] = []
    next_page_token: str | None = None


class DriveLog:
    """The log below one root; its calls are those that may write. Lines are bytes, for people edit the file too, in
    whatever encoding. Every method raises DriveFailure, SourceRefused; who calls makes it a sentence."""

    def __init__(self, calls: DriveCalls) -> None:
        self._calls = calls

    def append(self, file_id: str, line: bytes, patience: Patience) -> bool:
        """Append, and stay until the line was seen in the file after a pause. False when others kept writing."""
        wanted, written = [line], False
        for _ in range(_ROUNDS):
            revision, before = self._read(file_id, patience)
            if written and not _missing(wanted, before):
                return True
            lines = [*before, *(_missing(wanted, before) if written else wanted)]
            mine = self._write(file_id, b"".join(one + b"\n" for one in lines[-LOG_LINES:]), patience)
            written = True
            for content in self._between(file_id, revision, mine, patience):
                # What they added to that which this write was made from; it must come back.
                added = _missing(content.splitlines(), before)
                wanted = [*_missing(added, wanted), *wanted]
            longest_s = self._calls.options.log_pause_s
            patience.pause(self._calls.jitter.uniform(longest_s / 2, longest_s))
        return not _missing(wanted, self._read(file_id, patience)[1])

    def create(self, folder: str, line: bytes, patience: Patience) -> None:
        """A log with its first line. Where the credential has no storage (a service account outside of shared drives)
        Drive refuses it. Tried once: a second try, after an answer that was lost, would make a second file."""
        body = {"name": PROCESS_LOG, "parents": [folder], "mimeType": "text/plain"}
        content = _media(line + b"\n")
        create = partial(self._calls.files.create, body=body, media_body=content, fields="id", supportsAllDrives=True)
        self._calls.once(create, patience)

    def may_create(self, folder: str, patience: Patience) -> bool:
        """Whether `create` would do in a folder of a shared drive, whose files belong to the drive."""
        answer = self._calls.facts(folder, "capabilities(canAddChildren)", patience, _Rights)
        return (answer.capabilities or _Capabilities()).can_add_children

    def may_write(self, file_id: str, patience: Patience) -> bool:
        """Whether Drive lets this credential change the file."""
        answer = self._calls.facts(file_id, "capabilities(canEdit)", patience, _Rights)
        return (answer.capabilities or _Capabilities()).can_edit

    def _read(self, file_id: str, patience: Patience) -> tuple[str, list[bytes]]:
        """Revision and lines."""
        return self._calls.patiently(lambda: self._read_once(file_id, patience), patience)

    def _read_once(self, file_id: str, patience: Patience) -> tuple[str, list[bytes]]:
        """Content and revision belong together, by the md5: the file may change between the two questions."""
        asked = self._calls.facts_once(file_id, "headRevisionId,md5Checksum", patience)
        answer = typed(asked, Bytes, "the answer was not whole")
        content = self._calls.content_once(file_id, patience)
        if hashlib.md5(content, usedforsecurity=False).hexdigest() != answer.md5_checksum:
            raise Transient("other bytes were received than Drive has")
        return answer.head_revision_id, content.splitlines()

    def _write(self, file_id: str, content: bytes, patience: Patience) -> str:
        """The id of the revision that it made."""
        answer = self._calls.answer(
            lambda: self._calls.files.update(
                fileId=file_id, media_body=_media(content), fields="headRevisionId", supportsAllDrives=True
            ),
            patience,
            Bytes,
        )
        return answer.head_revision_id

    def _between(self, file_id: str, read: str, mine: str, patience: Patience) -> list[bytes]:
        """Contents of the revisions after the one that was read and before the one that was written, oldest first."""
        try:
            known = self._revisions(file_id, patience)
        except ItemRefused:
            known = []  # the revisions methods alone know no supportsAllDrives
        if mine not in known:
            return []  # or this listing lags: then reading the file after the pause decides alone
        others = known[: known.index(mine)]
        # Older ones than that which was read hold lines that were dropped on purpose.
        others = others[others.index(read) + 1 :] if read in others else []
        return [content for other in others if (content := self._revision(file_id, other, patience)) is not None]

    def _revisions(self, file_id: str, patience: Patience) -> list[str]:
        """Ids of all revisions, oldest first."""
        ids: list[str] = []
        token: str | None = None
        page = partial(self._calls.revisions.list, fileId=file_id, fields="nextPageToken,revisions(id)", pageSize=1000)
        while True:
            answer = self._calls.answer(partial(page, pageToken=token), patience, _Revisions)
            ids += [one.id for one in answer.revisions]
            token = answer.next_page_token
            if token is None:
                return ids

    def _revision(self, file_id: str, revision: str, patience: Patience) -> bytes | None:
        """None where Drive does not keep it: its writer, if it is one of ours, sees its line missing and comes back."""
        get = partial(self._calls.revisions.get_media, fileId=file_id, revisionId=revision)
        try:
            return self._calls.patiently(lambda: self._calls.media_once(get, patience), patience)
        except ItemRefused:
            return None


def one_line(text: str) -> bytes:
    """A line of the log, whatever breaks it had."""
    return " ".join(text.split("\n")).replace("\r", " ").encode("utf-8", "replace")


def _missing(wanted: Sequence[bytes], lines: Sequence[bytes]) -> list[bytes]:
    """What of `wanted` is not in `lines`, in order; a line counts as often as it stands there."""
    left = Counter(lines)
    missing = []
    for line in wanted:
        left[line] -= 1
        if left[line] < 0:
            missing.append(line)
    return missing


def _media(content: bytes) -> MediaInMemoryUpload:
    return MediaInMemoryUpload(content, mimetype="text/plain", resumable=False)
