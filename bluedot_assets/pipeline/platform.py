"""The one resource of all assets: the outside world as the settings describe it, opened when first used. Each system is
in `adapters`, what stages do with them in `stages`."""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

from bluedot_assets.adapters.calendars.load import load_trading_days
from bluedot_assets.adapters.git.address import GitOptions
from bluedot_assets.adapters.notifier import MOST_TRIES, AppriseNotifier, Notifier, split_addresses
from bluedot_assets.adapters.seeds.addresses import seed_addresses
from bluedot_assets.adapters.site.open import open_site
from bluedot_assets.adapters.site.pages import DOCUMENTATION, SHELL
from bluedot_assets.adapters.site.port import Site
from bluedot_assets.adapters.source.open import open_source
from bluedot_assets.adapters.source.port import LogProblem, SourceFolder
from bluedot_assets.adapters.source.ranges import read_range, write_range
from bluedot_assets.adapters.storage.outputs import Outputs
from bluedot_assets.adapters.storage.store.open import open_store
from bluedot_assets.adapters.storage.store.port import Store
from bluedot_assets.adapters.user_files import load_own_days, load_ticker_list
from bluedot_assets.adapters.workers.cluster import Cluster
from bluedot_assets.adapters.workers.executor import Processes
from bluedot_assets.adapters.workers.port import Executor
from bluedot_assets.adapters.workers.progress import Progress
from bluedot_assets.kernel.alerts.message import Topic
from bluedot_assets.kernel.calendar.due_times import Timetable
from bluedot_assets.kernel.calendar.sessions import EVERY_WEEKDAY, TradingDays
from bluedot_assets.kernel.calendar.source_range import UNKNOWN_START, SourceRange, source_range
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES, WEEKLY, Timeframe
from bluedot_assets.kernel.errors import BluedotError, NewerVersion, SettingsError
from bluedot_assets.kernel.site.addresses import is_address
from bluedot_assets.kernel.site.publication import LATEST, STATUS
from bluedot_assets.kernel.site.publish_plan import require_known_files
from bluedot_assets.kernel.site.status import TimeframeStatus, decode_state
from bluedot_assets.kernel.source.arrivals import partitions_in_reach
from bluedot_assets.kernel.source.process_log import RunLine
from bluedot_assets.kernel.source.tree_names import PartitionListing
from bluedot_assets.kernel.tradingview.tickers import TickerRules
from bluedot_assets.settings.fields import Settings
from bluedot_assets.settings.forms import FIRST_START

if TYPE_CHECKING:
    from bluedot_assets.adapters.history.port import HistoryPlace
    from bluedot_assets.adapters.seeds.repository import SeedRepository


def utc_now() -> datetime:
    return datetime.now(UTC)


