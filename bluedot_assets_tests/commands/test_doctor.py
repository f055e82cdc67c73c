"""`bluedot doctor`: each check broken in turn, what depends on it skipped, the rest as before, and no secret said."""

import json
import re
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._daemon.types import DaemonHeartbeat
from pydantic import SecretStr

from bluedot_assets.adapters.code_version import newest_release
from bluedot_assets.adapters.local_folders import free_bytes
from bluedot_assets.adapters.workers import cluster
from bluedot_assets.commands.doctor import machine as doctor_machine
from bluedot_assets.commands.doctor import site as doctor_site
from bluedot_assets.commands.doctor.checks import all_checks
from bluedot_assets.commands.doctor.checkup import Check, Checkup, CheckupResult, ResultLevel, ok, run_checks
from bluedot_assets.commands.doctor.machine import ADD_OF_SERVER
from bluedot_assets.commands.serve.site import SiteServer
from bluedot_assets.dagster_home import INSTANCE
from bluedot_assets.defs.instance.housekeeping import housekeeping_job
from bluedot_assets.kernel.alerts import endings
from bluedot_assets.kernel.alerts.endings import PYTHON_ENDS
from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.settings.load import SECRETS, default_settings, documented
from bluedot_assets_tests import REPOSITORY
from bluedot_assets_tests.actions.github_api import github_api
from bluedot_assets_tests.examples.command_line import Bluedot, Called
from bluedot_assets_tests.examples.earlier_runs import repository_of, set_back
from bluedot_assets_tests.examples.trees import DAY
from bluedot_assets_tests.servers.drive import SERVICE_ACCOUNT, DriveServer
from bluedot_assets_tests.servers.git import TOKEN, GitServer
from bluedot_assets_tests.servers.webhooks import serving

RELEASED = newest_release() or date.min
SECRET = "sEcReT-4711"  # noqa: S105
NOWHERE = "storage: {custom: {module: nowhere, class: X, config: {}}}\n"
POSTGRES = "storage: {postgres: {postgres_url: {env: DAGSTER_PG_URL}}}\n"


def findings(called: Called) -> dict[str, tuple[str, str]]:
    """Level and message by check."""
    return {one["check"]: (one["level"], one["message"]) for one in json.loads(called.out)["checks"]}


def write(path: str, text: str, mode: int = 0o600) -> Callable[[], None]:
    def broken() -> None:
        Path(path).parent.mkdir(exist_ok=True)
        Path(path).write_text(text)
        Path(path).chmod(mode)

    return broken


def remove(path: str) -> Callable[[], None]:
    return lambda: shutil.rmtree(path) if Path(path).is_dir() else Path(path).unlink()


def empty_newest_folder() -> None:
    for file in Path("drive/daily", DAY).iterdir():
        file.unlink()


def nothing() -> None:
    pass


