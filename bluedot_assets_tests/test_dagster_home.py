"""Which folder Dagster keeps its runs in: the environment's, else that of `.env`, else the default."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bluedot_assets import dagster_home
from bluedot_assets.dagster_home import INSTANCE, make_dagster_home, missing_from_instance, named_home
from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets_tests import REPOSITORY


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


# As it was shipped at first.
FIRST = b"""# The Dagster instance of this installation;
# `bluedot` copies this file into DAGSTER_HOME once, then it is yours.
"""


def test_an_earlier_file_that_nobody_has_changed_becomes_the_present_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = make_dagster_home() / "dagster.yaml"
    file.write_bytes(FIRST)
    assert hashlib.sha256(INSTANCE.read_bytes()).hexdigest() not in dagster_home.EARLIER
    monkeypatch.setattr(dagster_home, "EARLIER", {hashlib.sha256(FIRST).hexdigest()})
    make_dagster_home()
    assert file.read_bytes() == INSTANCE.read_bytes()
    assert missing_from_instance(file.parent) == []


def test_every_file_that_was_shipped_before_is_known() -> None:
    words = ("log", "--format=%H", "--", "bluedot_assets/dagster.yaml")
    commits = subprocess.run(["git", "-C", str(REPOSITORY), *words], capture_output=True, text=True, check=False)
    shipped = {content_at(commit) for commit in commits.stdout.split()} - {None, INSTANCE.read_bytes()}
    assert {hashlib.sha256(content).hexdigest() for content in shipped if content} <= dagster_home.EARLIER


def content_at(commit: str) -> bytes | None:
    """None where the history is not here, as in a shallow clone."""
    words = ["git", "-C", str(REPOSITORY), "show", f"{commit}:bluedot_assets/dagster.yaml"]
    return subprocess.run(words, capture_output=True, check=False).stdout or None


def test_a_file_that_somebody_has_changed_stays_and_what_it_lacks_is_known(folder: Path) -> None:
    file = make_dagster_home() / "dagster.yaml"
    own = b"telemetry: {enabled: false}\nrun_retries: {enabled: false}\n"
    file.write_bytes(own)
    assert make_dagster_home() == file.parent
    assert file.read_bytes() == own
    missing = missing_from_instance(file.parent)
    assert {"run_launcher", "retention"} <= set(missing)
    assert "run_retries" not in missing
