"""What the README says is what works: every line of its shell blocks is executed, and so is its Python."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from bluedot_assets_tests import REPOSITORY
from bluedot_assets_tests.examples.command_line import recipe
from bluedot_assets_tests.examples.trees import DAY, WEEK, write_tree
from bluedot_assets_tests.servers.processes import free_port, wait_until

REPORTING = "../../security/advisories/new"  # from a file of the repository, as GitHub shows it
README = (REPOSITORY / "README.md").read_text("utf-8")
BIN = Path(sys.executable).parent
SAMPLE = ["sample", "--stocks", "30", "--days", "2", "--weeks", "1", "--fault", "truncated"]


def blocks(language: str = "sh") -> list[list[str]]:
    """The lines of the README's blocks of a language, without comments."""
    found = re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)
    parts = [[line.partition("  #")[0].strip() for line in block.splitlines()] for block in found]
    return [[line for line in block if line] for block in parts]


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A clone after `make run`, as far as the commands can tell: the environment, the sample, and no settings."""
    (tmp_path / ".venv").symlink_to(BIN.parent)
    shutil.copy(REPOSITORY / ".env.example", tmp_path)
    for words in (SAMPLE, ["--sample", "run", "--partition", "all"]):
        done = shell(tmp_path, " ".join([".venv/bin/bluedot", *words]))
        assert "The site is in sample/site" in done.stdout or words is SAMPLE, done.stderr
    return tmp_path


def shell(here: Path, script: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(here), "PYTHONPATH": str(REPOSITORY), "SHELL": "/bin/bash"}
    command = ["bash", "-ec", script]
    return subprocess.run(command, cwd=here, env=environment, capture_output=True, text=True, check=False, timeout=240)


def executed(here: Path, lines: list[str]) -> str:
    """What they wrote to standard error."""
    # bash would become the last command itself, and that could not ask which shell called it.
    done = shell(here, "\n".join([*lines, "true"]))
    assert done.returncode == 0, "\n".join(lines) + done.stdout[-3000:] + done.stderr[-3000:]
    return done.stderr


def of_the_sample() -> list[list[str]]:
    return [block for block in blocks() if block[0] == "cd sample" or "--sample" in block[0]]


def of_own_files() -> list[list[str]]:
    return [block for block in blocks() if not block[0].startswith("make ") and block not in of_the_sample()]


def targets() -> Iterator[str]:
    for block in blocks():
        for line in block:
            if line.startswith("make "):
                yield line.removeprefix("make ")


def test_every_block_is_executed_by_one_of_these_tests() -> None:
    of_make = [block for block in blocks() if all(line.startswith("make ") for line in block)]
    assert [len(group) for group in (of_make, of_the_sample(), of_own_files())] == [2, 2, 2]
    assert len(blocks()) == 6
    assert set(targets()) == {"run", "serve", "dev", "test", "check", "docs"}


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (REPOSITORY / "Makefile").read_text("utf-8")
    named = set(re.findall(r"make ([a-z-]+)", README))
    assert [target for target in named if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


@pytest.mark.parametrize("page", ["README.md", "SECURITY.md"])
def test_every_link_to_a_file_leads_somewhere(page: str) -> None:
    named = re.findall(r"\]\(([^)#]+)[^)]*\)", (REPOSITORY / page).read_text("utf-8"))
    files = [target for target in named if "://" not in target and target != REPORTING]
    assert [target for target in files if not (REPOSITORY / target).exists()] == []


def test_a_vulnerability_is_reported_privately_and_readme_and_documentation_say_where() -> None:
    policy = (REPOSITORY / "SECURITY.md").read_text("utf-8")
    assert f"({REPORTING})" in policy
    for heading in ("## Reporting a vulnerability", "## What is protected", "## What is not"):
        assert heading in policy
    assert "SECURITY.md" in (REPOSITORY / "docs_site/docs/security.md").read_text("utf-8")
    assert "(SECURITY.md)" in README


@pytest.mark.long
def test_the_commands_on_the_sample_work_as_they_are_printed_right_after_make_run(here: Path) -> None:
    first, dagster = of_the_sample()
    *lines, check = first
    executed(here, lines)
    assert shell(here, check).returncode == 1  # as the README says
    assert " - DEBUG - " not in executed(here, dagster)  # each event, where the UI has them
    (python,) = blocks("python")
    executed(here, [f".venv/bin/python -c '{chr(10).join(python)}\nprint(bars.shape)'"])
    assert not (here / ".dagster").exists()
    assert not (here / "data").exists()


@pytest.mark.long
def test_the_commands_on_own_files_work_in_their_order(tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(BIN.parent)
    shutil.copy(REPOSITORY / ".env.example", tmp_path)
    tree = write_tree(tmp_path / "drive")
    file = next((tree / "daily" / DAY).glob("*_daily.json")).name
    (copy, *first), more = of_own_files()
    assert copy == "cp .env.example .env"
    set_source = f"sed -i 's/^BLUEDOT_SOURCE=.*/BLUEDOT_SOURCE=drive/' {copy.split()[-1]}"
    executed(tmp_path, [copy, set_source, *first])
    executed(tmp_path, [line.replace("AAPL_daily.json", file).replace("2024-W31", WEEK) for line in more])
    assert (tmp_path / "data/site/daily/latest/index.json").is_file()
    assert list(tmp_path.glob(".bash*")) + list(tmp_path.glob(".bluedot*"))  # the completion of this HOME


def test_the_versions_of_python_are_the_same_everywhere() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["requires-python"] == ">=3.11,<3.15"
    workflow = (REPOSITORY / ".github/workflows/test.yml").read_text("utf-8")
    assert re.findall(r'python: \["3.11", "3.14"\]', workflow)
    for place in ("README.md", "Makefile", "docs_site/docs/index.md", "docs_site/docs/faq.md"):
        text = (REPOSITORY / place).read_text("utf-8")
        assert "3.11 to 3.14" in text, place
        assert re.findall(r"3\.\d+ or\s+newer", text) == [], place


@pytest.mark.parametrize("version", ["3.10", "3.15"])
def test_another_version_of_python_is_refused_by_make_with_one_sentence(tmp_path: Path, version: str) -> None:
    python = tmp_path / "python"
    major, minor = version.split(".")
    told = f"import sys; sys.version_info = ({major}, {minor}, 0)"
    python.write_text(f'#!/bin/sh\nshift\nexec {sys.executable} -c "{told}; $*"\n')
    python.chmod(0o755)
    command = ["make", "--file", str(REPOSITORY / "Makefile"), "run", f"PYTHON={python}"]
    for name in ("requirements", "pyproject.toml"):
        (tmp_path / name).symlink_to(REPOSITORY / name)
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"Python 3.11 to 3.14 is needed, {python} is {version}: name another, make PYTHON=" in done.stderr
    assert not (tmp_path / ".venv").exists()


def locked(name: str) -> dict[str, str]:
    text = (REPOSITORY / f"requirements/{name}.lock").read_text("utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,-]+\])?==(\S+)", text, re.MULTILINE))


def test_a_run_needs_neither_test_nor_documentation_nor_server_packages() -> None:
    run, docs, server, dev = map(locked, ("run", "docs", "server", "dev"))
    assert {"dagster", "polars", "dagster-webserver"} <= run.keys()
    assert run.keys() & {"pytest", "mypy", "ruff", "mkdocs-material", "playwright", "dagster-postgres"} == set()
    assert "mkdocs-material" in docs
    assert server.keys() == {"dagster-postgres", "psycopg2-binary", "sqlalchemy"}
    assert {name: version for one in (run, docs, server) for name, version in one.items() if dev[name] != version} == {}


def test_the_servers_extra_is_the_group_that_is_locked() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["optional-dependencies"]["server"] == project["dependency-groups"]["server"]


@pytest.mark.long
@pytest.mark.timeout(1500)
def test_the_targets_of_the_readme_work_in_a_clean_clone_and_install_nothing_the_second_time(tmp_path: Path) -> None:
    """But for the tests and the checks, which this is one of."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(REPOSITORY), str(clone)], check=True)
    for first in (True, False):
        done = subprocess.run(["make", "run"], cwd=clone, capture_output=True, text=True, check=False, timeout=600)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        assert "The site is in sample/site. Next: `.venv/bin/bluedot --sample serve`" in " ".join(done.stdout.split())
        assert ("Setting up .venv" in done.stdout) == first
    assert not (clone / ".venv/bin/pytest").exists()
    assert not (clone / ".venv/bin/mkdocs").exists()
    assert (clone / "sample/site/daily/latest/index.json").is_file()
    assert b"not built" in (clone / "sample/site/docs/index.html").read_bytes()
    for target in ("docs", "run"):
        subprocess.run(["make", target], cwd=clone, capture_output=True, check=True, timeout=600)
    assert (clone / "sample/site/docs/settings/index.html").is_file()


def responds(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  of this machine
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.mark.long
@pytest.mark.parametrize(("target", "page"), [("serve", "status.json"), ("dev", "server_info")])
def test_make_serves_the_sample_and_its_runs_where_there_is_no_source_of_ones_own(
    here: Path, target: str, page: str
) -> None:
    shutil.copy(REPOSITORY / "workspace.yaml", here)
    port = free_port()
    line = f"exec 2>&1; {recipe(here, target)} --port {port}"
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "DAGSTER_HOME": str(here / "other"), "HOME": str(here)}
    process = subprocess.Popen(
        ["bash", "-c", line], cwd=here, env=environment, start_new_session=True, stdout=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: responds(f"http://127.0.0.1:{port}/{page}"), 120, f"make {target}")
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert not (here / "other").exists()
    assert not (here / ".dagster").exists()
