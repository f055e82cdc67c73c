"""The stored tables and the history for those who compute with them, in one line each:

    >>> from bluedot_assets import read
    >>> read.bars(symbols=["DIXON"])                         # all that was ever seen, on the newest basis
    >>> read.bars(known_by="2024-08-05")                     # what was known then
    >>> read.bars(as_of="2024-08-02")                        # one stored partition, as the vendor gave it
    >>> read.wide("close", engine="polars")                  # a row a session, a column a stock
    >>> read.breadth()                                       # how many stocks rose, by exchange and session

Each verifies the bytes that it reads. `data` is a data folder, its address in a bucket, the URL of a public site, or a
history alone, <git URL>#<branch>; without it the settings of the current folder say where everything is. `engine` is
pandas, polars or arrow. Raises UsageError, OutputAbsent, OutputDamaged, SettingsError, PublicSiteUnreadable."""

import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

import polars as pl

from bluedot_assets.adapters.history.in_store import StoredHistory
from bluedot_assets.adapters.history.port import HistoryReader
from bluedot_assets.adapters.site.public import PublicSite
from bluedot_assets.adapters.site.public_tables import PublicTables
from bluedot_assets.adapters.storage.layout import Slot
from bluedot_assets.adapters.storage.outputs import Outputs
from bluedot_assets.adapters.storage.store.open import open_store
from bluedot_assets.kernel.bars.tables import BARS, DOTS, STOCKS, Table
from bluedot_assets.kernel.calendar.given_dates import Day, Moment, ends_of, moment_of
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES, Timeframe
from bluedot_assets.kernel.errors import OutputAbsent, UsageError
from bluedot_assets.kernel.history.adjustments import ADJUSTMENTS
from bluedot_assets.kernel.history.published import HISTORY, LEDGER, in_force
from bluedot_assets.kernel.history.tables import LISTED, VERSIONS
from bluedot_assets.kernel.history.update import Book, File
from bluedot_assets.kernel.series.breadth import BREADTH
from bluedot_assets.kernel.site.addresses import is_address
from bluedot_assets.kernel.site.publication import LATEST, TABLES
from bluedot_assets.kernel.stored.manifest import PARQUET
from bluedot_assets.pipeline.platform import Platform, utc_now
from bluedot_assets.pipeline.stages.bars import NAME as BARS_STAGE
from bluedot_assets.pipeline.stages.breadth import NAME as BREADTH_STAGE
from bluedot_assets.pipeline.stored.history_bars import history_bars, open_book
from bluedot_assets.settings.load import load_settings

TimeframeName = Literal["daily", "weekly"]
Engine = Literal["pandas", "polars", "arrow"]
AsOf = Day | tuple[Day, Day]  # a partition, latest, all, or the first and the last of a range
Data = str | Path
AS_OF: Final = "as_of"
ALL: Final = "all"
_LONGEST_S: Final = 3600  # of one file of a site
_LARGEST: Final = 4_000_000_000  # bytes of one


def bars(
    timeframe: TimeframeName = "daily",
    *,
    as_of: AsOf | None = None,
    known_by: Moment | None = None,
    adjusted: bool = True,
    symbols: Iterable[str] | None = None,
    engine: Engine = "pandas",
    data: Data | None = None,
) -> Any:
    """Bars, one row per stock and session: of the history, or with `as_of` of stored partitions, where the column as_of
    says of which; a site's older folders may have none. With `known_by` the history as it was known at that moment (a
    date: at its end, UTC). Not `adjusted`: prices and volumes as the vendor gave them first."""
    if as_of is not None:
        _refuse_both(known_by, adjusted)
        return _given(_stored(BARS, timeframe, as_of, data), symbols, engine)
    at = _moment(known_by)
    book = _book(data, timeframe, with_state=at is not None or not adjusted)
    return _given(history_bars(book, timeframe, at, adjusted=adjusted), symbols, engine)


