"""Every setting once, by subject: its name, default and meaning. What a person may write is in `forms`, reading them in
`load`."""

from datetime import date, time
from functools import partial
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, AliasGenerator, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bluedot_assets.kernel.calendar.schedule import Schedule, parse_schedule
from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY, Timeframe
from bluedot_assets.kernel.series.indicators import DEFAULT_INDICATORS, INDICATORS
from bluedot_assets.kernel.tradingview.seeds.symbols import Layout
from bluedot_assets.settings import forms
from bluedot_assets.settings.source_form import source_folder

Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(forms.split)]
Secret = Annotated[SecretStr | None, BeforeValidator(forms.bare)]
Webhooks = Annotated[Secret, AfterValidator(forms.webhooks)]

# The subjects under which settings are documented, each with its first field: a group goes on until the next begins.
GROUPS: Final = {
    "Source": "source",
    "Data": "data",
    "Site": "site",
    "Exchanges and names": "exchange_timezones",
    "Calendar": "calendars",
    "Schedule": "schedule_timezone",
    "Checks": "min_complete",
    "TradingView": "pine_stocks",
    "Alerts": "webhook",
    "Performance": "download_connections",
}


class Settings(BaseSettings):
    """The settings of one installation, each BLUEDOT_ and its field's name unless it says another. What stands below a
    field is its meaning, in `.env.example` and in the documentation as well."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        alias_generator=AliasGenerator(validation_alias=lambda field: f"BLUEDOT_{field.upper()}"),
    )

    source: Annotated[str, AfterValidator(source_folder)] | None = None
    """Where the vendor's files are: the folder that holds daily/, weekly/ and triggers/, or gdrive:<id of that folder
    in Google Drive>, or the folder's address there."""
    google_application_credentials: str | None = Field(None, validation_alias="GOOGLE_APPLICATION_CREDENTIALS")
    """Path of a service account's JSON key; the folder must be shared with that account."""
    google_drive_service_account: Secret = Field(None, validation_alias="GOOGLE_DRIVE_SERVICE_ACCOUNT")
    """The same key's JSON itself, or base64 of it, for the secrets of CI."""
    google_drive_api_key: Secret = Field(None, validation_alias="GOOGLE_DRIVE_API_KEY")
    """API key, used when no service account is given; reads folders that are shared with anyone who has the link, and
    writes nothing."""
    drive_endpoint: str | None = None
    """Another server that speaks Drive v3 (https, or http on loopback); unset: Google."""
    start: Annotated[date, AfterValidator(forms.start)] | None = Field(None, examples=[date(2015, 1, 1)])
    """First partition, as YYYY-MM-DD; unset: the first that the source has."""
    owners: Annotated[Names, AfterValidator(forms.owners)] = ()
    """Whom Dagster's UI names as owners of the assets, comma-separated: team:data, me@example.org."""
    poll_seconds: int = Field(30, ge=5, le=3600)
    """Seconds between two looks of the sensors; two equal listings so far apart count as complete."""
    settle_minutes: float = Field(20, gt=0, le=1440)
    """A folder without trigger, and a correction, are taken up when the listing stayed equal so long."""
    data: str = "./data"
    """Where tables and series are kept: a folder, or an fsspec URL such as s3://bucket/bluedot."""
    keep_data: Annotated[dict[str, int], NoDecode, BeforeValidator(forms.keep_data)] = forms.DEFAULT_KEEP_DATA
    """How many partitions of each timeframe stay in BLUEDOT_DATA, newest first, as daily=90,weekly=52; all: every one.
    Older ones go once a day where a server runs, and with bluedot prune; what the source has no more, or has changed
    since, always stays."""
    history: Annotated[str, AfterValidator(forms.history)] | None = Field(
        None, examples=["https://github.com/<user>/<repo>.git#bluedot-history"]
    )
    """Where the history is kept: unset, in BLUEDOT_DATA; or <git URL>#<branch>, for machines without a disk of their
    own; or a folder or an fsspec URL."""
    adjustments: Path | None = None
    """A CSV of adjustments that a person decides: symbol,date,ratio (new prices / old ones, from the session of that
    date on), in place of what the history finds or leaves undecided. The word shares in a fourth column: volumes change
    the other way, as of a split or bonus."""
    renames: Path | None = None
    """A CSV of stocks that have another name since a day: old,new,from. The history goes on under the new one."""
    keep_runs_days: int = Field(30, ge=1)
    """For how many days Dagster keeps runs that have ended, with their events and logs; the newest of each stored
    partition stays."""
    indicators: Annotated[Names, AfterValidator(forms.known_indicators)] = Field(
        DEFAULT_INDICATORS,
        description=f"The series that are made, comma-separated, out of {', '.join(INDICATORS)}.",
    )
    weekly_from: Literal["vendor", "daily"] = "vendor"
    """vendor: weekly bars as the vendor gives them; daily: made of the daily table in BLUEDOT_DATA wherever that has
    every session of the week; the vendor's weekly bar swallows the placeholder of a holiday."""
    site: Annotated[str, AfterValidator(forms.site)] = "./data/site"
    """Where the site is published: a folder of this machine, the URL of a git repository (https://, ssh://, file://),
    or a folder of a bucket (s3://bucket/folder, gs://, az://) that a web server shows."""
    site_weekly: Annotated[str, AfterValidator(forms.site)] | None = None
    """A site of its own for the weekly timeframe, where one repository is too small for both."""
    site_branch: Annotated[str, AfterValidator(forms.branch)] = "gh-pages"
    """The branch of a repository; made when it is absent."""
    github_token: Secret = Field(None, validation_alias="GITHUB_TOKEN")
    """Token that may write the contents of the repositories; sent to their hosts only."""
    site_history: Literal["squash", "keep"] = "squash"
    """squash: the branch is always one commit; keep: one commit for each publish (it reaches 1 GB in about ten
    weeks)."""
    site_budget_mb: int = Field(900, ge=1)
    """Megabytes that the site may have, latest and every dated folder counted in full; the oldest dated folders make
    room. GitHub Pages allows 1000; on a bucket write as many as you want to pay for."""
    keep: Annotated[dict[str, int], NoDecode, BeforeValidator(forms.keep)] = forms.DEFAULT_KEEP
    """How many dated folders the site keeps of each timeframe, newest first."""
    site_url: Annotated[str, AfterValidator(forms.public_url)] | None = None
    """Where the world reads the site (https://<user>.github.io/<repo>/): for links, and to see that a publish has
    arrived."""
    site_weekly_url: Annotated[str, AfterValidator(forms.public_url)] | None = None
    """The same of BLUEDOT_SITE_WEEKLY."""
    site_wait_minutes: float = Field(10, ge=0, le=60)
    """How long a publish may take to become public before it counts as not arrived."""
    exchange_timezones: Annotated[Names, AfterValidator(forms.known_timezones)] = (
        "Asia/Kolkata",
        "America/New_York",
    )
    """Candidate timezones of the exchanges, comma-separated. A file's zone is the one in which all its bars are
    midnight; a single name forces that zone."""
    exchanges: Annotated[dict[str, str], NoDecode, BeforeValidator(forms.exchanges)] = forms.DEFAULT_EXCHANGES
    """TradingView's exchange of each timezone's stocks, as Asia/Kolkata=NSE,America/New_York=NASDAQ: watchlists and
    scripts name stocks by it."""
    exchange_prefix: Annotated[str, AfterValidator(forms.exchange)] | None = None
    """TradingView's exchange of stocks whose timezone BLUEDOT_EXCHANGES does not name; unset: they have no ticker."""
    tickers: Path | None = None
    """A CSV of tickers that decides before the exchanges: symbol,exchange,ticker, or symbol,ticker with
    EXCHANGE:TICKER."""
    benchmarks: Annotated[dict[str, str], NoDecode, BeforeValidator(forms.benchmarks)] = {}
    """What pages and scripts call the index that the vendor's files hold as bc, by timezone, as
    Asia/Kolkata=NIFTY 500,America/New_York=S&P 500; unset: benchmark."""
    calendars: Annotated[Names, AfterValidator(forms.calendar_names)] = ("XBOM", "XNYS")
    """Calendars of the exchanges (market codes of exchange_calendars), one for each timezone: their holidays raise no
    alarm. none: every weekday counts as a session."""
    holidays: Annotated[Names, AfterValidator(forms.holidays)] = ()
    """Days that decide before the calendars, comma-separated: 2027-01-15 is a holiday, +2027-11-07 an extra session,
    +2027-11-07@19:15 one that closes at that time of the exchange (else at midnight), XBOM:2027-01-15 the same of one
    calendar; or the path of a file with one on each line."""
    close_times: Annotated[dict[str, time], NoDecode, BeforeValidator(forms.close_times)] = forms.DEFAULT_CLOSES
    """When the exchange of a timezone that has no calendar closes, by its own clock, as Asia/Kolkata=15:30; 17:30 where
    neither is known."""
    schedule_timezone: Annotated[str, AfterValidator(forms.timezone)] = "UTC"
    """Timezone of the two times below."""
    schedule_daily: Annotated[str, AfterValidator(partial(forms.schedule, DAILY))] = "09:00"
    """When a server looks for daily partitions that no sensor has taken, as 18:30; a daily publish counts as due at the
    first such time after the session. On GitHub daily-pipeline.yml says the same."""
    schedule_weekly: Annotated[str, AfterValidator(partial(forms.schedule, WEEKLY))] = "sun 10:00"
    """The same for weekly partitions, as sat 08:00."""
    deadline_hours: Annotated[dict[str, float], NoDecode, BeforeValidator(forms.hours)] = forms.DEFAULT_DEADLINE
    """How many hours after its scheduled time a publish counts as late."""
    min_complete: float = Field(95, ge=0, le=100)
    """Percent of the expected files that must be received, and accepted, before anything is published."""
    min_bars: int = Field(1, ge=1)
    """A stock with fewer bars is published with a warning."""
    unfinished_bars: Literal["block", "drop", "publish"] = "block"
    """What becomes of bars whose session was not over when the vendor answered. block: they are left out, and when more
    than 5 % of an exchange's files have one nothing is published; drop: they are left out; publish: they are kept."""
    pine_stocks: Annotated[Names, AfterValidator(forms.pine_stocks)] = ("all",)
    """The stocks of the embedded Pine scripts: all, or conditions that must all hold (rlst>=80, unflagged, flagged,
    no-etf) and names in capitals, or @<file> with names, comma-separated."""
    pine_dots: int | None = Field(None, ge=1, examples=[50])
    """How many of each stock's newest dots the embedded Pine scripts hold; unset: all. Fewer dots make fewer
    scripts."""
    tradingview_namespace: Annotated[str, AfterValidator(forms.namespace)] | None = Field(
        None, validation_alias="TRADINGVIEW_NAMESPACE"
    )
    """The seed_<user> part of your Pine Seeds repositories' names; given, their names are checked."""
    seeds: Annotated[Names, AfterValidator(forms.seed_repositories)] = ()
    """Pine Seeds repositories, comma-separated, as daily=<git URL> or weekly=<git URL>; a timeframe may have several.
    Unset: no seeds."""
    seed_layout: Layout = "series"
    """series: each stock has a symbol for each indicator; packed: one symbol has everything but price."""
    webhook: Webhooks = Field(None, validation_alias="NOTIFICATION_WEBHOOK")
    """Where alerts and the digest go: one or several addresses, separated by commas or spaces; a Slack or Discord
    webhook as it is copied there, or any Apprise URL (mail, Telegram, ...)."""
    webhook_digest: Webhooks = Field(None, validation_alias="NOTIFICATION_WEBHOOK_DIGEST")
    """The same for the digest of new dots alone, instead of NOTIFICATION_WEBHOOK."""
    webhook_trouble: Webhooks = Field(None, validation_alias="NOTIFICATION_WEBHOOK_TROUBLE")
    """The same for trouble alone (failures, lateness, warnings), instead of NOTIFICATION_WEBHOOK."""
    watchlist: Path | None = None
    """A file of the symbols that the digest names first: one on each line, or a TradingView watchlist (.txt)."""
    download_connections: int = Field(16, ge=1, le=64, validation_alias="DOWNLOAD_CONNECTIONS")
    """Downloads at the same time."""
    retry_attempts: int = Field(3, ge=0, le=20, validation_alias="RETRY_ATTEMPTS")
    """More tries of a failed read after the first."""
    batch_size: int = Field(100, ge=1, le=10_000, validation_alias="BATCH_SIZE")
    """Stocks in one shard of work."""
    parallel_workers: int = Field(default_factory=forms.cores, ge=1, le=256, validation_alias="PARALLEL_WORKERS")
    """Worker processes; unset: one for each core."""
    dask_shared_folder: bool = False
    """Whether the folder of BLUEDOT_DATA is a network folder that every worker of BLUEDOT_DASK has at the same path."""
    dask: Annotated[str, AfterValidator(forms.dask)] | None = Field(None, examples=["tcp://scheduler:8786"])
    """Scheduler of a Dask cluster whose workers do the work instead of processes here: tcp://<host>:<port>, or tls://
    with the certificates of Dask's own configuration. Needs a BLUEDOT_DATA that all of them reach."""
    compression: bool = Field(True, validation_alias="COMPRESSION")
    """Store tables with zstd, and put a .csv.gz beside each published CSV of more than 1 MB."""

    def schedule(self, timeframe: Timeframe) -> Schedule:
        """When the clock starts a timeframe's runs."""
        text = self.schedule_weekly if timeframe is WEEKLY else self.schedule_daily
        return parse_schedule(text, timeframe, self.schedule_timezone)
