"""What the README says is what works."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bluedot_assets_tests import REPOSITORY
from bluedot_assets_tests.examples.trees import DAY, WEEK, write_tree

README = (REPOSITORY / "README.md").read_text("utf-8")
BIN = Path(sys.executable).parent


def commands() -> list[str]:
    """The lines of the README's shell blocks, without comments."""
    blocks = re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
    lines = [line.partition(" #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (REPOSITORY / "Makefile").read_text("utf-8")
    named = set(re.findall(r"make ([a-z-]+)", README))
    assert {"run", "test", "serve", "dev"} <= named
    assert [target for target in named if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


def test_every_link_to_a_file_of_the_readme_leads_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert [target for target in targets if "://" not in target and not (REPOSITORY / target).exists()] == []


def test_the_commands_of_the_readme_work_in_their_order(tmp_path: Path) -> None:
    tree = write_tree(tmp_path / "drive")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "BLUEDOT_SOURCE": str(tree),
        "PYTHONPATH": str(REPOSITORY),
    }
    (tmp_path / ".venv").symlink_to(BIN.parent)
    file = next((tree / "daily" / DAY).glob("*_daily.json")).name
    said = [line for line in commands() if not line.startswith("make ")]
    assert len(said) >= 8
    script = "set -e\n" + "\n".join(said).replace("AAPL_daily.json", file).replace("2024-W31", WEEK)
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


@pytest.mark.long
def test_make_run_works_in_a_clean_clone_and_installs_nothing_the_second_time(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(REPOSITORY), str(clone)], check=True)
    for _ in range(2):
        done = subprocess.run(["make", "run"], cwd=clone, capture_output=True, text=True, check=False, timeout=500)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        assert "The site is in sample/site" in done.stdout
    assert "pip" not in done.stdout
    assert (clone / "sample/site/daily/latest/index.json").is_file()
