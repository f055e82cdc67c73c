"""The sample: an invented tree of the vendor's shape, its layout and order, file by file, as values (source-format.md).
Prices are made in market, JSON in vendor_file, damage in faults; adapters/source/sample_tree writes the files."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from typing import Final, Literal
from zoneinfo import ZoneInfo

from bluedot_assets.kernel.calendar.timeframes import DAILY, TIMEFRAMES, WEEKLY, Timeframe
from bluedot_assets.kernel.sample.faults import FAULT_KINDS, Fault, FaultFolder, fault_files
from bluedot_assets.kernel.sample.market import (
    EXCHANGES,
    Exchange,
    Market,
    PriceHistory,
    daily_bars,
    dot_weekdays,
    is_session,
    make_history,
    make_market,
    weekday_number,
    weekly_bars,
)
from bluedot_assets.kernel.sample.vendor_file import (
    UPLOAD_AFTER,
    Document,
    SampleStock,
    document,
    encode,
    make_stock,
)

SAMPLE_MARKER: Final = ".bluedot-sample"  # a file at the root of a sample tree
_MARKER_TEXT: Final = b"Invented data made by `bluedot sample`: no stock, company or price in this folder is real.\n"
# The days that partitions may end on: the walks start five years before the first, and dots reach back over four.
_EARLIEST: Final = dt.date(2015, 1, 1)
_LATEST: Final = dt.date(2099, 12, 31)
_AROUND: Final = 60  # days before and after a plan's end
_ANSWERED: Final = dt.time(0, 25)
_UPLOAD_LASTS: Final = dt.timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class SamplePlan:
    """What to make: `days` daily and `weeks` weekly partition folders, the newest at `end`, of `stocks` stocks. Raises
    ValueError for a count below zero, an unknown exchange or fault kind, or partitions outside 2015 to 2099."""

    stocks: int
    days: int
    weeks: int
    seed: int
    end: dt.date
    exchange: Literal["india", "us", "mixed"] = "mixed"
    fault_kinds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, number in (("stocks", self.stocks), ("days", self.days), ("weeks", self.weeks)):
            if number < 0:
                raise ValueError(f"{name} is {number}: give 0 or more")
        if self.exchange not in (*EXCHANGES, "mixed"):
            raise ValueError(f"unknown exchange {self.exchange!r}: give one of {', '.join(EXCHANGES)}, mixed")
        unknown = [kind for kind in self.fault_kinds if kind not in FAULT_KINDS]
        if unknown:
            raise ValueError(f"unknown fault kind {', '.join(unknown)}: the known ones are {', '.join(FAULT_KINDS)}")
        if self.fault_kinds and not (self.days or self.weeks):
            raise ValueError("fault files need a partition to go to: ask for at least one day or week")
        # Counted generously: no year has as few as 240 sessions.
        reach_days = max(self.days * 366 // 240, self.weeks * 7)
        if self.end > _LATEST or reach_days > (self.end - _EARLIEST).days:
            raise ValueError(f"the partitions must lie within {_EARLIEST} and {_LATEST}: choose another end or fewer")

    @property
    def faults(self) -> list[Fault]:
        return [FAULT_KINDS[kind] for kind in dict.fromkeys(self.fault_kinds)]

    @property
    def exchanges(self) -> list[Exchange]:
        return [exchange for key, exchange in EXCHANGES.items() if self.exchange in (key, "mixed")]


@dataclass(frozen=True)
class SampleFile:
    """One file of the tree: `path` is posix and relative to the root, `modified` is aware UTC. A link has no content;
    `link_to` is the folder key beside it that it points to."""

    path: str
    content: bytes
    modified: dt.datetime
    link_to: str = ""


@dataclass(frozen=True)
class _Partition:
    """One folder, and the last weekday whose session its files may know."""

    timeframe: Timeframe
    last_day: dt.date

    @property
    def key(self) -> str:
        return self.timeframe.key_of(self.last_day)

    @property
    def cut(self) -> int:
        """The number of that weekday."""
        return weekday_number(self.last_day)

    def answered(self, zone: str) -> dt.datetime:
        """By the exchange's clock shortly after the day is over, so that all of it can be traded at the next open."""
        return dt.datetime.combine(self.last_day + dt.timedelta(days=1), _ANSWERED, ZoneInfo(zone))

    def modified(self, seconds: float) -> dt.datetime:
        """When a file of the folder was uploaded, `seconds` after the upload began."""
        midnight = dt.datetime.combine(self.last_day, dt.time(tzinfo=dt.UTC))
        return midnight + UPLOAD_AFTER + dt.timedelta(seconds=seconds)

    def file(self, name: str, content: bytes, seconds: int) -> SampleFile:
        return SampleFile(f"{self.timeframe.name}/{self.key}/{name}", content, self.modified(seconds))


def newest_uploaded(now: dt.datetime) -> dt.date:
    """The last day whose upload is over at `now`, aware UTC."""
    return (now - UPLOAD_AFTER - _UPLOAD_LASTS).date()


