"""The notifier over Apprise, against local services that speak as Slack and Discord do."""

import io
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bluedot_assets.adapters.notifier import AppriseNotifier, split_addresses
from bluedot_assets_tests.contracts.notifier import MESSAGE, NotifierContract, OpenNotifier
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
