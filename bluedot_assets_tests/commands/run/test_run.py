"""`bluedot run`: what it runs, what it tells people and machines, and its exit codes."""

import errno
import json
import os
import signal
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from bluedot_assets_tests.examples.command_line import Bluedot
from bluedot_assets_tests.examples.spoiled_files import spoil
from bluedot_assets_tests.examples.trees import (
    DAY,
    DAYS,
    SERIES,
    STAGES,
    STOCKS,
    WEEK,
    WEEKS,
    Installation,
    hashes,
    stock_files,
)
from bluedot_assets_tests.servers.processes import BIN, environment, wait_until


def test_the_newest_partitions_are_published_and_the_summary_says_what_to_do_next(
    bluedot: Bluedot, source: Path, folder: Path
) -> None:
    called = bluedot("run")
    assert called.code == 0
    assert "bluedot serve" in called.text
    for word in ("daily", DAY, "weekly", WEEK, "published", "Seconds in each stage", "data/site", "raw_json"):
        assert word in called.text
    assert (folder / "data/site/daily/latest/index.json").is_file()
    assert (folder / "data/site/weekly" / WEEK / "index.json").is_file()
    named = [line.split() for line in called.text.splitlines() if f" {folder}/data/" in line]
    assert [(*words[:-1], words[-1].removeprefix(f"{folder}/data/")) for words in named] == [
        ("daily", "site,", "series", f"site/daily/{DAY}"),
        ("daily", "bars", f"bars/daily/as_of={DAY}/part.parquet"),
        ("weekly", "site,", "series", f"site/weekly/{WEEK}"),
        ("weekly", "bars", f"bars/weekly/as_of={WEEK}/part.parquet"),
    ]


@pytest.mark.long
def test_runs_appear_in_the_instance_of_the_dagster_home(bluedot: Bluedot, source: Path, folder: Path) -> None:
    said = json.loads(bluedot("run", "--timeframe", "weekly", "--json").out)["runs"][0]
    with dg.DagsterInstance.from_config(str(folder / "home")) as instance:
        (run,) = instance.get_runs()
        assert (run.run_id, run.status) == (said["run_id"], dg.DagsterRunStatus.SUCCESS)
        assert run.tags["dagster/partition"] == f"{WEEK}-1"
        keys = instance.get_materialized_partitions(dg.AssetKey(["weekly", "site"]))
    assert keys == {f"{WEEK}-1"}


def test_json_is_all_of_standard_output_and_says_everything(bluedot: Bluedot, source: Path) -> None:
    bad = stock_files(source / "daily" / DAY)[0]
    bad.write_bytes(b"")
    called = bluedot("run", "--timeframe", "daily", "--json", BLUEDOT_MIN_COMPLETE="50")
    said = json.loads(called.out)
    assert called.code == 0
    assert called.err == ""
    assert set(said) == {"success", "site", "warnings", "runs"}
    assert said["success"] is True
    (run,) = said["runs"]
    assert (run["timeframe"], run["partition"], run["dagster_key"]) == ("daily", DAY, DAY)
    assert (run["success"], run["changed"], run["error"]) == (True, True, None)
    assert (run["stocks"], run["expected"], run["series"]) == (STOCKS - 1, STOCKS, 4 * (STOCKS - 1))
    assert run["bars"] > 100
    assert [(row["file"], row["reason"]) for row in run["rejected"]] == [(bad.name, "the file is empty")]
    assert set(run["stages_s"]) == {"series", *STAGES} - set(SERIES)
    assert set(run["outputs"]) == {"bars", "series", "site"}
    accepted = next(check for check in run["checks"] if check["check"] == "daily/bars accepted")
    assert (accepted["passed"], accepted["severity"]) == (False, "warning")


