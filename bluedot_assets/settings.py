"""Every setting once: its name, default and meaning. Read from the environment and `.env`; empty means unset."""

import os
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bluedot_assets.adapters.notifier import addresses
from bluedot_assets.adapters.seeds.addresses import seed_addresses
from bluedot_assets.adapters.storage.store import public_address
from bluedot_assets.kernel.calendar.schedule import Schedule, parse_schedule
from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY, Timeframe
from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.kernel.series.indicators import DEFAULT_INDICATORS, INDICATORS, enabled_indicators
from bluedot_assets.kernel.tradingview.pine.stocks import parse_choice
from bluedot_assets.kernel.tradingview.seeds.symbols import Layout
from bluedot_assets.kernel.tradingview.tickers import EXCHANGE

REPOSITORY: Final = Path(__file__).parent.parent


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


def _keep(value: object) -> object:
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in value.split(",") if part.strip()]
    try:
        keep = {name.strip(): int(number) for name, _, number in pairs}
    except ValueError:
        raise ValueError(KEEP_FORM) from None
    return _both_timeframes(keep)


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
    pairs = [part.partition("=") for part in value.split(",") if part.strip()]
    named = {zone.strip(): _exchange(name.strip()) for zone, _, name in pairs}
    _known_timezones(tuple(named))
    return DEFAULT_EXCHANGES | named


def _hours(value: object) -> object:
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in value.split(",") if part.strip()]
    try:
        hours = {name.strip(): float(number) for name, _, number in pairs}
    except ValueError:
        raise ValueError(DEADLINE_FORM) from None
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


def _seeds(addresses: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    try:
        seed_addresses(addresses, info.data.get("tradingview_namespace"))
    except SettingsError as error:
        raise ValueError(str(error).removeprefix("BLUEDOT_SEEDS ")) from None
    return addresses


def _pine_stocks(words: tuple[str, ...]) -> tuple[str, ...]:
    try:
        parse_choice(words)
    except SettingsError as error:
        raise ValueError(str(error).removeprefix("BLUEDOT_PINE_STOCKS ")) from None
    return words


def _webhooks(value: SecretStr | None) -> SecretStr | None:
    if value is not None and not all("://" in address for address in addresses(value.get_secret_value())):
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
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]


