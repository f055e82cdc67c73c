"""`bluedot --sample`: the sample with its own settings and Dagster home, whatever else is set; and what is printed as
the next step works as it is printed."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bluedot_assets_tests.commands.test_sample import SMALL
from bluedot_assets_tests.examples.command_line import Bluedot, Called
from bluedot_assets_tests.examples.trees import ENVIRONMENT_NAMES, hashes
from bluedot_assets_tests.servers.processes import BIN

Typed = Callable[[str], Called]
EXCHANGES = "Asia/Kolkata=NSE,America/New_York=NASDAQ"
ELSEWHERE = {"BLUEDOT_SOURCE": "elsewhere", "BLUEDOT_DATA": "elsewhere/data", "BLUEDOT_SITE": "elsewhere/site"}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with an environment as `.venv`, as the README's commands need it."""
    (tmp_path / ".venv").symlink_to(BIN.parent)
    return tmp_path


@pytest.fixture
def typed(here: Path) -> Typed:
    """A line as a person types it, where the environment holds settings of another installation."""
    kept = {name: value for name, value in os.environ.items() if name not in ENVIRONMENT_NAMES}
    environment = kept | ELSEWHERE | {"DAGSTER_HOME": str(here / "elsewhere/home"), "HOME": str(here)}

    def run(line: str) -> Called:
        done = subprocess.run(["bash", "-c", line], cwd=here, env=environment, capture_output=True, check=False)
        return Called(done.returncode, done.stdout, done.stderr.decode())

    return run


@pytest.fixture
def sample(folder: Path, bluedot: Bluedot) -> Path:
    assert bluedot("sample", *SMALL).code == 0
    return folder / "sample"


def next_step(text: str) -> str:
    """The command that a text names as the next step."""
    (command,) = re.findall(r"Next: `?(.+?)`?(?: shows.*)?$", text, re.MULTILINE)
    return str(command)


def test_the_sample_has_settings_of_its_own_which_stay_as_a_person_changed_them(sample: Path, bluedot: Bluedot) -> None:
    settings = (sample / ".env").read_text()
    assert "BLUEDOT_SOURCE=drive\n" in settings
    (sample / ".env").write_text(f"{settings}BATCH_SIZE=7\n")
    before = hashes(sample / "drive")
    assert bluedot("sample", *SMALL).code == 0
    assert (sample / ".env").read_text() == f"{settings}BATCH_SIZE=7\n"
    assert hashes(sample / "drive") == before


def test_settings_that_a_killed_sample_left_empty_are_written_anew(sample: Path, bluedot: Bluedot) -> None:
    settings = (sample / ".env").read_text()
    (sample / ".env").write_text("")
    assert bluedot("sample", *SMALL).code == 0
    assert (sample / ".env").read_text() == settings


def test_a_sample_of_an_earlier_version_gets_settings_and_keeps_what_it_published(
    folder: Path, bluedot: Bluedot
) -> None:
    """Its settings lay in the Makefile, its runs in the Dagster home of the person's own data."""
    bluedot("sample", *SMALL, "--out", "sample/drive")
    earlier = {"BLUEDOT_SOURCE": "sample/drive", "BLUEDOT_DATA": "sample/data", "BLUEDOT_SITE": "sample/site"}
    assert bluedot("run", "--timeframe", "daily", BLUEDOT_EXCHANGES=EXCHANGES, **earlier).code == 0
    published = hashes(folder / "sample/site/daily")
    assert bluedot("sample", *SMALL).code == 0
    called = bluedot("--sample", "run", "--timeframe", "daily")
    assert called.code == 0
    assert "unchanged" in called.text
    assert hashes(folder / "sample/site/daily") == published


@pytest.mark.long
def test_nothing_of_the_environment_reaches_the_sample_and_nothing_of_it_leaves_the_folder(
    here: Path, typed: Typed
) -> None:
    made = typed(f".venv/bin/bluedot sample {' '.join(SMALL)}")
    assert made.code == 0
    assert next_step(made.err) == ".venv/bin/bluedot --sample run"
    ran = typed(next_step(made.err))
    assert ran.code == 0, ran.err
    assert "The site is in sample/site." in ran.text
    assert next_step(ran.text) == ".venv/bin/bluedot --sample serve"
    assert {path.name for path in here.iterdir()} - {".cache"} == {".venv", "sample"}
    assert {path.name for path in (here / "sample").iterdir()} >= {".dagster", ".env", "data", "drive", "site"}
    assert b"NASDAQ" in b"".join(path.read_bytes() for path in (here / "sample/site").rglob("tickers.csv"))


