"""The history as a whole: what it has, whether it is what its state and the stored partitions say, and how it is made
again of them. One partition is merged in `pipeline/stages/history`."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import partial

import msgspec

from bluedot_assets.adapters.history.port import HistorySnapshot
from bluedot_assets.adapters.user_files import load_decisions
from bluedot_assets.kernel.calendar.timeframes import DAILY, Timeframe
from bluedot_assets.kernel.errors import BluedotError, OutputDamaged
from bluedot_assets.kernel.history.adjustments import ADJUSTMENTS, FOUND
from bluedot_assets.kernel.history.by_hand.decided import decided
from bluedot_assets.kernel.history.by_hand.decisions import ADJUSTMENTS_SETTING, Decision
from bluedot_assets.kernel.history.files import name_of, named
from bluedot_assets.kernel.history.published import HISTORY, LEDGER
from bluedot_assets.kernel.history.ranges import Stocks
from bluedot_assets.kernel.history.tables import FIRST_SEEN, SEEN
from bluedot_assets.kernel.history.update import File, gaps_of, publish_anew, reached, rebuild
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.stage import Work
from bluedot_assets.pipeline.stages.bars import NAME as BARS
from bluedot_assets.pipeline.stages.history import Partition, changes_of, ranges_of, rewriting, with_renames


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
    book, entries = rewriting(snapshot).book(Stocks()), snapshot.listed.files
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
    snapshot = platform.history.snapshot(timeframe.name)
    if damaged := _damaged(snapshot):
        yield from damaged.values()
        return
    files, decisions = rewriting(snapshot), load_decisions(platform.settings.adjustments)
    partitions, unread = _stored(platform, timeframe)
    yield from unread
    found: dict[str, None] = {}
    unused: set[Decision] = {*(decisions or ())} if timeframe is DAILY else set()
    for of in ranges_of(files):
        book = files.book(of)
        for file in sorted(book.there, key=name_of):
            found |= dict.fromkeys(f"{name_of(file)}: {one}" for one in file.table.violations(book.file(file)))
        found |= {
            f"{timeframe.name}/{one.work.key} is stored and not in the history": None
            for one in partitions
            if not one.is_in(book, of)
        }
        found |= dict.fromkeys(f"{name} lacks what the history's answers have" for name in gaps_of(book))
        unused &= {*decided(book.file(File(FOUND)), decisions or (), timeframe, partial(reached, book))[1]}
        publish_anew(book, timeframe, decisions)
        found |= {f"{name_of(file)} does not follow from the state": None for file in sorted(book.changed, key=name_of)}
    yield from (f"{one}: run `bluedot history rebuild`." for one in found)
    for one in sorted(unused):
        line = f"{one.symbol},{one.effective}"
        yield f"{ADJUSTMENTS_SETTING} has {line}, where no bar is changed by it: correct stock or date."


def rebuild_all(platform: Platform, timeframe: Timeframe) -> tuple[list[str], list[str]]:
    """Put every stored partition in as it is stored now, and make all that is published anew, in one change: what was
    done, and what could not be. What came from partitions that are stored no more stays, but for damaged files."""
    decisions = load_decisions(platform.settings.adjustments)
    partitions, unread = _stored(platform, timeframe)
    lost: dict[str, str] = {}

    def changes(snapshot: HistorySnapshot) -> Mapping[str, tuple[bytes, int] | None]:
        lost.clear()
        lost.update(_damaged(snapshot))
        files = rewriting(snapshot)
        files = replace(files, there=frozenset(file for file in files.there if name_of(file) not in lost))
        files = with_renames(files, _work(platform, timeframe), decisions)
        for of in ranges_of(files, partitions):
            book = files.book(of)
            rebuild(book, (one.observed(of) for one in partitions), timeframe, decisions)
            files.take(book, of)
        return {**dict.fromkeys(lost), **changes_of(files)}

    platform.history.change(timeframe.name, changes)
    keys = f", {partitions[0].work.key} to {partitions[-1].work.key}" if partitions else ""
    done = [f"{timeframe.name}: {len(partitions)} stored partitions{keys}"]
    return done + [f"{timeframe.name}: made {name} anew, which was damaged" for name in lost], unread


def _work(platform: Platform, timeframe: Timeframe, key: str = "") -> Work:
    """Of a partition, or of all."""
    return Work(platform, timeframe, key, "", platform.clock(), lambda warning: None)


def _stored(platform: Platform, timeframe: Timeframe) -> tuple[list[Partition], list[str]]:
    """The stored partitions, oldest first, and why others cannot be read."""
    found, unread = [], []
    for key in platform.outputs.partitions(timeframe.name, BARS):
        try:
            found.append(Partition(_work(platform, timeframe, key)))
        except BluedotError as error:
            unread.append(f"{timeframe.name}/{key} cannot be read: {error}")
    return found, unread


def _damaged(snapshot: HistorySnapshot) -> dict[str, str]:
    """Files that cannot be read, by name, and why."""
    found = {}
    for name in snapshot.listed.files:
        if file := named(name):
            try:
                file.table.read(snapshot.read(name))
            except (OutputDamaged, ValueError, OSError) as error:
                found[name] = str(error)
    return found
