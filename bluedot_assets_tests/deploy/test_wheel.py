"""The built wheel by itself: installed in an empty environment, it works where no repository is."""

import os
import re
import shutil
import subprocess
import sysconfig
import urllib.request
from pathlib import Path
from typing import Final

import pytest

from bluedot_assets_tests import REPOSITORY
from bluedot_assets_tests.servers.processes import BIN, end, environment

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

# Names each file of the repository that a process opens or lists; the libraries of its environment do not count.
WATCH: Final = """
import os, sys
def watch(event, arguments, root={root!r}, libraries={libraries!r}, log={log!r}):
    if event in ("open", "os.listdir", "os.scandir") and isinstance(arguments[0], (str, bytes, os.PathLike)):
        path = os.path.realpath(os.fsdecode(arguments[0]))
        if (path + os.sep).startswith(root) and not (path + os.sep).startswith(libraries):
            with open(log, "a") as file:
                file.write(path + "\\n")
sys.addaudithook(watch)
"""


def build(folder: Path) -> Path:
    """The wheel, built from a copy of what is its source."""
    source = folder / "source"
    for name in ("bluedot_assets", "docs_site"):
        ignored = shutil.ignore_patterns("__pycache__", "documentation")
        shutil.copytree(REPOSITORY / name, source / name, symlinks=True, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy2(REPOSITORY / name, source)
    options: list[str | Path] = [
        "--quiet",
        "--wheel",
        "--no-build-isolation",
        "--python",
        BIN / "python",
        "--out-dir",
        folder,
    ]
    subprocess.run([BIN / "uv", "build", *options, source], check=True)
    shutil.rmtree(source)
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the wheel alone; its libraries are those of this environment."""
    folder = tmp_path_factory.mktemp("wheel")
    venv = folder / "venv"
    subprocess.run([BIN / "uv", "venv", "--quiet", "--python", BIN / "python", venv], check=True)
    python = venv / "bin" / "python"
    subprocess.run(
        [BIN / "uv", "pip", "install", "--quiet", "--no-deps", "--python", python, build(folder)], check=True
    )
    (packages,) = venv.glob("lib/*/site-packages")
    libraries = sysconfig.get_path("purelib")
    # A folder that a .pth names is searched last, and its own .pth files, the editable install's, are not read.
    (packages / "libraries.pth").write_text(f"{libraries}\n")
    watch = {"root": f"{REPOSITORY.resolve()}{os.sep}", "libraries": f"{Path(libraries).resolve()}{os.sep}"}
    (packages / "sitecustomize.py").write_text(WATCH.format(**watch, log=str(folder / "opened.txt")))
    return venv / "bin"


def run(installed: Path, root: Path, *words: str) -> str:
    done = subprocess.run(
        [installed / words[0], *words[1:]], cwd=root, env=environment(root), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_makes_a_sample_runs_on_it_and_serves_the_site(installed: Path, tmp_path: Path) -> None:
    assert re.fullmatch(r"bluedot \d+\.\d+\.\d+\n", run(installed, tmp_path, "bluedot", "--version"))
    asked = "import bluedot_assets; print(bluedot_assets.__file__)"
    assert Path(run(installed, tmp_path, "python", "-c", asked).strip()).is_relative_to(installed.parent)
    run(installed, tmp_path, "bluedot", "sample", "--stocks", "3", "--days", "1", "--weeks", "1", "--out", "drive")
    run(installed, tmp_path, "bluedot", "run")

    shell = REPOSITORY / "docs_site" / "shell"
    names = {file.relative_to(shell) for file in shell.rglob("*") if file.is_file()}
    assert [name for name in names if (tmp_path / "site" / name).read_bytes() != (shell / name).read_bytes()] == []

    with subprocess.Popen(
        [installed / "bluedot", "serve", "--port", "0"],
        cwd=tmp_path,
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as served:
        try:
            assert served.stdout is not None
            address = re.search(r"http://\S+", served.stdout.readline().decode())
            assert address is not None
            for page in ("index.html", "stock.html", "docs/index.html", "daily/latest/dashboard.json"):
                with urllib.request.urlopen(address[0] + page, timeout=20) as answer:  # noqa: S310
                    assert answer.read() == (tmp_path / "site" / page).read_bytes()
        finally:
            end(served)
    assert not (installed.parent.parent / "opened.txt").exists(), "files of the repository were opened"