def sample_files(plan: SamplePlan) -> Iterator[SampleFile]:
    """The tree's files, one at a time: marker, stock by stock, fault files, then links and triggers. Each stock's
    history is made once, when its first file is asked for, and sliced per partition."""
    partitions = [*_daily_partitions(plan), *_weekly_partitions(plan)]  # newest first
    begin = dt.datetime.combine(plan.end, dt.time(tzinfo=dt.UTC))
    yield SampleFile(SAMPLE_MARKER, _MARKER_TEXT, begin)
    markets = [make_market(exchange, plan.seed, plan.end) for exchange in plan.exchanges]
    for place in range(plan.stocks):
        number, of_market = divmod(place, len(markets))
        market = markets[of_market]
        stock = make_stock(market.exchange.key, number)
        history = make_history(market, plan.seed, stock.name)
        for partition in partitions:
            content = encode(_document(stock, market, history, partition))
            # An upload takes half an hour at most, however many stocks there are.
            yield partition.file(f"{stock.name}{partition.timeframe.ending}", content, number % 1800)
    if plan.fault_kinds:
        yield from _fault_files(plan, markets[0], partitions[0])
    yield from _links_and_triggers(plan, partitions)
    yield SampleFile("triggers/process_log.txt", b"", begin)


def sample_file_count(plan: SamplePlan) -> int:
    """The number of files that `sample_files` yields for that plan."""
    faults = sum(len(fault.stocks) + len(fault.strays) for fault in plan.faults)
    links_and_triggers = 2 * ((plan.days > 0) + (plan.weeks > 0))
    return plan.stocks * (plan.days + plan.weeks) + faults + links_and_triggers + 2  # marker and log


def closed_days(plan: SamplePlan) -> list[dt.date]:
    """The weekdays around the end that have no partition although real exchanges may trade: holidays of the plan's
    exchanges are invented, too."""
    days = (plan.end + dt.timedelta(days=ahead) for ahead in range(-_AROUND, _AROUND))
    return [day for day in days if day.weekday() < 5 and not _all_trade(plan, day)]


def _all_trade(plan: SamplePlan, day: dt.date) -> bool:
    return all(is_session(exchange, day) for exchange in plan.exchanges)


def _daily_partitions(plan: SamplePlan) -> Iterator[_Partition]:
    """The last days up to the end on which every exchange of the plan trades."""
    days = (plan.end - dt.timedelta(days=back) for back in count())
    sessions = (day for day in days if _all_trade(plan, day))
    return (_Partition(DAILY, day) for day in islice(sessions, plan.days))


def _weekly_partitions(plan: SamplePlan) -> Iterator[_Partition]:
    """The last ISO weeks whose Friday is not after the end: a week that goes on has no final bar."""
    friday = plan.end - dt.timedelta(days=(plan.end.weekday() - 4) % 7)
    return (_Partition(WEEKLY, friday - dt.timedelta(days=7 * back)) for back in range(plan.weeks))


def _document(stock: SampleStock, market: Market, history: PriceHistory, partition: _Partition) -> Document:
    if partition.timeframe is DAILY:
        bars = daily_bars(market, history, partition.cut, stock.daily_rows)
    else:
        bars = weekly_bars(market, history, partition.cut, stock.weekly_rows)
    dots = dot_weekdays(market, history, partition.cut)
    return document(stock, market, bars, dots, partition.answered(market.exchange.zone))


def _fault_files(plan: SamplePlan, market: Market, partition: _Partition) -> Iterator[SampleFile]:
    """The plan's fault files, in the newest daily folder, or the newest weekly one if there is no daily."""

    def good_document(name: str) -> Document:
        stock = SampleStock(number=0, name=name, vendor_symbol=name, company="Faulty Files Ltd.")
        return _document(stock, market, make_history(market, plan.seed, name), partition)

    next_bar = partition.cut + (5 if partition.timeframe is WEEKLY else 1)
    folder = FaultFolder(partition.timeframe, good_document, int(market.midnight_ms[next_bar]))
    for fault in plan.faults:
        for name, content, seconds in fault_files(fault, folder):
            yield partition.file(name, content, 1800 + seconds)


def _links_and_triggers(plan: SamplePlan, partitions: list[_Partition]) -> Iterator[SampleFile]:
    """Last as in a real upload: a trigger says that its folder is complete."""
    fault_stocks = sum(len(fault.stocks) for fault in plan.faults)
    for name, timeframe in TIMEFRAMES.items():
        newest = next((partition for partition in partitions if partition.timeframe is timeframe), None)
        if newest is None:
            continue
        expected = plan.stocks + (fault_stocks if newest is partitions[0] else 0)
        modified = newest.modified(_UPLOAD_LASTS.total_seconds())
        yield SampleFile(f"{name}/latest", b"", modified, link_to=newest.key)
        trigger = f"{newest.key}\nexpected={expected}\n"
        yield SampleFile(f"triggers/{name}_ready.txt", trigger.encode(), modified)
