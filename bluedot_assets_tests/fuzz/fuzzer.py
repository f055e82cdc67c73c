"""One target, given one input after the other, within the bounds of time and memory. With what inputs are made is in
`mutator`, guided by coverage in `guided`."""

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Final

from bluedot_assets_tests.fuzz.bounds import within_memory, within_time
from bluedot_assets_tests.fuzz.corpus import CORPUS, keep, kept
from bluedot_assets_tests.fuzz.mutator import Mutator
from bluedot_assets_tests.fuzz.targets import TARGETS, vendor_files

TOGETHER: Final = 50  # vendor files in one shard: judging one alone takes as long as judging many
_MEMORY_EACH: Final = 200  # once in so many the memory is measured too


class BrokenRule(AssertionError):
    """An input on which a target failed; it is kept at `path`."""

    def __init__(self, target: str, path: Path, error: BaseException) -> None:
        super().__init__(f"{target}: {type(error).__name__}: {error}, by the input {path}"[:500])
        self.path = path


def check(target: str, contents: Sequence[bytes], *, memory: bool = False) -> None:
    """Give these to the target, vendor files all at once. Whatever it raises is a broken rule."""
    size = sum(map(len, contents))
    within = within_memory if memory else within_time
    if target == "vendor":
        within(lambda: vendor_files(contents), size)
    else:
        within(lambda: [TARGETS[target](one) for one in contents], size)


class Fuzzer:
    """Tries inputs of one target. Those that fail are kept in `folder`, named in what it raises."""

    def __init__(self, target: str, folder: Path) -> None:
        self._target, self._folder = target, folder
        self._mutator = Mutator(kept(target) if (CORPUS / target).is_dir() else [b""])
        self._waiting: list[bytes] = []
        self._most = TOGETHER if target == "vendor" else 1

    def try_one(self, chance: Random) -> None:
        """One input more; several of the vendor's files are judged together. Raises BrokenRule."""
        self._waiting.append(self._mutator.input(chance))
        if len(self._waiting) >= self._most:
            self.finish(memory=chance.randrange(_MEMORY_EACH) == 0)

    def finish(self, *, memory: bool = False) -> None:
        """Try those that wait for others. Raises BrokenRule."""
        contents, self._waiting = self._waiting, []
        try:
            check(self._target, contents, memory=memory)
        except Exception as error:
            worst = [one for one in contents if len(contents) == 1 or self._fails(one)]
            paths = [keep(self._target, one, self._folder) for one in worst or contents]
            raise BrokenRule(self._target, paths[0], error) from error

    def _fails(self, content: bytes) -> bool:
        try:
            check(self._target, [content])
        except Exception:  # noqa: BLE001  whatever it is
            return True
        return False
