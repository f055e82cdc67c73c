"""`bluedot notify`, and what `bluedot run` tells at its end."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bluedot_assets_tests.examples.command_line import Bluedot
from bluedot_assets_tests.examples.spoiled_files import spoil
from bluedot_assets_tests.examples.trees import DAY
from bluedot_assets_tests.servers.processes import BIN
from bluedot_assets_tests.servers.webhooks import DISCORD, DISCORD_TOKEN, SLACK, SLACK_TOKEN, Webhooks, serving


@pytest.fixture
def webhooks(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhooks]:
    with serving(tmp_path_factory.mktemp("webhooks")) as local:
        for name, value in local.environment.items():
            monkeypatch.setenv(name, value)
        yield local


def test_without_an_address_it_says_which_setting_is_missing(bluedot: Bluedot, done: Path) -> None:
    for words in (("notify",), ("notify", "--test")):
        called = bluedot(*words)
        assert called.code == 2
        assert "NOTIFICATION_WEBHOOK is not set" in called.err


def test_a_test_message_goes_to_every_receiver_and_remembers_nothing(
    bluedot: Bluedot, done: Path, webhooks: Webhooks
) -> None:
    called = bluedot("notify", "--test", NOTIFICATION_WEBHOOK=SLACK, NOTIFICATION_WEBHOOK_DIGEST=DISCORD)
    assert called.code == 0
    assert called.text.splitlines() == ["Discord (digest): delivered", "Slack (trouble): delivered"]
    assert [one.host for one in webhooks.taken] == ["discord.com", "hooks.slack.com"]
    assert not (done / "site/notices.json").exists()


def test_a_test_that_is_not_taken_is_1_and_says_why(bluedot: Bluedot, done: Path, webhooks: Webhooks) -> None:
    webhooks.answers["discord.com"] = 404
    called = bluedot("notify", "--test", "--json", NOTIFICATION_WEBHOOK=DISCORD)
    assert called.code == 1
    said = json.loads(called.out)
    assert said["delivered"] is False
    assert set(said["receivers"]) == {"Discord (digest)", "Discord (trouble)"}
    assert "answered 404" in said["receivers"]["Discord (digest)"]


def test_a_test_needs_neither_a_source_nor_a_site(bluedot: Bluedot, folder: Path, webhooks: Webhooks) -> None:
    assert bluedot("notify", "--test", NOTIFICATION_WEBHOOK=DISCORD).code == 0


def test_what_is_new_is_told_once(bluedot: Bluedot, done: Path, webhooks: Webhooks) -> None:
    called = bluedot("notify", NOTIFICATION_WEBHOOK=webhooks.local)
    assert called.code == 0
    assert f"notified: daily {DAY}: " in called.text
    again = bluedot("notify", "--json")
    assert json.loads(again.out) == {"told": [], "undelivered": {}, "problems": []}
    assert bluedot("notify").text == "Nobody needs to be notified of anything new.\n"


def test_a_timeframe_alone_can_be_told_of(bluedot: Bluedot, done: Path, webhooks: Webhooks) -> None:
    called = bluedot("notify", "--timeframe", "weekly", "--json", NOTIFICATION_WEBHOOK=webhooks.local)
    assert {title.split()[0] for title in json.loads(called.out)["told"]} == {"weekly"}


def test_a_delivery_that_failed_is_said_and_fails_nothing(bluedot: Bluedot, done: Path, webhooks: Webhooks) -> None:
    webhooks.answers["local"] = 410
    called = bluedot("notify", NOTIFICATION_WEBHOOK=webhooks.local)
    assert called.code == 0
    assert "was not delivered to JSON: it answered 410" in called.err
    assert "localSecret" not in called.err + called.text


def test_a_site_that_cannot_be_read_is_1_and_told(bluedot: Bluedot, done: Path, webhooks: Webhooks) -> None:
    status = done / "site/status.json"
    status.unlink()
    status.write_text("{")
    assert bluedot("notify", NOTIFICATION_WEBHOOK=webhooks.local).code == 1
    assert webhooks.titles() == ["The site cannot be read"]


def test_in_github_actions_the_message_of_a_failure_links_the_log(
    bluedot: Bluedot, done: Path, webhooks: Webhooks
) -> None:
    spoil(done / "drive/daily/2024-08-01")
    github = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "a/b", "GITHUB_RUN_ID": "7"}
    called = bluedot("run", "--partition", "2024-08-01", "-q", NOTIFICATION_WEBHOOK=webhooks.local, **github)
    assert called.code == 1
    (failed,) = [one for one in webhooks.taken if one.title == "daily 2024-08-01 failed"]
    assert "Log: https://github.com/a/b/actions/runs/7" in failed.text
    bluedot("notify")
    assert webhooks.titles().count("daily 2024-08-01 failed") == 1


def test_a_run_tells_its_digest_and_a_webhook_that_is_down_does_not_fail_it(
    bluedot: Bluedot, source: Path, folder: Path, webhooks: Webhooks
) -> None:
    webhooks.answers["local"] = 404
    settings = {"NOTIFICATION_WEBHOOK": webhooks.local, "BLUEDOT_DATA": "data", "BLUEDOT_SITE": "data/site"}
    called = bluedot("run", "--timeframe", "weekly", "--json", **settings)
    said = json.loads(called.out)
    assert (called.code, said["success"]) == (0, True)
    assert any("was not delivered to JSON: it answered 404" in warning for warning in said["warnings"])
    assert json.loads((folder / "data/site/status.json").read_bytes())["undelivered"]
    webhooks.answers.clear()
    assert "notified: weekly" in bluedot("notify").text


@pytest.mark.parametrize("value", ["slackSecretWithoutAddress", "https://hooks.slack.com/x, discordSecret"])
def test_a_wrong_address_is_named_by_its_setting_and_never_shown(bluedot: Bluedot, done: Path, value: str) -> None:
    called = bluedot("notify", NOTIFICATION_WEBHOOK=value)
    assert called.code == (2 if "://" not in value else called.code)
    assert "Secret" not in called.err + called.text


@pytest.mark.long
def test_no_address_is_in_the_arguments_or_the_output_of_any_process(done: Path, webhooks: Webhooks) -> None:
    webhooks.answers |= {"discord.com": 2.0, "hooks.slack.com": 500}
    environment = os.environ | dict(webhooks.environment) | {"NOTIFICATION_WEBHOOK": f"{SLACK} {DISCORD}"}
    process = subprocess.Popen(
        [BIN / "bluedot", "notify"],
        cwd=done,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    arguments = ""
    while process.poll() is None:
        arguments += "".join(_arguments())
        time.sleep(0.05)
    assert process.stdout is not None
    said = process.stdout.read() + arguments
    process.stdout.close()
    assert "was not delivered to Slack" in said
    for token in (*SLACK_TOKEN.split("/"), DISCORD_TOKEN):
        assert token not in said


def _arguments() -> Iterator[str]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield path.read_text("latin-1")
        except OSError:  # it has ended
            continue
