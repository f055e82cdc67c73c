"""Publishing a day of 4,000 CSVs to a git server: ours against clone, copy, `git add -A`, commit and push of the same
files to the same server, on the 1st, 2nd and 10th day."""

import base64
import os
import random
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.figures import Figure
from bluedot_assets.adapters.git.address import GitOptions, git_address
from bluedot_assets.adapters.git.branch import GitRemote
from bluedot_assets.adapters.site.git_branch import GitSite
from bluedot_assets.adapters.storage.store.local import LocalStore
from bluedot_assets_tests.contracts.publications import publication, publish
from bluedot_assets_tests.servers.git import TOKEN, GitServer, Repository

CSVS: Final = 4000
ROWS: Final = 300
DAYS: Final = 10
SHOWN: Final = (1, 2, 10)
FIRST: Final = date(2024, 7, 1)


@dataclass(frozen=True)
class Cost:
    """Of one publish: seconds, and bytes as the server counts them."""

    wall_s: float
    up: int
    down: int

    def __str__(self) -> str:
        return f"{self.wall_s:.1f} s, {self.up / 1e6:.2f} MB up, {self.down / 1e6:.2f} MB down"


def measure() -> list[Figure]:
    """The plain way is timed on the days shown, and takes a clone that stays for those between."""
    with TemporaryDirectory() as folder, GitServer(Path(folder) / "git") as server:
        scratch = Path(folder)
        store = LocalStore(scratch / "data")
        ours, plain = server.create("ours"), server.create("plain")
        costs: dict[tuple[str, int], Cost] = {}
        for number, (key, contents) in enumerate(_days(CSVS), 1):
            wanted = publication(store, "daily", key, contents)
            with _timed(server) as cost:
                publish(_site(server.url("ours"), store), wanted)
            costs["ours", number] = cost()
            files = scratch / "files"
            _lay_out(ours, key, contents, files)
            with _timed(server) as cost:
                _publish_plainly(server.url("plain"), scratch / "clone", files, key, fresh=number in SHOWN)
            costs["plain", number] = cost()
            assert ours.tree("daily") == plain.tree("daily")
            shutil.rmtree(store.root / "series/daily")
            shutil.rmtree(files)
    return _figures(costs)


def _figures(costs: Mapping[tuple[str, int], Cost]) -> list[Figure]:
    figures = []
    for number in SHOWN:
        ours, plain = costs["ours", number], costs["plain", number]
        aim = 5 if number == DAYS else None
        note = f"ours {ours}; plain {plain}"
        figures.append(
            Figure(f"Day {number}: plain, against ours", plain.wall_s / ours.wall_s, "times", None, aim, note)
        )
    growth = costs["ours", DAYS].wall_s / costs["ours", 2].wall_s
    return [*figures, Figure(f"Ours on day {DAYS}, against its second day", growth, "times", at_most=1.2)]


class _timed:
    """Time and traffic while it is entered."""

    def __init__(self, server: GitServer) -> None:
        self._server = server

    def __enter__(self) -> "_timed":
        self._server.traffic()
        self._started = time.perf_counter()
        return self

    def __exit__(self, *error: object) -> None:
        self._wall_s = time.perf_counter() - self._started
        self._bytes = self._server.traffic()

    def __call__(self) -> Cost:
        return Cost(self._wall_s, *self._bytes)


def _site(url: str, store: LocalStore) -> GitSite:
    options = GitOptions("gh-pages", True, TOKEN, 3, lambda: datetime.now(UTC), time.sleep)
    return GitSite(GitRemote(git_address("BLUEDOT_SITE", url, TOKEN)), store, options)


def _days(csvs: int) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Partitions of one symbol a CSV; from day to day each loses its oldest row and gains a new one."""
    chance = random.Random(1)  # noqa: S311
    lines = {f"S{number}": _rows(chance, ROWS + DAYS) for number in range(csvs)}
    for day in range(DAYS):
        contents = {symbol: b"".join(rows[day : day + ROWS]) for symbol, rows in lines.items()}
        yield (FIRST + timedelta(days=day)).isoformat(), contents


def _rows(chance: random.Random, count: int) -> list[bytes]:
    close, rows = chance.uniform(10, 5000), []
    for number in range(count):
        close *= chance.uniform(0.97, 1.03)
        session = FIRST - timedelta(days=ROWS - number)
        low, high = close * 0.99, close * 1.01
        rows.append(f"{session:%Y%m%d}T,{low:.2f},{high:.2f},{low:.2f},{close:.2f},{int(close * 1000)}\n".encode())
    return rows


def _lay_out(ours: Repository, key: str, contents: Mapping[str, bytes], target: Path) -> None:
    """What a script without our publisher would have made of the day: the files of `latest` and of its own folder."""
    small = ("index.json", "dashboard.json")
    for name in (key, "latest"):
        folder = target / "daily" / name
        folder.mkdir(parents=True)
        for symbol, content in contents.items():
            (folder / f"{symbol}_PRICE_DATA.csv").write_bytes(content)
        for file in small:
            (folder / file).write_bytes(ours.get(f"daily/{key}/{file}") or b"")


def _publish_plainly(url: str, clone: Path, files: Path, key: str, *, fresh: bool) -> None:
    if fresh:
        shutil.rmtree(clone, ignore_errors=True)
        _git("clone", "--quiet", url, str(clone))
        known = _git("branch", "--remotes", "--list", "origin/gh-pages", folder=clone).strip()
        _git("checkout", "--quiet", *([] if known else ["--orphan"]), "gh-pages", folder=clone)
    shutil.rmtree(clone / "daily" / "latest", ignore_errors=True)
    shutil.copytree(files, clone, dirs_exist_ok=True)
    _git("add", "-A", folder=clone)
    _git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "-m", key, folder=clone)
    _git("push", "--quiet", "origin", "gh-pages", folder=clone)


def _git(*words: str, folder: Path | None = None) -> str:
    secret = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
    environment = {
        **os.environ,
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "http.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: Basic {secret}",
    }
    done = subprocess.run(["git", *words], cwd=folder, env=environment, capture_output=True, check=True, text=True)
    return done.stdout