# check, how it is broken, settings, level, words of its message
BREAKS: list[tuple[str, Callable[[], object], dict[str, str], str, str]] = [
    ("settings", nothing, {"BATCH_SIZE": "many"}, "error", "BATCH_SIZE is 'many'"),
    ("settings", nothing, {"BATCH_SIZE": "0", "COMPRESSION": "ja"}, "error", "COMPRESSION is 'ja'"),
    ("unknown names", nothing, {"BLUEDOT_SORCE": "x"}, "warning", "did you mean BLUEDOT_SOURCE?"),
    ("unknown names", write(".env", "BLUEDOT_KEEEP=3\n"), {}, "warning", "did you mean BLUEDOT_KEEP?"),
    ("file rights", write(".env", f"GITHUB_TOKEN={SECRET}\n", 0o644), {}, "warning", "chmod 600 .env"),
    ("Dagster home", write("file", ""), {"DAGSTER_HOME": "file"}, "error", "is a file: name a folder"),
    ("Dagster home", write("home/dagster.yaml", "- 1\n"), {}, "error", "is no YAML mapping"),
    ("Dagster home", write("home/dagster.yaml", "storage: {x: 1}\n"), {}, "error", "cannot open its storage"),
    ("Dagster home", write("home/dagster.yaml", NOWHERE), {}, "error", "'nowhere'.: install that package, or correct"),
    ("Dagster home", write("home/dagster.yaml", POSTGRES), {"DAGSTER_PG_URL": f"pg:{SECRET}"}, "error", "parse SQL"),
    ("source", nothing, {"BLUEDOT_SOURCE": ""}, "error", "BLUEDOT_SOURCE is not set"),
    ("source", nothing, {"BLUEDOT_SOURCE": "gone"}, "error", "is not a folder of this machine"),
    ("source", nothing, {"BLUEDOT_SOURCE": "gdrive:abc"}, "error", "Google Drive needs a credential"),
    ("source", write("drive/daily/2024_08_05/a", ""), {}, "warning", "daily/2024_08_05 is ignored .*rename it to 2024"),
    ("daily folders", write(f"drive/daily/{DAY}/X_daily.json.txt", ""), {}, "warning", "rename it to X_daily.json"),
    ("daily folders", remove("drive/daily"), {}, "warning", "no folder like daily/2024-08-02"),
    ("daily folders", empty_newest_folder, {}, "warning", f"{DAY} with 0 stock files: files must be named like AAPL_d"),
    ("weekly folders", remove("drive/weekly"), {}, "warning", "no folder like weekly/2024-W31"),
    ("daily trigger", remove("drive/triggers/daily_ready.txt"), {}, "warning", "There is no triggers/daily_ready.txt"),
    ("weekly trigger", write("drive/triggers/weekly_ready.txt", "soon"), {}, "warning", "correct or empty it"),
    ("process log", lambda: Path("drive/triggers/.process_log.txt.part").mkdir(), {}, "warning", "cannot be written"),
    ("data", write("file", ""), {"BLUEDOT_DATA": "file"}, "error", "BLUEDOT_DATA .*file is a file"),
    ("data", nothing, {"BLUEDOT_DATA": "nosuch://x"}, "error", "BLUEDOT_DATA is nosuch://x, which cannot be opened"),
    ("site", write("other/a", ""), {"BLUEDOT_SITE": "other"}, "error", "is not a site of ours"),
    ("site", write("file", ""), {"BLUEDOT_SITE": "file/site"}, "error", "is a file: name a folder"),
    ("calendars", nothing, {"BLUEDOT_CALENDARS": "XBOM,XNONE"}, "error", "BLUEDOT_CALENDARS names 'XNONE'"),
    ("calendars", nothing, {"BLUEDOT_HOLIDAYS": "XLON:2027-01-15"}, "error", "has days of 'XLON', which is none of"),
    ("calendars", nothing, {"BLUEDOT_HOLIDAYS": "own.txt"}, "error", "BLUEDOT_HOLIDAYS names no day and no file"),
    ("tickers", nothing, {"BLUEDOT_TICKERS": "tickers.csv"}, "error", "BLUEDOT_TICKERS"),
    ("tickers", write("t.csv", "symbol,ticker\nA,??\n"), {"BLUEDOT_TICKERS": "t.csv"}, "warning", "1 rows of BLUEDOT"),
    ("watchlist", nothing, {"BLUEDOT_WATCHLIST": "mine.txt"}, "error", "no file that can be read .No such file"),
    ("watchlist", write("mine.txt", "# none\n"), {"BLUEDOT_WATCHLIST": "mine.txt"}, "warning", "names no stock"),
    ("messages", nothing, {"NOTIFICATION_WEBHOOK": "nosuch://x"}, "error", "nothing here can send to: copy it again"),
    ("public site", nothing, {"BLUEDOT_SITE_URL": "http://127.0.0.1:9"}, "error", "cannot be read"),
    ("weekly site", write("other/a", ""), {"BLUEDOT_SITE_WEEKLY": "other"}, "error", "is not a site of ours"),
]
ELSEWHERE = {
    "daemon",
    "housekeeping",
    "disk space",
    "cluster",
    "packages",
    "site room",
    "tokens",
    "pages",
    "clock",
    "public weekly",
    "seeds seed_me_daily",
}  # broken by tests of their own below


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Dagster home with its databases made, which takes longer than everything else here."""
    home = tmp_path_factory.mktemp("doctor") / "home"
    home.mkdir()
    (home / "dagster.yaml").write_bytes(INSTANCE.read_bytes())
    with dg.DagsterInstance.from_config(str(home)) as instance:
        instance.get_runs_count()
    return home


@pytest.fixture(autouse=True)
def ready(folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(home, folder / "home")
    # XBOM ends with a year, and some weeks before that is a warning; XNYS has no end.
    monkeypatch.setenv("BLUEDOT_CALENDARS", "XNYS")


def test_the_line_of_dagsters_home_says_what_names_it(
    bluedot: Bluedot, source: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(".env").write_text("DAGSTER_HOME=elsewhere\n")
    assert (
        f"{folder / 'home'} (DAGSTER_HOME of the environment)"
        in findings(bluedot("doctor", "--json"))["Dagster home"][1]
    )
    shutil.copytree(folder / "home", folder / "elsewhere")
    monkeypatch.delenv("DAGSTER_HOME")
    assert f"{folder / 'elsewhere'} (DAGSTER_HOME of .env)" in findings(bluedot("doctor", "--json"))["Dagster home"][1]


def test_where_all_is_well_every_line_is_ok_and_the_exit_code_is_0(bluedot: Bluedot, source: Path) -> None:
    called = bluedot("doctor")
    assert called.code == 0
    assert called.err == ""
    *lines, counts = called.text.splitlines()
    assert {line.split()[0] for line in lines} == {"ok", "skipped"}
    skipped = sum(line.startswith("skipped") for line in lines)
    assert counts == f"{len(lines) - skipped} ok, {skipped} skipped"
    assert "the newest is 2024-08-02 with 4 stock files" in called.text


def test_it_ends_with_the_errors_again_after_their_number(bluedot: Bluedot, folder: Path) -> None:
    lines = bluedot("doctor", BLUEDOT_SOURCE="nowhere").text.splitlines()
    assert lines[-2].startswith("1 error, ")
    assert lines[-1].startswith("error    source  ")
    assert [line.split() for line in lines].count(lines[-1].split()) == 2


def test_where_the_servers_packages_are_not_installed_it_names_the_line_that_its_page_has(
    bluedot: Bluedot, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("home/dagster.yaml", POSTGRES)()
    monkeypatch.setitem(sys.modules, "dagster_postgres", None)
    level, message = findings(bluedot("doctor", "--json", DAGSTER_PG_URL="postgresql://db/x"))["Dagster home"]
    assert level == "error"
    assert f"install that package (`{ADD_OF_SERVER}`)" in message
    assert ADD_OF_SERVER in (REPOSITORY / "docs_site/docs/server.md").read_text("utf-8").replace("\\\n    ", "")


@pytest.mark.parametrize(("check", "broken", "settings", "level", "words"), BREAKS)
def test_each_check_finds_what_is_broken_and_nothing_else_but_what_depends_on_it(
    bluedot: Bluedot,
    source: Path,
    check: str,
    broken: Callable[[], object],
    settings: dict[str, str],
    level: str,
    words: str,
) -> None:
    broken()
    called = bluedot("doctor", "--json", **settings)
    found = findings(called)
    assert found[check][0] == level
    assert re.search(words, found[check][1]), found[check]
    assert called.code == (1 if level == "error" else 0)
    assert SECRET not in called.text + called.err
    assert {one for name, (one, _) in found.items() if name != check} <= {"ok", "skipped"}


def test_every_check_is_broken_by_a_test() -> None:
    more = {"site_weekly": "weekly", "seeds": ("daily=https://example.org/seed_me_daily.git",)}
    platform = Platform(default_settings().model_copy(update=more))
    names = [check.name for check in all_checks(Checkup(platform, {}, {}))]
    assert set(names) == {one[0] for one in BREAKS} | ELSEWHERE
    assert len(names) == len(set(names))


def test_a_wrong_setting_skips_only_what_reads_it(bluedot: Bluedot, source: Path) -> None:
    found = findings(bluedot("doctor", "--json", BLUEDOT_START="soon", BLUEDOT_SITE_HISTORY="none"))
    levels = {name: level for name, (level, _) in found.items()}
    assert levels["settings"] == "error"
    assert {levels[name] for name in ("daily folders", "weekly folders", "site")} == {"skipped"}
    assert {levels[name] for name in ("source", "daily trigger", "data", "process log")} == {"ok"}
    assert found["site"][1] == "Needs a setting that is wrong (BLUEDOT_SITE_HISTORY)."


def test_an_env_file_that_cannot_be_read_is_an_error_and_what_it_might_set_is_skipped(
    bluedot: Bluedot, source: Path
) -> None:
    Path(".env").write_bytes(b"BLUEDOT_SITE=\xff\n")
    called = bluedot("doctor", "--json")
    assert called.code == 1
    found = findings(called)
    assert found["settings"] == ("error", ".env is not UTF-8 text (byte 13): save it as UTF-8.")
    assert {found[name][0] for name in ("source", "data", "site")} == {"skipped"}


def test_what_depends_on_a_skipped_check_is_skipped_for_the_first_cause() -> None:
    def fails(checkup: Checkup) -> CheckupResult:
        raise SettingsError("broken: mend it.")

    checks = [
        Check("first", fails),
        Check("second", lambda checkup: ok("fine"), needs=["first"]),
        Check("third", lambda checkup: ok("fine"), needs=["second"]),
        Check("apart", lambda checkup: ok("fine")),
    ]
    found = list(run_checks(checks, Checkup(Platform(default_settings()), {}, {})))
    assert [one.level for one in found] == [ResultLevel.error, ResultLevel.skipped, ResultLevel.skipped, ResultLevel.ok]
    assert found[2].message == "Needs what failed above (first)."


def test_a_check_that_fails_as_nobody_foresaw_ends_no_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checks = [
        Check("first", lambda checkup: ok(str(dict[str, int]()["absent"]))),
        Check("second", lambda _: ok("fine")),
    ]
    found = list(run_checks(checks, Checkup(Platform(default_settings()), {}, {})))
    assert [one.level for one in found] == [ResultLevel.error, ResultLevel.ok]
    assert found[0].message.startswith("Something that nobody foresaw went wrong (KeyError: 'absent')")
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys, "argv", ["bluedot", "--debug", "doctor"])
    assert len(list(run_checks(checks, Checkup(Platform(default_settings()), {}, {})))) == 2
    assert capsys.readouterr().err.startswith("Traceback (most recent call last):")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"cannot open {SECRET}: no", "cannot open ***: no"),
        ("bad https://user:pw@host/x and postgresql://u:p@db/x", "bad https://***@host/x and postgresql://***@db/x"),
        ("bad https://token@host/x", "bad https://***@host/x"),
        ("ssh://git@github.com/user/site.git has\ntwo lines", "ssh://git@github.com/user/site.git has two lines"),
    ],
)
def test_no_secret_and_no_line_break_leaves_a_check(said: str, shown: str) -> None:
    settings = default_settings().model_copy(update={"github_token": SecretStr(SECRET)})
    checks = [Check("any", lambda checkup: ok(said))]
    (found,) = run_checks(checks, Checkup(Platform(settings), {}, {}))
    assert found.message == shown


def test_no_secret_is_said_with_one_in_every_setting_that_takes_one(bluedot: Bluedot, source: Path) -> None:
    for form in ("{}", "https://user:{}@example.org/", '{{"type": "service_account", "private_key": "{}"}}'):
        secrets = dict.fromkeys([*SECRETS, "GOOGLE_APPLICATION_CREDENTIALS", "DAGSTER_PG_URL"], form.format(SECRET))
        for setting in ("drive", "gdrive:abc"):
            called = bluedot("doctor", BLUEDOT_SOURCE=setting, **secrets)
            assert SECRET not in called.text + called.err


@pytest.mark.parametrize("name", [name for name, default, _ in documented() if not default.isdecimal()])
@pytest.mark.parametrize(
    "form",
    ["https://user:{0}@127.0.0.1:9/x?key={0}", pytest.param('{{"private_key": "{0}"}}', marks=pytest.mark.long)],
)
def test_no_secret_is_said_that_was_pasted_into_another_setting(
    bluedot: Bluedot, source: Path, name: str, form: str
) -> None:
    called = bluedot("doctor", **{name: form.format(SECRET)})
    assert SECRET not in called.text + called.err


def test_a_cluster_whose_scheduler_is_not_there_is_an_error(
    bluedot: Bluedot, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CONNECT_S", 1)
    settings = {"BLUEDOT_DASK": "tcp://127.0.0.1:1", "BLUEDOT_DASK_SHARED_FOLDER": "true"}
    called = bluedot("doctor", "--json", **settings)
    level, message = findings(called)["cluster"]
    assert (called.code, level) == (1, "error")
    assert message.startswith("The Dask scheduler of BLUEDOT_DASK (tcp://127.0.0.1:1) does not answer")


def test_a_disk_with_little_room_is_a_warning_and_one_that_is_nearly_full_an_error(
    bluedot: Bluedot, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endings, "LEAST_FREE", 10**18)
    called = bluedot("doctor", "--json")
    level, message = findings(called)["disk space"]
    assert (called.code, level) == (0, "warning")
    assert re.fullmatch(r"[\d.]+ GB are free on the disk of the data\. Make room: set BLUEDOT_KEEP_DATA, .*", message)
    monkeypatch.setattr(doctor_machine, "NEARLY_FULL", 10**18)
    called = bluedot("doctor", "--json")
    assert (called.code, findings(called)["disk space"][0]) == (1, "error")


def test_a_disk_that_lasts_for_some_days_at_the_pace_so_far_is_a_warning(
    bluedot: Bluedot, source: Path, folder: Path
) -> None:
    free, now = free_bytes(folder), datetime.now(UTC)
    before = {str(folder / "data"): [[(now - timedelta(days=10)).isoformat(), free * 2]]}
    (folder / "data/alerts").mkdir(parents=True)
    (folder / "data/alerts/free_space.json").write_text(json.dumps(before))
    level, message = findings(bluedot("doctor", "--json"))["disk space"]
    assert level == "warning"
    assert re.search(r"MB less each day: enough for (9|10) days\. Make room", message)


def test_a_dagster_yaml_of_ones_own_is_compared_with_the_shipped_one(
    bluedot: Bluedot, source: Path, folder: Path
) -> None:
    own = INSTANCE.read_text().replace("max_concurrent_runs: 2", "max_concurrent_runs: 1")
    (folder / "home/dagster.yaml").write_text(own)
    assert findings(bluedot("doctor", "--json"))["Dagster home"][0] == "ok"
    (folder / "home/dagster.yaml").write_text(own[: own.index("run_retries")] + own[own.index("run_coordinator") :])
    level, message = findings(bluedot("doctor", "--json"))["Dagster home"]
    assert (level, "is your own without run_retries: take that from" in message) == ("warning", True)


def test_a_site_whose_newest_folders_fill_the_budget_is_a_warning(bluedot: Bluedot, done: Path) -> None:
    assert findings(bluedot("doctor", "--json"))["site room"][0] == "ok"
    state = json.loads((done / "site/status.json").read_bytes())
    state["timeframes"]["daily"]["folders"][DAY]["bytes"] = 430_000_000
    (done / "site/status.json").write_text(json.dumps(state))
    level, message = findings(bluedot("doctor", "--json"))["site room"]
    assert level == "warning"
    assert "of the 900 that BLUEDOT_SITE_BUDGET_MB allows: soon nothing is published. Give the weekly" in message


@pytest.mark.parametrize(
    ("today", "level", "said"),
    [
        (date.today(), "ok", "packages of"),  # noqa: DTZ011
        (RELEASED + timedelta(days=190), "warning", "The newest of the installed packages is of"),
        (PYTHON_ENDS[sys.version_info[:2]] - timedelta(days=100), "warning", "gets no security fixes after"),
    ],
)
def test_packages_and_a_python_without_fixes_are_a_warning(today: date, level: str, said: str) -> None:
    checkup = Checkup(Platform(default_settings(), lambda: datetime.fromisoformat(f"{today}T12:00Z")), {}, {})
    (check,) = [check for check in all_checks(checkup) if check.name == "packages"]
    (found,) = run_checks([check], checkup)
    assert (found.level, said in found.message) == (level, True)


def test_a_token_that_ends_soon_is_a_warning(
    bluedot: Bluedot, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_days = datetime.now(UTC) + timedelta(days=5, hours=1)
    with GitServer(tmp_path / "git") as server, github_api(TOKEN, token_ends=f"{in_days:%Y-%m-%d %H:%M:%S} UTC") as api:
        server.create("site")
        monkeypatch.setenv("GITHUB_SERVER_URL", f"http://127.0.0.1:{server.port}")
        monkeypatch.setenv("GITHUB_API_URL", api.url)
        called = bluedot("doctor", "--json", BLUEDOT_SITE=server.url("site"), GITHUB_TOKEN=TOKEN)
        level, message = findings(called)["tokens"]
        assert level == "warning"
        assert f"GITHUB_TOKEN ends in 5 days, on {in_days:%Y-%m-%d}. Make a new one" in message
        monkeypatch.setenv("GITHUB_SERVER_URL", "https://elsewhere.example")  # no token for another's API
        called = bluedot("doctor", "--json", BLUEDOT_SITE=server.url("site"), GITHUB_TOKEN=TOKEN)
        assert findings(called)["tokens"][0] == "ok"
        assert len(api.asked) == 1


def test_a_package_without_its_pages_is_an_error(tmp_path: Path) -> None:
    checkup = Checkup(Platform(default_settings(), shell=tmp_path), {}, {})
    (check,) = [check for check in all_checks(checkup) if check.name == "pages"]
    (found,) = run_checks([check], checkup)
    assert (found.level, found.message.partition(": ")[2]) == (ResultLevel.error, "install the whole package.")


NEXT_YEAR = tuple(f"XBOM:2027-{month:02d}-15" for month in (1, 3, 4, 8, 12))


@pytest.mark.parametrize(
    ("today", "holidays", "level", "said"),
    [
        ("2026-11-01", (), "ok", "BSE Mumbai (XBOM) to 2026-12-31"),
        (
            "2026-11-02",
            (),
            "warning",
            "The calendar of BSE Mumbai (XBOM) ends. Holidays are known only to 2026-12-31, 59 days from now. Update (",
        ),
        ("2026-12-31", (), "warning", "0 days from now"),
        (
            "2027-01-02",
            (),
            "warning",
            "The calendar of BSE Mumbai (XBOM) ends. Holidays are not known any more since 2026-12-31. Update (",
        ),
        # What it asks for is what cures it.
        ("2026-11-02", NEXT_YEAR, "ok", "BSE Mumbai (XBOM) to 2027-12-31, XNYS without an end"),
        ("2027-11-02", NEXT_YEAR, "warning", "only to 2027-12-31, 59 days from now"),
        ("2027-01-02", ("2027-12-24",), "warning", "not known any more since 2026-12-31"),  # one of many
        ("2026-11-02", ("+2027-11-07",), "warning", "only to 2026-12-31"),
    ],
)
def test_a_calendar_that_ends_in_sixty_days_is_a_warning(
    today: str, holidays: tuple[str, ...], level: str, said: str
) -> None:
    settings = default_settings().model_copy(update={"holidays": holidays})
    checkup = Checkup(Platform(settings, lambda: datetime.fromisoformat(f"{today}T12:00Z")), {}, {})
    (check,) = [check for check in all_checks(checkup) if check.name == "calendars"]
    (found,) = run_checks([check], checkup)
    assert found.level == level
    assert said in found.message
    assert ("BLUEDOT_HOLIDAYS" in found.message) == (level == "warning")


@pytest.mark.parametrize(("age_s", "level"), [(10, "ok"), (7200, "warning")])
def test_a_daemon_that_has_stopped_is_a_warning(
    bluedot: Bluedot, source: Path, folder: Path, age_s: int, level: str
) -> None:
    with dg.DagsterInstance.from_config(str(folder / "home")) as instance:
        for kind in instance.get_required_daemon_types():
            instance.add_daemon_heartbeat(DaemonHeartbeat(time.time() - age_s, kind, "this one", []))
    found = findings(bluedot("doctor", "--json"))["daemon"]
    assert found[0] == level
    assert "eartbeat" in found[1]


@pytest.mark.parametrize(
    ("status", "ago", "level"),
    [
        (dg.DagsterRunStatus.SUCCESS, timedelta(hours=9), "ok"),
        (dg.DagsterRunStatus.FAILURE, timedelta(hours=9), "warning"),
        (dg.DagsterRunStatus.SUCCESS, timedelta(days=4), "warning"),
        (None, timedelta(), "skipped"),
    ],
)
def test_a_housekeeping_that_failed_or_does_not_run_is_a_warning(
    folder: Path, status: dg.DagsterRunStatus | None, ago: timedelta, level: str
) -> None:
    checkup = Checkup(Platform(default_settings()), {}, {})
    assert doctor_machine.housekeeping(checkup).level == "skipped"  # no daemon
    origin = repository_of("bluedot_assets").get_job_origin("housekeeping")
    with dg.DagsterInstance.from_config(str(folder / "home")) as instance:
        instance.add_daemon_heartbeat(DaemonHeartbeat(time.time(), "SENSOR", "this one", []))
        if status:
            run = instance.create_run_for_job(housekeeping_job, status=status, remote_job_origin=origin)
            set_back(instance, run.run_id, ago)
    assert doctor_machine.housekeeping(checkup).level == level


def git_findings(bluedot: Bluedot, server: GitServer, token: str = TOKEN, **more: str) -> dict[str, tuple[str, str]]:
    return findings(bluedot("doctor", "--json", BLUEDOT_SITE=server.url("site"), GITHUB_TOKEN=token, **more))


def test_a_git_site_is_asked_for_the_right_to_push_and_nothing_changes_there(
    bluedot: Bluedot, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with GitServer(tmp_path / "git") as server:
        repository = server.create("site")
        level, said = git_findings(bluedot, server)["site"]
        assert (level, said.partition(" to, ")[2]) == ("ok", "and shows nothing yet.")
        assert repository.git("for-each-ref") == ""
        server.readers.add("reader")
        level, said = git_findings(bluedot, server, "reader")["site"]
        assert (level, "give GITHUB_TOKEN a token that may write" in said) == ("error", True)
        level, said = git_findings(bluedot, server, SECRET)["site"]
        assert (level, "GITHUB_TOKEN" in said, SECRET in said) == ("error", True, False)
        level, said = git_findings(bluedot, server, BLUEDOT_SITE_WEEKLY=server.url("none"))["weekly site"]
        assert (level, "There is no repository" in said) == ("error", True)
        monkeypatch.setattr("shutil.which", lambda name: None)
        level, said = git_findings(bluedot, server)["site"]
        assert (level, "install git" in said) == ("error", True)
    monkeypatch.undo()


def drive_findings(bluedot: Bluedot, drive: DriveServer, **more: str) -> dict[str, tuple[str, str]]:
    settings = {
        "BLUEDOT_SOURCE": f"gdrive:{drive.root_id}",
        "BLUEDOT_DRIVE_ENDPOINT": drive.endpoint,
        "GOOGLE_DRIVE_SERVICE_ACCOUNT": json.dumps(drive.service_account_info()),
    }
    return findings(bluedot("doctor", "--json", **settings | more))


def test_a_drive_is_asked_for_its_folders_and_for_the_right_to_write_the_log(bluedot: Bluedot, source: Path) -> None:
    with DriveServer(source) as drive:
        found = drive_findings(bluedot, drive)
        assert {found[name][0] for name in ("source", "daily folders", "weekly trigger", "process log")} == {"ok"}
        drive.share(drive.root_id, SERVICE_ACCOUNT, "reader")
        level, said = drive_findings(bluedot, drive)["process log"]
        assert (level, f"share it with {SERVICE_ACCOUNT} as Editor" in said) == ("warning", True)
        drive.remove(drive.find("triggers/process_log.txt"))
        level, said = drive_findings(bluedot, drive)["process log"]
        assert (level, "There is no process log yet: create triggers/process_log.txt" in said) == ("error", True)
        level, said = drive_findings(bluedot, drive, BLUEDOT_SOURCE="gdrive:other")["source"]
        assert (level, f"share it with {SERVICE_ACCOUNT}" in said) == ("error", True)
        level, said = drive_findings(bluedot, drive, GOOGLE_DRIVE_SERVICE_ACCOUNT="", GOOGLE_DRIVE_API_KEY="x")[
            "source"
        ]
        assert level == "error"


def test_seed_repositories_are_asked_for_the_right_to_push_one_by_one(
    bluedot: Bluedot, source: Path, tmp_path: Path
) -> None:
    with GitServer(tmp_path / "git") as server:
        repository = server.create("seed_me_daily")
        addresses = f"daily={server.url('seed_me_daily')},weekly={server.url('seed_me_weekly')}"
        found = findings(bluedot("doctor", "--json", BLUEDOT_SEEDS=addresses, GITHUB_TOKEN=TOKEN))
        assert found["seeds seed_me_daily"][0] == "ok"
        assert found["seeds seed_me_weekly"][0] == "error"
        assert repository.git("for-each-ref") == ""


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address at which the world reads it."""
    folder = tmp_path / "pages"
    folder.mkdir()
    server = SiteServer("127.0.0.1", 0, folder)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_public_site_is_compared_with_what_is_published(
    bluedot: Bluedot, done: Path, pages: tuple[Path, str]
) -> None:
    folder, url = pages

    def public(name: str = "public site", **more: str) -> tuple[str, str]:
        return findings(bluedot("doctor", "--json", BLUEDOT_SITE_URL=url, **more))[name]

    level, said = public()
    assert (level, "has no status.json, and the site has one: correct BLUEDOT_SITE_URL" in said) == ("error", True)
    (folder / "status.json").write_bytes((done / "site/status.json").read_bytes())
    assert public() == ("ok", f"{url} shows what is published.")
    (folder / "status.json").write_text('{"schema_version": 1, "timeframes": {"daily": {"as_of": "2024-08-01"}}}')
    level, said = public()
    assert (level, f"shows daily as of 2024-08-01, the site shows daily as of {DAY}" in said) == ("warning", True)
    (folder / "status.json").write_text("<html>")
    assert public() == ("error", f"{url} is no site of ours: correct BLUEDOT_SITE_URL.")
    weekly = {"BLUEDOT_SITE_WEEKLY": str(done / "site"), "BLUEDOT_SITE_WEEKLY_URL": f"{url}/none"}
    assert public("public weekly", **weekly)[0] == "error"