class Settings(BaseSettings):
    """The settings of one installation. Fields are documented where they are declared; `.env.example` and the
    documentation are made from them."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", frozen=True
    )

    source: Annotated[str, AfterValidator(_source)] | None = Field(
        None,
        validation_alias="BLUEDOT_SOURCE",
        description="Where the vendor's files are: the folder that holds daily/, weekly/ and triggers/, or "
        "gdrive:<id of that folder in Google Drive>.",
    )
    google_application_credentials: str | None = Field(
        None,
        validation_alias="GOOGLE_APPLICATION_CREDENTIALS",
        description="Path of a service account's JSON key; the folder must be shared with that account.",
    )
    google_drive_service_account: SecretStr | None = Field(
        None,
        validation_alias="GOOGLE_DRIVE_SERVICE_ACCOUNT",
        description="The same key's JSON itself, or base64 of it, for the secrets of CI.",
    )
    google_drive_api_key: SecretStr | None = Field(
        None,
        validation_alias="GOOGLE_DRIVE_API_KEY",
        description="API key, used when no service account is given; reads folders that are shared with anyone who has "
        "the link, and writes nothing.",
    )
    drive_endpoint: str | None = Field(
        None,
        validation_alias="BLUEDOT_DRIVE_ENDPOINT",
        description="Another server that speaks Drive v3 (https, or http on loopback); unset: Google.",
    )
    download_connections: int = Field(
        16, ge=1, le=64, validation_alias="DOWNLOAD_CONNECTIONS", description="Downloads at the same time."
    )
    poll_seconds: int = Field(
        30,
        ge=5,
        le=3600,
        validation_alias="BLUEDOT_POLL_SECONDS",
        description="Seconds between two looks of the sensors; two equal listings so far apart count as complete.",
    )
    settle_minutes: float = Field(
        20,
        gt=0,
        le=1440,
        validation_alias="BLUEDOT_SETTLE_MINUTES",
        description="A folder without trigger, and a correction, are taken up when the listing stayed equal so long.",
    )
    data: str = Field(
        "./data",
        validation_alias="BLUEDOT_DATA",
        description="Where tables and series are kept: a folder, or an fsspec URL such as s3://bucket/bluedot.",
    )
    site: str = Field(
        "./data/site",
        validation_alias="BLUEDOT_SITE",
        description="Where the site is published: a folder of this machine, or the URL of a git repository (https://, "
        "ssh://, file://).",
    )
    site_weekly: str | None = Field(
        None,
        validation_alias="BLUEDOT_SITE_WEEKLY",
        description="A site of its own for the weekly timeframe, where one repository is too small for both.",
    )
    site_branch: Annotated[str, AfterValidator(_branch)] = Field(
        "gh-pages",
        validation_alias="BLUEDOT_SITE_BRANCH",
        description="The branch of that repository; made when it is absent.",
    )
    github_token: SecretStr | None = Field(
        None,
        validation_alias="GITHUB_TOKEN",
        description="Token that may write the contents of the repositories; sent to their hosts only.",
    )
    site_history: Literal["squash", "keep"] = Field(
        "squash",
        validation_alias="BLUEDOT_SITE_HISTORY",
        description="squash: the branch is always one commit; keep: one commit for each publish (it reaches 1 GB in "
        "about ten weeks).",
    )
    site_budget_mb: int = Field(
        900,
        ge=1,
        validation_alias="BLUEDOT_SITE_BUDGET_MB",
        description="Megabytes that the site may have, latest and every dated folder counted in full; the oldest dated "
        "folders make room. GitHub Pages allows 1000.",
    )
    site_url: Annotated[str, AfterValidator(_public_url)] | None = Field(
        None,
        validation_alias="BLUEDOT_SITE_URL",
        description="Where the world reads the site (https://<user>.github.io/<repo>/): for links, and to see that a "
        "publish has arrived.",
    )
    site_weekly_url: Annotated[str, AfterValidator(_public_url)] | None = Field(
        None,
        validation_alias="BLUEDOT_SITE_WEEKLY_URL",
        description="The same of BLUEDOT_SITE_WEEKLY.",
    )
    site_wait_minutes: float = Field(
        10,
        ge=0,
        le=60,
        validation_alias="BLUEDOT_SITE_WAIT_MINUTES",
        description="How long a publish may take to become public before it counts as not arrived.",
    )
    tradingview_namespace: Annotated[str, AfterValidator(_namespace)] | None = Field(
        None,
        validation_alias="TRADINGVIEW_NAMESPACE",
        description="The seed_<user> part of your Pine Seeds repositories' names; given, their names are checked.",
    )
    seeds: Annotated[Names, AfterValidator(_seeds)] = Field(
        (),
        validation_alias="BLUEDOT_SEEDS",
        description="Pine Seeds repositories, comma-separated, as daily=<git URL> or weekly=<git URL>; a timeframe may "
        "have several. Unset: no seeds.",
    )
    seed_layout: Layout = Field(
        "series",
        validation_alias="BLUEDOT_SEED_LAYOUT",
        description="series: each stock has a symbol for each indicator; packed: one symbol has everything but price.",
    )
    exchange_timezones: Annotated[Names, AfterValidator(_known_timezones)] = Field(
        ("Asia/Kolkata", "America/New_York"),
        validation_alias="BLUEDOT_EXCHANGE_TIMEZONES",
        description="Candidate timezones of the exchanges, comma-separated. A file's zone is the one in which all its "
        "bars are midnight; a single name forces that zone.",
    )
    exchanges: Annotated[dict[str, str], NoDecode, BeforeValidator(_exchanges)] = Field(
        DEFAULT_EXCHANGES,
        validation_alias="BLUEDOT_EXCHANGES",
        description="TradingView's exchange of each timezone's stocks, as Asia/Kolkata=NSE,America/New_York=NASDAQ: "
        "watchlists and scripts name stocks by it.",
    )
    exchange_prefix: Annotated[str, AfterValidator(_exchange)] | None = Field(
        None,
        validation_alias="BLUEDOT_EXCHANGE_PREFIX",
        description="TradingView's exchange of stocks whose timezone BLUEDOT_EXCHANGES does not name; unset: they have "
        "no ticker.",
    )
    tickers: Path | None = Field(
        None,
        validation_alias="BLUEDOT_TICKERS",
        description="A CSV of tickers that decides before the exchanges: symbol,exchange,ticker, or symbol,ticker with "
        "EXCHANGE:TICKER.",
    )
    calendars: Annotated[Names, AfterValidator(_calendar_names)] = Field(
        ("XBOM", "XNYS"),
        validation_alias="BLUEDOT_CALENDARS",
        description="Calendars of the exchanges (market codes of exchange_calendars), one for each timezone: their "
        "holidays raise no alarm. none: every weekday counts as a session.",
    )
    deadline_hours: Annotated[dict[str, float], NoDecode, BeforeValidator(_hours)] = Field(
        DEFAULT_DEADLINE,
        validation_alias="BLUEDOT_DEADLINE_HOURS",
        description="How many hours after its scheduled time a publish counts as late.",
    )
    schedule_timezone: Annotated[str, AfterValidator(_timezone)] = Field(
        "UTC",
        validation_alias="BLUEDOT_SCHEDULE_TIMEZONE",
        description="Timezone of the two times below.",
    )
    schedule_daily: Annotated[str, AfterValidator(partial(_schedule, DAILY))] = Field(
        "09:00",
        validation_alias="BLUEDOT_SCHEDULE_DAILY",
        description="When a server looks for daily partitions that no sensor has taken, as 18:30; a daily publish "
        "counts as due at the first such time after the session. On GitHub daily-pipeline.yml says the same.",
    )
    schedule_weekly: Annotated[str, AfterValidator(partial(_schedule, WEEKLY))] = Field(
        "sun 10:00",
        validation_alias="BLUEDOT_SCHEDULE_WEEKLY",
        description="The same for weekly partitions, as sat 08:00.",
    )
    pine_stocks: Annotated[Names, AfterValidator(_pine_stocks)] = Field(
        ("all",),
        validation_alias="BLUEDOT_PINE_STOCKS",
        description="The stocks of the embedded Pine scripts: all, or conditions that must all hold (rlst>=80, "
        "unflagged, flagged, no-etf) and names in capitals, or @<file> with names, comma-separated.",
    )
    pine_dots: int | None = Field(
        None,
        ge=1,
        validation_alias="BLUEDOT_PINE_DOTS",
        description="How many of each stock's newest dots the embedded Pine scripts hold; unset: all. Fewer dots make "
        "fewer scripts.",
    )
    start: Annotated[date, AfterValidator(_start)] = Field(
        date(2015, 1, 1), validation_alias="BLUEDOT_START", description="First partition, as YYYY-MM-DD."
    )
    min_complete: float = Field(
        95,
        ge=0,
        le=100,
        validation_alias="BLUEDOT_MIN_COMPLETE",
        description="Percent of the expected files that must be received, and accepted, before anything is published.",
    )
    indicators: Annotated[Names, AfterValidator(_known_indicators)] = Field(
        DEFAULT_INDICATORS,
        validation_alias="BLUEDOT_INDICATORS",
        description=f"The series that are made, comma-separated, out of {', '.join(INDICATORS)}.",
    )
    keep: Annotated[dict[str, int], NoDecode, BeforeValidator(_keep), AfterValidator(_both_timeframes)] = Field(
        DEFAULT_KEEP,
        validation_alias="BLUEDOT_KEEP",
        description="How many dated folders the site keeps of each timeframe, newest first.",
    )
    batch_size: int = Field(
        100, ge=1, le=10_000, validation_alias="BATCH_SIZE", description="Stocks in one shard of work."
    )
    parallel_workers: int = Field(
        default_factory=_cores,
        ge=1,
        le=256,
        validation_alias="PARALLEL_WORKERS",
        description="Worker processes; unset: one for each core.",
    )
    retry_attempts: int = Field(
        3, ge=0, le=20, validation_alias="RETRY_ATTEMPTS", description="More tries of a failed read after the first."
    )
    compression: bool = Field(
        True,
        validation_alias="COMPRESSION",
        description="Store tables with zstd, and put a .csv.gz beside each published CSV of more than 1 MB.",
    )
    site_bulk: bool = Field(
        False,
        validation_alias="BLUEDOT_SITE_BULK",
        description="Publish the newest partition's whole table beside the folders, as <timeframe>/bars.parquet.",
    )
    webhook: Annotated[SecretStr | None, AfterValidator(_webhooks)] = Field(
        None,
        validation_alias="NOTIFICATION_WEBHOOK",
        description="Where alerts and the digest go: one or several addresses, separated by commas or spaces; a Slack "
        "or Discord webhook as it is copied there, or any Apprise URL (mail, Telegram, ...).",
    )
    webhook_digest: Annotated[SecretStr | None, AfterValidator(_webhooks)] = Field(
        None,
        validation_alias="NOTIFICATION_WEBHOOK_DIGEST",
        description="The same for the digest of new dots alone, instead of NOTIFICATION_WEBHOOK.",
    )
    webhook_trouble: Annotated[SecretStr | None, AfterValidator(_webhooks)] = Field(
        None,
        validation_alias="NOTIFICATION_WEBHOOK_TROUBLE",
        description="The same for trouble alone (failures, lateness, warnings), instead of NOTIFICATION_WEBHOOK.",
    )
    watchlist: Path | None = Field(
        None,
        validation_alias="BLUEDOT_WATCHLIST",
        description="A file of the symbols that the digest names first: one on each line, or a TradingView watchlist "
        "(.txt).",
    )

    def schedule(self, timeframe: Timeframe) -> Schedule:
        """When the clock starts a timeframe's runs."""
        text = self.schedule_weekly if timeframe is WEEKLY else self.schedule_daily
        return parse_schedule(text, timeframe, self.schedule_timezone)


