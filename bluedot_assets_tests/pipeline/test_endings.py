"""What ends soon reaches people once, and once when it is over, whoever looks; no folder of a machine is published."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from bluedot_assets.adapters.code_version import newest_release
from bluedot_assets.adapters.git.token_expiry import token_expiry
from bluedot_assets.adapters.storage.layout import MACHINE
from bluedot_assets.adapters.storage.store.local import LocalStore
from bluedot_assets.kernel.alerts import endings
from bluedot_assets.kernel.alerts.endings import sentence_of
from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.errors import ObjectMissing, RepositoryUnreachable
from bluedot_assets.pipeline.notifications import notify
from bluedot_assets.pipeline.upkeep.endings import (
    _machine,
    disk_endings,
    machine_endings,
    package_endings,
    site_endings,
    token_endings,
)
from bluedot_assets.pipeline.upkeep.notify_endings import notify_endings
from bluedot_assets_tests.actions.github_api import Api, github_api
from bluedot_assets_tests.examples.trees import DAY, NOW, Clock, Installation
from bluedot_assets_tests.servers.git import TOKEN, GitServer
from bluedot_assets_tests.servers.webhooks import Webhooks

SOON = f"{NOW + timedelta(days=5):%Y-%m-%d %H:%M:%S} UTC"
FULL = 10**18  # bytes that no disk has


@pytest.fixture
def here(running: Installation, webhooks: Webhooks) -> Installation:
    """A published installation of which nothing ends, and whose digests people have."""
    running.set(NOTIFICATION_WEBHOOK=webhooks.local)
    notify(running.platform)
    webhooks.received.clear()
    return running


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[GitServer, Api]]:
    """A host of repositories, with the API that knows when its tokens end."""
    with GitServer(tmp_path / "git") as server, github_api(TOKEN, token_ends=SOON) as api:
        server.create("weekly")
        monkeypatch.setenv("GITHUB_SERVER_URL", f"http://127.0.0.1:{server.port}")
        monkeypatch.setenv("GITHUB_API_URL", api.url)
        yield server, api


def change_status(here: Installation, **of_daily: Any) -> None:
    path = here.site / "status.json"
    status = json.loads(path.read_bytes())
    daily = status["timeframes"]["daily"]
    daily["folders"][DAY]["bytes"] = of_daily["bytes"]
    daily["calendars"]["XBOM"] = of_daily["until"]
    path.unlink()  # other versions of the site are links to the same file
    path.write_text(json.dumps(status))


def published_texts(here: Installation) -> list[str]:
    return [(here.site / name).read_text() for name in ("notices.json", "status.json")]


def test_two_processes_find_one_name_of_their_machine(running: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    _ = running.platform.outputs
    (running.data / MACHINE).unlink(missing_ok=True)

    both, read = Barrier(2), LocalStore.read

    def late(self: LocalStore, path: str) -> bytes:
        """Each finds none before one of them writes."""
        try:
            return read(self, path)
        except ObjectMissing:
            both.wait(60)
            raise

    monkeypatch.setattr(LocalStore, "read", late)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(_machine, [running.platform] * 2)
    assert first == second == (running.data / MACHINE).read_text()


def test_each_ending_arrives_once_and_is_over_once(
    here: Installation, webhooks: Webhooks, host: tuple[GitServer, Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, api = host
    release = newest_release()
    assert release is not None
    here.set(BLUEDOT_SITE_WEEKLY=server.url("weekly"), GITHUB_TOKEN=TOKEN)
    change_status(here, bytes=430_000_000, until=f"{NOW:%Y-%m-%d}")
    with monkeypatch.context() as patched:
        patched.setattr(endings, "LEAST_FREE", FULL)
        patched.setattr(endings, "PACKAGES_AGE", NOW.date() - release - timedelta(days=1))
        found = notify_endings(here.platform, str(here.root / "home"))
        titles = [
            "The disk of the data is filling up",
            "The installed packages are old",
            "GITHUB_TOKEN ends",
            "The calendar of BSE Mumbai (XBOM) ends",
            "The site has hardly any room left",
        ]
        assert sorted(webhooks.titles()) == sorted(titles)
        assert [sentence.partition(": ")[0] for sentence in found] == titles
        assert len(notify_endings(here.platform, str(here.root / "home"))) == len(titles)
        assert len(webhooks.received) == len(titles)
    webhooks.received.clear()
    change_status(here, bytes=1_000, until=f"{NOW.year + 2}-01-01")
    api.token_ends = ""
    for _ in range(2):
        assert notify_endings(here.platform, str(here.root / "home")) == []
    assert sorted(webhooks.titles()) == sorted(f"Over: {title}" for title in titles)


def test_no_folder_of_the_machine_is_published_though_no_message_arrives(
    here: Installation, webhooks: Webhooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endings, "LEAST_FREE", FULL)
    change_status(here, bytes=890_000_000, until=f"{NOW:%Y-%m-%d}")
    webhooks.answers["local"] = 503
    home = str(here.root / "home")
    sentences = notify_endings(here.platform, home)
    assert any("was not delivered" in sentence for sentence in sentences)
    notices, status = published_texts(here)
    assert "filling up" in notices and "filling up" in status
    assert str(here.root) not in notices + status
    for id, incident in json.loads(notices)["incidents"].items():
        assert "/" not in id + incident.get("title", "")


def test_people_are_notified_of_a_site_that_cannot_be_read_without_its_folder(
    here: Installation, webhooks: Webhooks
) -> None:
    here.set(BLUEDOT_SITE_WEEKLY=str(here.root / "weekly"))
    (here.root / "weekly").mkdir()
    (here.root / "weekly/status.json").write_text("{")
    webhooks.answers["local"] = 503
    notify(here.platform)
    notices, status = published_texts(here)
    assert "The site cannot be read" in notices
    assert str(here.root) not in notices + status


def test_a_machine_ends_nothing_that_another_one_found(here: Installation, webhooks: Webhooks, tmp_path: Path) -> None:
    other = Installation(tmp_path / "other", {**here.values, "BLUEDOT_SITE": str(here.site)}, Clock(NOW))
    here.clock.now = NOW.replace(year=2029)

    def heard() -> list[str]:
        return [title for title in webhooks.titles() if "packages" in title]

    for _ in range(2):
        notify_endings(here.platform)
        notify_endings(other.platform)
        assert heard() == ["The installed packages are old"]
    here.clock.now = NOW
    notify_endings(here.platform)
    assert heard()[1:] == ["Over: The installed packages are old"]


def test_a_host_that_does_not_answer_ends_no_warning_of_a_token(
    here: Installation, webhooks: Webhooks, host: tuple[GitServer, Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    here.set(BLUEDOT_SITE_WEEKLY=host[0].url("weekly"), GITHUB_TOKEN=TOKEN)
    notify_endings(here.platform)
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:1")
    notify_endings(here.platform)
    assert [title for title in webhooks.titles() if "TOKEN" in title] == ["GITHUB_TOKEN ends"]


def test_the_end_of_a_token_is_known_or_an_error(host: tuple[GitServer, Api]) -> None:
    server, api = host
    asked = server.url("weekly"), dict(os.environ)
    assert str(token_expiry(asked[0], TOKEN, asked[1])) == SOON.replace(" UTC", "+00:00")
    api.token_ends = ""
    assert token_expiry(asked[0], TOKEN, asked[1]) is None
    assert token_expiry("https://elsewhere.example/a/b", TOKEN, asked[1]) is None
    with pytest.raises(RepositoryUnreachable, match="until when the token is good"):
        token_expiry(asked[0], "another", asked[1])


def test_in_a_workflow_the_secret_is_named_and_the_token_of_the_job_never_ends(
    here: Installation, host: tuple[GitServer, Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    here.set(BLUEDOT_SITE_WEEKLY=host[0].url("weekly"), GITHUB_TOKEN=TOKEN)
    (problem,) = token_endings(here.platform)
    assert "BLUEDOT_GITHUB_TOKEN ends in 5 days" in sentence_of(problem)
    ids = [problem.id for problem in machine_endings(here.platform)[0]]
    assert ids == ["github token:BLUEDOT_GITHUB_TOKEN"]  # whichever runner it is
    here.set(GITHUB_TOKEN="ghs_made-for-this-job")  # noqa: S106
    assert token_endings(here.platform) == []


def test_with_data_in_a_bucket_the_disk_of_temporary_files_has_to_have_room(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endings, "LEAST_FREE", FULL)
    here.set(BLUEDOT_DATA="memory://nowhere-full")
    problem = disk_endings(here.platform)[0]
    assert problem.id == "disk:temporary files"
    assert "name a folder of another disk with TMPDIR" in sentence_of(problem)


def test_no_id_and_no_title_of_what_ends_has_a_folder_or_an_address(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endings, "LEAST_FREE", FULL)
    # As if each folder had a disk of its own.
    monkeypatch.setattr("bluedot_assets.pipeline.upkeep.endings.disks", lambda folders: dict.fromkeys(folders, 1))
    change_status(here, bytes=430_000_000, until=f"{NOW:%Y-%m-%d}")
    here.set(BLUEDOT_SITE_WEEKLY=str(here.root / "weekly"))
    here.clock.now = NOW.replace(year=2029)
    problems = disk_endings(here.platform, str(here.root / "home"))
    assert [one.id for one in problems] == ["disk:data", "disk:site", "disk:weekly site", "disk:Dagster home"]
    states = {"daily": here.platform.status(DAILY)}
    places = {"daily": str(here.site), "weekly": str(here.root / "weekly")}
    problems += [*package_endings(here.platform), *site_endings(here.platform, states, places)]
    assert [one.id for one in problems[4:]] == ["packages:age", "calendar:XBOM", "room:daily"]
    for problem in problems:
        assert "/" not in problem.id + problem.title + problem.why
