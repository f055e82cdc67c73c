"""Wrong words and settings: exit code 2 and one sentence that names the culprit and its remedy."""

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bluedot_assets.dagster_home import make_dagster_home
from bluedot_assets_tests.examples.command_line import Bluedot, Called
from bluedot_assets_tests.examples.trees import DAY, ENVIRONMENT_NAMES
from bluedot_assets_tests.servers.drive import DriveServer

NEXT_YEAR = f"{datetime.now(UTC).year + 1}-06-01"


def sentence(called: Called) -> str:
    """The one sentence of a refusal."""
    assert called.code == 2
    assert called.out == b""
    assert called.err.startswith("bluedot: ")
    assert called.err.count("\n") == 1
    return called.err


SETTINGS = [
    ({"BLUEDOT_SOURCE": ""}, "BLUEDOT_SOURCE is not set: give the folder"),
    ({"BLUEDOT_SOURCE": "nowhere"}, r"nowhere is not a folder of this machine: correct the setting\.$"),
    ({"BLUEDOT_SOURCE": "drvie"}, r"drvie is not a folder of this machine: .* \(did you mean /.*/drive\?\)"),
    ({"BLUEDOT_SOURCE": "1AbCdEfGhIjKlMnOpQrStUvWxYz"}, r"did you mean gdrive:1AbCdEfGhIjKlMnOpQrStUvWxYz\?"),
    ({"BLUEDOT_SOURCE": "grdive:abc"}, r"BLUEDOT_SOURCE is 'grdive:abc': .* did you mean gdrive:abc\?$"),
    ({"BLUEDOT_SOURCE": "drive/daily"}, "holds neither daily/ nor weekly/: point it at the folder above"),
    ({"BLUEDOT_START": "soon"}, "BLUEDOT_START is 'soon': input should be a valid date.*, such as 2015-01-01"),
    ({"PARALLEL_WORKERS": "many"}, r"PARALLEL_WORKERS is 'many': input should be a valid integer.*, such as \d+\."),
    ({"BLUEDOT_PINE_DOTS": "few"}, "BLUEDOT_PINE_DOTS is 'few': input should be a valid integer.*, such as 50"),
    ({"BLUEDOT_EXCHANGES": "NSE"}, "BLUEDOT_EXCHANGES is 'NSE': write it like Asia/Kolkata=NSE"),
    ({"PARALLEL_WORKERS": "0"}, "PARALLEL_WORKERS is '0': input should be greater than or equal to 1"),
    ({"BATCH_SIZE": "-5"}, "BATCH_SIZE is '-5'"),
    ({"BLUEDOT_MIN_COMPLETE": "101"}, "BLUEDOT_MIN_COMPLETE is '101'"),
    ({"COMPRESSION": "perhaps"}, "COMPRESSION is 'perhaps'"),
    (
        {"BLUEDOT_INDICATORS": "PRICE_DATA,MACD"},
        "BLUEDOT_INDICATORS is 'PRICE_DATA,MACD': .*MACD: choose from PRICE_DATA",
    ),
    ({"BLUEDOT_INDICATORS": ","}, "BLUEDOT_INDICATORS is .*names nothing"),
    ({"BLUEDOT_EXCHANGE_TIMEZONES": "Asia/Calcuta"}, "BLUEDOT_EXCHANGE_TIMEZONES is .*'Asia/Calcuta' is no timezone"),
    ({"BLUEDOT_KEEP": "daily=0"}, "BLUEDOT_KEEP is .*write it like daily=10,weekly=8"),
    ({"BLUEDOT_KEEP": "10"}, "BLUEDOT_KEEP is '10': write it like daily=10,weekly=8, each at least 1"),
    ({"BLUEDOT_KEEP": "daily=abc"}, "BLUEDOT_KEEP is 'daily=abc': write it like daily=10,weekly=8"),
    ({"BLUEDOT_KEEP": "hourly=3"}, "BLUEDOT_KEEP is 'hourly=3': write it like daily=10,weekly=8"),
    ({"BLUEDOT_SCHEDULE_DAILY": "sun 10:00"}, "BLUEDOT_SCHEDULE_DAILY is 'sun 10:00': write it like 18:30"),
    ({"BLUEDOT_SCHEDULE_WEEKLY": "10:00"}, "BLUEDOT_SCHEDULE_WEEKLY is '10:00': write it like sat 08:00"),
    ({"BLUEDOT_SCHEDULE_TIMEZONE": "IST"}, "BLUEDOT_SCHEDULE_TIMEZONE is .*'IST' is no timezone"),
    ({"BLUEDOT_START": "1066-10-14"}, "BLUEDOT_START is '1066-10-14': write a date from 1990-01-01 to 20"),
    ({"BLUEDOT_START": "9999-12-31"}, "BLUEDOT_START is '9999-12-31': write a date from 1990-01-01 to 20"),
    ({"BLUEDOT_SOURCE": "s3://bucket/x"}, "BLUEDOT_SOURCE is 's3://bucket/x': give a folder .* or gdrive:<id"),
    ({"BLUEDOT_SOURCE": "gdrive:"}, "BLUEDOT_SOURCE is 'gdrive:': give a folder .* or gdrive:<id"),
    ({"BLUEDOT_DATA": "nosuch://bucket"}, "BLUEDOT_DATA is nosuch://bucket, which cannot be opened"),
    ({"BLUEDOT_SITE": "http://example.org/site.git"}, "BLUEDOT_SITE is http://example.org/...: use https://"),
    ({"BLUEDOT_SITE": "ftp://host/site"}, "BLUEDOT_SITE is no address of a repository: use https://, ssh://"),
    (
        {"BLUEDOT_SITE": "https://me:SECRET@example.org/a.git"},
        "BLUEDOT_SITE holds a user or a password: .*GITHUB_TOKEN",
    ),
    ({"BLUEDOT_SITE": "https://example.org/"}, "BLUEDOT_SITE names no repository"),
    ({"BLUEDOT_SITE": "--upload-pack=cd;touch x #@h:y"}, "BLUEDOT_SITE holds characters .* begins with -"),
    ({"BLUEDOT_SITE_WEEKLY": "git://example.org/a.git"}, "BLUEDOT_SITE_WEEKLY is no address of a repository"),
    ({"BLUEDOT_SITE_BRANCH": "--force"}, "BLUEDOT_SITE_BRANCH is '--force': write a branch's name"),
    ({"BLUEDOT_SITE_BRANCH": "refs/heads/x"}, "BLUEDOT_SITE_BRANCH is 'refs/heads/x': .* without refs/heads/"),
    ({"BLUEDOT_SITE_URL": "example.org"}, "BLUEDOT_SITE_URL is 'example.org': write it like https://"),
    ({"BLUEDOT_SITE_HISTORY": "all"}, "BLUEDOT_SITE_HISTORY is 'all': input should be 'squash' or 'keep'"),
]
WORDS = [
    (("--timeframe", "weekly", "--partition", DAY), r"'2024-08-02' is not a weekly partition.*lies in 2024-W31"),
    (("--timeframe", "daily", "--partition", "2024-W31"), r"'2024-W31' is not a daily partition.*--timeframe weekly"),
    (("--timeframe", "weekly", "--partition", "2024-W31-1"), r"Dagster's 2024-W31-1 is 2024-W31"),
    (("--partition", "2024-08-30"), r"no daily/2024-08-30; its newest are: 2024-07-31, 2024-08-01, 2024-08-02"),
    (("--partition", "2020-W53"), r"no weekly/2020-W53; its newest are: 2024-W30, 2024-W31"),
    (("--partition", "2021-W53"), "'2021-W53' is no partition: write it daily like 2024-08-02 or weekly like 2024-W31"),
    (("--partition", NEXT_YEAR), f"{NEXT_YEAR} lies in the future; today is "),
    (("--partition", "1989-06-02"), "1989-06-02 is before the first partition: set BLUEDOT_START"),
    (("--partition", "2021-W53"), "or all .2021 has 52 ISO weeks: that week is 2022-W01.\\."),
    (("--partition", "2024-02-30"), "'2024-02-30' is no partition: .* .2024-02-30 is not in the calendar."),
    (("--partition", "2024_08_02"), "'2024_08_02' is no partition: .* .did you mean 2024-08-02"),
    (("--partition", "yesterday"), "'yesterday' is no partition: .* or say latest or all"),
    (("--partition", "../../etc"), "is no partition"),
    (("--partition", ""), "is no partition"),
]


