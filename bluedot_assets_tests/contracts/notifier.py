"""The contract of a notifier: what whoever tells people may rely on, whatever the services do."""

from collections.abc import Callable

from bluedot_assets.adapters.notifier import Notifier
from bluedot_assets.kernel.alerts.message import Item, Message
from bluedot_assets_tests.servers.webhooks import DISCORD, DISCORD_TOKEN, SLACK, SLACK_TOKEN, Webhooks

OpenNotifier = Callable[..., Notifier]  # by topic, a list of addresses
MESSAGE = Message(
    id="digest:daily:2024-08-02",
    topic="digest",
    title="daily 2024-08-02: 1 new blue dot",
    paragraphs=["One new dot."],
    items=[Item("[DIXON](https://dots.example/stock.html?symbol=DIXON) 110.00", "DIXON")],
    after=["57 stocks."],
)
TROUBLE = Message(id="failed:daily:2024-08-02", topic="trouble", title="daily 2024-08-02 failed", paragraphs=["Why: x"])


class NotifierContract:
    """Inherit it and give the fixtures `open_notifier` and `webhooks`."""

    def test_every_receiver_of_the_topic_gets_the_message(
        self, open_notifier: OpenNotifier, webhooks: Webhooks
    ) -> None:
        notifier = open_notifier(digest=[SLACK, DISCORD, webhooks.local], trouble=[])
        receivers = notifier.receivers("digest")
        assert receivers == ["Slack", "Discord", "JSON"]
        assert notifier.send(MESSAGE, receivers) == {}
        assert [one.host for one in webhooks.taken] == ["hooks.slack.com", "discord.com", "local"]
        assert set(webhooks.titles()) == {MESSAGE.title}
        for one in webhooks.taken:
            for part in (
                "One new dot.",
                "DIXON",
                "https://dots.example/stock.html?symbol=DIXON",
                "110.00",
                "57 stocks.",
            ):
                assert part in one.text

    def test_each_topic_has_its_own_receivers(self, open_notifier: OpenNotifier, webhooks: Webhooks) -> None:
        notifier = open_notifier(digest=[DISCORD], trouble=[SLACK])
        assert (notifier.receivers("digest"), notifier.receivers("trouble")) == (["Discord"], ["Slack"])
        notifier.send(TROUBLE, notifier.receivers("trouble"))
        assert [one.host for one in webhooks.taken] == ["hooks.slack.com"]

    def test_only_the_receivers_that_are_asked_for_get_it(
        self, open_notifier: OpenNotifier, webhooks: Webhooks
    ) -> None:
        notifier = open_notifier(digest=[SLACK, DISCORD], trouble=[])
        assert notifier.send(MESSAGE, ["Discord"]) == {}
        assert [one.host for one in webhooks.taken] == ["discord.com"]

    def test_a_receiver_whose_address_is_no_longer_set_waits_for_nothing(
        self, open_notifier: OpenNotifier, webhooks: Webhooks
    ) -> None:
        assert open_notifier(digest=[SLACK], trouble=[]).send(MESSAGE, ["Telegram"]) == {}
        assert webhooks.received == []

    def test_two_addresses_of_one_service_have_names_of_their_own(
        self, open_notifier: OpenNotifier, webhooks: Webhooks
    ) -> None:
        notifier = open_notifier(digest=[SLACK, f"{SLACK}x"], trouble=[f"{SLACK}x"])
        assert notifier.receivers("digest") == ["Slack", "Slack 2"]
        assert notifier.receivers("trouble") == ["Slack 2"]

    def test_a_receiver_that_refuses_is_named_with_the_reason_and_the_others_get_it(
        self, open_notifier: OpenNotifier, webhooks: Webhooks
    ) -> None:
        webhooks.answers["hooks.slack.com"] = 404
        notifier = open_notifier(digest=[SLACK, DISCORD], trouble=[])
        failed = notifier.send(MESSAGE, ["Slack", "Discord"])
        assert list(failed) == ["Slack"]
        assert "answered 404" in failed["Slack"]
        assert "make a new one" in failed["Slack"]
        assert [one.host for one in webhooks.taken] == ["discord.com"]
        assert len(webhooks.received) == 2  # a webhook that is gone is not asked again

    def test_a_passing_fault_is_tried_again_a_few_times(self, open_notifier: OpenNotifier, webhooks: Webhooks) -> None:
        webhooks.answers["discord.com"] = 503
        notifier = open_notifier(digest=[DISCORD], trouble=[])
        assert "answered 503" in notifier.send(MESSAGE, ["Discord"])["Discord"]
        assert len(webhooks.received) == 3

    def test_a_receiver_that_is_down_is_not_waited_for_with_every_message(
        self, open_notifier: OpenNotifier, webhooks: Webhooks
    ) -> None:
        webhooks.answers["discord.com"] = 503
        notifier = open_notifier(digest=[DISCORD], trouble=[DISCORD])
        notifier.send(MESSAGE, ["Discord"])
        assert notifier.send(TROUBLE, ["Discord"]).keys() == {"Discord"}
        assert len(webhooks.received) == 3

    def test_an_address_that_no_service_has_is_said_and_holds_up_nobody(
        self, open_notifier: OpenNotifier, webhooks: Webhooks
    ) -> None:
        notifier = open_notifier(digest=["nosuch://secretWord@host", DISCORD], trouble=[])
        receivers = notifier.receivers("digest")
        failed = notifier.send(MESSAGE, receivers)
        assert len(failed) == 1
        assert "secretWord" not in f"{failed}{receivers}"
        assert [one.host for one in webhooks.taken] == ["discord.com"]

    def test_a_long_list_is_cut_to_what_the_service_takes(
        self, open_notifier: OpenNotifier, webhooks: Webhooks
    ) -> None:
        items = [
            Item(f"[S{number:04d}](https://dots.example/stock.html?symbol=S{number:04d}) 110.00", f"S{number:04d}")
            for number in range(600)
        ]
        long = Message(
            id="digest:daily:2024-08-05",
            topic="digest",
            title="daily 2024-08-05: 600 new blue dots",
            items=items,
            more="https://dots.example/index.html",
        )
        notifier = open_notifier(digest=[SLACK, DISCORD], trouble=[])
        assert notifier.send(long, ["Slack", "Discord"]) == {}
        by_host = {one.host: one.text for one in webhooks.taken}
        assert "S0599" in by_host["hooks.slack.com"]
        assert "more: https://dots.example/index.html" in by_host["discord.com"]

    def test_no_secret_is_in_what_it_says_or_logs(
        self, open_notifier: OpenNotifier, webhooks: Webhooks, heard: Callable[[], str]
    ) -> None:
        webhooks.answers |= {"hooks.slack.com": 500, "discord.com": 404}
        notifier = open_notifier(digest=[SLACK, DISCORD], trouble=[])
        failed = notifier.send(MESSAGE, notifier.receivers("digest"))
        assert set(failed) == {"Slack", "Discord"}
        said = f"{failed}{notifier.receivers('digest')}{heard()}"
        for token in (*SLACK_TOKEN.split("/"), DISCORD_TOKEN):
            assert token not in said
