"""The notifier over Apprise, against local services that speak as Slack and Discord do."""

import io
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bluedot_assets.adapters import notifier as module
from bluedot_assets.adapters.notifier import AppriseNotifier, split_addresses
from bluedot_assets_tests.contracts.notifier import MESSAGE, NotifierContract, OpenNotifier
from bluedot_assets_tests.servers.one_answer import one_answer
from bluedot_assets_tests.servers.webhooks import DISCORD, SLACK, Webhooks


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def open_notifier(slept: list[float]) -> OpenNotifier:
    def opened(*, digest: list[str], trouble: list[str]) -> AppriseNotifier:
        return AppriseNotifier({"digest": digest, "trouble": trouble}, slept.append)

    return opened


@pytest.fixture
def heard() -> Iterator[Callable[[], str]]:
    """All that any logger says, at every level."""
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(1)
    logging.getLogger("apprise").setLevel(1)
    yield said.getvalue
    root.removeHandler(handler)
    root.setLevel(level)
    logging.getLogger("apprise").setLevel(logging.NOTSET)


class TestAppriseNotifier(NotifierContract):
    pass


def test_it_waits_between_tries_and_no_longer_than_it_says(
    webhooks: Webhooks, open_notifier: OpenNotifier, slept: list[float]
) -> None:
    webhooks.answers["discord.com"] = 502
    open_notifier(digest=[DISCORD], trouble=[]).send(MESSAGE, ["Discord"])
    assert slept == [1.0, 4.0]


def test_a_service_that_cannot_be_reached_is_a_sentence(open_notifier: OpenNotifier, webhooks: Webhooks) -> None:
    notifier = open_notifier(digest=["json://127.0.0.1:1/x"], trouble=[])
    assert notifier.send(MESSAGE, ["JSON"]) == {"JSON": "it could not be reached, or did not answer in time"}


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_service_that_sends_on_to_another_host_gives_it_nothing(open_notifier: OpenNotifier, status: int) -> None:
    with one_answer(200) as other, one_answer(status, to=other.url) as host:
        address = f"{host.url.replace('http', 'json')}/hook?+X-Token=SECRET"
        problem = open_notifier(digest=[address], trouble=[]).send(MESSAGE, ["JSON"])["JSON"]
    assert problem.startswith(f"it answered {status}")
    assert "SECRET" in host.sent
    assert other.headers == []


def test_a_service_that_drips_is_given_up_and_what_it_still_does_is_logged_nowhere(
    open_notifier: OpenNotifier, webhooks: Webhooks, heard: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST_S", 0.5)
    loggers = [logging.getLogger(name) for name in module.LOUD]
    before = [(logger.propagate, logger.handlers, logger.level) for logger in loggers]
    webhooks.dripping.add("local")
    began = time.monotonic()
    notifier = open_notifier(digest=[webhooks.local], trouble=[])
    assert notifier.send(MESSAGE, ["JSON"]) == {"JSON": "it did not answer in time"}
    assert time.monotonic() - began < 3
    logging.getLogger("apprise").warning("localSecret")
    assert "localSecret" not in heard()
    for logger, (propagate, handlers, level) in zip(loggers, before, strict=True):
        logger.propagate, logger.handlers = propagate, handlers
        logger.setLevel(level)


def test_a_service_that_does_not_answer_is_given_up(
    open_notifier: OpenNotifier, webhooks: Webhooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bluedot_assets.adapters.notifier.TIMEOUT_S", 0.2)
    webhooks.answers["local"] = 5.0
    notifier = open_notifier(digest=[f"{webhooks.local}?rto=0.2"], trouble=[])
    assert "did not answer in time" in notifier.send(MESSAGE, ["JSON"])["JSON"]


def test_slack_gets_its_own_links_and_nothing_of_apprises_own(open_notifier: OpenNotifier, webhooks: Webhooks) -> None:
    open_notifier(digest=[SLACK], trouble=[]).send(MESSAGE, ["Slack"])
    (one,) = webhooks.taken
    assert "<https://dots.example/stock.html?symbol=DIXON|DIXON> 110.00" in one.text
    assert "pprise" not in str(one.payload)


def test_the_loggers_speak_again_afterwards(open_notifier: OpenNotifier, webhooks: Webhooks) -> None:
    logger = logging.getLogger("urllib3")
    before = (logger.propagate, logger.handlers, logger.level)
    open_notifier(digest=[DISCORD], trouble=[]).send(MESSAGE, ["Discord"])
    assert (logger.propagate, logger.handlers, logger.level) == before


PATH = DISCORD.removeprefix("https://discord.com/api")


@pytest.mark.parametrize(
    "address",
    [
        DISCORD,
        f"https://ptb.discord.com/api{PATH}",
        f"https://canary.discord.com/api{PATH}",
        f"https://discordapp.com/api{PATH}",
        f"https://ptb.discordapp.com/api{PATH}",
        f"https://www.discord.com/api{PATH}",
        f"https://discord.com/api/v10{PATH}",
        f"https://canary.discord.com/api/v9{PATH}/",
        f"https://discord.com/api{PATH}/slack",
        f"https://ptb.discord.com/api{PATH}?wait=true",
        f"HTTPS://PTB.Discord.com/api{PATH}",
    ],
)
def test_every_form_of_a_discord_webhook_is_discords(
    open_notifier: OpenNotifier, webhooks: Webhooks, address: str
) -> None:
    notifier = open_notifier(digest=[address], trouble=[])
    assert notifier.receivers("digest") == ["Discord"]
    assert notifier.send(MESSAGE, ["Discord"]) == {}
    assert [(one.host, one.path.partition("?")[0]) for one in webhooks.taken] == [("discord.com", f"/api{PATH}")]


@pytest.mark.parametrize(
    "address",
    [
        f"https://discord.com.example.org/api{PATH}",
        f"https://evil-discord.com/api{PATH}",
        f"https://example.discord.com/api{PATH}",
        f"https://discord.com/api{PATH}/messages/1",
        f"https://discord.com{PATH}",
        "https://discord.gg/abcdef",
        "https://discord.com/api/webhooks/123456789012345678",
    ],
)
def test_what_is_no_discord_webhook_is_not_taken_for_one(
    open_notifier: OpenNotifier, webhooks: Webhooks, address: str
) -> None:
    notifier = open_notifier(digest=[address], trouble=[])
    assert notifier.receivers("digest") == ["unknown address"]
    assert "copy it again" in notifier.send(MESSAGE, ["unknown address"])["unknown address"]
    assert webhooks.received == []


@pytest.mark.parametrize(
    ("setting", "found"),
    [
        (None, []),
        (" ", []),
        (SLACK, [SLACK]),
        (f"{SLACK}, {DISCORD}", [SLACK, DISCORD]),
        (f"{SLACK} {DISCORD}\n", [SLACK, DISCORD]),
        (f"{SLACK},{DISCORD},", [SLACK, DISCORD]),
        ("mailto://u:p@example.org?to=a@b.c,d@e.f", ["mailto://u:p@example.org?to=a@b.c,d@e.f"]),
        (f"mailto://u:p@example.org?to=a@b.c,d@e.f,{SLACK}", ["mailto://u:p@example.org?to=a@b.c,d@e.f", SLACK]),
    ],
)
def test_addresses_are_separated_by_commas_or_spaces(setting: str | None, found: list[str]) -> None:
    assert split_addresses(setting) == found


def test_the_certificates_are_in_the_folder_of_the_test(webhooks: Webhooks) -> None:
    assert Path(webhooks.environment["REQUESTS_CA_BUNDLE"]).is_file()
