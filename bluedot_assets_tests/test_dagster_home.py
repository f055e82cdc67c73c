"""Which folder Dagster keeps its runs in: the environment's, else that of `.env`, else the default."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bluedot_assets.dagster_home import make_dagster_home, named_home
from bluedot_assets.kernel.errors import SettingsError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", "")  # what make_dagster_home sets is gone again after the test
    monkeypatch.delenv("DAGSTER_HOME")
    return tmp_path


def test_without_a_name_it_is_the_default(folder: Path) -> None:
    assert make_dagster_home() == folder / ".dagster"
    assert (folder / ".dagster/dagster.yaml").is_file()
    assert os.environ["DAGSTER_HOME"] == str(folder / ".dagster")


@pytest.mark.parametrize("line", ["DAGSTER_HOME=mine", "export DAGSTER_HOME='mine'", 'DAGSTER_HOME = "mine" # here'])
def test_the_file_of_settings_names_it(folder: Path, line: str) -> None:
    (folder / ".env").write_text(f"BATCH_SIZE=1\n{line}\n")
    assert named_home() == ("mine", "DAGSTER_HOME of .env")
    assert make_dagster_home() == folder / "mine"


def test_an_empty_name_in_the_file_is_none(folder: Path) -> None:
    (folder / ".env").write_text("DAGSTER_HOME=\n")
    assert make_dagster_home() == folder / ".dagster"


def test_the_environment_wins_over_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".env").write_text("DAGSTER_HOME=of-the-file\n")
    monkeypatch.setenv("DAGSTER_HOME", str(folder / "of-the-environment"))
    assert named_home()[1] == "DAGSTER_HOME of the environment"
    assert make_dagster_home() == folder / "of-the-environment"
    assert not (folder / "of-the-file").exists()


def test_make_dev_asks_for_the_same_folder(folder: Path) -> None:
    (folder / ".env").write_text("DAGSTER_HOME=~/runs\n")
    asked = subprocess.run(
        [sys.executable, "-m", "bluedot_assets.dagster_home"],
        env={**os.environ, "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert asked.stdout == f"{folder}/runs\n"


def test_a_file_that_cannot_be_read_is_a_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".env").write_text("DAGSTER_HOME=mine\n")

    def refuse(*words: object, **more: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(SettingsError, match=r"\.env cannot be read \(Permission denied\)"):
        named_home()
