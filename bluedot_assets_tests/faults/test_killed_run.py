"""`bluedot run` killed at random moments: the earlier site stays whole, and the next run heals everything."""

import random
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from bluedot_assets.kernel.site.index import decode_index
from bluedot_assets_tests.contracts.publications import digests, sha256
from bluedot_assets_tests.examples.trees import DAY, DAYS, WEEK, Installation, hashes, stock_files
from bluedot_assets_tests.servers.processes import start


def assert_whole(site: Path) -> None:
    """Every published folder has exactly the files that its index names, byte for byte, and those beside them."""
    for folder in [*site.glob("daily/*"), *site.glob("weekly/*")]:
        index = (folder / "index.json").read_bytes()
        expected = digests(index)
        beside = {"watchlists", "scripts"} if folder.parent.name == "daily" else {"watchlists"}
        assert {path.name for path in folder.iterdir()} == {*expected, "index.json", "dashboard.json", *beside}
        assert all(any(path.iterdir()) for path in folder.iterdir() if path.is_dir())
        for name, digest in expected.items():
            assert sha256((folder / name).read_bytes()) == digest
        assert decode_index(index).as_of == folder.name or folder.name == "latest"


def revise(installation: Installation, number: int) -> None:
    """Other content in every partition: all stages have work, and the site changes."""
    for path in [one for key in DAYS for one in stock_files(installation.source / "daily" / key)]:
        path.write_bytes(path.read_bytes().replace(b'"name": "', f'"name": "R{number} '.encode()))


def killed_after(root: Path, seconds: float) -> bool:
    """Run everything and kill it then; whether it was still at work."""
    process = start(root, "bluedot", "run", "--partition", "all", "--quiet")
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False


@pytest.mark.long
def test_a_killed_run_leaves_the_earlier_site_whole_and_the_next_run_heals_it(
    published: Installation, tmp_path: Path
) -> None:
    installation = published.copy(tmp_path / "here")
    began = time.monotonic()
    assert start(installation.root, "bluedot", "run", "--partition", "all", "--quiet").wait(180) == 0
    longest_s = time.monotonic() - began
    moments = random.Random(7)
    killed = 0
    for number in range(20):
        revise(installation, number)
        if killed_after(installation.root, longest_s * moments.uniform(0.3, 0.95)):
            killed += 1
        else:
            longest_s *= 0.7  # the machine was busier before
        assert_whole(installation.site)
        assert (installation.site / "daily/latest/index.json").is_file()
        assert (installation.site / "weekly" / WEEK / "index.json").is_file()
        if killed == 5:
            break
    assert killed == 5
    assert start(installation.root, "bluedot", "run", "--partition", "all", "--quiet").wait(180) == 0
    assert_whole(installation.site)
    assert [path for path in (installation.data / ".staging").rglob("*") if path.is_file()] == []
    clean = Installation(tmp_path / "clean")
    shutil.copytree(installation.source, clean.source, symlinks=True)
    for key in DAYS:
        assert clean.run("daily", key).success
    assert decode_index((installation.site / "daily" / DAY / "index.json").read_bytes()).stocks == (
        decode_index((clean.site / "daily" / DAY / "index.json").read_bytes()).stocks
    )
    series = f"series/daily/{DAY}"
    assert hashes(installation.data / series) == hashes(clean.data / series)
    assert len([path for path in (installation.root / ".site.versions").iterdir() if path.is_dir()]) <= 2