def test_quiet_is_one_line_for_each_partition(bluedot: Bluedot, source: Path) -> None:
    called = bluedot("run", "--timeframe", "weekly", "--partition", "all", "--quiet")
    lines = called.text.splitlines()
    assert (called.code, len(lines), called.err) == (0, 2, "")
    for line, key in zip(lines, WEEKS, strict=True):
        assert line.startswith(f"published weekly {key}: {STOCKS} stocks, {4 * STOCKS} series")


@pytest.mark.long
def test_a_misnamed_file_is_named_once_with_its_remedy_and_quietly_too(bluedot: Bluedot, source: Path) -> None:
    good, other = stock_files(source / "daily" / DAY)[:2]
    copy = good.with_name(good.name.replace("_daily", ""))
    copy.write_bytes(good.read_bytes())  # the check of names passes
    (source / "daily" / DAY / "notes.txt").write_text("mine")
    line = f"ignored daily {DAY}: {copy.name} (the same bytes as {good.name}): delete it."
    text = bluedot("run", "--timeframe", "daily").text
    assert (text.count(line), text.count(copy.name)) == (1, 1)
    assert f"ignored daily {DAY}: notes.txt\n" in text
    other.rename(other.with_name("NEW.json"))
    for words in ([], ["--quiet"]):
        called = bluedot("run", "--timeframe", "daily", *words, BLUEDOT_MIN_COMPLETE="50")
        assert called.text.count("NEW.json (its name does not end in _daily.json): rename it to NEW_daily.json") == 1
    assert len(called.text.splitlines()) == 2


def test_what_came_out_is_printed_once_and_progress_in_a_log_says_how_far_it_is(bluedot: Bluedot, source: Path) -> None:
    called = bluedot("run", "--timeframe", "weekly", "--partition", "all")
    assert called.err.rstrip().splitlines() == [f"{number} of 2: weekly {key}" for number, key in enumerate(WEEKS, 1)]
    assert "bars" not in called.err
    assert "weekly" not in bluedot("run", "--timeframe", "weekly").err


@pytest.mark.long
def test_all_runs_every_partition_oldest_first(bluedot: Bluedot, source: Path) -> None:
    said = json.loads(bluedot("run", "--partition", "all", "--json").out)
    assert [run["partition"] for run in said["runs"]] == [*DAYS, *WEEKS]


def test_a_second_run_says_that_nothing_changed_and_changes_nothing(bluedot: Bluedot, done: Path) -> None:
    assert bluedot("run", "--quiet").code == 0  # with the calendars of today
    before = hashes(done / "site"), hashes(done / "data")
    called = bluedot("run", "--quiet")
    assert called.code == 0
    assert [line.split(":")[0] for line in called.text.splitlines()] == [
        f"unchanged daily {DAY}",
        f"unchanged weekly {WEEK}",
    ]
    assert (hashes(done / "site"), hashes(done / "data")) == before


@pytest.mark.parametrize("word", [DAYS[0], WEEKS[0]])
def test_a_key_runs_that_partition_alone(bluedot: Bluedot, source: Path, word: str) -> None:
    said = json.loads(bluedot("run", "--partition", word, "--json").out)
    assert [run["partition"] for run in said["runs"]] == [word]


def test_a_blocking_rule_is_exit_1_with_the_reason_and_the_other_timeframe_is_published(
    bluedot: Bluedot, source: Path, folder: Path
) -> None:
    spoil(source / "daily" / DAY)
    called = bluedot("run")
    assert called.code == 1
    assert "less than the 95 % of BLUEDOT_MIN_COMPLETE" in " ".join(called.text.split())
    assert "keeps their last good data" in called.text
    assert "Traceback" not in called.text + called.err
    assert (folder / "data/site/weekly/latest/index.json").is_file()


def test_a_failed_run_as_json_has_its_error(bluedot: Bluedot, source: Path) -> None:
    spoil(source / "daily" / DAY)
    called = bluedot("run", "--timeframe", "daily", "--json")
    said = json.loads(called.out)
    assert (called.code, said["success"]) == (1, False)
    (failed,) = said["runs"]
    assert "nothing of it is published. First: " in failed["error"]
    assert failed["error"].endswith("(daily/bars of 2024-08-02 is not stored.)")
    assert failed["rejected"]
    assert all(one["file"].endswith("_daily.json") and one["reason"] for one in failed["rejected"])


