"""The history as a whole: what it has, whether it is what its state and the stored partitions say, and how it is made
again of them. One partition is merged in `pipeline/stages/history`."""

from collections.abc import Iterator, Mapping
from datetime import date

import msgspec
import polars as pl

from bluedot_assets.adapters.history.port import HistorySnapshot
from bluedot_assets.adapters.user_files import load_decisions
from bluedot_assets.kernel.calendar.timeframes import DAILY, Timeframe
from bluedot_assets.kernel.errors import BluedotError, OutputDamaged
from bluedot_assets.kernel.history.adjustments import ADJUSTMENTS, FOUND
from bluedot_assets.kernel.history.decisions import SETTING, decided
from bluedot_assets.kernel.history.files import name_of
from bluedot_assets.kernel.history.published import HISTORY, LEDGER
from bluedot_assets.kernel.history.tables import FIRST_SEEN, SEEN
from bluedot_assets.kernel.history.update import PUBLISHED, Decisions, File, publish_anew, update
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.stage import Work
from bluedot_assets.pipeline.stages.bars import NAME as BARS
from bluedot_assets.pipeline.stages.history import Partition, book_of, changes_of


class HistoryStatus(msgspec.Struct, frozen=True):
    """What a timeframe's history has; counts of rows, sizes in bytes."""

    timeframe: str
    place: str
    stocks: int
    answers: int
    bars: int
    dots: int
    adjustments: int
    frozen: int
    first_session: date | None
    last_session: date | None
    files: int
    bytes: int


def status_of(platform: Platform, timeframe: Timeframe) -> HistoryStatus:
    """Read from the list of files; of their contents only adjustments and the outermost years."""
    snapshot = platform.history.snapshot(timeframe.name)
    book, entries = book_of(snapshot), snapshot.listed.files
    rows = {file: entries[name_of(file)].rows for file in book.there}
    years = book.years_of(HISTORY)
    adjusted = book.file(File(ADJUSTMENTS))
    return HistoryStatus(
        timeframe.name,
        platform.history.address,
        rows.get(File(FIRST_SEEN), 0),
        sum(count for file, count in rows.items() if file.table is SEEN),
        sum(count for file, count in rows.items() if file.table is HISTORY),
        rows.get(File(LEDGER), 0),
        adjusted.height,
        adjusted.filter(state="frozen").height,
        book.file(File(HISTORY, min(years)))["session"].min() if years else None,  # type: ignore[arg-type]
        book.file(File(HISTORY, max(years)))["session"].max() if years else None,  # type: ignore[arg-type]
        len(entries),
        sum(entry.bytes for entry in entries.values()),
    )


def problems_of(platform: Platform, timeframe: Timeframe) -> Iterator[str]:
    """A sentence for whatever is not as it should be: files that are damaged or break their declaration, published
    tables that do not follow from the state, stored partitions that are not in it."""
    book, damaged = book_of(platform.history.snapshot(timeframe.name)), False
    for file in sorted(book.there, key=name_of):
        try:
            yield from (f"{name_of(file)}: {one}" for one in file.table.violations(book.file(file)))
        except OutputDamaged as error:
            damaged = True
            yield str(error)
    if damaged:
        return
    for key in platform.outputs.partitions(timeframe.name, BARS):
        try:
            if not Partition(_work(platform, timeframe, key)).is_in(book):
                yield f"{timeframe.name}/{key} is stored and not in the history: run `bluedot history rebuild`."
        except BluedotError as error:
            yield f"{timeframe.name}/{key} cannot be compared: {error}"
    decisions = load_decisions(platform.settings.adjustments)
    for one in decided(book.file(File(FOUND)), decisions, timeframe)[1] if timeframe is DAILY else ():
        yield f"{SETTING} has {one.symbol},{one.effective}, where no adjustment was found: correct the date."
    publish_anew(book, timeframe, decisions)
    for file in sorted(book.changed, key=name_of):
        yield f"{name_of(file)} does not follow from the state: run `bluedot history rebuild`."


def rebuild(platform: Platform, timeframe: Timeframe) -> Iterator[str]:
    """Merge every stored partition again, oldest first, and make the published tables anew; a line for each step. What
    came from partitions that are stored no more stays, but for files that are damaged."""
    place = platform.history

    def without_damaged(snapshot: HistorySnapshot) -> Mapping[str, tuple[bytes, int] | None]:
        return dict.fromkeys(_damaged(snapshot))

    lost = _damaged(place.snapshot(timeframe.name))
    if lost:
        place.change(timeframe.name, without_damaged)
        yield f"{timeframe.name}: removed {', '.join(lost)}, which were damaged."
    for key in platform.outputs.partitions(timeframe.name, BARS):
        try:
            partition = Partition(_work(platform, timeframe, key))
            place.change(timeframe.name, lambda snapshot, given=partition: _merged(snapshot, given, timeframe))  # type: ignore[misc]
        except BluedotError as error:
            yield f"{timeframe.name}/{key} is left out: {error}"
        else:
            yield f"{timeframe.name}/{key}: {partition.stocks.height} stocks"
    decisions = load_decisions(platform.settings.adjustments)
    place.change(timeframe.name, lambda snapshot: _published(snapshot, timeframe, decisions))


def _merged(snapshot: HistorySnapshot, given: Partition, timeframe: Timeframe) -> dict[str, tuple[bytes, int] | None]:
    book = book_of(snapshot)
    update(book, given.observed, timeframe, again=True)
    return changes_of(book)


def _published(
    snapshot: HistorySnapshot, timeframe: Timeframe, decisions: Decisions
) -> dict[str, tuple[bytes, int] | None]:
    book = book_of(snapshot)
    publish_anew(book, timeframe, decisions)
    return changes_of(book)


def _damaged(snapshot: HistorySnapshot) -> list[str]:
    """Files that cannot be read; where one is of the state, also what is made of it."""
    book, found = book_of(snapshot), []
    for file in sorted(book.there, key=name_of):
        try:
            book.file(file)
        except (OutputDamaged, pl.exceptions.PolarsError):
            found.append(file)
    if any(file.table not in PUBLISHED for file in found):
        found += [file for file in book.there if file.table in PUBLISHED and file not in found]
    return [name_of(file) for file in found]


def _work(platform: Platform, timeframe: Timeframe, key: str) -> Work:
    return Work(platform, timeframe, key, "", platform.clock(), lambda warning: None)
