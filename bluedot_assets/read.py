"""The stored tables and the history for those who compute with them, in one line each:

    >>> from bluedot_assets import read
    >>> read.bars(symbols=["DIXON"])                         # all that was ever seen, on the newest basis
    >>> read.bars(known_by="2024-08-05")                     # what was known then
    >>> read.bars(as_of="2024-08-02")                        # one stored partition, as the vendor gave it
    >>> read.wide("close", engine="polars")                  # a row a session, a column a stock
    >>> read.breadth()                                       # how many stocks rose, by exchange and session

Each verifies the bytes that it reads. `data` is a data folder, its address in a bucket, or the URL of a public site;
without it the settings of the current folder say where everything is. `engine` is pandas, polars or arrow. Raises
UsageError, OutputAbsent, OutputDamaged, SettingsError, PublicSiteUnreadable."""

import time
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, Literal

import numpy as np
import polars as pl

from bluedot_assets.adapters.history.in_store import StoredHistory
from bluedot_assets.adapters.history.port import HistoryReader
from bluedot_assets.adapters.site.public import PublicSite
from bluedot_assets.adapters.site.public_tables import PublicTables
from bluedot_assets.adapters.storage.layout import Slot
from bluedot_assets.adapters.storage.outputs import Outputs
from bluedot_assets.adapters.storage.store.open import open_store
from bluedot_assets.kernel.bars.tables import BARS, DOTS, STOCKS, Table
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES, Timeframe
from bluedot_assets.kernel.errors import OutputAbsent, UsageError
from bluedot_assets.kernel.history.adjustments import ADJUSTMENTS
from bluedot_assets.kernel.history.published import HISTORY, LEDGER, bars_of, in_force
from bluedot_assets.kernel.history.ranges import Stocks
from bluedot_assets.kernel.history.tables import LISTED, RATINGS, VERSIONS, VOLUMES
from bluedot_assets.kernel.history.update import Book, File
from bluedot_assets.kernel.series.breadth import BREADTH
from bluedot_assets.kernel.site.publication import LATEST, TABLES
from bluedot_assets.kernel.stored.manifest import PARQUET
from bluedot_assets.pipeline.platform import Platform, utc_now
from bluedot_assets.pipeline.stages.bars import NAME as BARS_STAGE
from bluedot_assets.pipeline.stages.breadth import NAME as BREADTH_STAGE
from bluedot_assets.pipeline.stages.history import rewriting
from bluedot_assets.settings.load import load_settings

TimeframeName = Literal["daily", "weekly"]
Engine = Literal["pandas", "polars", "arrow"]
Moment = datetime | date | str | np.datetime64
AsOf = str | date | tuple[str | date, str | date]  # a partition, latest, all, or the first and the last of a range
AS_OF: Final = "as_of"
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
    data: str | None = None,
) -> Any:
    """Bars, one row per stock and session: of the history, or with `as_of` of stored partitions, where the column as_of
    says of which. With `known_by` the history as it was known at that moment (a date: at its end, UTC). Not `adjusted`:
    prices and volumes as the vendor gave them first."""
    if as_of is not None:
        _refuse_both(known_by, adjusted)
        return _given(_stored(BARS, timeframe, as_of, data), symbols, engine)
    return _given(history_bars(_place(data), timeframe, _moment(known_by), adjusted=adjusted), symbols, engine)


def dots(
    timeframe: TimeframeName = "daily",
    *,
    as_of: AsOf | None = None,
    known_by: Moment | None = None,
    symbols: Iterable[str] | None = None,
    engine: Engine = "pandas",
    data: str | None = None,
) -> Any:
    """Dots: every one that was ever listed, with when it was known and withdrawn; with `known_by` those that were
    listed at that moment; with `as_of` those of stored partitions."""
    if as_of is not None:
        _refuse_both(known_by)
        return _given(_stored(DOTS, timeframe, as_of, data), symbols, engine)
    place, at = _place(data), _moment(known_by)
    book = _book(place, timeframe)
    found = book.file(File(LEDGER))
    if at is not None:
        _require_state(book, place)
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
    data: str | None = None,
) -> Any:
    """The stocks of stored partitions: name, currency, flags, counts."""
    return _given(_stored(STOCKS, timeframe, as_of, data), symbols, engine)


def breadth(
    timeframe: TimeframeName = "daily",
    *,
    as_of: AsOf = "latest",
    engine: Engine = "pandas",
    data: str | None = None,
) -> Any:
    """How many stocks of each exchange rose, have a dot and so on, by session, of stored partitions."""
    return _as(_stored(BREADTH, timeframe, as_of, data, BREADTH_STAGE), engine)


def adjustments(
    timeframe: TimeframeName = "daily",
    *,
    symbols: Iterable[str] | None = None,
    engine: Engine = "pandas",
    data: str | None = None,
) -> Any:
    """Splits and other adjustments that were found."""
    return _given(_book(_place(data), timeframe).file(File(ADJUSTMENTS)), symbols, engine)


def wide(
    field: str,
    timeframe: TimeframeName = "daily",
    *,
    known_by: Moment | None = None,
    adjusted: bool = True,
    symbols: Iterable[str] | None = None,
    engine: Engine = "pandas",
    data: str | None = None,
) -> Any:
    """One column of the history's bars as a table: a row for each session (of pandas the index), a column for each
    stock."""
    if field not in HISTORY.polars_schema or field in {"symbol", "session"}:
        raise UsageError(f"{field!r} is no column of bars: give one of {', '.join([*HISTORY.polars_schema][2:])}.")
    whole = bars(timeframe, known_by=known_by, adjusted=adjusted, symbols=symbols, engine="polars", data=data)
    table = whole.pivot("symbol", index="session", values=field, sort_columns=True).sort("session")
    made = _as(table, engine)
    return made.set_index("session") if engine == "pandas" else made


