"""Invented markets: calendars, benchmark walks and the price history of one invented stock. Every history starts at one
fixed Monday and draws its random numbers session by session, so a later end only appends and never changes what came
before. How it is written as vendor JSON is in vendor_file, which folders it goes to in tree."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Final, Literal
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY, Timeframe

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

# The first session of every walk. Weekday number 0; Friday of week n is weekday number 5 * n + 4.
FIRST_MONDAY: Final = dt.date(2010, 1, 4)
DOT_WINDOW: Final = 14  # sessions; a dot is where close / bc is above all of those before: some 160 in DOT_REACH
DOT_REACH: Final = 1125  # weekdays that a file's dots reach back, 4.3 years: most lie before a daily file's first bar
RLST_WINDOW: Final = 63  # sessions (a quarter) over which the rating compares a stock with its benchmark


@dataclass(frozen=True)
class Exchange:
    """What the sample has to know of an exchange. `tick` is in currency; `holidays` are MM-DD, with spaces; `close_s`
    are seconds after midnight by its own clock."""

    key: Literal["india", "us"]
    zone: str
    currency: str
    tick: float
    index_level: float
    holidays: str
    close_s: int


EXCHANGES: dict[str, Exchange] = {
    "india": Exchange("india", "Asia/Kolkata", "₹", 0.05, 5200.0, "01-26 03-25 05-01 08-15 10-02 11-14 12-25", 55_800),
    "us": Exchange(
        "us", "America/New_York", "$", 0.01, 1100.0, "01-01 01-20 02-17 05-26 07-04 09-01 11-27 12-25", 57_600
    ),
}


@dataclass(frozen=True)
class Market:
    """One exchange's calendar and benchmark. By weekday number: `days`, `midnight_ms` (epoch milliseconds of midnight
    at the exchange), `is_session`, `session_of` (the last session up to that weekday). By session number: `weekday_of`
    and `benchmark` (index level, two decimals, above 1,000)."""

    exchange: Exchange
    days: list[dt.date]
    midnight_ms: IntArray
    is_session: BoolArray
    session_of: IntArray
    weekday_of: IntArray
    benchmark: FloatArray


@dataclass(frozen=True, kw_only=True)
class PriceHistory:
    """One stock by session number; `no_*` marks the real sessions whose value the vendor left null."""

    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: IntArray
    rlst: IntArray
    dot: BoolArray
    no_rlst: BoolArray
    no_volume: BoolArray
    no_bc: BoolArray


@dataclass(frozen=True, kw_only=True)
class Bars(PriceHistory):
    """The bars of one file, NEWEST FIRST as the vendor sends them; all arrays have one entry per bar."""

    timeframe: Timeframe
    midnight_ms: IntArray
    bc: FloatArray
    trading: BoolArray


def weekday_number(day: dt.date) -> int:
    """The number of that weekday since FIRST_MONDAY; a Saturday or Sunday counts as the Friday before."""
    weeks, weekday = divmod((day - FIRST_MONDAY).days, 7)
    return 5 * weeks + min(weekday, 4)


def is_session(exchange: Exchange, day: dt.date) -> bool:
    """Whether the sample's exchange trades on that day."""
    return day.weekday() < 5 and f"{day:%m-%d}" not in exchange.holidays


def random_stream(*words: object) -> np.random.Generator:
    """A generator that depends on these words alone, so one stock's numbers know nothing of the others."""
    digest = hashlib.sha256("/".join(map(str, words)).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))


def make_market(exchange: Exchange, seed: int, end: dt.date) -> Market:
    """The exchange's calendar and benchmark up to the Friday of the week after `end`."""
    weeks = (end - FIRST_MONDAY).days // 7 + 2
    days = [FIRST_MONDAY + dt.timedelta(days=7 * week + weekday) for week in range(weeks) for weekday in range(5)]
    zone = ZoneInfo(exchange.zone)
    seconds = [dt.datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() for day in days]
    sessions = np.array([is_session(exchange, day) for day in days], dtype=np.bool_)
    weekday_of = np.flatnonzero(sessions).astype(np.int64)
    moves = random_stream(seed, exchange.key, "benchmark").standard_normal(len(weekday_of))
    # The level stands on 1,000 so that no seed lets a benchmark fall to where a stock's price could be.
    level = 1000.0 + exchange.index_level * np.exp(np.cumsum(0.0002 + 0.0085 * moves))
    return Market(
        exchange=exchange,
        days=days,
        midnight_ms=np.array(seconds, dtype=np.int64) * 1000,
        is_session=sessions,
        session_of=np.cumsum(sessions, dtype=np.int64) - 1,
        weekday_of=weekday_of,
        benchmark=np.round(level, 2),
    )


