"""What a run in this process does with the files of an installation, for tests that count work.

No test belongs here."""

import hashlib
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from bluedot_assets.kernel.series.indicators import INDICATORS
from bluedot_assets.kernel.source import vendor_file

HASHES: Final = ("md5", "sha1", "sha256")
CSV_ENDINGS: Final = tuple(f"_{name}.csv" for name in INDICATORS)


@dataclass
class ObservedWork:
    """What was done below `root`. `files` are (kind of file, what was done with it): source files, CSVs and what
    is as large as the partition; small files do not count."""

    root: Path
    files: Counter[tuple[str, str]] = field(default_factory=Counter)
    hashed: Counter[bytes] = field(default_factory=Counter)
    decoded: int = 0
    git_processes: int = 0

    def times_hashed(self, contents: Iterable[bytes]) -> int:
        """How often these bytes were hashed, each whole and alone."""
        return sum(self.hashed[content] for content in set(contents))

    def audited(self, event: str, words: tuple[Any, ...]) -> None:
        if event == "open":
            self._note(words[0], "written" if set(words[1] or "") & set("wax+") else "read")
        elif event == "os.link":
            self._note(words[0], "linked")
        elif event == "subprocess.Popen":
            # A server of the test is in this process, and starts git itself; its version is asked once in a process.
            self.git_processes += words[1][0] == "git" and words[1][1] not in {"http-backend", "version"}

    def _note(self, path: object, what: str) -> None:
        if kind := self._kind(Path(str(path))):
            self.files[kind, what] += 1

    def _kind(self, path: Path) -> str | None:
        if not path.is_relative_to(self.root):
            return None
        if path.is_relative_to(self.root / "drive"):
            return "source file" if path.suffix == ".json" else None
        if path.is_relative_to(self.root / "data"):
            return _kind_of_large(path)
        return "CSV" if path.name.endswith(CSV_ENDINGS) else None

    def note_hash(self, content: bytes) -> None:
        # git hashes a blob with its length before it.
        self.hashed[content.partition(b"\0")[2] if content.startswith(b"blob ") else content] += 1

    def note_decoding(self) -> None:
        self.decoded += 1


def _kind_of_large(path: Path) -> str | None:
    """By a part of the name alone: before it has its own, it is written under another."""
    if "raw" in path.parts and ".parquet" in path.name:
        return "raw object"
    if "bars" in path.parts and ".parquet" in path.name:
        return "bars"
    return "series object" if ".zip" in path.name and "series" in path.parts else None


@contextmanager
def observed(root: Path) -> Iterator[ObservedWork]:
    """Observe what this process does while the block runs."""
    _begin_audits()
    work, decode = ObservedWork(root), vendor_file.decode

    def decode_noted(*words: Any) -> Any:
        work.note_decoding()
        return decode(*words)

    hashes: dict[str, Any] = {name: _noted(getattr(hashlib, name), work.note_hash) for name in HASHES}
    with (
        patch.multiple(hashlib, **hashes, file_digest=_file_digest),
        patch.object(vendor_file, "decode", decode_noted),
    ):
        _OBSERVING.append(work)
        try:
            yield work
        finally:
            _OBSERVING.remove(work)


_OBSERVING: Final[list[ObservedWork]] = []


@cache
def _begin_audits() -> None:
    """Once, for there is no way to end them."""

    def audit(event: str, words: tuple[Any, ...]) -> None:
        for work in _OBSERVING:
            work.audited(event, words)

    sys.addaudithook(audit)


class _Hash:
    """A hash that says what it was given once it is asked for its result."""

    def __init__(self, made: Any, note: Callable[[bytes], None], content: bytes) -> None:
        self._made, self._note, self._content = made, note, bytes(content)

    def update(self, content: bytes) -> None:
        self._content += bytes(content)
        self._made.update(content)

    def digest(self) -> bytes:
        self._note(self._content)
        return bytes(self._made.digest())

    def hexdigest(self) -> str:
        return self.digest().hex()


def _noted(make: Callable[..., Any], note: Callable[[bytes], None]) -> Callable[..., _Hash]:
    return lambda content=b"", **options: _Hash(make(content, **options), note, content)


def _file_digest(file: Any, digest: Any) -> Any:
    made = digest() if callable(digest) else getattr(hashlib, digest)()
    made.update(file.read())
    return made
