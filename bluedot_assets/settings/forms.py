"""The forms of single settings: from what a person writes to the value, or a sentence that says what to write."""

import os
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import SecretStr, ValidationInfo

from bluedot_assets.adapters.notifier import split_addresses
from bluedot_assets.adapters.seeds.addresses import seed_addresses
from bluedot_assets.kernel.calendar.schedule import parse_schedule
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.kernel.series.indicators import enabled_indicators
from bluedot_assets.kernel.tradingview.pine.stocks import parse_choice
from bluedot_assets.kernel.tradingview.tickers import EXCHANGE

Number = TypeVar("Number", int, float)


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _known_timezones(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{name!r} is no timezone; write IANA names such as Asia/Kolkata") from None
    if not names:
        raise ValueError("it names no timezone; leave it unset for the default")
    return names


def _timezone(name: str) -> str:
    return _known_timezones((name,))[0]


def _schedule(timeframe: Timeframe, text: str) -> str:
    parse_schedule(text, timeframe, "UTC")
    return text


def _known_indicators(names: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple(indicator.name for indicator in enabled_indicators(names))
    except SettingsError as error:
        raise ValueError(str(error).partition(" ")[2].rstrip(".")) from None


def _pairs(value: str) -> dict[str, str]:
    """`a=1,b=2` by name; a part without `=` has nothing behind it."""
    parts = (part.partition("=") for part in value.split(",") if part.strip())
    return {name.strip(): meant.strip() for name, _, meant in parts}


def _numbers(value: str, number: Callable[[str], Number], form: str) -> dict[str, Number]:
    try:
        return {name: number(meant) for name, meant in _pairs(value).items()}
    except ValueError:
        raise ValueError(form) from None


def _keep(value: object) -> object:
    return _both_timeframes(_numbers(value, int, KEEP_FORM)) if isinstance(value, str) else value


def _both_timeframes(keep: dict[str, int]) -> dict[str, int]:
    if set(keep) - {"daily", "weekly"} or any(number < 1 for number in keep.values()):
        raise ValueError(KEEP_FORM)
    return DEFAULT_KEEP | keep


def _calendar_names(names: tuple[str, ...]) -> tuple[str, ...]:
    # Whether there is such a calendar shows when it is loaded: asking for it here would cost every start a second.
    if names == ("none",):
        return ()
    if bad := [name for name in names if not re.fullmatch(r"[A-Za-z0-9_/]{2,12}", name)]:
        raise ValueError(f"{bad[0]!r} is no market code; write it like XBOM,XNYS, or none")
    return names


def _exchange(name: str) -> str:
    if not EXCHANGE.fullmatch(name.upper()):
        raise ValueError("write an exchange as TradingView names it, such as NSE or NASDAQ")
    return name.upper()


def _exchanges(value: object) -> object:
    if not isinstance(value, str):
        return value
    named = {zone: _exchange(name) for zone, name in _pairs(value).items()}
    _known_timezones(tuple(named))
    return DEFAULT_EXCHANGES | named


def _hours(value: object) -> object:
    if not isinstance(value, str):
        return value
    hours = _numbers(value, float, DEADLINE_FORM)
    if set(hours) - set(DEFAULT_DEADLINE) or not all(0 <= number <= MOST_HOURS for number in hours.values()):
        raise ValueError(DEADLINE_FORM)
    return DEFAULT_DEADLINE | hours


def _source(value: str) -> str:
    if "://" in value or value.strip() == "gdrive:":
        raise ValueError("give a folder of this machine, or gdrive:<id of the folder in Google Drive>")
    return value


def _branch(value: str) -> str:
    # What `git check-ref-format --branch` refuses, as far as anybody would write it.
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_./-]*", value) or ".." in value or value.endswith(("/", ".", ".lock")):
        raise ValueError("write a branch's name such as gh-pages")
    return value


def _public_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("write it like https://<user>.github.io/<repo>/")
    return value.rstrip("/")


def _namespace(value: str) -> str:
    name = value if value.startswith("seed_") else f"seed_{value}"
    if not re.fullmatch(r"seed_[A-Za-z0-9-]+", name):
        raise ValueError("write it like seed_<user>, the part of your seed repositories' names before the last _")
    return name


def _seeds(split_addresses: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    try:
        seed_addresses(split_addresses, info.data.get("tradingview_namespace"))
    except SettingsError as error:
        raise ValueError(str(error).removeprefix("BLUEDOT_SEEDS ")) from None
    return split_addresses


def _pine_stocks(words: tuple[str, ...]) -> tuple[str, ...]:
    try:
        parse_choice(words)
    except SettingsError as error:
        raise ValueError(str(error).removeprefix("BLUEDOT_PINE_STOCKS ")) from None
    return words


def _webhooks(value: SecretStr | None) -> SecretStr | None:
    if value is not None and not all("://" in address for address in split_addresses(value.get_secret_value())):
        raise ValueError("write URLs such as https://hooks.slack.com/services/..., separated by commas or spaces")
    return value


def _start(value: date) -> date:
    # Tomorrow, for where it is tomorrow already; the partitions are counted in UTC.
    last = datetime.now(UTC).date() + timedelta(days=1)
    if not FIRST_START <= value <= last:
        raise ValueError(f"write a date from {FIRST_START} to {last}")
    return value


def _cores() -> int:
    # What this process may use, which in a container is less than what the machine has.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


FIRST_START: Final = date(1990, 1, 1)
KEEP_FORM: Final = "write it like daily=10,weekly=8, each at least 1"
DEFAULT_KEEP: Final = {"daily": 10, "weekly": 8}
MOST_HOURS: Final = 14 * 24
DEADLINE_FORM: Final = f"write it like daily=6,weekly=12, hours from 0 to {MOST_HOURS}"
DEFAULT_DEADLINE: Final = {"daily": 6.0, "weekly": 6.0}
DEFAULT_EXCHANGES: Final = {"Asia/Kolkata": "NSE"}
