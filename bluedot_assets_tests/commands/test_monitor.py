"""`bluedot monitor` against a public site that is well, down, slow or half there."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bluedot_assets.kernel.alerts.endings import sentence_of
from bluedot_assets.kernel.alerts.incidents import Problem
from bluedot_assets.pipeline import platform as resources
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.upkeep.notify_endings import notify_endings
from bluedot_assets.settings.load import load_settings
from bluedot_assets_tests.actions.github_api import github_api
from bluedot_assets_tests.examples.command_line import Bluedot
from bluedot_assets_tests.examples.trees import DAY, NOW, STOCKS
from bluedot_assets_tests.servers.git import TOKEN, GitServer
from bluedot_assets_tests.servers.public_sites import Host, served
from bluedot_assets_tests.servers.webhooks import Webhooks, serving

Monitor = Callable[..., tuple[int, Any]]
OLD_AND_FULL = ("The installed packages are old", "The site has hardly any room left")


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Sets the clock of all commands."""

    def set_clock(now: datetime) -> None:
        monkeypatch.setattr(resources.Platform.__init__, "__defaults__", _with_clock(lambda: now))

    set_clock(NOW)
    return set_clock


def _with_clock(clock: Callable[[], datetime]) -> tuple[object, ...]:
    defaults = list(resources.Platform.__init__.__defaults__ or ())
    return (clock, *defaults[1:])


@pytest.fixture
def host(done: Path) -> Iterator[Host]:
    with served(done / "site") as serving_host:
        yield serving_host


@pytest.fixture
def webhooks(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhooks]:
    with serving(tmp_path_factory.mktemp("webhooks")) as local:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield local


@pytest.fixture
def monitor(bluedot: Bluedot, host: Host, at: Callable[[datetime], None]) -> Monitor:
    def call(*words: str, **settings: str) -> tuple[int, Any]:
        called = bluedot("monitor", "--json", *(words or ("--url", f"{host.url}/")), **settings)
        return called.code, json.loads(called.out)

    return call


def rewrite(path: Path, content: bytes) -> None:
    path.unlink()  # other folders have links to the same file
    path.write_bytes(content)


def test_a_site_that_is_well_is_0_and_says_how_old_it_is(monitor: Monitor, host: Host) -> None:
    code, said = monitor()
    assert (code, said["healthy"], said["wrong"]) == (0, True, [])
    assert set(said["timeframes"]) == {"daily", "weekly"}
    daily = said["timeframes"]["daily"]
    assert (daily["as_of"], daily["stocks"], daily["sampled"]) == (DAY, STOCKS, 16)
    assert daily["age_hours"] is not None
    assert sum(path.endswith(".csv") for path in host.asked) == 32


def test_in_words_it_is_a_line_for_each_timeframe(bluedot: Bluedot, host: Host, at: object) -> None:
    called = bluedot("monitor", "--url", host.url, "--sample", "3")
    assert called.code == 0
    assert f"daily: as of {DAY}" in called.text
    assert "3 CSVs compared" in called.text
    assert f"Beside these notes all is well at {host.url}" in called.text


def test_the_address_may_come_from_the_settings(monitor: Monitor, host: Host) -> None:
    code, said = monitor("--sample", "1", BLUEDOT_SITE_URL=host.url)
    assert (code, said["url"]) == (0, host.url)


def test_without_any_address_it_says_which_setting_is_missing(bluedot: Bluedot, folder: Path) -> None:
    called = bluedot("monitor")
    assert called.code == 2
    assert "BLUEDOT_SITE_URL is not set" in called.err


@pytest.mark.parametrize(
    "form", ["http://user:{}@127.0.0.1:{}", "http://127.0.0.1:{1}/?key={0}", "user:{}@host", "{0}:{0}@host"]
)
def test_an_address_that_holds_a_secret_is_refused_before_anything_is_printed_or_published(
    bluedot: Bluedot, host: Host, done: Path, form: str
) -> None:
    address = form.format("SECRET", host.url.rpartition(":")[2])
    called = bluedot("monitor", "--url", address)
    assert called.code == 2
    assert "--url is no public address: write it like https://" in called.err
    assert "BLUEDOT_SITE_URL" in bluedot("monitor", BLUEDOT_SITE_URL=address).err
    assert "SECRET" not in called.text + called.err
    assert (host.asked, [path for path in done.rglob("*.json") if b"SECRET" in path.read_bytes()]) == ([], [])


def test_a_late_site_is_wrong(monitor: Monitor, at: Callable[[datetime], None]) -> None:
    at(datetime(2024, 8, 20, tzinfo=UTC))
    code, said = monitor()
    assert code == 1
    assert [wrong.partition(".")[0] for wrong in said["wrong"]] == ["daily is late", "weekly is late"]