def dots(
    timeframe: TimeframeName = "daily",
    *,
    as_of: AsOf | None = None,
    known_by: Moment | None = None,
    symbols: Iterable[str] | None = None,
    engine: Engine = "pandas",
    data: Data | None = None,
) -> Any:
    """Dots: every one that was ever listed, with when it was known and withdrawn; with `known_by` those that were
    listed at that moment; with `as_of` those of stored partitions."""
    if as_of is not None:
        _refuse_both(known_by)
        return _given(_stored(DOTS, timeframe, as_of, data), symbols, engine)
    at = _moment(known_by)
    book = _book(data, timeframe, with_state=at is not None)
    found = book.file(File(LEDGER))
    if at is not None:
        listed = book.file(File(LISTED)).filter(in_force(at)).select("symbol", "date")
        found = found.join(listed, on=["symbol", "date"], how="semi").with_columns(
            withdrawn=pl.when(pl.col("withdrawn") <= at).then("withdrawn")
        )
    return _given(found, symbols, engine)


def stocks(
    timeframe: TimeframeName = "daily",
    *,
    as_of: AsOf = LATEST,
    symbols: Iterable[str] | None = None,
    engine: Engine = "pandas",
    data: Data | None = None,
) -> Any:
    """The stocks of stored partitions: name, currency, flags, counts."""
    return _given(_stored(STOCKS, timeframe, as_of, data), symbols, engine)


def breadth(
    timeframe: TimeframeName = "daily",
    *,
    as_of: AsOf = "latest",
    engine: Engine = "pandas",
    data: Data | None = None,
) -> Any:
    """How many stocks of each exchange rose, have a dot and so on, by session, of stored partitions."""
    return _as(_stored(BREADTH, timeframe, as_of, data, BREADTH_STAGE), engine)


def adjustments(
    timeframe: TimeframeName = "daily",
    *,
    symbols: Iterable[str] | None = None,
    engine: Engine = "pandas",
    data: Data | None = None,
) -> Any:
    """Splits and other adjustments that were found."""
    return _given(_book(data, timeframe).file(File(ADJUSTMENTS)), symbols, engine)


def wide(  # noqa: PLR0913  those of bars, and the field
    field: str,
    timeframe: TimeframeName = "daily",
    *,
    as_of: AsOf | None = None,
    known_by: Moment | None = None,
    adjusted: bool = True,
    symbols: Iterable[str] | None = None,
    engine: Engine = "pandas",
    data: Data | None = None,
) -> Any:
    """One column of the history's bars, or with `as_of` of those of one partition, as a table: a row for each session
    (of pandas the index), a column for each stock."""
    columns = [*(HISTORY if as_of is None else BARS).polars_schema][2:]
    if field not in columns:
        raise UsageError(f"{field!r} is no column of bars: give one of {', '.join(columns)}.")
    if isinstance(as_of, tuple) or as_of == ALL:
        raise UsageError("A table of sessions by stocks is of one partition: give its key as as_of, or latest.")
    whole = bars(
        timeframe, as_of=as_of, known_by=known_by, adjusted=adjusted, symbols=symbols, engine="polars", data=data
    )
    table = whole.pivot("symbol", index="session", values=field, sort_columns=True).sort("session")
    made = _as(table, engine)
    return made.set_index("session") if engine == "pandas" else made


def _book(data: Data | None, timeframe: str, *, with_state: bool = False) -> Book:
    place = _place(data)
    book = open_book(place, _timeframe(timeframe).name)
    if with_state and not book.years_of(VERSIONS):
        raise UsageError(
            f"{place.address} publishes what is known now: for known_by, or what was not adjusted, give the data "
            "folder, or its address in a bucket, as data."
        )
    return book


def _place(data: Data | None) -> HistoryReader:
    if not data:
        return Platform(load_settings()).history
    named = _named(data)
    if _is_branch(named):
        return Platform(load_settings().model_copy(update={"history": named})).history
    return _site(named) or StoredHistory(open_store(named), utc_now, time.sleep)


def _named(data: Data) -> str:
    return str(Path(data).expanduser()) if isinstance(data, Path) or data.startswith("~") else data


def _is_branch(named: str) -> bool:
    """Whether it names a repository's branch, as BLUEDOT_HISTORY does."""
    url, separator, _ = named.rpartition("#")
    return bool(separator) and is_address(url)


