"""Files' bytes out of Google Drive, verified against their listing. Which files is in `tree`; what becomes of them in
`storage/raw_reading`."""

import hashlib
from collections.abc import Iterator, Sequence
from functools import partial

from bluedot_assets.adapters.source.drive.calls import Bytes, DriveCalls, Patience, in_parallel, typed
from bluedot_assets.adapters.source.drive.failures import DriveFailure, ItemRefused, OutOfTime, Transient
from bluedot_assets.adapters.source.drive.tree import DriveTree
from bluedot_assets.adapters.source.port import FileUnreadable
from bluedot_assets.kernel.source.raw_file import SourceFile


class Downloads:
    """Verified bytes, on several connections."""

    def __init__(self, calls: DriveCalls, tree: DriveTree) -> None:
        self._calls = calls
        self._tree = tree

    def read(self, files: Sequence[SourceFile]) -> Iterator[tuple[SourceFile, bytes | FileUnreadable]]:
        """As `SourceFolder.read`: what fails for a passing reason is tried once more at the end."""
        options = self._calls.options
        patience = self._calls.patience(options.read_deadline_s(len(files)))
        again = []
        for file, result in in_parallel(partial(self._tried, patience), files, options.connections, patience):
            if isinstance(result, Transient):
                again.append(file)
            else:
                yield file, _final(result)
        if again:
            # Before a thousand rejections are taken for the files' fault: does Drive answer at all?
            if patience.left_s > 0:
                self._tree.root(self._calls.patience())
            for file, result in in_parallel(partial(self._tried, patience), again, options.connections, patience):
                yield file, _final(result)

    def one(self, file: SourceFile, patience: Patience) -> bytes:
        """Raises DriveFailure, SourceRefused."""
        if file.md5 is None:
            raise ItemRefused("it has no bytes in Drive (a Google document, or a shortcut to what cannot be read)")
        return self._calls.patiently(partial(self._verified, file, patience), patience)

    def _tried(self, patience: Patience, file: SourceFile) -> bytes | DriveFailure:
        try:
            return self.one(file, patience.within(self._calls.options.call_deadline_s))
        except DriveFailure as failure:
            return failure

    def _verified(self, file: SourceFile, patience: Patience) -> bytes:
        """One try. A mismatch is tried again, for the bytes may have been mixed up or cut on their way; unless Drive
        says that the file is another one by now."""
        content = self._calls.content_once(file.origin_id, patience)
        found = hashlib.md5(content, usedforsecurity=False).hexdigest()
        if len(content) == file.size and found == file.md5:
            return content
        answer = self._calls.facts_once(file.origin_id, "md5Checksum", patience)
        if typed(answer, Bytes, "the answer was not whole").md5_checksum not in {None, file.md5}:
            raise ItemRefused("it changed after it was listed")
        raise Transient(
            f"{len(content)} of {file.size} bytes were received"
            if len(content) != file.size
            else f"other bytes were received than listed (md5 {found} in place of {file.md5})"
        )


def _final(result: bytes | DriveFailure) -> bytes | FileUnreadable:
    if isinstance(result, bytes):
        return result
    if isinstance(result, Transient):
        return FileUnreadable(f"could not be downloaded after all tries: {result}")
    if isinstance(result, OutOfTime):
        return FileUnreadable(f"was not downloaded: {result}")
    return FileUnreadable(f"could not be downloaded: {result}")