@pytest.mark.long
@pytest.mark.parametrize("program", [".venv/bin/bluedot", ".venv/bin/python -m bluedot_assets"])
def test_a_refusal_names_a_command_that_works_as_it_is_printed(here: Path, typed: Typed, program: str) -> None:
    refused = typed(f"{program} --sample serve")
    assert (refused.code, refused.out) == (2, b"")
    (command,) = re.findall("`(.*?)`", refused.err)
    assert command == f"{program} sample"
    assert typed(f"{command} {' '.join(SMALL)}").code == 0
    refused = typed(f"{program} --sample serve")
    assert "There is no site in sample/site" in refused.err  # and of no other site
    (command,) = re.findall("`(.*?)`", refused.err)
    assert command == f"{program} --sample run"
    assert typed(command).code == 0


@pytest.mark.long
def test_every_command_that_is_named_to_a_person_without_a_source_works(here: Path, typed: Typed) -> None:
    refused = typed("BLUEDOT_SOURCE= .venv/bin/bluedot run")
    assert refused.code == 2
    commands = re.findall("`(.*?)`", refused.err)
    assert commands == [".venv/bin/bluedot sample", ".venv/bin/bluedot --sample run"]
    assert [typed(command).code for command in commands] == [0, 0]


@pytest.mark.long
def test_a_tree_elsewhere_is_run_by_the_line_that_is_printed(here: Path, typed: Typed) -> None:
    made = typed(f".venv/bin/bluedot sample {' '.join(SMALL)} --out 'a tree'")
    assert next_step(made.err) == "BLUEDOT_SOURCE='a tree' .venv/bin/bluedot run"
    assert typed(f"{next_step(made.err)} --timeframe daily").code == 0


@pytest.mark.long
def test_a_stored_file_of_another_day_is_asked_for_by_the_line_that_is_printed(here: Path, typed: Typed) -> None:
    typed(f".venv/bin/bluedot sample {' '.join(SMALL).replace('--days 1', '--days 2')}")
    assert typed(".venv/bin/bluedot --sample run --timeframe daily").code == 0
    file = next((here / "sample/drive/daily/2024-08-01").glob("*_daily.json")).name
    refused = typed(f".venv/bin/bluedot --sample raw {file} --partition 2024-08-01")
    (command,) = re.findall("`(.*?)`", refused.err)
    assert typed(command).code == 0
    given = typed(f".venv/bin/bluedot --sample raw {file} --partition 2024-08-01 --out {file}")
    assert given.code == 0
    assert (here / file).read_bytes() == (here / "sample/drive/daily/2024-08-01" / file).read_bytes()


def test_a_path_means_the_folder_that_the_command_is_called_in(sample: Path, bluedot: Bluedot) -> None:
    files = sorted((sample / "drive/daily/2024-08-02").glob("*.json"))
    called = bluedot("--sample", "check", str(files[0].relative_to(sample.parent)))
    assert called.code == 0
    assert Path.cwd() == sample


def test_what_is_not_set_for_the_sample_names_the_file_that_alone_is_read(
    sample: Path, bluedot: Bluedot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["bluedot", "--sample", "notify", "--test"])
    called = bluedot("--sample", "notify", "--test", NOTIFICATION_WEBHOOK="json://localhost/")
    assert (called.code, called.out) == (2, b"")
    assert "NOTIFICATION_WEBHOOK is not set in sample/.env, all that is read: give the address" in called.err


def test_the_sample_is_not_made_in_the_sample(folder: Path, bluedot: Bluedot, sample: Path) -> None:
    called = bluedot("--sample", "sample")
    assert called.code == 2
    assert "`bluedot sample` makes the sample: say it without --sample." in called.err
    assert not (sample / "sample").exists()


def test_a_program_of_the_path_is_named_without_its_folder(here: Path, typed: Typed) -> None:
    refused = typed(f"PATH={shlex.quote(str(BIN))}:$PATH; bluedot --sample run")
    assert "make it with `bluedot sample`." in refused.err
    assert typed(f"{sys.executable} -m bluedot_assets --version").text.startswith("bluedot ")