def test_a_setting_that_is_mistyped_is_a_warning_that_names_the_right_one(
    bluedot: Bluedot, source: Path, folder: Path
) -> None:
    (folder / ".env").write_text("BLUEDOT_SETTLE_MINUTE=5\n")
    said = json.loads(bluedot("run", "--timeframe", "daily", "--json", BLUEDOT_SORCE="x").out)
    assert said["warnings"] == [
        "BLUEDOT_SETTLE_MINUTE is no setting: did you mean BLUEDOT_SETTLE_MINUTES?",
        "BLUEDOT_SORCE is no setting: did you mean BLUEDOT_SOURCE?",
    ]


def test_a_link_that_disagrees_with_the_newest_folder_is_a_warning(bluedot: Bluedot, source: Path) -> None:
    (source / "daily/latest").unlink()
    (source / "daily/latest").symlink_to(DAYS[0])
    said = json.loads(bluedot("run", "--timeframe", "daily", "--json").out)
    assert said["success"] is True
    assert said["runs"][0]["partition"] == DAY
    assert said["warnings"] == [f"daily/latest points at {DAYS[0]}, but {DAY} is the newest folder and was taken."]


def test_a_folder_of_the_future_is_left_out_with_a_warning(bluedot: Bluedot, source: Path) -> None:
    key = f"{datetime.now(UTC).year + 2}-01-01"
    (source / "daily" / DAY).rename(source / "daily" / key)
    said = json.loads(bluedot("run", "--timeframe", "daily", "--json").out)
    assert [run["partition"] for run in said["runs"]] == [DAYS[1]]
    assert f"daily/{key} is dated in the future and left out." in said["warnings"]


def test_a_trigger_that_is_not_understood_is_a_warning_of_the_run(bluedot: Bluedot, source: Path) -> None:
    (source / "triggers/daily_ready.txt").write_text("ready!")
    said = json.loads(bluedot("run", "--timeframe", "daily", "--json").out)
    assert "triggers/daily_ready.txt is not understood" in said["runs"][0]["warnings"][0]


def test_names_from_outside_cannot_write_to_the_terminal(bluedot: Bluedot, source: Path) -> None:
    (source / "daily" / DAY / "EV\x1b[2JIL_daily.json").write_bytes(b"{}")
    called = bluedot("run", "--timeframe", "daily", BLUEDOT_MIN_COMPLETE="50")
    assert called.code == 0
    assert b"\x1b[2J" not in called.out
    assert "control or unreadable characters" in called.text


def test_files_that_never_came_are_missing_and_not_rejected(bluedot: Bluedot, source: Path) -> None:
    (source / "triggers/daily_ready.txt").write_text(f"{DAY}\nexpected=10\n")
    missing = f"6 files are missing: the trigger announced 10, the folder has {STOCKS}."
    failed = bluedot("run", "--timeframe", "daily")
    assert (failed.code, failed.text.count(missing), failed.err.count(missing)) == (1, 1, 0)
    assert "Rejected files" not in failed.text
    accepted = bluedot("run", "--timeframe", "daily", "--accept-incomplete", "the vendor sends no more")
    assert (accepted.code, missing in accepted.text, f"{STOCKS} of 10" in accepted.text) == (0, True, True)
    assert "Rejected files" not in accepted.text


def test_a_run_that_failed_at_its_start_says_why_once_and_has_no_empty_table(bluedot: Bluedot, source: Path) -> None:
    spoil(source / "daily" / DAY)
    called = bluedot("run", "--timeframe", "daily")
    assert (called.text + called.err).count("less than the 95 % of BLUEDOT_MIN_COMPLETE") == 1
    (source / "daily" / DAY).rename(source / "elsewhere")
    (source / "daily" / DAY).mkdir()
    called = bluedot("run", "--timeframe", "daily", "--partition", DAY)
    assert (called.code, "Seconds in each stage" in called.text) == (1, False)
    assert (called.text + called.err).count("4 files are missing: the trigger announced 4, the folder has 0.") == 1