def load_settings() -> Settings:
    """The settings of the environment and of `.env` in the current folder. Raises SettingsError, one sentence."""
    settings, wrong = usable_settings()
    if wrong:
        raise SettingsError(" ".join(wrong.values()))
    return settings


def usable_settings() -> tuple[Settings, dict[str, str]]:
    """The settings, with the default in place of each that is wrong, and a sentence for each of those by its name.
    Raises SettingsError where `.env` cannot be read at all."""
    try:
        return Settings(), {}
    except ValidationError as error:
        wrong: dict[str, str] = {}
        for one in error.errors():
            wrong.setdefault(str(one["loc"][0]), _sentence(one))
        return Settings(**{name: value for name, value in _defaults().items() if name in wrong}), wrong
    except UnicodeDecodeError as error:
        raise SettingsError(f".env is not UTF-8 text (byte {error.start}): save it as UTF-8.") from None
    except OSError as error:
        raise SettingsError(
            f".env cannot be read ({error.strerror or error}): make it readable for this user."
        ) from None


def _sentence(error: Any) -> str:
    name = str(error["loc"][0])
    problem = str(error["msg"]).removeprefix("Value error, ")
    # A secret that is wrong is still a secret.
    value = "not usable" if name in SECRETS else repr(_as_written(error["input"]))
    return f"{name} is {value}: {problem[0].lower()}{problem[1:].rstrip('.')}."


