"""What an attack may not harm: a published site that is one whole publish, and a machine on which nothing is left.

A published state is its files by their paths, whether a folder or a branch holds them."""

import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

import psutil
from filelock import FileLock, Timeout

from bluedot_assets.kernel.site.index import HistoryIndex, decode_index
from bluedot_assets.kernel.site.publication import DASHBOARD, HISTORY, HISTORY_FILES, INDEX, LATEST, STATUS
from bluedot_assets.kernel.site.status import decode_status
from bluedot_assets.kernel.stored.json_reader import decode_json
from bluedot_assets.kernel.stored.manifest import PARQUET
from bluedot_assets_tests.contracts.publications import digests, sha256
from bluedot_assets_tests.servers.git import Repository
from bluedot_assets_tests.servers.processes import wait_until

Files = Mapping[str, bytes]
BESIDE: Final = {"daily": ("watchlists", "scripts"), "weekly": ("watchlists",)}
KEPT_LOCKS: Final = ("bluedot-notifying-", "bluedot-sample-")
NOTHING: Final[Mapping[str, Collection[str]]] = {"daily": (), "weekly": ()}
# When something was made, or rolled back, is another time in each installation.
_TIME: Final = re.compile(rb'("(?:made_at|at)": ?)"[^"]*"')


def files_of(folder: Path) -> dict[str, bytes]:
    """A folder's files by their paths, lock files left out. Raises OSError where it is removed meanwhile."""
    found = {}
    for place, _, names in os.walk(folder, onerror=_raised):
        for path in (Path(place) / name for name in names if name != "lock"):
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


def _raised(error: OSError) -> None:
    raise error


def below(files: Files, folder: str) -> dict[str, bytes]:
    """The files of one folder, by their paths in it."""
    return {path.removeprefix(f"{folder}/"): files[path] for path in files if path.startswith(f"{folder}/")}


def whole(files: Files, beside: Mapping[str, Collection[str]] = BESIDE) -> dict[str, str]:
    """The fingerprint of each dated folder of what is one complete publish: the folders that its state names, `latest`
    as the newest of them, in each exactly the files that its index names, byte for byte, and the folders `beside`
    them."""
    found = {}
    assert STATUS in files, f"no {STATUS} among {len(files)} files"
    for name, state in decode_status(files[STATUS]).timeframes.items():
        of_timeframe = below(files, name)
        folders = {*state.folders, LATEST} if state.folders else set()
        past = below(files, f"{name}/{HISTORY}")
        assert {path.split("/")[0] for path in of_timeframe} == folders | ({HISTORY} if past else set()), name
        _assert_whole_history(past, state.history.bytes)
        latest = below(files, f"{name}/{LATEST}")
        assert latest == (below(files, f"{name}/{state.as_of}") if folders else {}), f"{name}/{LATEST}"
        for key, folder in state.folders.items():
            dated = below(files, f"{name}/{key}")
            expected = digests(dated[INDEX])
            tops = {path.split("/")[0] for path in expected}
            assert {path.split("/")[0] for path in dated} == {*tops, INDEX, DASHBOARD, *beside[name]}
            for file, digest in expected.items():
                assert sha256(dated[file]) == digest, f"{name}/{key}/{file} is not what its index names"
            index = decode_index(dated[INDEX])
            assert (index.as_of, index.made_at, len(dated)) == (key, folder.made_at, folder.files), (
                f"{name}/{key} is of another publish than the state of the site"
            )
            found[f"{name}/{key}"] = folder.fingerprint
    return found


def _assert_whole_history(past: Files, size: int) -> None:
    """That it is exactly what its list names, byte for byte."""
    listed = decode_json(past[HISTORY_FILES], HistoryIndex).files if HISTORY_FILES in past else {}
    tables = {path: content for path, content in past.items() if path.endswith(PARQUET)}
    assert {path: sha256(content) for path, content in tables.items()} == {
        path: one.sha256 for path, one in listed.items()
    }
    assert sum(map(len, tables.values())) == size


def assert_whole(site: Path) -> int:
    """That a folder site is one complete publish, or has had none; how many dated folders it has."""
    return len(whole(files_of(version_of(site)))) if site.exists() else 0


def version_of(site: Path) -> Path:
    """What a folder site is now, itself where it is a plain folder; another process may see it elsewhere."""
    return site.parent / site.readlink() if site.is_symlink() else site


def assert_whole_branch(public: Repository) -> dict[str, str]:
    """That a branch is one complete publish made by `contracts/publications`; its dated folders' fingerprints."""
    tip = public.tip()
    return whole(public.contents(tip), NOTHING) if tip else {}


def comparable(files: Files) -> dict[str, bytes]:
    """Of a published state what equals that of any other installation with the same source: all but when it was made,
    and the history of its runs and notifications."""
    published = {path: content for path, content in files.items() if path not in {STATUS, "notices.json"}}
    return {path: _TIME.sub(rb'\1""', content) for path, content in published.items()}


def assert_same(found: Files, expected: Files, what: str) -> None:
    """Byte for byte."""
    differing = sorted(path for path in {*found, *expected} if found.get(path) != expected.get(path))
    assert not differing, f"{what} differs from a clean run's: {', '.join(differing[:5])} ({len(differing)} in all)"


def assert_sentence(text: str, *secrets: str) -> None:
    """What is printed of a failure: sentences for people, without a traceback or a secret."""
    assert text.strip().endswith((".", ".)")), f"no sentence: {text[-300:]!r}"
    assert "Traceback (most recent call last)" not in text, text[-1000:]
    assert not (shown := [one for one in secrets if one in text]), f"secrets are shown: {len(shown)}"


def assert_nothing_left(root: Path) -> None:
    """Of an installation below `root` whose last run ended well: no staged file, no half-made version,
    no temporary folder below `root/tmp`, no lock that somebody holds and no process."""
    left = [path for path in (root / "data" / ".staging").rglob("*") if path.is_file()]
    left += [path for path in root.rglob("*.part") if path.is_file() and ".staging" not in path.parts]
    # The locks of those who notify and who make a sample stay as files: they are of all processes that ever will.
    left += sorted(path for path in (root / "tmp").glob("*") if not path.name.startswith(KEPT_LOCKS))
    left += [
        path for path in root.rglob("in-use.lock") if "home" not in path.parts
    ]  # a run has one in its folder there
    versions = [path for path in root.glob(".site.versions/*") if path.is_dir()]
    left += versions[2:]  # the published one, and the one before for those who read it now
    assert not left, f"left behind: {', '.join(str(path.relative_to(root)) for path in left)}"
    assert_all_ended(root)
    for lock in (*root.glob(".*.versions/lock"), *root.rglob("*.lock")):
        try:
            with FileLock(lock, timeout=0):
                pass
        except Timeout:
            raise AssertionError(f"{lock.relative_to(root)} is held by nobody who is here") from None


def assert_all_ended(root: Path) -> None:
    """No process works there: what a command started, as Python's resource tracker, may end a moment after it."""
    wait_until(lambda: not processes_of(root), 10, f"no process works in {root}: {processes_of(root)}")


def processes_of(root: Path) -> list[str]:
    """The command lines of the processes that work in `root` or below it, ours left out."""
    found = []
    for process in psutil.process_iter():
        try:
            works_here = Path(process.cwd()).is_relative_to(root)
            if process.pid != os.getpid() and works_here and process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue  # it ended meanwhile, or it is not ours
    return found