def history_bars(
    place: HistoryReader, timeframe: str, known_by: datetime | None = None, *, adjusted: bool = True
) -> pl.DataFrame:
    """The history's bars as `bars` gives them. Raises OutputAbsent, OutputDamaged."""
    book = _book(place, timeframe)
    if known_by is None and adjusted:
        return book.of_years(HISTORY, book.years_of(HISTORY)).sort("symbol", "session")
    _require_state(book, place)
    years = book.years_of(VERSIONS)
    versions = book.of_years(VERSIONS, years)
    found = book.file(File(ADJUSTMENTS)) if adjusted else ADJUSTMENTS.empty()
    ratings, volumes = book.of_years(RATINGS, years), book.of_years(VOLUMES, years)
    if not adjusted:
        versions, volumes = _first_given(versions), _first_given(volumes)
    listed = book.file(File(LISTED))
    return bars_of(versions, ratings, volumes, listed, found, TIMEFRAMES[timeframe], known_by)


def _first_given(rows: pl.DataFrame) -> pl.DataFrame:
    """What was given first of each session, as if it had stayed."""
    first = rows.unique(["symbol", "session"], keep="first", maintain_order=True)
    return first.with_columns(known_until=pl.lit(None, rows.schema["known_until"]))


def _place(data: str | None) -> HistoryReader:
    if site := _site(data):
        return site
    return StoredHistory(open_store(data), utc_now, time.sleep) if data else Platform(load_settings()).history


def _site(data: str | None) -> PublicTables | None:
    """Where `data` is the address of a site."""
    if data is None or not data.startswith(("https://", "http://")):
        return None
    return PublicTables(PublicSite(data.rstrip("/"), longest_s=_LONGEST_S, largest=_LARGEST))


def _require_state(book: Book, place: HistoryReader) -> None:
    if not book.years_of(VERSIONS):
        raise UsageError(
            f"{place.address} publishes what is known now: for known_by, or what was not adjusted, give the data "
            "folder, or its address in a bucket, as data."
        )


def _book(place: HistoryReader, timeframe: str) -> Book:
    book = rewriting(place.snapshot(_timeframe(timeframe).name)).book(Stocks())
    if not book.there:
        raise OutputAbsent(f"There is no {timeframe} history in {place.address}: `bluedot run` begins it.")
    return book


def _stored(table: Table, timeframe: str, as_of: AsOf, data: str | None, stage: str = BARS_STAGE) -> pl.DataFrame:
    if site := _site(data):
        return _published(site, table, timeframe, as_of, stage)
    outputs = Outputs(open_store(data), utc_now) if data else Platform(load_settings()).outputs
    outputs.require_known()
    keys = _keys(outputs.partitions(_timeframe(timeframe).name, stage), timeframe, as_of, stage)
    return stored_partitions(outputs, table, timeframe, keys, stage)


def _published(site: PublicTables, table: Table, timeframe: str, as_of: AsOf, stage: str) -> pl.DataFrame:
    """The same of what the site has."""
    state = site.state(_timeframe(timeframe).name)
    latest = as_of == LATEST and state.as_of is not None
    keys = [str(state.as_of)] if latest else _keys(sorted(state.folders), timeframe, as_of, stage)
    return pl.concat(
        table.read(site.table(timeframe, key, f"{TABLES}/{table.name}{PARQUET}")).with_columns(pl.lit(key).alias(AS_OF))
        for key in keys
    )


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
    if as_of in {LATEST, "all"}:
        return there if as_of == "all" else there[-1:]
    ends = tuple(
        one.date().isoformat() if isinstance(one, datetime) else str(one)
        for one in ((as_of, as_of) if isinstance(as_of, str | date) else as_of)
    )
    if len(ends) != 2:
        raise UsageError(f"{as_of!r} is no partition and no range: give one key, or the first and the last as a tuple.")
    first, last = ends
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
    """In UTC; a date is its end, for what was known on that day."""
    if given is None:
        return None
    stated: datetime | date | str = (
        given.astype("datetime64[us]").astype(datetime) if isinstance(given, np.datetime64) else given
    )
    try:
        day = date.fromisoformat(stated) if isinstance(stated, str) and len(stated) == len("2024-08-02") else stated
        moment = datetime.fromisoformat(day) if isinstance(day, str) else day
    except ValueError:
        raise UsageError(f"{given!r} is no moment: write it like 2024-08-02 or 2024-08-02T14:30:00+00:00.") from None
    if not isinstance(moment, datetime):
        return datetime.combine(moment, datetime.max.time(), UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _given(frame: pl.DataFrame, symbols: Iterable[str] | None, engine: Engine) -> Any:
    if symbols is not None:
        wanted = [symbols] if isinstance(symbols, str) else [*symbols]
        frame = frame.filter(pl.col("symbol").is_in(wanted))
    return _as(frame, engine)


def _as(frame: pl.DataFrame, engine: Engine) -> Any:
    if engine not in {"pandas", "polars", "arrow"}:
        raise UsageError(f"{engine!r} is no engine: give pandas, polars or arrow.")
    return frame if engine == "polars" else frame.to_pandas() if engine == "pandas" else frame.to_arrow()