def _as_written(value: Any) -> Any:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return public_address(value) if isinstance(value, str) else value


SECRETS: Final = frozenset(
    str(field.validation_alias)
    for field in Settings.model_fields.values()
    if SecretStr in (field.annotation, *get_args(field.annotation))
)


def default_settings() -> Settings:
    """Every setting as it is when nothing sets it."""
    return Settings(_env_file=None, **_defaults())


def _defaults() -> dict[str, Any]:
    fields = Settings.model_fields.values()
    return {str(field.validation_alias): field.get_default(call_default_factory=True) for field in fields}


def named_in_file(env_file: Path = Path(".env")) -> set[str]:
    """Names that the file gives a value."""
    return {name for name, value in _assigned(env_file).items() if value}


def _assigned(env_file: Path) -> dict[str, str]:
    lines = env_file.read_text("utf-8", "replace").splitlines() if env_file.is_file() else []
    pairs = [line.removeprefix("export ").partition("=") for line in lines if not line.lstrip().startswith("#")]
    return {name.strip(): value.strip() for name, equals, value in pairs if equals}


def mistyped(environment: Mapping[str, str], env_file: Path = Path(".env")) -> list[str]:
    """A sentence for each name of the environment or of `env_file` that looks like a setting of ours and is none."""
    named = {*environment, *_assigned(env_file)}
    known = [str(field.validation_alias) for field in Settings.model_fields.values()]
    found = []
    for name in sorted(one for one in named if one.startswith("BLUEDOT_") and one not in known):
        near = get_close_matches(name, known, 1)
        found.append(f"{name} is no setting{f': did you mean {near[0]}?' if near else '.'}")
    return found


def documented() -> list[tuple[str, str, str]]:
    """(name, default, meaning) of every setting, in the order of declaration."""
    rows = []
    for field in Settings.model_fields.values():
        default = "" if field.default_factory or field.default is None else _written(field.default)
        rows.append((str(field.validation_alias), default, field.description or ""))
    return rows


def _written(value: object) -> str:
    if isinstance(value, dict):
        return ",".join(f"{name}={one if isinstance(one, str) else f'{one:g}'}" for name, one in value.items())
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(value) if isinstance(value, tuple) else str(value)