@pytest.mark.long
def test_what_is_said_of_a_state_of_the_site_that_cannot_be_read_works(bluedot: Bluedot, done: Path) -> None:
    state = done / "site/status.json"
    state.unlink()
    state.write_bytes(b"{oops")
    refused = bluedot("run", "--timeframe", "daily")
    assert "write {} into it and run `bluedot run --partition all`" in " ".join(refused.text.split())
    state.write_bytes(b"{}")
    assert bluedot("run", "--partition", "all").code == 0
    shown = json.loads(state.read_bytes())["timeframes"]
    assert {name: sorted(one["folders"]) for name, one in shown.items()} == {"daily": [*DAYS], "weekly": [*WEEKS]}


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "Make room on its disk (`bluedot prune --dry-run` says what can go)"),
        (errno.EROFS, "Make it writable for this user, or name another folder"),
        (errno.EACCES, "Make it writable for this user, or name another folder"),
    ],
)
@pytest.mark.parametrize(
    "place",
    [("data/.staging/", "BLUEDOT_DATA {}/data cannot"), ("/next", "BLUEDOT_SITE {}/data/.site.versions cannot")],
)
def test_a_folder_that_cannot_be_written_any_more_is_named_with_a_remedy(
    bluedot: Bluedot, source: Path, monkeypatch: pytest.MonkeyPatch, number: int, remedy: str, place: tuple[str, str]
) -> None:
    (part, said), replace = place, Path.replace

    def refuse(path: Path, target: Path) -> Path:
        if part in f"{path}":
            raise OSError(number, os.strerror(number))
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", refuse)
    called = bluedot("run", "--timeframe", "daily", "--json")
    error = json.loads(called.out)["runs"][0]["error"]
    assert called.code == 1
    assert f"{said.format(source.parent)} be written: {os.strerror(number)}. {remedy}" in error


def test_a_day_older_than_those_kept_is_not_called_unchanged(bluedot: Bluedot, done: Path) -> None:
    words = ("run", "--partition", DAYS[0])
    called = bluedot(*words, BLUEDOT_KEEP="daily=1")
    assert called.code == 0
    assert f"not kept daily {DAYS[0]}: the site keeps the newest 1" in called.text
    assert "The site is in" not in called.text
    assert "unchanged" not in called.text
    (run,) = json.loads(bluedot(*words, "--json").out)["runs"]
    assert (run["success"], run["kept"], run["keeps"]) == (True, False, 1)
    assert "site" not in run["outputs"]


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_ctrl_c_stops_all_partitions_and_says_what_was_done(
    published: Installation, tmp_path: Path, words: tuple[str, ...]
) -> None:
    installation = published.copy(tmp_path / "here")
    for key in DAYS:
        for file in stock_files(installation.source / "daily" / key):
            file.write_bytes(file.read_bytes().replace(b'"name": "', b'"name": "Renamed '))
    out, err = tmp_path / "out", tmp_path / "err"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(
            [BIN / "bluedot", "run", "--partition", "all", *words],
            cwd=installation.root,
            env=environment(installation.root),
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
        wait_until((installation.data / "manifests/daily" / DAYS[0] / "raw_json.json").exists, 60, "a run")
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(60) == 130
    assert " of 5 partitions done; a new run takes the rest." in err.read_text()
    assert "bluedot_assets" not in err.read_text()  # Dagster's own watchers of output may trace, ours do not
    assert installation.manifest("raw_json", "weekly", WEEKS[0]) is None
    if words:
        said = json.loads(out.read_text())
        assert said["success"] is False
        assert len(said["runs"]) < 5
