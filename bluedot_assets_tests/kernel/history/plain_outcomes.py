"""Outcomes in plain Python, a stock and a dot at a time: slow, and short enough to be read beside the rules."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from bluedot_assets.kernel.calendar.timeframes import Timeframe


@dataclass(frozen=True)
class Bar:
    session: date
    open: float
    close: float
    rlst: float | None = None
    basis: str = "same"


@dataclass(frozen=True)
class Dot:
    symbol: str
    date: date
    known: datetime
    origin: str = "live"
    run_day: int = 1
    withdrawn: datetime | None = None


Stocks = Mapping[str, Sequence[Bar]]
ZONE = "Asia/Kolkata"


def plain_rows(stocks: Stocks, dots: Sequence[Dot], timeframe: Timeframe, fewest: int = 30) -> list[dict[str, Any]]:
    return [
        _row(stocks, dots, timeframe, fewest, origin, kind, horizon)
        for origin in ("ledger", "hindsight")
        for kind in ("first", "repeat")
        for horizon in (5, 20, 60)
    ]


def _row(
    stocks: Stocks, dots: Sequence[Dot], timeframe: Timeframe, fewest: int, origin: str, kind: str, horizon: int
) -> dict[str, Any]:
    sessions = sorted({bar.session for bars in stocks.values() for bar in bars})
    mine = [dot for dot in dots if (dot.origin == "hindsight") == (origin == "hindsight")]
    entries = [(dot, _entry(stocks, dot, timeframe, sessions)) for dot in mine]
    firsts = {(dot.symbol, at) for dot, at in entries if dot.run_day == 1 and at is not None}
    every = {(dot.symbol, at) for dot, at in entries if at is not None}
    of_kind = [at for dot, at in entries if (dot.run_day == 1) == (kind == "first")]
    windows = {
        (symbol, at): _window(stocks[symbol], at, horizon, sessions)
        for symbol, at in sorted(firsts if kind == "first" else every - firsts)
    }
    used = {place: window for place, window in windows.items() if not isinstance(window, str)}
    starts = {place: sessions.index(stocks[place[0]][place[1]].session) for place in used}
    spans = {place: _span(stocks[place[0]], place[1], horizon) for place in used}
    n_eff = _apart(list(spans.values()))
    longest = max((sum(begin <= one <= end for one in sessions) for begin, end in spans.values()), default=0)
    controls = {place: _control(stocks, *place, horizon, sessions) for place in used}
    excess = {place: used[place][0] - control for place, control in controls.items() if control is not None}
    returns = sorted(window[0] for window in used.values())
    figures = None
    if n_eff >= fewest:
        figures = {
            "median": statistics.median(returns),
            "q10": _quantile(returns, 0.1),
            "q90": _quantile(returns, 0.9),
            "hit_rate": sum(one > 0 for one in returns) / len(returns),
            "excess": statistics.fmean(excess.values()) if excess else None,
        }
        low, high = (
            _interval([(starts[place], one) for place, one in excess.items()], horizon, longest)
            if excess
            else (None,) * 2
        )
        figures |= {"excess_low": low, "excess_high": high}
    return {
        "origin": origin,
        "kind": kind,
        "horizon": horizon,
        "dots": len(of_kind),
        "not_entered": of_kind.count(None),
        "entries": len(used),
        "n_eff": n_eff,
        "ended": sum(window[1] for window in used.values()),
        "without_control": sum(one is None for one in controls.values()),
        "unfinished": sum(window == "unfinished" for window in windows.values()),
        "unknown_basis": sum(window == "unknown" for window in windows.values()),
        "figures": figures,
    }


def _entry(stocks: Stocks, dot: Dot, timeframe: Timeframe, sessions: Sequence[date]) -> int | None:
    """The first bar that begins after the dot was known, or after its date, where the history goes on until then."""
    after = dot.date if dot.origin == "hindsight" else _opened_by(dot.known)
    for at, bar in enumerate(stocks[dot.symbol]):
        monday = bar.session - timedelta(days=bar.session.weekday())
        if (monday if timeframe.name == "weekly" else bar.session) > after:
            before = [one for one in sessions if one <= after]
            whole = before and _before_hole(before[-1], sessions) == _before_hole(bar.session, sessions)
            return at if at and whole else None
    return None


def _opened_by(known: datetime) -> date:
    """The exchanges open at nine by their clocks: what was known before then can be traded on that day."""
    local = known.astimezone(ZoneInfo(ZONE))
    return local.date() if local.hour >= 9 else local.date() - timedelta(days=1)


def _span(bars: Sequence[Bar], at: int, horizon: int) -> tuple[date, date]:
    """The sessions between which the stock is held."""
    return bars[at].session, bars[min(at + horizon, len(bars)) - 1].session


def _apart(spans: Sequence[tuple[date, date]]) -> int:
    """How many do not overlap: the first, then the next one that begins after it has ended; of those that begin on one
    day the one that ends last."""
    count, left = 0, sorted(spans)
    while left:
        begin = left[0][0]
        end = max(one[1] for one in left if one[0] == begin)
        count, left = count + 1, [one for one in left if one[0] > end]
    return count


def _window(bars: Sequence[Bar], at: int, horizon: int, sessions: Sequence[date]) -> tuple[float, bool] | str:
    """The return, and whether the stock ended before; else why there is none."""
    begin, last, leaves = bars[at].session, bars[-1].session, min(at + horizon, len(bars)) - 1
    until, final = _before_hole(begin, sessions), _before_hole(last, sessions)
    short = at + horizon > len(bars)
    passed = sum(begin <= one <= until for one in sessions) >= horizon
    if bars[leaves].session > until or (short and not ((final - last).days > 30 and passed)):
        return "unfinished"
    paused = any((later.session - one.session).days > 30 for one, later in pairwise(bars[at : leaves + 1]))
    if paused or "unknown" in {bars[at].basis, bars[leaves].basis}:
        return "unknown"
    return bars[leaves].close / bars[at].open - 1, short


def _before_hole(day: date, sessions: Sequence[date]) -> date:
    for one, following in pairwise(sessions):
        if one >= day and (following - one).days > 30:
            return one
    return sessions[-1]


def _bucket(bars: Sequence[Bar], at: int) -> int | None:
    for bar in reversed(bars[max(0, at - 5) : at]):
        if bar.rlst is not None:
            return min(int(bar.rlst // 10), 9)
    return None


def _control(stocks: Stocks, symbol: str, at: int, horizon: int, sessions: Sequence[date]) -> float | None:
    """The mean return of the others of the bucket on that day."""
    bucket, day = _bucket(stocks[symbol], at), stocks[symbol][at].session
    found = []
    for other, bars in stocks.items():
        place = next((number for number, bar in enumerate(bars) if bar.session == day), None)
        if other == symbol or place is None or bucket is None or _bucket(bars, place) != bucket:
            continue
        if not isinstance(window := _window(bars, place, horizon, sessions), str):
            found.append(window[0])
    return statistics.fmean(found) if found else None


def _quantile(values: Sequence[float], part: float) -> float:
    at = part * (len(values) - 1)
    low = int(at)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (at - low)


def _interval(excess: Sequence[tuple[int, float]], horizon: int, longest: int) -> tuple[float, float]:
    first = min(place for place, _ in excess)
    days = max(place for place, _ in excess) - first + 1
    by_day: list[list[float]] = [[] for _ in range(days)]
    for place, one in excess:
        by_day[place - first].append(one)
    length = max(horizon, min(longest, days // 29))
    blocks, means = -(-days // length), []
    bits = iter(np.random.PCG64(16).random_raw(1000 * blocks).tolist())
    for _ in range(1000):
        starts = [next(bits) % days for _ in range(blocks)]
        drawn = [one for start in starts for step in range(length) for one in by_day[(start + step) % days]]
        if drawn:
            means.append(statistics.fmean(drawn))
    means.sort()
    return _quantile(means, 0.05), _quantile(means, 0.95)
