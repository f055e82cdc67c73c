"""The forms of single settings: from what a person writes to the value, or a sentence that says what to write. Which
setting has which form is declared in `fields`."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from math import inf
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import SecretStr, ValidationInfo

from bluedot_assets.adapters.git.address import git_address
from bluedot_assets.adapters.notifier import split_addresses
from bluedot_assets.adapters.seeds.addresses import seed_addresses
from bluedot_assets.kernel.calendar.own_days import is_path, parse_own_days
from bluedot_assets.kernel.calendar.schedule import parse_schedule
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.kernel.series.indicators import enabled_indicators
from bluedot_assets.kernel.site.addresses import bucket_address, is_branch, is_bucket, missing_scheme, site_address
from bluedot_assets.kernel.tradingview.pine.stocks import parse_choice
from bluedot_assets.kernel.tradingview.tickers import EXCHANGE

FIRST_START: Final = date(1990, 1, 1)
_AROUND: Final = " \t\r\n\ufeff\u200b\u00a0"
MAX_LABEL: Final = 40
_NO_LABEL: Final = frozenset("\"'`\\{}\u201c\u201d\u2018\u2019")
DEFAULT_KEEP: Final = {"daily": 10, "weekly": 8}
ALL_STORED: Final = 10**9  # more partitions than there will ever be
DEFAULT_KEEP_DATA: Final = {"daily": ALL_STORED, "weekly": ALL_STORED}  # an upgrade must remove nothing
LEAST_STORED: Final = 11  # a partition is compared with the ten before it
DEFAULT_DEADLINE: Final = {"daily": 6.0, "weekly": 6.0}
DEFAULT_CLOSES: Final = {"Asia/Kolkata": time(15, 30), "America/New_York": time(16)}
DEFAULT_EXCHANGES: Final = {"Asia/Kolkata": "NSE"}


def split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def history(value: str) -> str:
    """A folder, an fsspec URL, or a git URL with the name of a branch."""
    url, separator, name = value.rpartition("#")
    if not separator:
        if value.endswith(".git") or value.partition("://")[0].lower() in {"http", "https", "ssh"}:
            raise ValueError("it names no branch: write the repository's address with #bluedot-history at its end")
        return value
    with _refusals():
        git_address("BLUEDOT_HISTORY", url, None)
    return f"{url}#{branch(name)}"


def bare(value: object) -> object:
    """A secret without what a copy brings along: blanks, line ends and a byte order mark around it."""
    return value.strip(_AROUND) or None if isinstance(value, str) else value


def known_timezones(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{name!r} is no timezone; write IANA names such as Asia/Kolkata") from None
    if not names:
        raise ValueError("it names no timezone; write IANA names such as Asia/Kolkata, or leave it unset")
    return names


def timezone(name: str) -> str:
    return known_timezones((name,))[0]


def schedule(timeframe: Timeframe, text: str) -> str:
    parse_schedule(text, timeframe, "UTC")
    return text


@contextmanager
def _refusals() -> Iterator[None]:
    """Sentences that begin with the setting's name, for pydantic, which knows it."""
    try:
        yield
    except SettingsError as error:
        raise ValueError(str(error).partition(" ")[2]) from None


def known_indicators(names: tuple[str, ...]) -> tuple[str, ...]:
    with _refusals():
        return tuple(indicator.name for indicator in enabled_indicators(names))


def calendar_names(names: tuple[str, ...]) -> tuple[str, ...]:
    # Whether there is such a calendar shows when it is loaded: asking for it here would cost every start a second.
    if names == ("none",):
        return ()
    if bad := [name for name in names if not re.fullmatch(r"[A-Za-z0-9_/]{2,12}", name)]:
        raise ValueError(f"{bad[0]!r} is no market code; write it like XBOM,XNYS, or none")
    return names


def holidays(words: tuple[str, ...]) -> tuple[str, ...]:
    if not is_path(words):
        with _refusals():
            parse_own_days(words)
    return words


def exchange(name: str) -> str:
    if not EXCHANGE.fullmatch(name.upper()):
        raise ValueError("write an exchange as TradingView names it, such as NSE or NASDAQ")
    return name.upper()


