"""A vendor that misbehaves on purpose: true histories of some stocks, and what he answers of them day by day."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import numpy as np
import polars as pl

from bluedot_assets.kernel.bars.tables import BARS, DOTS
from bluedot_assets.kernel.history.observations import Observed
from bluedot_assets.kernel.history.tables import SEEN

WINDOW: Final = 60  # sessions of an answer; the vendor's own 300 take the tests too long
FIRST: Final = date(2023, 10, 2)


@dataclass(frozen=True)
class Event:
    """A change of all prices before session number `at` by `ratio`, that the vendor makes with the answer after session
    number `restated`; of a split the volumes too."""

    at: int
    ratio: float
    restated: int
    shares: bool = True


@dataclass(frozen=True)
class Stock:
    """As it traded: prices in steps of `tick`, sessions `first` to `last`."""

    symbol: str
    tick: float = 0.05
    price: float = 400.0
    events: Sequence[Event] = ()
    corrected: Mapping[int, Sequence[int]] = field(default_factory=dict)  # by answer: sessions whose close is another
    unlike: Mapping[int, float] = field(default_factory=dict)  # by answer: all bars change, each by another ratio
    rated: Mapping[int, float] = field(default_factory=dict)  # by answer: the ratings of all sessions from then on
    missing: Sequence[int] = ()  # answers that have no file of it
    first: int = 0
    last: int = 10**6
    seed: int = 0


def sessions(count: int) -> list[date]:
    """Weekdays."""
    days = (FIRST + timedelta(days=number) for number in range(2 * count))
    return [day for day in days if day.weekday() < 5][:count]


def traded(stock: Stock, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Prices (sessions x open, high, low, close) and volumes as they traded: after a split at its lower level."""
    chance = np.random.Generator(np.random.PCG64(stock.seed + sum(map(ord, stock.symbol))))
    walk = stock.price * np.exp(np.cumsum(0.015 * chance.standard_normal(count)))
    level = np.ones(count)
    volume = np.exp(12 + 0.4 * chance.standard_normal(count))
    for event in stock.events:
        level[event.at :] *= event.ratio
        if event.shares:
            volume[event.at :] /= event.ratio
    close = walk * level
    open_ = close * np.exp(0.005 * chance.standard_normal(count))
    high = np.maximum(open_, close) * 1.004
    low = np.minimum(open_, close) * 0.996
    prices = np.stack((open_, high, low, close), axis=1)
    return np.maximum(np.rint(prices / stock.tick), 1) * stock.tick, np.rint(volume)


def answer(
    stock: Stock, number: int, days: Sequence[date], asked: int | None = None
) -> tuple[np.ndarray, np.ndarray, range]:
    """What the vendor says after session `asked` of his window that ends with session `number`: prices and volumes,
    oldest first."""
    asked = number if asked is None else asked
    prices, volumes = traded(stock, len(days))
    window = range(max(stock.first, number - WINDOW + 1), min(number, stock.last) + 1)
    factors = np.ones(len(days))
    for event in stock.events:
        if asked >= event.restated:
            factors[: event.at] *= event.ratio
            if event.shares:
                volumes[: event.at] = np.rint(volumes[: event.at] / event.ratio)
    prices = np.maximum(np.rint(prices * factors[:, None] / stock.tick), 1) * stock.tick
    for at, sessions_ in stock.corrected.items():
        if asked >= at:
            for session in sessions_:
                prices[session, 1] += 4 * stock.tick  # the high
    for at, seed in stock.unlike.items():
        if asked >= at:
            chance = np.random.Generator(np.random.PCG64(int(seed)))
            unlike = np.exp(0.2 * chance.standard_normal(len(days)))[:, None]
            prices = np.where(np.arange(len(days))[:, None] < at, prices * unlike, prices)
            prices = np.maximum(np.rint(prices / stock.tick), 1) * stock.tick
    return np.round(prices, 6), volumes, window


def observed_after(stocks: Sequence[Stock], number: int, days: Sequence[date], asked: int | None = None) -> Observed:
    """The partition of session `number`, as the vendor gave it after session `asked`, on the same day by default."""
    bars, answers = [], []
    known = datetime.combine(days[number if asked is None else asked], time(14), UTC)
    for stock in stocks:
        prices, volumes, window = answer(stock, number, days, asked)
        if number < stock.first or number in stock.missing or not len(window):
            continue
        rating = [rlst for since, rlst in stock.rated.items() if number >= since]
        for at in window:
            rlst = rating[-1] if rating else 50.0
            bars.append((stock.symbol, days[at], *prices[at], int(volumes[at]), rlst, 20000.0, False))
        answers.append(
            {
                "symbol": stock.symbol,
                "stated": stock.symbol,
                "known": known,
                "partition": days[number].isoformat(),
                "modified": known,
                "md5": f"{number:016x}{asked or number:016x}",
                "timezone": "Asia/Kolkata",
                "bars": len(window),
                "first_session": days[window[0]],
                "last_session": days[window[-1]],
                "rlst_known": 50.0,
                **dict.fromkeys(("is_etf", "is_asm", "is_gsm"), False),
            }
        )
    return Observed(
        pl.DataFrame(answers, SEEN.polars_schema),
        pl.DataFrame(bars, BARS.polars_schema, orient="row"),
        DOTS.empty(),
    )


def partitions(stocks: Sequence[Stock], count: int, begin: int = WINDOW) -> Iterator[Observed]:
    """Of each session from number `begin` on."""
    days = sessions(count)
    for number in range(begin, count):
        yield observed_after(stocks, number, days)


def with_dots(given: Observed, number: int) -> Observed:
    """The partition with some dots of each stock, that come, go and come back with `number`."""
    dots = []
    for symbol, first, last in given.answers.select("symbol", "first_session", "last_session").iter_rows():
        span = (last - first).days
        for back in range(0, span, 3):
            day = last - timedelta(days=back)
            if (day.toordinal() * 7 + len(symbol)) % 5 == 0 and (day.toordinal() + number // 4) % 9:
                dots.append((symbol, day))
    table = pl.DataFrame(dots, DOTS.polars_schema, orient="row").sort("symbol", "date")
    ends = table.group_by("symbol").agg(first_dot=pl.col("date").min(), last_dot=pl.col("date").max())
    answers = given.answers.drop("first_dot", "last_dot").join(ends, on="symbol", how="left")
    return Observed(answers.select(list(SEEN.polars_schema)).sort("symbol"), given.bars, table)