def _revealed(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def same_site(site: Site) -> Site:
    return site


def begin_at_once(timeframe: str, key: str, step: str) -> None:
    """A partition that is made alone waits for none."""


EARLIEST_TODAY: Final = date(2015, 1, 1)  # a machine without a battery for its clock wakes in 1970 or 2000


@dataclass
class Platform:
    """What a stage works with. Making one opens nothing."""

    settings: Settings
    clock: Callable[[], datetime] = utc_now
    sleep: Callable[[float], None] = time.sleep  # seconds
    progress: Progress = field(default_factory=Progress)
    shell: Path = SHELL
    docs: Path = DOCUMENTATION
    site_as_seen: Callable[[Site], Site] = same_site  # what stages get for a site; a batch gathers what is published
    before_step: Callable[[str, str, str], None] = begin_at_once  # with timeframe, key and step; may wait for others
    _seen: dict[str, tuple[date, list[str]]] = field(default_factory=dict, init=False, repr=False)  # of the source

    @cached_property
    def source(self) -> SourceFolder:
        settings = self.settings
        given = {
            "GOOGLE_APPLICATION_CREDENTIALS": settings.google_application_credentials,
            "GOOGLE_DRIVE_SERVICE_ACCOUNT": _revealed(settings.google_drive_service_account),
            "GOOGLE_DRIVE_API_KEY": _revealed(settings.google_drive_api_key),
        }
        credentials = {name: value for name, value in given.items() if value}
        numbers = (settings.retry_attempts, settings.download_connections)
        return open_source(settings.source, *numbers, settings.drive_endpoint, credentials)

    @cached_property
    def store(self) -> Store:
        """Where data are kept; nothing of it is read yet."""
        return open_store(self.settings.data)

    @cached_property
    def outputs(self) -> Outputs:
        """What is stored there. Raises NewerVersion."""
        outputs = Outputs(self.store, self.clock)
        outputs.require_known()
        return outputs

    @cached_property
    def history(self) -> "HistoryPlace":
        """Where what was ever seen is kept."""
        from bluedot_assets.adapters.history.open import open_history  # noqa: PLC0415  tables cost a start 0.2 s

        settings = self.settings
        again = (settings.retry_attempts, self.clock, self.sleep)
        return open_history(settings.history, self.store, _revealed(settings.github_token), *again)

    @cached_property
    def site(self) -> Site:
        """The site of BLUEDOT_SITE."""
        return self._open_site("BLUEDOT_SITE", self.settings.site)

    @cached_property
    def _weekly_site(self) -> Site:
        weekly = self.settings.site_weekly
        return self._open_site("BLUEDOT_SITE_WEEKLY", weekly) if weekly else self.site

    def site_of(self, timeframe: Timeframe) -> Site:
        """Where a timeframe is published."""
        return self._weekly_site if timeframe is WEEKLY else self.site

    def status(self, timeframe: Timeframe) -> TimeframeStatus:
        """What a timeframe's site says of it now. Raises what reading the site raises, PublishRefused."""
        return decode_state(self.site_of(timeframe).snapshot().read(STATUS), timeframe.name)

    def require_known_site(self, timeframe: Timeframe, key: str) -> None:
        """Raises NewerVersion. That a site cannot be read says who publishes there."""
        try:
            site = self.site_of(timeframe).snapshot()
            decode_state(site.read(STATUS), timeframe.name)
            # What a remote site's folders hold takes round trips: who publishes there asks.
            folders = [] if is_address(self.site_setting(timeframe)) else [LATEST, key]
            require_known_files(site, timeframe.name, folders)
        except NewerVersion:
            raise
        except (BluedotError, OSError):
            return

    def listing(self, timeframe: Timeframe) -> PartitionListing:
        """All folders of the source that are named like partitions, and what is ignored there. What it has is
        remembered for `partition_range`. Raises SourceUnreadable."""
        found = self.source.partitions(timeframe)
        self._remember_range(timeframe, self._in_reach(found.keys, timeframe))
        return found

    def listed(self, timeframe: Timeframe) -> PartitionListing:
        """Those that are partitions here. Raises SourceUnreadable."""
        found = self.listing(timeframe)
        return replace(found, keys=self._in_reach(found.keys, timeframe))

    def _in_reach(self, keys: Sequence[str], timeframe: Timeframe) -> list[str]:
        return partitions_in_reach(keys, timeframe, self.earliest, self.today)

    @property
    def today(self) -> date:
        """Raises SettingsError where the clock of this machine cannot be right: by it everything would be too early."""
        today = self.clock().date()
        if today < EARLIEST_TODAY:
            raise SettingsError(
                f"The clock of this machine is at {today}, which cannot be: set it right (`timedatectl set-ntp true`, "
                "or in its firmware), and run again."
            )
        return today

    @property
    def earliest(self) -> date:
        """The day before which no folder of the source is a partition."""
        return self.settings.start or FIRST_START

    def partition_range(self, timeframe: Timeframe) -> SourceRange:
        """The first day of Dagster's partitions and the days that are none, as far as the source was ever seen. Opens
        no connection."""
        start = self.settings.start
        known = read_range(self.store, self.settings.source or "", timeframe.name) or SourceRange(UNKNOWN_START)
        first = start or known.first
        return SourceRange(first, tuple(day for day in known.absent if day > first))

    def _remember_range(self, timeframe: Timeframe, keys: list[str]) -> None:
        store, source, today = self.outputs.store, self.settings.source or "", self.clock().date()
        if self._seen.get(timeframe.name) == (today, keys):
            return
        try:
            days = self.trading_days
        except SettingsError:  # what reads calendars says so
            days = EVERY_WEEKDAY
        known = read_range(store, source, timeframe.name)
        found = source_range(keys, timeframe, days, today, before=known, start=self.settings.start)
        if found and found != known:
            write_range(store, source, timeframe.name, found)
        self._seen[timeframe.name] = (today, keys)

    def site_setting(self, timeframe: Timeframe) -> str:
        """What the settings say of it."""
        return (self.settings.site_weekly if timeframe is WEEKLY else None) or self.settings.site

    def elsewhere(self, timeframe: Timeframe) -> frozenset[str]:
        """The timeframes that do not belong on that timeframe's site."""
        here = self.site_of(timeframe).address
        return frozenset(name for name, one in TIMEFRAMES.items() if self.site_of(one).address != here)

    def public_url(self, timeframe: Timeframe) -> str | None:
        """Where the world reads a timeframe's site, without a slash at its end; None when it is not set."""
        own = timeframe is WEEKLY and self.settings.site_weekly
        return self.settings.site_weekly_url if own else self.settings.site_url

    def _open_site(self, setting: str, value: str) -> Site:
        settings = self.settings
        token = _revealed(settings.github_token)
        squash = settings.site_history == "squash"
        options = GitOptions(settings.site_branch, squash, token, settings.retry_attempts, self.clock, self.sleep)
        return self.site_as_seen(open_site(setting, value, self.store, options))

    def notifier(self, tries: int = MOST_TRIES) -> Notifier | None:
        """Who notifies people, with so many tries for each message; None where no address is set."""
        settings = self.settings
        secrets: dict[Topic, SecretStr | None] = {
            "digest": settings.webhook_digest or settings.webhook,
            "trouble": settings.webhook_trouble or settings.webhook,
        }
        by_topic = {topic: split_addresses(secret.get_secret_value()) for topic, secret in secrets.items() if secret}
        return AppriseNotifier(by_topic, self.sleep, tries) if any(by_topic.values()) else None

    @cached_property
    def trading_days(self) -> TradingDays:
        """The calendars of BLUEDOT_CALENDARS, the days of BLUEDOT_HOLIDAYS and the closes of BLUEDOT_CLOSE_TIMES.
        Raises SettingsError for what cannot be read or is not there."""
        own = load_own_days(self.settings.holidays)
        days = load_trading_days(self.settings.calendars, self.clock().date(), own)
        return replace(days, closes=self.settings.close_times)

    def log_line(self, line: RunLine) -> LogProblem | None:
        """Append a run's line to the source's process log. A log that cannot be written never fails a run: then the
        problem in a sentence that people can read alone."""
        try:
            problem = self.source.append_log(str(line))
        except BluedotError as error:
            problem = LogProblem(str(error))
        return problem and replace(problem, sentence=f"The process log has no line of this run: {problem}")

    def timetable(self, timeframe: Timeframe, timezones: Collection[str]) -> Timetable:
        """What the due times of a site follow that has stocks of the exchanges in these timezones."""
        grace = timedelta(hours=self.settings.deadline_hours[timeframe.name])
        return Timetable(self.trading_days.of(timezones), grace, self.settings.schedule(timeframe))

    def seeds_of(self, timeframe: Timeframe) -> "list[SeedRepository]":
        """The seed repositories of a timeframe, in the order of the setting; nothing is opened yet."""
        from bluedot_assets.adapters.git.branch import GitRemote  # noqa: PLC0415  git costs a start 0.2 s
        from bluedot_assets.adapters.git.push import PushPolicy  # noqa: PLC0415
        from bluedot_assets.adapters.seeds.repository import SeedRepository  # noqa: PLC0415

        settings = self.settings
        token = _revealed(settings.github_token)
        return [
            SeedRepository(GitRemote(one.address), PushPolicy(settings.retry_attempts, self.sleep), self.clock)
            for one in seed_addresses(settings.seeds, settings.tradingview_namespace, token)
            if one.timeframe == timeframe.name
        ]

    def ticker_rules(self) -> TickerRules:
        """How stocks get their tickers, read anew each time: the list may change under a server. Raises
        SettingsError."""
        settings = self.settings
        return TickerRules(load_ticker_list(settings.tickers), settings.exchanges, settings.exchange_prefix)

    @cached_property
    def cluster(self) -> Cluster | None:
        """The workers of BLUEDOT_DASK, where it is set."""
        return Cluster(self.settings.dask, self.store) if self.settings.dask else None

    @cached_property
    def executor(self) -> Executor:
        """Who works on shards of stocks."""
        # A store that lives in this process alone cannot be read by another.
        return self.cluster or Processes(self.settings.parallel_workers if self.store.shared else 1)

    @cached_property
    def compression(self) -> str:
        return "zstd" if self.settings.compression else "none"
