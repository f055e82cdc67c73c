"""Sending messages to people: a small port, and Apprise behind it. What a message says is decided in kernel/alerts.

The addresses are secrets. Apprise and the libraries below it log them, so their loggers are silent while it works, and
the reason of a failure is in our own words."""

import logging
import re
import sys
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from logging.handlers import BufferingHandler
from typing import TYPE_CHECKING, Final, Protocol

from bluedot_assets.adapters.workers.time_limits import within
from bluedot_assets.kernel.alerts.message import Message, Topic, length, render

if TYPE_CHECKING:
    from apprise import NotifyBase

TIMEOUT_S: Final = 10.0  # for the answer; some webhooks are slow, and one that was given up may have taken the message
LONGEST_S: Final = 60.0  # of one try, whatever drips in
PAUSES_S: Final = (1.0, 4.0)  # between tries
MOST_TRIES: Final = 1 + len(PAUSES_S)
TITLE_MARGIN: Final = 16  # a service without titles gets it as the first line, with some markup
UNKNOWN: Final = "unknown address"  # the name of a receiver that there is none for
LOUD: Final = ("apprise", "urllib3", "requests", "httplib2")
_NEXT: Final = re.compile(r"[\s,]+(?=[A-Za-z][A-Za-z0-9+.-]*://)")  # an address may hold commas itself
# Discord's test clients copy their own host, its API's pages a version; `/slack` and `/github` take others' messages.
_DISCORD: Final = re.compile(
    r"^https?://(?:(?:www|ptb|canary)\.)?discord(?:app)?\.com/api(?:/v\d+)?/webhooks/(\d+/[\w-]+)(?:/slack|/github)?/?"
    r"(?=\?|$)",
    re.IGNORECASE,
)
_CODE: Final = re.compile(r"error=(\d{3})")
_logs: Final = threading.Lock()


class Notifier(Protocol):
    """The contract; `bluedot_assets_tests/contracts/notifier.py` says it as tests."""

    def receivers(self, topic: Topic) -> list[str]:
        """Who gets messages of this topic, by names without secrets (`Slack`, `Slack 2`)."""
        ...

    def send(self, message: Message, receivers: Collection[str]) -> dict[str, str]:
        """Send to those of its receivers; those that did not take it, with the reason in words. Never raises for what
        a service does."""
        ...


def split_addresses(setting: str | None) -> list[str]:
    """The URLs of a setting, separated by commas or spaces."""
    return [part.strip(" \t\r\n,") for part in _NEXT.split(setting or "") if part.strip(" \t\r\n,")]


@dataclass
class AppriseNotifier:
    """Addresses by topic. One that Apprise does not know is a receiver that takes nothing, and says so. `tries` counts
    those of one message; a receiver that took none of them is not tried again by this notifier."""

    addresses: Mapping[Topic, Sequence[str]]
    sleep: Callable[[float], None]
    tries: int = MOST_TRIES
    _down: dict[str, str] = field(default_factory=dict, init=False)

    @cached_property
    def _services(self) -> dict[str, tuple[str, "NotifyBase | None"]]:
        """By address, the receiver's name and what speaks to it."""
        services: dict[str, tuple[str, NotifyBase | None]] = {}
        counted: Counter[str] = Counter()
        for address in dict.fromkeys(one for topic in self.addresses.values() for one in topic):
            service = _service(address)
            kind = str(service.service_name) if service is not None else UNKNOWN
            counted[kind] += 1
            services[address] = (kind if counted[kind] == 1 else f"{kind} {counted[kind]}", service)
        return services

    def receivers(self, topic: Topic) -> list[str]:
        return [self._services[address][0] for address in dict.fromkeys(self.addresses.get(topic, ()))]

    def send(self, message: Message, receivers: Collection[str]) -> dict[str, str]:
        failed = {}
        known = dict(self._services.values())
        for name in receivers:
            if name not in known:
                continue  # its address is no longer set: nobody waits for the message there
            problem = self._down.get(name) or self._deliver(message, known[name])
            if problem:
                failed[name] = self._down[name] = problem
        return failed

    def _deliver(self, message: Message, service: "NotifyBase | None") -> str:
        if service is None:
            return "it is no address that Apprise knows; copy it again from the service"
        problem = ""
        for number in range(self.tries):
            if number:
                self.sleep(PAUSES_S[min(number, len(PAUSES_S)) - 1])
            problem, passing = _try(service, message)
            if not problem or not passing:
                break
        return problem


def _service(address: str) -> "NotifyBase | None":
    from apprise import Apprise, AppriseAsset  # noqa: PLC0415  its plugins take half a second

    asset = AppriseAsset(
        app_id="BlueDot", app_desc="BlueDot", app_url="", image_url_mask="", image_url_logo="", image_path_mask=""
    )
    with _silence():
        # Apprise knows this one form of it.
        service = Apprise.instantiate(_DISCORD.sub(r"https://discord.com/api/webhooks/\1", address), asset=asset)
    if service is not None:
        service.socket_read_timeout = max(service.socket_read_timeout, TIMEOUT_S)
        service.redirects = False  # requests would send the address's own headers, which may be secret, to another host
    return service


def _try(service: "NotifyBase", message: Message) -> tuple[str, bool]:
    """Why it did not take the message (empty: it did), and whether that may pass by itself."""
    from apprise import Apprise, NotifyFormat, NotifyType  # noqa: PLC0415

    limit = int(service.body_maxlen) - length(message.title) - TITLE_MARGIN
    kind = NotifyType.INFO if message.topic == "digest" else NotifyType.WARNING
    send = partial(Apprise(service).notify, notify_type=kind, body_format=NotifyFormat.MARKDOWN)
    try:
        with _silence() as logged:
            sent = within(LONGEST_S, partial(send, title=message.title, body=render(message, limit)))
    except TimeoutError:
        return "it did not answer in time", False
    return ("", False) if sent else _why([record.getMessage() for record in logged.buffer])


def _why(lines: Sequence[str]) -> tuple[str, bool]:
    codes = [int(found[1]) for line in lines if (found := _CODE.search(line))]
    if not codes:
        return "it could not be reached, or did not answer in time", True
    code = codes[-1]
    if code == 429:
        return "it answered 429: too many messages at the time", True
    if code >= 500:
        return f"it answered {code}: a fault of the service", True
    return f"it answered {code}: the webhook is not valid any more; make a new one and set its address", False


@contextmanager
def _silence() -> Iterator[BufferingHandler]:
    """A handler that keeps what the loggers log, and nobody else gets."""
    kept = BufferingHandler(sys.maxsize)
    kept.setLevel(logging.WARNING)
    loggers = [logging.getLogger(name) for name in LOUD]
    with _logs:
        before = [(logger.propagate, logger.handlers, logger.level) for logger in loggers]
        for logger in loggers:
            logger.propagate, logger.handlers = False, [kept]
            logger.setLevel(logging.WARNING)
        restored = zip(loggers, before, strict=True)
        try:
            yield kept
        except TimeoutError:  # its thread goes on, and may still log the address: they stay silent
            restored = zip((), (), strict=True)
            raise
        finally:
            for logger, (propagate, handlers, level) in restored:
                logger.propagate, logger.handlers = propagate, handlers
                logger.setLevel(level)
