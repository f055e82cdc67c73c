"""What an attack may not harm: a published site that is one whole publish, and a machine on which nothing is left."""

import os
from pathlib import Path
from typing import Final

import psutil

from bluedot_assets.kernel.site.index import decode_index
from bluedot_assets_tests.contracts.publications import digests, sha256

BESIDE: Final = {"daily": {"watchlists", "scripts"}, "weekly": {"watchlists"}}


def assert_whole(site: Path) -> int:
    """Every published folder has exactly the files that its index names, byte for byte, and those beside them. How many
    folders there are."""
    folders = [*site.glob("daily/*"), *site.glob("weekly/*")]
    for folder in folders:
        index = (folder / "index.json").read_bytes()
        expected = digests(index)
        beside = BESIDE[folder.parent.name]
        assert {path.name for path in folder.iterdir()} == {*expected, "index.json", "dashboard.json", *beside}
        assert all(any(path.iterdir()) for path in folder.iterdir() if path.is_dir())
        for name, digest in expected.items():
            assert sha256((folder / name).read_bytes()) == digest, f"{folder / name} is not what its index names"
        assert decode_index(index).as_of == folder.name or folder.name == "latest"
    return len(folders)


def assert_sentence(text: str, *secrets: str) -> None:
    """What is printed of a failure: sentences for people, without a traceback or a secret."""
    assert text.strip().endswith((".", ".)")), f"no sentence: {text[-300:]!r}"
    assert "Traceback (most recent call last)" not in text, text[-1000:]
    assert not (shown := [one for one in secrets if one in text]), f"secrets are shown: {len(shown)}"


def assert_nothing_left(root: Path) -> None:
    """Of an installation below `root` whose last run ended well: no staged file, no half-made version, no temporary
    folder below `root/tmp` and no process."""
    left = [path for path in (root / "data" / ".staging").rglob("*") if path.is_file()]
    left += [path for path in root.rglob("*.part") if path.is_file()]
    left += sorted((root / "tmp").glob("*"))
    versions = [path for path in root.glob(".site.versions/*") if path.is_dir()]
    left += versions[2:]  # the published one, and the one before for those who read it now
    assert not left, f"left behind: {', '.join(str(path.relative_to(root)) for path in left)}"
    assert not (alive := processes_of(root)), f"still alive: {alive}"


def processes_of(root: Path) -> list[str]:
    """The command lines of the processes that work in `root`, ours left out."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.cwd() == str(root) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue  # it ended meanwhile, or it is not ours
    return found
