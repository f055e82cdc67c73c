"""What a command costs: wall time, CPU time and memory of the process and of all that it starts."""

import os
import resource
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bluedot_assets.settings.load import documented

SAMPLED_EVERY_S: Final = 0.05


@dataclass(frozen=True)
class Cost:
    """Of one command that ended well."""

    wall_s: float
    cpu_s: float
    output: str
    peak_bytes: int | None = None  # of all its processes at one time, where it was watched and can be measured


def settings(tree: Path, home: Path, **more: str) -> dict[str, str]:
    """The environment of an installation in `home` on the files of `tree`, with no other setting of ours, and with a
    cache of its own: its first run builds the exchanges' calendars, as on a new machine."""
    own = {
        "BLUEDOT_SOURCE": str(tree),
        "BLUEDOT_DATA": str(home / "data"),
        "BLUEDOT_SITE": str(home / "site"),
        "DAGSTER_HOME": str(home / "dagster"),
        "XDG_CACHE_HOME": str(home / "cache"),
    }
    names = {name for name, _, _ in documented()}
    return {name: value for name, value in os.environ.items() if name not in names} | own | more


def cost_of(words: Sequence[str], environment: Mapping[str, str], folder: Path, *, watched: bool = False) -> Cost:
    """Carry the command out in `folder`. Its memory is watched on Linux alone, and at the cost of some time."""
    folder.mkdir(parents=True, exist_ok=True)
    cpu_s, started = _cpu_s(), time.perf_counter()
    with subprocess.Popen(words, env=environment, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        watch = Watch(process.pid) if watched else None
        output = process.communicate()[0]
        wall_s = time.perf_counter() - started
        peak_bytes = watch.stop() if watch else None
    assert process.returncode == 0, f"{' '.join(words)}: {process.returncode}\n{output}"
    return Cost(wall_s, _cpu_s() - cpu_s, output, peak_bytes)


def least(costs: Iterable[Cost]) -> Cost:
    """The shortest wall and the least CPU time: whatever else a machine does only adds to them."""
    every = list(costs)
    return Cost(min(one.wall_s for one in every), min(one.cpu_s for one in every), every[-1].output)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Watch(threading.Thread):
    """Adds up the memory of a process and its descendants again and again."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid, self._peak_bytes, self._ended = pid, 0, threading.Event()
        self.start()

    def run(self) -> None:
        while not self._ended.wait(SAMPLED_EVERY_S):
            self._peak_bytes = max(self._peak_bytes, sum(map(_bytes, _tree(self._pid))))

    def stop(self) -> int | None:
        """The most that was seen; None where nothing can be."""
        self._ended.set()
        self.join()
        return self._peak_bytes or None


def _tree(root: int) -> list[int]:
    """The process and all below it."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    found = [root]
    for pid in found:  # which grows
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def _bytes(pid: int) -> int:
    """Its proportional set size: what it shares with others counts once among them."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
