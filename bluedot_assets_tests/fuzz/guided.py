"""The same targets guided by coverage: atheris, an extension of libFuzzer, in a process of its own, for it changes
every module that is imported. This module is also what that process runs."""

import importlib
import importlib.util
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from bluedot_assets_tests.fuzz.corpus import CORPUS, keep

AVAILABLE: Final = importlib.util.find_spec("atheris") is not None  # it has no wheel for each machine and version
_LARGEST: Final = 4096  # bytes of an input
# Linux counts the peak of who started it as this process's own, so a large worker of pytest would pass the limit of it;
# that of a single allocation stays.
_LIMITS: Final = ("-timeout=60", "-rss_limit_mb=0", "-malloc_limit_mb=2048")
_DONE: Final = re.compile(rb"Done (\d+) runs")


@dataclass(frozen=True)
class Guided:
    """What came of a run; `failed` says what was broken, and by which input."""

    runs: int
    failed: str = ""


def run(target: str, runs: int, seed: int, folder: Path) -> Guided:
    """Try so many inputs, beginning with the corpus; those that open new paths are in `folder`/found after it."""
    found, failed = folder / "found", folder / "failed"
    for one in (found, failed):
        one.mkdir(parents=True)
    done = _fuzz(
        target, str(found), str(CORPUS / target), f"-runs={runs}", f"-seed={seed}", f"-artifact_prefix={failed}/"
    )
    ended = _DONE.search(done.stderr)
    if done.returncode == 0 and ended:
        return Guided(int(ended[1]))
    paths = [keep(target, one.read_bytes()) for one in failed.iterdir()]
    words = [line for line in done.stdout.decode("utf-8", "replace").splitlines() if line.strip()]
    return Guided(
        runs, f"{words[-1] if words else done.stderr.decode('utf-8', 'replace')[-300:]}, by the input {paths}"
    )


def keep_new(target: str, folder: Path) -> int:
    """Add to the corpus what covers more than it does, the fewest inputs that do. How many they are."""
    merged = folder / "merged"
    shutil.copytree(CORPUS / target, merged)
    before = {path.name for path in merged.iterdir()}
    _fuzz(target, "-merge=1", str(merged), str(folder / "found"))
    new = [path for path in merged.iterdir() if path.name not in before]
    for path in new:
        keep(target, path.read_bytes())
    return len(new)


def _fuzz(target: str, *options: str) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-m", __name__, target, f"-max_len={_LARGEST}", *_LIMITS, *options]
    return subprocess.run(command, capture_output=True, check=False)


def _serve() -> None:
    atheris = importlib.import_module("atheris")  # in the process of its own alone

    target = sys.argv.pop(1)
    with atheris.instrument_imports(include=["bluedot_assets.kernel", "bluedot_assets.adapters.source"]):
        from bluedot_assets_tests.fuzz.corpus import kept  # noqa: PLC0415
        from bluedot_assets_tests.fuzz.fuzzer import check  # noqa: PLC0415
        from bluedot_assets_tests.fuzz.mutator import Mutator  # noqa: PLC0415
    mutator = Mutator(kept(target))

    def mutated(content: bytes, largest: int, seed: int) -> bytes:
        """By our structure or by libFuzzer's own ways."""
        chance = Random(seed)
        if chance.random() < 0.5:
            return bytes(atheris.Mutate(content, largest))
        return mutator.changed(content, chance)[:largest]

    atheris.Setup(sys.argv, lambda content: check(target, [content]), custom_mutator=mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    _serve()
