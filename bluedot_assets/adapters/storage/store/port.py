"""Where stages keep their outputs, as they see it: objects under relative paths with `/`, each of which appears under
its name whole or not at all. Which paths there are is in `layout`, which store a setting names, in `open`."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Final, Protocol

from bluedot_assets.adapters.storage.layout import remedy_of
from bluedot_assets.kernel.errors import ObjectMissing, OutputDamaged

SETTING: Final = "BLUEDOT_DATA"
# No stage works that long: where nobody knows more, older folders are of the dead.
STAGED_FOR: Final = timedelta(days=1)


class Store(Protocol):
    """The contract; `bluedot_assets_tests/contracts/store.py` says it as tests. Stores can be pickled for workers."""

    def read(self, path: str) -> bytes:
        """Raises ObjectMissing."""
        ...

    def open(self, path: str, content: str = "") -> IO[bytes]:
        """A seekable reader. With `content`, a digest that names what is expected there, it may be a copy of it on this
        machine. Raises ObjectMissing."""
        ...

    def read_part(self, path: str, content: str, start: int, size: int) -> bytes:
        """Bytes of an object, or of a copy as `open` has it. Raises ObjectMissing."""
        ...

    def write(self, path: str, content: bytes) -> None: ...

    def write_first(self, path: str, content: bytes) -> bytes:
        """Write it unless it is there; what is there then, whoever was the first."""
        ...

    def has_copy(self, path: str, content: str) -> bool:
        """Whether `open` gives it from this machine, without asking whether it is still there."""
        ...

    @contextmanager
    def writer(self, path: str) -> Iterator[IO[bytes]]:
        """A file that gets its name when the block ends well, and vanishes when it raises."""
        ...

    def staging(self, now: datetime) -> AbstractContextManager[Path]:
        """A folder of this machine for files that will be objects, gone when the block ends. What dead processes have
        left of theirs is removed."""
        ...

    @property
    def staged_on(self) -> tuple[str, Path]:
        """The setting that decides where that folder is, and its value."""
        ...

    def place(self, staged: Path, contents: Mapping[str, str]) -> None:
        """Make objects of the files below `staged`, by their paths there; each gets its name whole or not at all. By
        path the digest that it is opened with."""
        ...

    def size(self, path: str) -> int | None:
        """Bytes, or None when absent."""
        ...

    def modified(self, path: str) -> datetime | None:
        """When it got its bytes; None when it is absent, or the store does not say."""
        ...

    def list(self, prefix: str) -> list[str]:
        """All objects below `prefix`, sorted; none when there is no such folder."""
        ...

    def delete(self, *paths: str) -> None:
        """Absent ones are no fault."""
        ...

    def delete_below(self, *folders: str) -> None:
        """All objects there."""
        ...

    def sizes(self, prefix: str) -> Mapping[str, int] | None:
        """Bytes of all objects below `prefix`, where the store itself sees to it that they are what was written; None
        where that takes reading them."""
        ...

    def flush(self) -> None:
        """What was written, placed and deleted until now stays so, whatever becomes of the machine's power."""
        ...

    def local_path(self, path: str) -> Path | None:
        """The file on this machine, or None where the store has none."""
        ...

    @property
    def shared(self) -> bool:
        """Whether worker processes see the same objects."""
        ...

    @property
    def address(self) -> str:
        """Where it is, for people: never with a password."""
        ...


def absent(address: str, path: str) -> ObjectMissing:
    return ObjectMissing(f"{address}/{path} is missing: {remedy_of(path)}.")


def differs(path: str, of: str = "") -> OutputDamaged:
    """Of an object, or of a file `of` in it, that is not what was stored."""
    return OutputDamaged(f"{of}{path} differs from what was stored: {remedy_of(path)}.")


def stamp(now: datetime) -> str:
    """The moment, in a name that sorts by it."""
    return now.strftime("%Y%m%dT%H%M%S")
