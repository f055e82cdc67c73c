"""Settings: where they come from, which wins, and where they are documented."""

import os
import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.settings.fields import Settings
from bluedot_assets.settings.load import SECRETS, documented, load_settings, mistyped, named_in_file
from bluedot_assets_tests import REPOSITORY
from bluedot_assets_tests.examples.command_line import recipe
from bluedot_assets_tests.servers.processes import BIN


@pytest.fixture
def dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / ".env"


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(
    dotenv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_settings().batch_size == 100
    dotenv.write_text("BATCH_SIZE=7\nRETRY_ATTEMPTS=1\n")
    monkeypatch.setenv("BATCH_SIZE", "8")
    assert (load_settings().batch_size, load_settings().retry_attempts) == (8, 1)


def test_empty_means_unset_in_the_environment_and_in_the_file(dotenv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, _, _ in documented():
        monkeypatch.setenv(name, "")
    assert load_settings() == Settings()
    dotenv.write_text("BATCH_SIZE=7\nBLUEDOT_SOURCE=\nBLUEDOT_KEEP=\n")
    assert load_settings().batch_size == 7
    assert load_settings().source is None
    assert load_settings().keep == {"daily": 10, "weekly": 8}


def test_lists_are_comma_separated_and_their_spaces_do_not_count(dotenv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLUEDOT_INDICATORS", " rs_line , PRICE_DATA,")
    monkeypatch.setenv("BLUEDOT_EXCHANGE_TIMEZONES", "Europe/London , UTC")
    monkeypatch.setenv("BLUEDOT_KEEP", "weekly=3")
    settings = load_settings()
    assert settings.indicators == ("PRICE_DATA", "RS_LINE")
    assert settings.exchange_timezones == ("Europe/London", "UTC")
    assert settings.keep == {"daily": 10, "weekly": 3}


@pytest.mark.parametrize("around", ["\n", "\r\n", " ", "\t", "\ufeff", "\u00a0", " \r\n"])
def test_a_secret_is_read_without_what_stands_around_it(
    dotenv: Path, monkeypatch: pytest.MonkeyPatch, around: str
) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name, f"{around}https://example.org/a b{around}")
    secrets = {name: value for name, value in load_settings() if isinstance(value, SecretStr)}
    assert len(secrets) == len(SECRETS) == 6
    assert {one.get_secret_value() for one in secrets.values()} == {"https://example.org/a b"}


def test_a_secret_of_blanks_alone_counts_as_unset(dotenv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name, " \r\n")
    assert load_settings() == Settings()


def test_holidays_are_days_or_the_path_of_a_file(dotenv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLUEDOT_HOLIDAYS", "2027-01-15, XBOM:+2027-11-07")
    assert load_settings().holidays == ("2027-01-15", "XBOM:+2027-11-07")
    monkeypatch.setenv("BLUEDOT_HOLIDAYS", "holidays.txt")
    assert load_settings().holidays == ("holidays.txt",)
    monkeypatch.setenv("BLUEDOT_HOLIDAYS", "2027-01-15,15 January")
    with pytest.raises(SettingsError, match=r"BLUEDOT_HOLIDAYS is .*: has '15 January', which is no day: write"):
        load_settings()


def test_benchmarks_have_a_name_for_each_timezone(dotenv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().benchmarks == {}
    monkeypatch.setenv("BLUEDOT_BENCHMARKS", "Asia/Kolkata = NIFTY 500 , America/New_York=S&P 500=<TR>")
    assert load_settings().benchmarks == {"Asia/Kolkata": "NIFTY 500", "America/New_York": "S&P 500=<TR>"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("NIFTY 500", "'NIFTY 500' is no timezone"),
        ("Asia/Kolkata=NIFTY 500, TRI", "'TRI' is no timezone"),
        ("Asia/Kolkata=", "'' is no name of an index: write it like Asia/Kolkata=NIFTY 500"),
        ('Asia/Kolkata=NIFTY "500"', "no quotes"),
        ("Asia/Kolkata=NIFTY\\", "no quotes"),
        ("Asia/Kolkata=NIFTY\n500", "visible characters"),
        ("Asia/Kolkata=NIFTY\u202e500", "visible characters"),
        ("Asia/Kolkata={{ticker}}", "braces"),
        ("Asia/Kolkata=" + "N" * 41, "1 to 40"),
        (",", "names no timezone"),
    ],
)
def test_a_benchmarks_name_that_no_page_or_script_could_show_is_refused(
    dotenv: Path, monkeypatch: pytest.MonkeyPatch, text: str, problem: str
) -> None:
    monkeypatch.setenv("BLUEDOT_BENCHMARKS", text)
    with pytest.raises(SettingsError, match="BLUEDOT_BENCHMARKS") as raised:
        load_settings()
    assert problem in str(raised.value)


def test_workers_default_to_the_cores_that_this_process_may_use(dotenv: Path) -> None:
    assert load_settings().parallel_workers == len(os.sched_getaffinity(0))


@pytest.mark.parametrize("name", ["BLUEDOT_SITE", "BLUEDOT_SITE_WEEKLY"])
def test_a_repository_without_its_scheme_is_no_folder(dotenv: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "github.com/user/repo")
    said = (
        f"{name} is 'github.com/user/repo': a repository needs its scheme: write https://github.com/user/repo.git "
        "(of this machine: file:///<path>); a folder of that name begins with ./."
    )
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert str(refused.value) == said
    monkeypatch.setenv(name, "./github.com/user/repo")
    load_settings()


@pytest.mark.parametrize("form", ["https://me:sEcReT@github.com/u/r.git", "https://github.com/u/r", "ssh://git@x/u/r"])
def test_a_repository_of_the_history_needs_a_branch(dotenv: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    monkeypatch.setenv("BLUEDOT_HISTORY", form)
    with pytest.raises(SettingsError, match="names no branch: write the repository's address with #bluedot-") as raised:
        load_settings()
    assert "sEcReT" not in str(raised.value)


@pytest.mark.parametrize("address", ["http://x:1", "tcp://x", "tcp://me:sEcReT@x:8786", "tcp://x:8786/", "x:8786"])
def test_a_scheduler_has_an_address_without_a_password(
    dotenv: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("BLUEDOT_DATA", "s3://bucket/bluedot")
    monkeypatch.setenv("BLUEDOT_DASK", address)
    with pytest.raises(SettingsError, match=r"BLUEDOT_DASK is '.*': write it like tcp://scheduler:8786") as raised:
        load_settings()
    assert "sEcReT" not in str(raised.value)


def test_the_workers_of_a_cluster_must_reach_the_data(dotenv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLUEDOT_DASK", "tls://scheduler:8786")
    with pytest.raises(SettingsError, match=r"cannot reach the folder \./data .* set BLUEDOT_DASK_SHARED_FOLDER=true"):
        load_settings()
    monkeypatch.setenv("BLUEDOT_DASK_SHARED_FOLDER", "true")
    assert load_settings().dask == "tls://scheduler:8786"
    monkeypatch.setenv("BLUEDOT_DATA", "memory://data")
    with pytest.raises(SettingsError, match="cannot reach a BLUEDOT_DATA in memory"):
        load_settings()
    monkeypatch.setenv("BLUEDOT_DATA", "s3://bucket/bluedot")
    monkeypatch.delenv("BLUEDOT_DASK_SHARED_FOLDER")
    assert load_settings().dask == "tls://scheduler:8786"


def test_a_bucket_is_named_without_a_slash_at_its_end_and_without_credentials(
    dotenv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLUEDOT_SITE", " S3://bucket/site/ ")
    assert load_settings().site == "s3://bucket/site"
    for wrong in (
        "s3://KEY:hush/hush@bucket/site",
        "s3://bucket/site?key=hush",
        "gs://",
        "az://box//site",
        "s3://b/../x",
    ):
        monkeypatch.setenv("BLUEDOT_SITE", wrong)
        with pytest.raises(SettingsError, match="write a bucket like s3://<bucket>/<folder>") as refused:
            load_settings()
        assert "hush" not in str(refused.value)


def test_the_address_of_a_drive_folder_is_that_folder(dotenv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("drive.google.com/drive/folders/1abc", "https://drive.google.com/drive/folders/1abc?usp=sharing"):
        monkeypatch.setenv("BLUEDOT_SOURCE", value)
        assert load_settings().source == "gdrive:1abc"


def test_several_wrong_settings_are_all_named(dotenv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCH_SIZE", "x")
    monkeypatch.setenv("PARALLEL_WORKERS", "y")
    with pytest.raises(SettingsError, match=r"(?s)(?=.*BATCH_SIZE is 'x')(?=.*PARALLEL_WORKERS is 'y')"):
        load_settings()


def test_names_that_are_no_settings_are_ignored(dotenv: Path) -> None:
    dotenv.write_text("SOMETHING_ELSE=1\n# a comment\nBATCH_SIZE='9'\n")
    assert load_settings().batch_size == 9


@pytest.mark.parametrize("begin", ["", "BATCH_SIZE=9\n\n# a comment\n\n"])
def test_a_line_that_cannot_be_read_is_an_error_that_names_it(dotenv: Path, begin: str) -> None:
    dotenv.write_text(f"{begin}BLUEDOT_SOURCE='drive\nPARALLEL_WORKERS=2\n")
    line = 1 + begin.count("\n")
    with pytest.raises(SettingsError, match=rf"^\.env, line {line}, is not written as NAME=value: close its quote\.$"):
        load_settings()


@pytest.mark.parametrize("line", ["BLUEDOT_SOURCE: mine/drive", "GITHUB_TOKEN:SECRET", "BLUEDOT_SOURCE mine", "= mine"])
def test_a_line_of_another_form_is_an_error_with_the_form_and_without_its_value(dotenv: Path, line: str) -> None:
    dotenv.write_text(f"# mine\n{line}\n")
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert str(refused.value) == (".env, line 2, is not written as NAME=value: an equals sign stands between the two.")


def test_a_name_that_resembles_a_setting_is_mistyped_with_or_without_our_prefix(dotenv: Path) -> None:
    wrong = {
        "BATCHSIZE": "BATCH_SIZE",
        "NOTIFICATION_WEBHOK": "NOTIFICATION_WEBHOOK",
        "PARALEL_WORKERS": "PARALLEL_WORKERS",
        "retry_attempt": "RETRY_ATTEMPTS",
    }
    sentences = [f"{name} is no setting: did you mean {meant}?" for name, meant in wrong.items()]
    right = ("SOMETHING_ELSE", "POSTGRES_PASSWORD", "GITLAB_TOKEN", "batch_size", "bluedot_keep")
    for name in (*wrong, *right):
        with dotenv.open("a") as file:
            file.write(f"{name}=\n")
    assert mistyped({}) == sentences
    dotenv.unlink()
    assert mistyped(dict.fromkeys([*wrong, *right], "")) == sentences


def test_the_environment_that_other_programs_share_is_judged_more_closely_than_the_file(dotenv: Path) -> None:
    assert mistyped({"RETRY_ATEMPS": "3"}) == ["RETRY_ATEMPS is no setting: did you mean RETRY_ATTEMPTS?"]
    assert mistyped({"GOOGLE_DRIVE_KEY": "x"}) == []
    dotenv.write_text("GOOGLE_DRIVE_KEY=x\n")
    assert mistyped({}) == ["GOOGLE_DRIVE_KEY is no setting: did you mean GOOGLE_DRIVE_API_KEY?"]


def test_export_and_quotes_mean_the_same_for_all_who_read_the_file(dotenv: Path) -> None:
    dotenv.write_text('export BATCH_SIZE=\'9\'  # a comment\nBLUEDOT_START=""\nexport BLUEDOT_KEEEP="daily=3"\n')
    assert load_settings().batch_size == 9
    assert named_in_file() == {"BATCH_SIZE", "BLUEDOT_KEEEP"}
    assert mistyped({}) == ["BLUEDOT_KEEEP is no setting: did you mean BLUEDOT_KEEP?"]


@pytest.mark.parametrize("target", ["serve", "dev"])
def test_make_takes_what_is_set_here_right_or_wrong_and_the_sample_where_nothing_is(
    dotenv: Path, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (dotenv.parent / ".venv").symlink_to(BIN.parent)
    here = dotenv.parent
    for line in ("BLUEDOT_SOURCE=mine", "BLUEDOT_SOURCE: mine", "BLUEDOT_SORCE=mine", "# BLUEDOT_SOURCE=mine"):
        dotenv.write_text(f"{line}\n")
        assert "--sample" not in recipe(here, target), line
    dotenv.unlink()
    assert "--sample" in recipe(here, target)
    monkeypatch.setenv("BLUEDOT_SOURCE", "")
    assert "--sample" in recipe(here, target)
    monkeypatch.setenv("BLUEDOT_SOURCE", "mine")
    assert "--sample" not in recipe(here, target)


def test_the_example_file_lists_exactly_the_settings_in_their_order() -> None:
    text = (REPOSITORY / ".env.example").read_text("utf-8")
    assert re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", text, re.MULTILINE) == [name for name, _, _ in documented()]


def test_the_example_file_shows_the_defaults() -> None:
    text = (REPOSITORY / ".env.example").read_text("utf-8")
    shown = dict(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=(.*)$", text, re.MULTILINE))
    assert shown == {name: default for name, default, _ in documented()}


def test_every_setting_has_a_meaning() -> None:
    assert all(meaning.strip().endswith((".", "!")) for _, _, meaning in documented())
