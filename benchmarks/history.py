"""The history: a further day of 1,000 stocks merged into one, three and ten years of days, and how many bytes of it
change. The years are made of the day's own walk, so that the day finds what a year of days leaves behind; the first of
these days has the bars of a file's window before it, as the vendor's has."""

import hashlib
import resource
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from benchmarks.figures import Figure
from bluedot_assets.adapters.git.address import git_address
from bluedot_assets.adapters.git.branch import GitRemote
from bluedot_assets.adapters.git.push import PushPolicy
from bluedot_assets.adapters.history.in_git import GitHistory
from bluedot_assets.adapters.history.port import HistorySnapshot
from bluedot_assets.kernel.bars.tables import BARS, DOTS, Table
from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.history.files import name_of
from bluedot_assets.kernel.history.observations import Observed
from bluedot_assets.kernel.history.ranges import Contents, Encoder, Rewriting, SortedRows, parted
from bluedot_assets.kernel.history.tables import BY_YEAR, FIRST_SEEN, LISTED, RATINGS, SEEN, VERSIONS, VOLUMES
from bluedot_assets.kernel.history.update import File, publish_anew, update
from bluedot_assets_tests.servers.git import TOKEN, GitServer

STOCKS: Final = 1000
WINDOW: Final = 300  # sessions of a file
DOT_REACH: Final = 1125  # sessions that its dots reach back,
DOTS_APART: Final = 7
END: Final = date(2024, 11, 15)
ZONE: Final = "Asia/Kolkata"
_FIRST_DOT: Final = date(2008, 1, 7)  # before those of every file
YEARS: Final = (1, 3, 10)
NAMES: Final = [f"S{number:04d}" for number in range(STOCKS)]
Files = dict[File, bytes]


class Cost(NamedTuple):
    """CPU in seconds, bytes of the files that changed, and those that a push of them to a branch takes up and down."""

    cpu_s: float
    changed: int
    up: int
    down: int


def measure() -> list[Figure]:
    costs = {years: _further_day(years) for years in YEARS}
    first, last = costs[YEARS[0]], costs[YEARS[-1]]
    each = ", ".join(f"{years}: {cost.cpu_s:.2f} s" for years, cost in costs.items())
    return [
        Figure("A day of 1,000 stocks merged into ten years: CPU", last.cpu_s, "s", at_most=1.5, note=each),
        Figure("The same against one year", last.cpu_s / first.cpu_s, "times", at_most=1.2),
        Figure("Bytes of a day that change, of ten years", last.changed / 1e6, "MB", at_most=15),
        Figure("Bytes of a day pushed to a branch, of ten years", last.up / 1e6, "MB", at_most=15),
        Figure("Bytes that a new machine downloads from it for that", last.down / 1e6, "MB"),
    ]


def files_of(years: int) -> Files:
    """State and published tables after so many years of days."""
    return _filled(*_walk(years))


def _walk(years: int) -> tuple[list[date], np.ndarray]:
    """Days, the first answer's window among them, and closes by stock and day."""
    begin = END.replace(year=END.year - years)
    earlier = _weekdays(begin - timedelta(days=2 * WINDOW), begin - timedelta(days=1))
    days = earlier[1 - WINDOW :] + _weekdays(begin, END)
    walk = np.random.Generator(np.random.PCG64(1)).standard_normal((STOCKS, len(days)))
    return days, np.round(100 * np.exp(np.cumsum(0.01 * walk, axis=1)), 2)


def _further_day(years: int) -> Cost:
    """The median of three days that follow each other."""
    days, closes = _walk(years)
    files = _filled(days[:-3], closes)
    costs = []
    with TemporaryDirectory() as folder, GitServer(Path(folder)) as server:
        server.create("history")
        _push(server, {file: (content, 0) for file, content in files.items()})
        for number in range(len(days) - 3, len(days)):
            given = _observed(days, closes, number)
            before = resource.getrusage(resource.RUSAGE_SELF)
            changed, read = _merged(files, given)
            after = resource.getrusage(resource.RUSAGE_SELF)
            spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            files |= {file: content[0] for file, content in changed.items() if content}
            size = sum(len(content[0]) for content in changed.values() if content)
            costs.append(Cost(spent, size, *_push(server, changed, read)))
    return sorted(costs)[1]


def _push(server: GitServer, changes: Contents, read: Collection[File] = ()) -> tuple[int, int]:
    """Bytes up and down of a machine that has nothing of the branch, and reads those files of it."""

    def decide(snapshot: HistorySnapshot) -> Mapping[str, tuple[bytes, int] | None]:
        for file in read:
            snapshot.read(name_of(file))
        return {name_of(file): content for file, content in changes.items()}

    remote = GitRemote(git_address("BLUEDOT_HISTORY", server.url("history"), TOKEN))
    place = GitHistory(remote, "history", PushPolicy(0, sleep), lambda: datetime.now(UTC))
    server.traffic()
    place.change("daily", decide, sample=True)
    return server.traffic()


def _merged(files: Files, given: Observed) -> tuple[Contents, set[File]]:
    """The files that changed, and those that were read for it."""
    read: set[File] = set()

    def stored(file: File) -> SortedRows:
        read.add(file)
        return SortedRows(file.table, files[file])

    rewriting = Rewriting(frozenset(files), stored)
    for of in parted(NAMES):
        book = rewriting.book(of)
        update(book, Observed(of.of(given.answers), of.of(given.bars), of.of(given.dots)), DAILY)
        rewriting.take(book, of)
    return rewriting.contents(), read