def make_history(market: Market, seed: int, stock: str) -> PriceHistory:
    """The stock's sessions from FIRST_MONDAY on: a walk around its benchmark, with ratings and dots."""
    stream = random_stream(seed, market.exchange.key, "stock", stock)
    start, beta, spread = stream.uniform((30.0, 0.6, 0.010), (900.0, 1.4, 0.017))
    sessions = len(market.benchmark)
    # One row per session: a longer history then repeats the shorter one.
    normal = stream.standard_normal((sessions, 5))
    uniform = random_stream(seed, market.exchange.key, "gaps", stock).random((sessions, 4))
    market_move = np.diff(np.log(market.benchmark), prepend=np.log(market.benchmark[0]))
    close = start * np.exp(np.cumsum(beta * market_move + spread * normal[:, 0]))
    opened = np.concatenate((close[:1], close[:-1])) * np.exp(0.3 * spread * normal[:, 1])
    high = np.maximum(opened, close) * np.exp(0.5 * spread * np.abs(normal[:, 2]))
    low = np.minimum(opened, close) * np.exp(-0.5 * spread * np.abs(normal[:, 3]))
    ticks = _tick_sizes(market.exchange, low, uniform[:, 3])
    opened, high, low, close = (_round_to(prices, ticks) for prices in (opened, high, low, close))
    strength = close / market.benchmark
    no_bc = uniform[:, 2] < 0.003
    return PriceHistory(
        open=opened,
        high=high,
        low=low,
        close=close,
        volume=np.exp(12.0 + 0.5 * normal[:, 4] + 0.3 * np.abs(normal[:, 0])).astype(np.int64),
        rlst=_ratings(strength),
        # The vendor's dots follow from no line; the sample's stand on highs of close / bc, so on no day without bc.
        dot=_above_trailing(strength) & ~no_bc,
        no_rlst=uniform[:, 0] < 0.01,
        no_volume=uniform[:, 1] < 0.002,
        no_bc=no_bc,
    )


def _tick_sizes(exchange: Exchange, low: FloatArray, chance: FloatArray) -> FloatArray:
    """Prices per currency unit and session. Some sessions trade in whole numbers, which the vendor may write as int."""
    per_unit = np.full(len(low), round(1.0 / exchange.tick), dtype=np.float64)
    per_unit[(chance < 0.06) & (low > 20.0)] = 1.0
    return per_unit


def _round_to(prices: FloatArray, per_unit: FloatArray) -> FloatArray:
    # An integer over 20 or 100 is the double nearest to the decimal, so JSON shows 16768.05 and no noise.
    rounded: FloatArray = np.maximum(np.rint(prices * per_unit), 1.0) / per_unit
    return rounded


def _ratings(strength: FloatArray) -> IntArray:
    """0..99 per session: a quarter's performance against the benchmark, squashed around 50."""
    line = np.log(strength)
    before = np.concatenate((np.full(RLST_WINDOW, line[0]), line[:-RLST_WINDOW]))[: len(line)]
    ratings: FloatArray = np.rint(50.0 + 50.0 * np.tanh((line - before) / 0.22))
    return np.clip(ratings, 0.0, 99.0).astype(np.int64)


def _above_trailing(strength: FloatArray) -> BoolArray:
    """Where the relative-strength line is above each of the DOT_WINDOW sessions before."""
    above = np.zeros(len(strength), dtype=np.bool_)
    trailing = np.lib.stride_tricks.sliding_window_view(strength[:-1], DOT_WINDOW).max(axis=1)
    above[DOT_WINDOW:] = strength[DOT_WINDOW:] > trailing
    return above


def daily_bars(market: Market, history: PriceHistory, cut: int, rows: int) -> Bars:
    """The last `rows` weekdays up to weekday number `cut`; Holiday rows copy the session before."""
    weekdays = np.arange(cut, cut - rows, -1)
    of = market.session_of[weekdays]
    trading = market.is_session[weekdays]
    taken = {name: values[of] for name, values in vars(history).items()}
    taken |= {"no_rlst": taken["no_rlst"] | ~trading, "no_volume": taken["no_volume"] | ~trading}
    midnight_ms = market.midnight_ms[weekdays]
    return Bars(**taken, midnight_ms=midnight_ms, bc=market.benchmark[of], trading=trading, timeframe=DAILY)


def weekly_bars(market: Market, history: PriceHistory, cut: int, rows: int) -> Bars:
    """The last `rows` weeks that have a session up to weekday number `cut`, a Friday, each dated its Friday; one
    that was a holiday changes neither date nor kind."""
    last = int(market.session_of[cut])
    first = int(np.searchsorted(market.weekday_of // 5, market.weekday_of[last] // 5 - rows + 1))
    weeks = market.weekday_of[first : last + 1] // 5
    starts = first + np.concatenate(([0], np.flatnonzero(np.diff(weeks)) + 1))
    ends = np.concatenate((starts[1:], [last + 1])) - 1
    of = ends[::-1]
    taken = {name: values[of] for name, values in vars(history).items()}
    taken |= {
        "open": history.open[starts][::-1],
        "high": np.maximum.reduceat(history.high[: last + 1], starts)[::-1],
        "low": np.minimum.reduceat(history.low[: last + 1], starts)[::-1],
        "volume": np.add.reduceat(history.volume[: last + 1], starts)[::-1],
    }
    midnight_ms = market.midnight_ms[market.weekday_of[of] // 5 * 5 + 4]
    trading = np.ones(len(of), dtype=np.bool_)
    return Bars(**taken, midnight_ms=midnight_ms, bc=market.benchmark[of], trading=trading, timeframe=WEEKLY)


def dot_weekdays(market: Market, history: PriceHistory, cut: int) -> IntArray:
    """Weekday numbers of the dots up to `cut`, newest first, reaching back DOT_REACH weekdays."""
    weekdays = market.weekday_of[np.flatnonzero(history.dot)]
    return weekdays[(weekdays <= cut) & (weekdays > cut - DOT_REACH)][::-1]
