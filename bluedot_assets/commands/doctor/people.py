"""The doctor's checks of what people get: calendars, lists of tickers and watched stocks, addresses of messages. Which
checks there are is in `checks`."""

from typing import Final

from bluedot_assets.adapters.notifier import UNKNOWN
from bluedot_assets.adapters.user_files import load_symbols
from bluedot_assets.commands.doctor.checkup import Checkup, CheckupResult, ok, skipped, warning
from bluedot_assets.kernel.alerts.endings import calendar_endings, sentence_of
from bluedot_assets.kernel.calendar.calendar_ends import market
from bluedot_assets.kernel.errors import SettingsError

SHOWN: Final = 3


def calendars(checkup: Checkup) -> CheckupResult:
    """Whether holidays are known, and for how long yet."""
    known = checkup.platform.trading_days.ends
    if not known:
        return skipped("BLUEDOT_CALENDARS is none: every weekday counts as a session.")
    if problems := [*calendar_endings(known, checkup.platform.clock().date())]:
        return warning(" ".join(f"{one.title}. {sentence_of(one)}" for one in problems))
    named = (f"{market(name)} to {until}" if until else f"{name} without an end" for name, until in known.items())
    return ok(f"Sessions are known: {', '.join(named)}.")


def tickers(checkup: Checkup) -> CheckupResult:
    """Whether the list of tickers can be read, all of it."""
    if checkup.settings.tickers is None:
        return skipped("BLUEDOT_TICKERS is not set: tickers follow from the exchanges.")
    listed = checkup.platform.ticker_rules().listed
    if listed.bad:
        rows = "; ".join(str(row) for row in listed.bad[:SHOWN])
        return warning(f"{len(listed.bad)} rows of BLUEDOT_TICKERS are not used ({rows}): correct them.")
    return ok(f"BLUEDOT_TICKERS names {len(listed.tickers)} tickers.")


def watchlist(checkup: Checkup) -> CheckupResult:
    """Whether the list can be read and names stocks."""
    path = checkup.settings.watchlist
    if path is None:
        return skipped("BLUEDOT_WATCHLIST is not set: the digest marks no stock.")
    symbols = load_symbols(path)
    if not symbols:
        return warning("The file of BLUEDOT_WATCHLIST names no stock: write one on each line.")
    return ok(f"{path.name} names {len(symbols)} stocks.")


def messages(checkup: Checkup) -> CheckupResult:
    """Whether every address is one that can be sent to and, where messages may be sent, whether it takes one."""
    # With all of Dagster: the first line of the report must not wait for it.
    from bluedot_assets.commands.notify import NO_ADDRESS, TOPICS, test_message  # noqa: PLC0415

    notifier = checkup.platform.notifier()
    if notifier is None:
        return skipped(NO_ADDRESS)
    names = {topic: notifier.receivers(topic) for topic in TOPICS}
    if any(name.startswith(UNKNOWN) for receivers in names.values() for name in receivers):
        raise SettingsError(
            "NOTIFICATION_WEBHOOK, or one of its kind, has an address that nothing here can send to: copy it again "
            "from the service, or see Apprise's documentation for its form."
        )
    problems: dict[str, str] = {}
    for topic in TOPICS if checkup.send else ():
        problems |= notifier.send(test_message(topic, checkup.settings.site_url or ""), names[topic])
    if problems:
        raise SettingsError(" ".join(f"{name}: {problem}." for name, problem in problems.items()))
    receivers = "; ".join(f"{topic}: {', '.join(names[topic]) or 'nobody'}" for topic in TOPICS)
    return ok(f"{receivers} ({'each took a test message' if checkup.send else 'not tried: say --send'}).")