def _site(named: str) -> PublicTables | None:
    """Where that is the address of a site."""
    if not named.lower().startswith(("https://", "http://")):
        return None
    return PublicTables(PublicSite(named.rstrip("/"), longest_s=_LONGEST_S, largest=_LARGEST))


def _stored(table: Table, timeframe: str, as_of: AsOf, data: Data | None, stage: str = BARS_STAGE) -> pl.DataFrame:
    if not data:
        outputs = Platform(load_settings()).outputs
    else:
        named = _named(data)
        if _is_branch(named):
            raise UsageError("A branch holds a history and no partitions: leave out as_of, or give the data folder.")
        if site := _site(named):
            return _published(site, table, timeframe, as_of, stage)
        outputs = Outputs(open_store(named), utc_now)
        outputs.require_known()
    keys = _keys(outputs.partitions(_timeframe(timeframe).name, stage), timeframe, as_of, stage)
    return stored_partitions(outputs, table, timeframe, keys, stage)


def _published(site: PublicTables, table: Table, timeframe: str, as_of: AsOf, stage: str) -> pl.DataFrame:
    """The same of what the site has."""
    state = site.state(_timeframe(timeframe).name)
    shown = state.as_of if isinstance(as_of, str) and as_of == LATEST else None
    keys = [shown] if shown else _keys(sorted(state.folders), timeframe, as_of, stage)
    found = site.tables(timeframe, keys, f"{TABLES}/{table.name}{PARQUET}")
    return pl.concat(table.read(content).with_columns(pl.lit(key).alias(AS_OF)) for key, content in found)


def stored_partitions(
    outputs: Outputs, table: Table, timeframe: str, keys: Sequence[str], stage: str = BARS_STAGE
) -> pl.DataFrame:
    """The table of those partitions, one under the other, with the column as_of. Raises OutputAbsent, OutputDamaged."""
    frames = [
        outputs.read_table(outputs.require(Slot(timeframe, key, stage)), table).with_columns(pl.lit(key).alias(AS_OF))
        for key in keys
    ]
    return pl.concat(frames)


def _keys(there: Sequence[str], timeframe: str, as_of: AsOf, stage: str) -> Sequence[str]:
    """Raises OutputAbsent, UsageError."""
    if not there:
        raise OutputAbsent(
            f"No {timeframe} partition is stored with {stage}: `bluedot run --timeframe {timeframe}` first, with "
            "`--partition` for one that was run before there was such a table."
        )
    if isinstance(as_of, str) and as_of in {LATEST, ALL}:
        return there if as_of == ALL else there[-1:]
    first, last = ends_of(as_of)
    for key in (first, last):
        _timeframe(timeframe).start(key)
    if found := [key for key in there if first <= key <= last]:
        return found
    raise OutputAbsent(
        f"No {timeframe} partition from {first} to {last} is stored with {stage}; the newest is {there[-1]}."
    )


def _timeframe(name: str) -> Timeframe:
    if name not in TIMEFRAMES:
        raise UsageError(f"{name!r} is no timeframe: give {' or '.join(TIMEFRAMES)}.")
    return TIMEFRAMES[name]


def _refuse_both(known_by: Moment | None, adjusted: bool = True) -> None:
    if known_by is not None or not adjusted:
        raise UsageError("A stored partition is as it was given then: leave out known_by and adjusted, or as_of.")


def _moment(given: Moment | None) -> datetime | None:
    return None if given is None else moment_of(given)


def _given(frame: pl.DataFrame, symbols: Iterable[str] | None, engine: Engine) -> Any:
    if symbols is not None:
        wanted = [symbols] if isinstance(symbols, str) else [*symbols]
        frame = frame.filter(pl.col("symbol").is_in(wanted))
    return _as(frame, engine)


def _as(frame: pl.DataFrame, engine: Engine) -> Any:
    if engine not in {"pandas", "polars", "arrow"}:
        raise UsageError(f"{engine!r} is no engine: give pandas, polars or arrow.")
    return frame if engine == "polars" else frame.to_pandas() if engine == "pandas" else frame.to_arrow()