def _pairs(text: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    return {name.strip(): value.strip() for name, _, value in pairs}


def exchanges(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not all(_pairs(value).values()):
        raise ValueError("write it like Asia/Kolkata=NSE,America/New_York=NASDAQ")
    named = {zone: exchange(name) for zone, name in _pairs(value).items()}
    known_timezones(tuple(named))
    return DEFAULT_EXCHANGES | named


def close_times(value: object) -> object:
    if not isinstance(value, str):
        return value
    named = _pairs(value)
    known_timezones(tuple(named))
    if not all(re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", clock) for clock in named.values()):
        raise ValueError("write it like Asia/Kolkata=15:30,Europe/London=16:30")
    return DEFAULT_CLOSES | {zone: time.fromisoformat(clock) for zone, clock in named.items()}


def benchmarks(value: object) -> object:
    if not isinstance(value, str):
        return value
    named = _pairs(value)
    known_timezones(tuple(named))
    if bad := [name for name in named.values() if not _is_label(name)]:
        raise ValueError(
            f"{bad[0]!r} is no name of an index: write it like Asia/Kolkata=NIFTY 500,America/New_York=S&P 500, each "
            f"with 1 to {MAX_LABEL} visible characters and no quotes, braces or backslashes"
        )
    return named


def _is_label(name: str) -> bool:
    # It stands in texts of Pine scripts and of pages.
    return 0 < len(name) <= MAX_LABEL and name.isprintable() and not set(name) & _NO_LABEL


def keep(value: object) -> object:
    return _by_timeframe(value, int, (1, inf), DEFAULT_KEEP, "write it like daily=10,weekly=8, each at least 1")


def keep_data(value: object) -> object:
    form = f"write it like daily=90,weekly=all, each at least {LEAST_STORED}: ten are compared with the next"
    return _by_timeframe(value, _number_or_all, (LEAST_STORED, ALL_STORED), DEFAULT_KEEP_DATA, form)


def _number_or_all(text: str) -> int:
    return ALL_STORED if text == "all" else int(text)


def hours(value: object) -> object:
    most = 14 * 24
    form = f"write it like daily=6,weekly=12, hours from 0 to {most}"
    return _by_timeframe(value, float, (0, most), DEFAULT_DEADLINE, form)


def _by_timeframe(
    value: object, number: Callable[[str], float], bounds: tuple[float, float], default: Mapping[str, float], form: str
) -> object:
    try:
        given = {name: number(text) for name, text in _pairs(value).items()} if isinstance(value, str) else value
    except ValueError:
        raise ValueError(form) from None
    if not isinstance(given, dict):
        return value
    if set(given) - set(default) or not all(bounds[0] <= one <= bounds[1] for one in given.values()):
        raise ValueError(form)
    return {**default, **given}


def site(value: str) -> str:
    if address := missing_scheme(value):
        raise ValueError(
            f"a repository needs its scheme: write {address} (of this machine: file:///<path>); a folder of that name "
            "begins with ./"
        )
    if is_bucket(value):
        try:
            return bucket_address(value)
        except ValueError:
            raise ValueError(
                "write a bucket like s3://<bucket>/<folder>, without credentials, query or empty parts: those of the "
                "store come from its own settings (AWS_ACCESS_KEY_ID, ...)"
            ) from None
    return value


def branch(value: str) -> str:
    if not is_branch(value):
        raise ValueError("write a branch's name such as gh-pages, as git takes it and without refs/heads/")
    return value


def public_url(value: str) -> str:
    return site_address(value)


def namespace(value: str) -> str:
    name = value if value.startswith("seed_") else f"seed_{value}"
    if not re.fullmatch(r"seed_[A-Za-z0-9-]+", name):
        raise ValueError("write it like seed_<user>, the part of your seed repositories' names before the last _")
    return name


def seed_repositories(addresses: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    with _refusals():
        seed_addresses(addresses, info.data.get("tradingview_namespace"))
    return addresses


def pine_stocks(words: tuple[str, ...]) -> tuple[str, ...]:
    with _refusals():
        parse_choice(words)
    return words


def owners(names: tuple[str, ...]) -> tuple[str, ...]:
    if bad := [name for name in names if not re.fullmatch(r"team:.+|[^@\s]+@[^@\s]+\.[A-Za-z0-9-]{2,}", name)]:
        raise ValueError(f"{bad[0]!r} is no owner; write an address such as me@example.org, or a team as team:data")
    return names


def webhooks(value: SecretStr | None) -> SecretStr | None:
    if value is not None and not all("://" in address for address in split_addresses(value.get_secret_value())):
        raise ValueError("write URLs such as https://hooks.slack.com/services/..., separated by commas or spaces")
    return value


def start(value: date) -> date:
    # Tomorrow, for where it is tomorrow already; the partitions are counted in UTC.
    last = datetime.now(UTC).date() + timedelta(days=1)
    if not FIRST_START <= value <= last:
        raise ValueError(f"write a date from {FIRST_START} to {last}")
    return value


def cores() -> int:
    # What this process may use, which in a container is less than what the machine has.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def dask(value: str, info: ValidationInfo) -> str:
    if not re.fullmatch(r"(tcp|tls)://([\w.-]+|\[[0-9A-Fa-f:]+\]):\d{1,5}", value):
        raise ValueError("write it like tcp://scheduler:8786 or tls://scheduler:8786, without a user or a password")
    data = str(info.data.get("data", ""))
    if data.startswith("memory:"):
        raise ValueError("workers of a cluster cannot reach a BLUEDOT_DATA in memory; give a bucket")
    # A BLUEDOT_DATA that is wrong itself is not there.
    if data and "://" not in data.removeprefix("file://") and not info.data.get("dask_shared_folder"):
        raise ValueError(
            f"its workers cannot reach the folder {data} of BLUEDOT_DATA; give a bucket (s3://bucket/bluedot), or "
            "set BLUEDOT_DASK_SHARED_FOLDER=true where it is a network folder that all of them have at the same path"
        )
    return value
