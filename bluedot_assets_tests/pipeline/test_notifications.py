"""Telling people over real sites and webhooks: each thing once, whoever looks, and never lost."""

import json
import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from bluedot_assets.adapters.storage.layout import PENDING_LEDGER
from bluedot_assets.kernel.alerts.incidents import CallerFacts, Problem
from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY
from bluedot_assets.kernel.site.status import CheckResult, Run
from bluedot_assets.pipeline.notifications import NotificationResult, notify
from bluedot_assets.pipeline.stages.site import publish_failure
from bluedot_assets_tests.examples.trees import DAY, DAYS, NOW, WEEK, Installation, hashes
from bluedot_assets_tests.servers.git import TOKEN, GitServer
from bluedot_assets_tests.servers.webhooks import DISCORD, DISCORD_TOKEN, SLACK, SLACK_TOKEN, Webhooks

URL = "https://trader.example/dots"


@pytest.fixture
def here(running: Installation, webhooks: Webhooks) -> Installation:
    """A published installation whose digests were told already."""
    running.set(NOTIFICATION_WEBHOOK=webhooks.local, BLUEDOT_SITE_URL=URL)
    told(running)
    webhooks.received.clear()
    return running


def give_dots(installation: Installation, timeframe: str = "daily", key: str = DAY) -> list[str]:
    """Let every stock of the published folder have a dot on its last bar."""
    path = installation.site / timeframe / key / "dashboard.json"
    dashboard = json.loads(path.read_bytes())
    age, last = (dashboard["columns"].index(name) for name in ("dot_age", "last"))
    for row in dashboard["stocks"]:
        row[age] = 0 if row[last] == dashboard["session"] else row[age]
    path.unlink()  # other versions of the site are links to the same file
    path.write_text(json.dumps(dashboard))
    return [row[0] for row in dashboard["stocks"] if row[age] == 0]


def digests(webhooks: Webhooks) -> list[str]:
    return [title for title in webhooks.titles() if "blue dot" in title]


def first_digest(webhooks: Webhooks) -> str:
    return next(one.text for one in webhooks.taken if "blue dot" in one.title)


def told(installation: Installation, facts: CallerFacts | None = None) -> NotificationResult:
    telling = notify(installation.platform, facts)
    assert telling is not None
    return telling


def notices(installation: Installation) -> Any:
    return json.loads((installation.site / "notices.json").read_bytes())


def fail(installation: Installation, reason: str = "no files") -> None:
    publish_failure(installation.platform, DAILY, "2024-08-05", f"run of {reason}", reason)


def test_without_an_address_nothing_is_told_and_nothing_is_written(running: Installation) -> None:
    before = hashes(running.site)
    assert notify(running.platform) is None
    assert hashes(running.site) == before


def test_the_first_look_tells_the_newest_digest_of_each_timeframe(running: Installation, webhooks: Webhooks) -> None:
    running.set(NOTIFICATION_WEBHOOK=webhooks.local, BLUEDOT_SITE_URL=URL)
    dotted = give_dots(running)
    assert len(dotted) > 1
    assert told(running).sentences() == []
    assert digests(webhooks) == [
        f"daily {DAY}: {len(dotted)} new blue dots (sample data)",
        f"weekly {WEEK}: 1 new blue dot (sample data)",
    ]
    for symbol in dotted:
        assert f"[{symbol}]({URL}/stock.html?symbol={symbol}&timeframe=daily)" in first_digest(webhooks)
    assert "4 stocks, 16 CSVs, no file rejected" in first_digest(webhooks)


def test_looking_again_tells_nothing_and_changes_no_byte(here: Installation, webhooks: Webhooks) -> None:
    before = hashes(here.site), hashes(here.data)
    assert told(here) == NotificationResult()
    assert webhooks.received == []
    assert (hashes(here.site), hashes(here.data)) == before


def test_an_old_date_that_is_run_later_gives_no_digest(here: Installation, webhooks: Webhooks) -> None:
    here.set(BLUEDOT_SITE_URL=None)
    assert here.run("daily", DAYS[0]).success
    told(here)
    assert digests(webhooks) == []


def test_a_failure_is_told_once_by_whoever_looks_first(here: Installation, webhooks: Webhooks) -> None:
    fail(here)
    run = Run("2024-08-05", "failed", NOW, "r", reason="no files")
    told(here, CallerFacts(failures={"daily": [run]}))
    told(here)
    told(Installation(here.root, dict(here.values)), CallerFacts(failures={"daily": [run]}))
    assert webhooks.titles() == ["daily 2024-08-05 failed"]
    assert "no files" in webhooks.taken[0].text
    assert "failed:daily:2024-08-05" in notices(here)["incidents"]


def test_lateness_and_its_end_are_told(here: Installation, webhooks: Webhooks) -> None:
    here.clock.now = NOW.replace(day=20)
    told(here)
    told(here)
    assert sorted(webhooks.titles()) == ["daily is late", "weekly is late"]