@pytest.mark.parametrize(("settings", "said"), SETTINGS, ids=[str(one) for one, _ in SETTINGS])
def test_a_wrong_setting_is_named_with_its_remedy_and_nothing_is_made(
    bluedot: Bluedot, source: Path, folder: Path, settings: dict[str, str], said: str
) -> None:
    called = bluedot("run", **settings)
    assert re.search(said, sentence(called)), called.err
    assert sorted(path.name for path in folder.iterdir()) == ["drive"]


@pytest.mark.parametrize(("words", "said"), WORDS, ids=[" ".join(one) for one, _ in WORDS])
def test_a_partition_that_cannot_be_run_is_refused_with_what_could_be_asked(
    bluedot: Bluedot, source: Path, words: tuple[str, ...], said: str
) -> None:
    called = bluedot("run", *words)
    assert re.search(said, sentence(called)), called.err


def test_a_word_that_is_none_of_several_is_told_with_what_it_resembles(bluedot: Bluedot) -> None:
    said = bluedot("run", "--timeframe", "dayly").err
    assert "'--timeframe': 'dayly' is not one of 'daily', 'weekly', 'all'. Did you mean daily?" in said
    assert "Did you mean" not in bluedot("run", "--timeframe", "hourly").err


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("serve", "--port", "abc"), "'abc' is no whole number: write digits alone, such as 10."),
        (("dev", "--port", "70000"), "'70000' is too large: 65535 is the most."),
        (("monitor", "--within", "soon"), "'soon' is no number: write it like 60 or 0.5."),
        (("prune", "--keep", "0"), "'0' is too small: 1 is the least."),
    ],
)
def test_a_word_of_another_form_is_refused_with_one_that_works(
    bluedot: Bluedot, words: tuple[str, ...], problem: str
) -> None:
    called = bluedot(*words)
    assert (called.code, called.out) == (2, b"")
    assert called.err.splitlines()[-1].endswith(f"Invalid value for '{words[1]}': {problem}")