def test_a_calendar_that_ends_soon_is_a_note_and_nothing_wrong(monitor: Monitor, done: Path) -> None:
    status = done / "site/status.json"
    said = json.loads(status.read_bytes())
    assert said["timeframes"]["daily"]["calendars"]["XBOM"] >= "2026-12-31"
    for state in said["timeframes"].values():
        state["calendars"]["XBOM"] = f"{NOW:%Y-%m-%d}"
    rewrite(status, json.dumps(said).encode())
    code, found = monitor()
    assert (code, found["healthy"]) == (0, True)
    (note,) = [note for note in found["notes"] if "XBOM" in note]
    assert note.startswith(
        f"The calendar of BSE Mumbai (XBOM) ends. Why: holidays are known only to {NOW:%Y-%m-%d}, 0 days from now. "
    )
    assert "What to do: update (docs_site/docs/tutorials/upgrading.md), or write" in note
    assert [one["id"] for one in found["problems"]] == ["calendar:XBOM"]


def test_the_monitor_the_housekeeping_and_the_doctor_say_the_same_once(
    monitor: Monitor, bluedot: Bluedot, done: Path, webhooks: Webhooks, host: Host, at: Callable[[datetime], None]
) -> None:
    monitor(NOTIFICATION_WEBHOOK=webhooks.local)  # the digests
    webhooks.received.clear()
    status = done / "site/status.json"
    said = json.loads(status.read_bytes())
    said["timeframes"]["daily"]["folders"][DAY]["bytes"] = 430_000_000
    rewrite(status, json.dumps(said).encode())
    at(NOW.replace(year=2029))
    code, found = monitor()
    packages, room = (one for one in found["problems"] if one["title"] in OLD_AND_FULL)
    sentences = notify_endings(Platform(load_settings()))
    assert monitor()[0] == code
    assert [title for title in webhooks.titles() if title.endswith(OLD_AND_FULL)] == [*OLD_AND_FULL]
    findings = {one["check"]: one["message"] for one in json.loads(bluedot("doctor", "--json").out)["checks"]}
    for problem, name in ((room, "site room"), (packages, "packages")):
        sentence = sentence_of(Problem(**problem))
        assert f"{problem['title']}: {sentence}" in sentences
        assert findings[name] == sentence


def test_a_token_of_the_workflows_that_ends_is_a_note_of_the_monitor_and_reaches_people_once(
    monitor: Monitor, webhooks: Webhooks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = f"{NOW + timedelta(days=5):%Y-%m-%d %H:%M:%S} UTC"
    with GitServer(tmp_path / "git") as server, github_api(TOKEN, token_ends=ends) as api:
        server.create("weekly")
        monkeypatch.setenv("GITHUB_SERVER_URL", f"http://127.0.0.1:{server.port}")
        monkeypatch.setenv("GITHUB_API_URL", api.url)
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
        settings = {"BLUEDOT_SITE_WEEKLY": server.url("weekly"), "GITHUB_TOKEN": TOKEN}
        for _ in range(2):
            code, found = monitor(NOTIFICATION_WEBHOOK=webhooks.local, **settings)
            assert (code, found["wrong"]) == (0, [])
            (note,) = [note for note in found["notes"] if "TOKEN" in note]
            assert note.startswith("BLUEDOT_GITHUB_TOKEN ends.")
        assert [title for title in webhooks.titles() if "TOKEN" in title] == ["BLUEDOT_GITHUB_TOKEN ends"]


def test_a_csv_with_other_bytes_is_found(monitor: Monitor, done: Path) -> None:
    csv = sorted((done / "site/daily/latest").glob("*_BLUE_DOTS.csv"))[0]
    rewrite(csv, b"20240802T,1,1,1,1,0\n")
    code, said = monitor()
    assert code == 1
    (wrong,) = said["wrong"]
    assert "1 of 16 sampled daily CSVs are not what was published" in wrong
    assert csv.name in wrong
    assert f"--partition {DAY}" in wrong


def test_an_absent_csv_is_found(monitor: Monitor, done: Path) -> None:
    csv = sorted((done / "site/weekly/latest").glob("*.csv"))[0]
    csv.unlink()
    code, said = monitor()
    assert code == 1
    assert f"1 absent: {csv.name}" in said["wrong"][0]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("index.json", b"{"),
        ("dashboard.json", None),
        pytest.param("index.json", None, marks=pytest.mark.long),
        pytest.param("dashboard.json", b"{", marks=pytest.mark.long),
    ],
)
def test_a_small_file_that_is_absent_or_broken_is_found(
    monitor: Monitor, done: Path, name: str, content: bytes | None
) -> None:
    path = done / "site/daily/latest" / name
    if content is None:
        path.unlink()
    else:
        rewrite(path, content)
    code, said = monitor()
    assert code == 1
    assert "The public daily folder is not whole" in said["wrong"][0]
    assert f"daily/latest/{name}" in said["wrong"][0]


def test_a_status_of_one_publish_and_an_index_of_another_are_found(monitor: Monitor, done: Path) -> None:
    index = done / "site/daily/latest/index.json"
    rewrite(index, index.read_bytes().replace(f'"as_of":"{DAY}"'.encode(), b'"as_of":"2024-08-01"'))
    code, said = monitor()
    assert code == 1
    assert "half of one publish and half of another" in said["wrong"][0]