def test_only_the_timeframes_that_are_asked_for_are_judged(here: Installation, webhooks: Webhooks) -> None:
    here.clock.now = NOW.replace(day=20)
    notify(here.platform, None, [WEEKLY])
    assert webhooks.titles() == ["weekly is late"]


def test_a_webhook_that_is_down_gets_its_message_the_next_time_and_the_page_says_so_until_then(
    here: Installation, webhooks: Webhooks
) -> None:
    here.set(NOTIFICATION_WEBHOOK=f"{SLACK} {DISCORD}")
    webhooks.answers["discord.com"] = 503
    fail(here)
    (sentence,) = told(here).sentences()
    assert "“daily 2024-08-05 failed” was not delivered to Discord: it answered 503" in sentence
    assert webhooks.titles("hooks.slack.com") == ["daily 2024-08-05 failed"]
    (waiting,) = here.status()["undelivered"]
    assert (waiting["title"], list(waiting["receivers"])) == ("daily 2024-08-05 failed", ["Discord"])
    before = hashes(here.site)
    assert told(here).sentences() == [sentence]
    assert hashes(here.site) == before
    del webhooks.answers["discord.com"]
    assert told(here).sentences() == []
    assert webhooks.titles("discord.com") == ["daily 2024-08-05 failed"]
    assert len(webhooks.titles("hooks.slack.com")) == 1
    assert here.status()["undelivered"] == []
    assert notices(here)["undelivered"] == {}


@pytest.mark.long
def test_the_state_of_deliveries_survives_the_next_publish(here: Installation, webhooks: Webhooks) -> None:
    webhooks.answers["local"] = 404
    fail(here)
    told(here)
    here.set(BLUEDOT_SITE_URL=None)
    assert here.run("daily", DAYS[1]).success
    assert len(here.status()["undelivered"]) == 1


def test_digest_and_trouble_can_go_to_different_places(here: Installation, webhooks: Webhooks) -> None:
    here.set(NOTIFICATION_WEBHOOK_DIGEST=DISCORD, NOTIFICATION_WEBHOOK_TROUBLE=SLACK)
    (here.site / "notices.json").unlink()
    fail(here)
    told(here)
    assert "daily 2024-08-05 failed" in webhooks.titles("hooks.slack.com")
    assert len(webhooks.titles("discord.com")) == len(digests(webhooks)) == 2
    assert webhooks.titles("local") == []


def test_a_watched_stock_is_named_first_and_marked(here: Installation, webhooks: Webhooks, tmp_path: Path) -> None:
    dotted = give_dots(here)
    (tmp_path / "mine.txt").write_text(f"###Mine,NSE:{dotted[-1]}\n")
    here.set(BLUEDOT_WATCHLIST=str(tmp_path / "mine.txt"))
    (here.site / "notices.json").unlink()
    told(here)
    listed = [line for line in first_digest(webhooks).splitlines() if line.startswith("- ")]
    assert listed[0].startswith(f"- ★ [{dotted[-1]}]")
    assert sum("★" in line for line in listed) == 1


def test_a_watchlist_that_cannot_be_read_is_said_and_the_digest_goes_out(
    here: Installation, webhooks: Webhooks
) -> None:
    here.set(BLUEDOT_WATCHLIST="/nowhere/mine.txt")
    (here.site / "notices.json").unlink()
    assert any("BLUEDOT_WATCHLIST" in sentence for sentence in told(here).sentences())
    assert len(digests(webhooks)) == 2
    assert "mine.txt" in first_digest(webhooks)


