"""Marked secrets, and every place in which one may not stand: files, databases, git objects, command lines. Which
commands run with them is in `attacks/secrets`."""

import base64
import gzip
import os
import re
import sqlite3
import subprocess
import threading
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import psutil
import pyarrow.parquet as pq

# Of the secrets in the environment: a proxy's password.
GIT_NEEDS: Final = frozenset({"proxy"})


def mark(name: str) -> str:
    """Letters and digits alone: escaped for an address or for JSON they stay what they are."""
    return f"qzMARK{name.replace('_', '')}7fe3Kx"


class Marks:
    """Secrets by their names, found in bytes as they are, in base64 at each of its three offsets, in hexadecimal."""

    def __init__(self, marks: Mapping[str, str]) -> None:
        self._names = {form: name for name, text in marks.items() for form in _forms(text.encode())}
        self._any = re.compile(b"|".join(map(re.escape, self._names)))

    def __len__(self) -> int:
        return len(set(self._names.values()))

    def of(self, content: bytes) -> set[str]:
        """The names of the secrets that stand there."""
        return {self._names[found] for found in self._any.findall(content)}


def _forms(text: bytes) -> Iterator[bytes]:
    yield text
    yield text.hex().encode()
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + text).rstrip(b"=")
        yield whole[4 if offset else 0 : -1]  # letters that depend on the neighbours are left out


def contents(path: Path) -> Iterator[bytes]:
    """A file's bytes, and what it holds packed: rows of a database, tables, what gzip made small."""
    with suppress(FileNotFoundError):
        content = path.read_bytes()
        yield content
        if content.startswith(b"SQLite format 3"):
            yield from _rows(path)
        elif content.startswith(b"PAR1"):
            yield repr(pq.read_table(path, memory_map=False).to_pydict()).encode()
        elif content.startswith(b"\x1f\x8b"):
            yield gzip.decompress(content)


def _rows(path: Path) -> Iterator[bytes]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        tables = [name for (name,) in database.execute("select name from sqlite_master where type = 'table'")]
        for table in tables:
            for row in database.execute(f'select * from "{table}"'):  # noqa: S608  Dagster's own names
                for value in row:
                    content = value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
                    yield content
                    with suppress(zlib.error):
                        yield zlib.decompress(content)


def objects(repository: Path) -> bytes:
    """Every object of a repository, also those that no branch has any more."""
    words = ["git", "cat-file", "--batch-all-objects", "--batch"]
    return subprocess.run(words, cwd=repository, check=True, capture_output=True).stdout


def found_below(marks: Marks, folder: Path, since: float, spared: Iterable[Path] = ()) -> tuple[dict[str, str], int]:
    """Secrets by name, each with a file below `folder` that holds it, of those changed `since`; how many were read."""
    found, count = {}, 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            if not path.is_file() or path.stat().st_mtime < since or path in spared:
                continue
            count += 1
            for name in {name for content in contents(path) for name in marks.of(content)}:
                found[name] = str(path.relative_to(folder))
    return found, count


@dataclass
class Watch:
    """While it is entered: the command lines of a process's children, what git has in its environment, and the
    configuration of the clones in its folder for temporary files."""

    marks: Marks
    process: "subprocess.Popen[bytes]"
    temporary: Path
    found: set[str] = field(default_factory=set)
    seen: set[tuple[int, float]] = field(default_factory=set)
    _ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.is_set():
            with suppress(psutil.Error):
                for child in psutil.Process(self.process.pid).children(recursive=True):
                    self._note(child)
            for folder, _, names in os.walk(self.temporary):  # which may go meanwhile
                with suppress(OSError):
                    found = self.marks.of(Path(folder, "config").read_bytes()) if "config" in names else ()
                    self.found |= {f"{name} in the configuration of a clone" for name in found}
            time.sleep(0.01)

    def _note(self, child: Any) -> None:
        if (child.pid, child.create_time()) in self.seen:
            return
        words = child.cmdline()
        if not words or words == child.parent().cmdline():
            return  # between fork and exec
        # GitPython asks for the version when it is imported; that starts nothing.
        is_git = Path(words[0]).name.startswith("git") and words[1:] != ["version"]
        environment = _raw(child.pid, "environ") if is_git else b""
        if child.cmdline() != words:
            return
        self.seen.add((child.pid, child.create_time()))
        line = " ".join(words).encode("utf-8", "replace")
        self.found |= {f"{name} in a command line" for name in self.marks.of(line)}
        # The token is there in base64, as git's configuration; nowhere else.
        plain = re.sub(rb"GIT_CONFIG_VALUE_\d+=Authorization: [^\0]*", b"", environment)
        who = " ".join(words[:3])
        self.found |= {f"{name} in the environment of {who}" for name in self.marks.of(plain) - GIT_NEEDS}


def _raw(number: int, name: str) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{number}/{name}").read_bytes()
    return b""