def test_a_folder_with_too_few_stocks_is_wrong_though_a_person_let_it_through(monitor: Monitor, done: Path) -> None:
    status = done / "site/status.json"
    said = json.loads(status.read_bytes())
    said["timeframes"]["daily"]["expected"] = 10
    rewrite(status, json.dumps(said).encode())
    code, found = monitor()
    assert code == 1
    assert f"daily {DAY} is incomplete" in found["wrong"][0]


def test_a_site_that_is_down_is_one_sentence(monitor: Monitor) -> None:
    code, said = monitor("--url", "http://127.0.0.1:1/site")
    assert code == 1
    (wrong,) = said["wrong"]
    assert wrong.startswith("The public site cannot be reached.")


def test_a_site_that_answers_with_errors_is_one_sentence(monitor: Monitor, host: Host) -> None:
    host.failing.add("*")
    code, said = monitor()
    assert code == 1
    assert "503" in said["wrong"][0]


def test_a_site_that_drips_is_given_up_in_time(monitor: Monitor, host: Host) -> None:
    host.slow.add("*")
    began = time.monotonic()
    code, said = monitor("--url", host.url, "--within", "2")
    assert code == 1
    assert "did not answer within 1 s" in said["wrong"][0]
    assert time.monotonic() - began < 10


@pytest.mark.long
def test_a_site_of_which_one_file_drips_is_judged_by_the_rest(monitor: Monitor, host: Host) -> None:
    host.slow.add("daily/latest/dashboard.json")
    code, said = monitor("--url", host.url, "--within", "4")
    assert code == 1
    assert "daily/latest/dashboard.json cannot be read" in said["wrong"][0]
    assert said["timeframes"]["daily"]["as_of"] == DAY


@pytest.mark.parametrize(("content", "found"), [(b"<html>", "state cannot be read"), (b"{}", "shows nothing")])
def test_a_page_that_is_no_site_of_ours_is_found(monitor: Monitor, done: Path, content: bytes, found: str) -> None:
    rewrite(done / "site/status.json", content)
    code, said = monitor()
    assert code == 1
    assert found in said["wrong"][0]


@pytest.mark.long
def test_people_hear_of_it_once_and_of_its_end(monitor: Monitor, done: Path, webhooks: Webhooks) -> None:
    csv = sorted((done / "site/daily/latest").glob("*.csv"))[0]
    good = csv.read_bytes()
    monitor(NOTIFICATION_WEBHOOK=webhooks.local)  # the digests
    webhooks.received.clear()
    rewrite(csv, b"other\n")
    for _ in range(2):
        assert monitor()[0] == 1
    assert webhooks.titles() == ["1 of 16 sampled daily CSVs are not what was published"]
    csv = sorted((done / "site/daily/latest").glob("*.csv"))[0]
    rewrite(csv, good)
    for _ in range(2):
        assert monitor()[0] == 0
    assert webhooks.titles()[1:] == ["Over: 1 of 16 sampled daily CSVs are not what was published"]


@pytest.mark.long
def test_lateness_that_the_monitor_told_is_not_told_again_by_notify(
    monitor: Monitor, bluedot: Bluedot, webhooks: Webhooks, at: Callable[[datetime], None]
) -> None:
    monitor(NOTIFICATION_WEBHOOK=webhooks.local)
    webhooks.received.clear()
    at(datetime(2024, 8, 20, tzinfo=UTC))
    monitor()
    assert webhooks.titles() == ["daily is late", "weekly is late"]
    assert bluedot("notify").code == 0
    assert len(webhooks.received) == 2


def test_without_a_site_of_its_own_it_tells_and_remembers_beside(
    monitor: Monitor, host: Host, webhooks: Webhooks, folder: Path
) -> None:
    host.failing.add("*")
    for _ in range(2):
        monitor(NOTIFICATION_WEBHOOK=webhooks.local, BLUEDOT_SITE="elsewhere/site", BLUEDOT_DATA="elsewhere")
    assert webhooks.titles() == ["The public site cannot be reached"]
    assert not (folder / "elsewhere/site").exists()


def test_a_webhook_that_is_down_does_not_hide_what_is_wrong(monitor: Monitor, host: Host, webhooks: Webhooks) -> None:
    webhooks.answers["local"] = 404
    host.failing.add("*")
    code, said = monitor(NOTIFICATION_WEBHOOK=webhooks.local)
    assert code == 1
    assert "was not delivered to JSON" in said["warnings"][0]


def test_a_publish_that_comes_in_between_is_no_fault(monitor: Monitor, host: Host, done: Path) -> None:
    index = (done / "site/daily/latest/index.json").read_bytes()
    host.once["daily/latest/index.json"] = index.replace(f'"as_of":"{DAY}"'.encode(), b'"as_of":"2024-08-01"')
    code, said = monitor()
    assert (code, said["wrong"]) == (0, [])
    assert host.asked.count("daily/latest/index.json") == 2