def test_the_word_for_the_sample_goes_before_the_command(bluedot: Bluedot) -> None:
    said = sentence(bluedot("run", "--sample"))
    assert re.search(r"--sample goes before the command: `\S* ?.*--sample run`", said)
    assert "goes before" not in bluedot("monitor", "--sample", "1").err


def test_a_source_without_any_partition_is_refused(bluedot: Bluedot, folder: Path) -> None:
    (folder / "empty/daily").mkdir(parents=True)
    called = bluedot("run", BLUEDOT_SOURCE="empty")
    assert "has no daily and no weekly partition: check BLUEDOT_SOURCE" in sentence(called)


@pytest.mark.parametrize("words", [("run", "--timeframe", "hourly"), ("walk",), ("run", "--fast"), ("raw",)])
def test_unknown_words_are_usage_errors(bluedot: Bluedot, words: tuple[str, ...]) -> None:
    called = bluedot(*words)
    assert called.code == 2
    assert called.out == b""
    assert "Usage: bluedot" in called.err


@pytest.mark.parametrize(
    ("settings", "said"),
    [({}, "BLUEDOT_SOURCE is not set"), ({"PARALLEL_WORKERS": "many"}, "PARALLEL_WORKERS is 'many'")],
)
def test_the_installed_command_answers_the_same(tmp_path: Path, settings: dict[str, str], said: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ENVIRONMENT_NAMES}
    result = subprocess.run(
        [Path(sys.executable).with_name("bluedot"), "run"],
        cwd=tmp_path,
        env=environment | settings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert said in sentence(Called(result.returncode, result.stdout.encode(), result.stderr))
    assert list(tmp_path.iterdir()) == []


def make(folder: Path, kind: str) -> Path:
    """A place that no site and no data can be written to."""
    if kind == "a file":
        (folder / "taken").write_text("mine")
        return folder / "taken"
    if kind == "a folder of others":
        (folder / "taken").mkdir()
        (folder / "taken/letter.txt").write_text("mine")
        return folder / "taken"
    return Path("/proc/bluedot/here")


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("BLUEDOT_DATA", "a file", r"BLUEDOT_DATA .*/taken is a file: name a folder\."),
        ("BLUEDOT_DATA", "nowhere", r"BLUEDOT_DATA /proc/bluedot/here cannot be written \(.*\)\. Make it writable"),
        ("BLUEDOT_SITE", "a file", r"BLUEDOT_SITE .*/taken exists and is not a site of ours: name a new or an empty"),
        ("BLUEDOT_SITE", "a folder of others", r"BLUEDOT_SITE .*/taken exists and is not a site of ours"),
        ("BLUEDOT_SITE", "nowhere", r"BLUEDOT_SITE /proc/bluedot cannot be written"),
        ("DAGSTER_HOME", "a file", r"DAGSTER_HOME .*/taken is a file"),
        ("DAGSTER_HOME", "nowhere", r"DAGSTER_HOME /proc/bluedot/here cannot be written"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused_before_the_work(
    bluedot: Bluedot, source: Path, folder: Path, name: str, kind: str, said: str
) -> None:
    called = bluedot("run", **{name: str(make(folder, kind))})
    assert re.search(said, sentence(called)), called.err
    assert not list(folder.glob("data/raw")) + list(folder.glob("data/site"))
    assert {path.read_text() for path in (folder / "taken", folder / "taken/letter.txt") if path.is_file()} <= {"mine"}


@pytest.mark.parametrize("content", ["- a list", "a: [", "nosuch_part: {}"])
def test_an_instance_file_that_dagster_cannot_take_is_named(
    bluedot: Bluedot, source: Path, folder: Path, content: str
) -> None:
    (folder / "home").mkdir()
    (folder / "home/dagster.yaml").write_text(content)
    said = sentence(bluedot("run"))
    assert "DAGSTER_HOME" in said
    assert "dagster.yaml" in said


def test_a_dagster_home_that_vanishes_before_dagster_opens_it_is_named(
    bluedot: Bluedot, source: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made_and_gone() -> Path:
        home = make_dagster_home()
        shutil.rmtree(home)
        return home

    monkeypatch.setattr("bluedot_assets.commands.run.command.make_dagster_home", made_and_gone)
    monkeypatch.setattr("bluedot_assets.defs.instance.connected.make_databases", lambda _home: None)  # was quicker
    said = sentence(bluedot("run"))
    assert "DAGSTER_HOME: Dagster cannot work there" in said
    assert "see whether the folder is still there, and run again." in said


def test_a_settings_file_that_is_no_utf8_is_a_sentence(bluedot: Bluedot, source: Path, folder: Path) -> None:
    (folder / ".env").write_bytes(b"BATCH_SIZE=10 # \xe9")
    assert ".env is not UTF-8 text (byte 16): save it as UTF-8." in sentence(bluedot("run"))


@pytest.mark.parametrize("url", ["sftp://user:SECRET@host/x", "nosuch://user:SECRET@host/x?key=SECRET"])
@pytest.mark.parametrize("name", ["BLUEDOT_DATA", "BLUEDOT_SOURCE", "BLUEDOT_SITE"])
def test_no_sentence_shows_the_password_of_an_address(
    bluedot: Bluedot, source: Path, folder: Path, name: str, url: str
) -> None:
    called = bluedot("run", **{name: url})
    assert name in sentence(called)
    assert "SECRET" not in called.err


def test_a_source_that_refuses_our_credentials_is_wrong_usage(
    bluedot: Bluedot, folder: Path, sample_tree: Path
) -> None:
    with DriveServer(sample_tree) as server:
        called = bluedot(
            "run",
            BLUEDOT_SOURCE="gdrive:" + "x" * 33,
            BLUEDOT_DRIVE_ENDPOINT=server.endpoint,
            GOOGLE_DRIVE_SERVICE_ACCOUNT=json.dumps(server.service_account_info()),
        )
    assert "BLUEDOT_SOURCE" in sentence(called)


def test_every_command_that_takes_settings_names_one_that_is_mistyped(bluedot: Bluedot, folder: Path) -> None:
    (folder / ".env").write_text("BLUEDOT_KEEEP=daily=3\n")
    for words in (["partitions"], ["notify", "--test"], ["monitor"], ["serve"], ["rollback", "daily", "previous"]):
        assert "BLUEDOT_KEEEP is no setting: did you mean BLUEDOT_KEEP?" in bluedot(*words).err, words


def test_a_line_of_env_that_cannot_be_read_is_a_sentence_for_each_command(bluedot: Bluedot, folder: Path) -> None:
    (folder / ".env").write_text("BLUEDOT_SOURCE='drive\n")
    said = ".env, line 1, is not written as NAME=value: close its quote."
    called = bluedot("partitions")
    assert (called.code, called.err) == (2, f"bluedot: {said}\n")
    assert said in bluedot("doctor").text