def test_a_site_that_cannot_be_written_is_told_of_once_and_remembers_when_it_can_be(
    here: Installation, webhooks: Webhooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run("2024-08-05", "failed", NOW, "r", reason="the push was refused")
    facts = CallerFacts(failures={"daily": [run]})
    with monkeypatch.context() as patched:
        patched.setattr(type(here.platform.site), "publish", _refuse)
        assert any("cannot remember" in sentence for sentence in told(here, facts).sentences())
        told(here, facts)
        told(here)
        assert webhooks.titles() == ["daily 2024-08-05 failed"]
        assert here.platform.outputs.store.size(PENDING_LEDGER) is not None
    told(here)
    assert "failed:daily:2024-08-05" in notices(here)["incidents"]
    assert here.platform.outputs.store.size(PENDING_LEDGER) is None
    told(here)
    assert len(webhooks.received) == 1


def _refuse(*_: object) -> None:
    raise PermissionError("read-only file system")


def test_a_site_that_cannot_be_read_is_told_once_and_its_return_too(here: Installation, webhooks: Webhooks) -> None:
    fail(here)
    told(here)
    status = here.site / "status.json"
    content = status.read_bytes()
    status.unlink()
    status.write_bytes(b"{broken")
    telling = told(here)
    assert not telling.site_was_read
    told(here)
    assert webhooks.titles() == ["daily 2024-08-05 failed", "The site cannot be read"]
    status.write_bytes(content)
    told(here)
    told(here)
    assert webhooks.titles()[2:] == ["Over: The site cannot be read"]


def test_a_place_that_was_never_a_site_is_not_made_one(installation: Installation, webhooks: Webhooks) -> None:
    installation.set(NOTIFICATION_WEBHOOK=webhooks.local)
    problem = Problem("public:down", "The public site cannot be reached", "no answer", "look")
    seen = CallerFacts(problems=[problem], checkers=frozenset({"public"}))
    told(installation, seen)
    told(installation, seen)
    assert webhooks.titles() == ["The public site cannot be reached"]
    assert not installation.site.exists()


def test_what_was_told_is_not_told_again_after_a_crash_that_came_later(
    here: Installation, webhooks: Webhooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At least once: a crash before the site remembers tells twice, and never not at all."""
    fail(here)
    with monkeypatch.context() as patched:
        patched.setattr("bluedot_assets.pipeline.notifications._keep_ledger", _die)
        with pytest.raises(KeyboardInterrupt):
            notify(here.platform)
    told(here)
    told(here)
    assert webhooks.titles() == ["daily 2024-08-05 failed"] * 2


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def tell_in_a_process(root: Path, values: dict[str, object]) -> None:
    notify(Installation(root, values).platform)


@pytest.mark.long
def test_many_who_look_at_the_same_moment_tell_once(here: Installation, webhooks: Webhooks) -> None:
    fail(here)
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=tell_in_a_process, args=(here.root, here.values)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert webhooks.titles() == ["daily 2024-08-05 failed"]


@pytest.mark.long
def test_a_git_site_remembers_in_a_small_commit(running: Installation, webhooks: Webhooks, tmp_path: Path) -> None:
    with GitServer(tmp_path / "git") as server:
        server.create("site")
        running.set(
            BLUEDOT_SITE=server.url("site"),
            GITHUB_TOKEN=TOKEN,
            BLUEDOT_SITE_HISTORY="keep",
            NOTIFICATION_WEBHOOK=webhooks.local,
        )
        assert running.run("daily").success
        told(running)
        assert digests(webhooks)[0].startswith(f"daily {DAY}")
        again = Installation(running.root, dict(running.values))
        assert told(again) == NotificationResult()
        broken = CheckResult("daily/site x", False, "warning", "odd")
        told(again, CallerFacts(checks={("daily", DAY): [broken]}))
        assert webhooks.titles()[-1].startswith(f"daily {DAY}: ")
        assert "daily/site x: odd" in webhooks.taken[-1].text
        content = again.platform.site.snapshot().read("notices.json")
        assert content is not None
        assert "checks:daily" in content.decode()


def test_no_secret_is_in_the_site_the_store_or_the_sentences(here: Installation, webhooks: Webhooks) -> None:
    here.set(NOTIFICATION_WEBHOOK=f"{SLACK} {DISCORD}")
    webhooks.answers |= {"hooks.slack.com": 404, "discord.com": 500}
    fail(here)
    said = f"{told(here).sentences()}"
    for folder in (here.site, here.data):
        said += "".join(path.read_bytes().decode("latin-1") for path in folder.rglob("*.json") if path.is_file())
    for token in (*SLACK_TOKEN.split("/"), DISCORD_TOKEN):
        assert token not in said


@pytest.mark.parametrize("user", ["me:SECRET", "SECRET", "me:a/SECRET", "me:SECRET@x"])
def test_a_password_that_an_earlier_version_published_is_gone_the_next_time(
    here: Installation, webhooks: Webhooks, user: str
) -> None:
    webhooks.answers["local"] = 404
    fail(here)
    told(here)  # nobody took the message, so it waits, with the address of the site
    for path in (here.site / "notices.json", here.site / "status.json"):
        content = path.read_text().replace("no files", f"{URL}/ is not there").replace("//", f"//{user}@")
        assert "SECRET" in content
        path.unlink()
        path.write_text(content)
    assert told(here).problems == []
    assert "SECRET" not in (here.site / "notices.json").read_text() + (here.site / "status.json").read_text()
    assert f"{URL}/index.html" in str(notices(here)["undelivered"])


def test_a_password_in_a_ledger_that_is_pending_is_gone_the_next_time(here: Installation, webhooks: Webhooks) -> None:
    fail(here)
    ledger = notices(here)
    problem = {"kind": "problem", "since": "2024-08-05T12:00:00Z", "title": "No site at http://me:SECRET@host"}
    pending = {"site": ledger, "told": ledger | {"incidents": {"x:1": problem}}}
    here.platform.outputs.store.write(PENDING_LEDGER, json.dumps(pending).encode())
    assert told(here).problems == []
    assert notices(here)["incidents"]["x:1"]["title"] == "No site at http://host"