def test_a_clock_that_is_wrong_is_a_warning(
    bluedot: Bluedot, source: Path, pages: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert findings(bluedot("doctor", "--json", BLUEDOT_SITE_URL=pages[1]))["clock"][0] == "ok"
    monkeypatch.setattr(doctor_site, "MOST_SECONDS_APART", -1)
    level, said = findings(bluedot("doctor", "--json", BLUEDOT_SITE_URL=pages[1]))["clock"]
    assert (level, "let it be set by NTP" in said) == ("warning", True)


def test_a_message_is_sent_only_when_somebody_says_so(bluedot: Bluedot, source: Path, tmp_path: Path) -> None:
    with serving(tmp_path) as webhooks:
        settings = {"NOTIFICATION_WEBHOOK": webhooks.local}
        level, said = findings(bluedot("doctor", "--json", **settings))["messages"]
        assert (level, "not tried: say --send" in said, webhooks.received) == ("ok", True, [])
        called = bluedot("doctor", "--json", "--send", **settings)
        assert findings(called)["messages"][0] == "ok"
        assert len(webhooks.taken) == 2
        webhooks.answers["local"] = 404
        called = bluedot("doctor", "--json", "--send", **settings)
        assert called.code == 1
        assert "it answered 404" in findings(called)["messages"][1]
        assert "localSecret" not in called.text + called.err