def _weekdays(first: date, last: date) -> list[date]:
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5]


def _at(day: date) -> datetime:
    return datetime.combine(day, time(14), UTC)


def _bars(days: list[date], closes: np.ndarray, begin: int, end: int) -> pl.DataFrame:
    sessions = pl.Series(days[begin:end] * STOCKS, dtype=pl.Date)
    close = closes[:, begin:end].reshape(-1)
    values = {
        "symbol": np.repeat(NAMES, end - begin),
        "session": sessions,
        "open": close,
        "high": np.round(close * 1.01, 2),
        "low": np.round(close * 0.99, 2),
        "close": close,
        "volume": (close * 1000).astype(np.int64),
        "rlst": np.rint(close % 99),
        "bc": sessions.to_physical().cast(pl.Float64),
        "blue_dot": False,
    }
    return pl.DataFrame(values, BARS.polars_schema)


def _dots(day: date) -> list[date]:
    """Those of a file of that day, however short the history is: they reach back further than its bars."""
    days = _weekdays(_FIRST_DOT, day)
    return days[max(0, len(days) - 1 - DOT_REACH) // DOTS_APART * DOTS_APART :: DOTS_APART]


def _answers(days: list[date], number: int) -> pl.DataFrame:
    known, dots = _at(days[number]), _dots(days[number])
    files = (hashlib.md5(f"{number}.{place}".encode(), usedforsecurity=False) for place in range(STOCKS))
    values = {
        "symbol": NAMES,
        "known": known,
        "partition": days[number].isoformat(),
        "modified": known,
        "stated": NAMES,
        "md5": [one.hexdigest() for one in files],
        "timezone": ZONE,
        "bars": min(number + 1, WINDOW),
        "first_session": days[max(0, number + 1 - WINDOW)],
        "last_session": days[number],
        "first_dot": dots[0],
        "last_dot": dots[-1],
        "rlst_known": 50.0,
        "pattern_known": None,
        "name": NAMES,
        **dict.fromkeys(("is_etf", "is_asm", "is_gsm"), False),
    }
    return pl.DataFrame(values, SEEN.polars_schema)


def _observed(days: list[date], closes: np.ndarray, number: int) -> Observed:
    dates = _dots(days[number])
    dots = pl.DataFrame({"symbol": np.repeat(NAMES, len(dates)), "date": dates * STOCKS}, DOTS.polars_schema)
    return Observed(_answers(days, number), _bars(days, closes, max(0, number + 1 - WINDOW), number + 1), dots)


def _filled(days: list[date], closes: np.ndarray) -> Files:
    """What these days have left: each bar and each dot known on its day, or on the first answer's."""
    last, begin = len(days) - 1, days[WINDOW - 1]
    bars = _bars(days, closes, 0, len(days)).with_columns(
        known_from=_known_on("session", begin),
        known_until=pl.lit(None, pl.Datetime("us", "UTC")),
        partition=pl.col("session").cast(pl.String),
    )
    seen = pl.concat(_answers(days, number) for number in range(WINDOW - 1, len(days))).sort("symbol", "known")
    ever = sorted({*_dots(begin), *(day for day in _weekdays(_FIRST_DOT, days[last])[::DOTS_APART] if day > begin)})
    dots = pl.DataFrame({"symbol": np.repeat(NAMES, len(ever)), "date": ever * STOCKS})
    listed = dots.with_columns(
        known_from=_known_on("date", begin),
        known_until=pl.lit(None, pl.Datetime("us", "UTC")),
        partition=pl.col("date").cast(pl.String),
        rlst_known=pl.lit(50.0),
        pattern_known=pl.lit(None, pl.String),
    ).select(list(LISTED.polars_schema))
    first = {"symbol": NAMES, "known": _at(begin), "last_session": begin, "timezone": ZONE}
    first["last_known"] = _at(days[last])
    tables = {
        **{table: bars.select(list(table.polars_schema)) for table in (VERSIONS, RATINGS, VOLUMES)},
        SEEN: seen,
        LISTED: listed,
        FIRST_SEEN: pl.DataFrame(first, FIRST_SEEN.polars_schema),
    }
    files = {file: _content(file.table, rows) for table, rows in tables.items() for file, rows in _by_year(table, rows)}
    rewriting = Rewriting(frozenset(files), lambda file: SortedRows(file.table, files[file]))
    for of in parted(NAMES):
        book = rewriting.book(of)
        publish_anew(book, DAILY)
        rewriting.take(book, of)
    return files | {file: content[0] for file, content in rewriting.contents().items() if content}


def _known_on(day: str, begin: date) -> pl.Expr:
    later = pl.max_horizontal(day, pl.lit(begin)).cast(pl.Datetime("us"))
    return later.dt.replace_time_zone("UTC") + timedelta(hours=14)


def _by_year(table: Table, rows: pl.DataFrame) -> list[tuple[File, pl.DataFrame]]:
    if table not in BY_YEAR:
        return [(File(table), rows)]
    year = pl.col("known" if table is SEEN else "session").dt.year()
    return [(File(table, one), rows.filter(year == one)) for one in sorted({*rows.select(year).to_series()})]


def _content(table: Table, rows: pl.DataFrame) -> bytes:
    encoder = Encoder(table)
    encoder.add(rows)
    return encoder.content()
