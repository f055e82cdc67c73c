"""The history by files: whichever partitions come in whatever order, files and published tables are those of all of
them at once, and a day reads and writes few."""

import random
from collections.abc import Sequence

import polars as pl
import pytest

from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.history.observations import Observed
from bluedot_assets.kernel.history.tables import SEEN, VERSIONS
from bluedot_assets.kernel.history.update import OF_SESSIONS, PUBLISHED, Book, File, publish_anew, update
from bluedot_assets_tests.kernel.history.vendor import WINDOW, Event, Stock, partitions, with_dots

Files = dict[File, pl.DataFrame]
STOCKS = [
    Stock("A", events=[Event(75, 1 / 5, 76)]),
    Stock("B", events=[Event(80, 2 / 3, 85), Event(90, 0.9, 90, shares=False)]),
    Stock("C", corrected={70: range(40, 50)}),
    Stock("D", unlike={88: 3}),
    Stock("NEW", first=66, events=[Event(95, 0.5, 95)]),
    Stock("GONE", last=72),
]


@pytest.fixture(scope="module")
def days() -> list[Observed]:
    return [with_dots(one, number) for number, one in enumerate(partitions(STOCKS, 105))]


def after(days: Sequence[Observed], files: Files | None = None) -> Files:
    files = dict(files or {})
    for given in days:
        book = Book(frozenset(files), files.__getitem__)
        update(book, given, DAILY)
        files |= book.changed
    return {file: rows for file, rows in files.items() if not rows.is_empty()}


def test_shuffled_days_with_repeats_give_the_files_of_the_ordered_ones(days: list[Observed]) -> None:
    ordered = after(days)
    for seed in range(3):
        chance = random.Random(seed)
        shuffled = [*days, *chance.sample(days, 5)]
        chance.shuffle(shuffled)
        other = after(shuffled)
        assert other.keys() == ordered.keys()
        for file, rows in ordered.items():
            assert rows.equals(other[file]), file.name


def test_published_files_are_those_that_the_whole_state_gives(days: list[Observed]) -> None:
    files = after(days)
    for file, rows in files.items():
        assert not file.table.violations(rows), file.name
    book = Book(frozenset(files), files.__getitem__)
    publish_anew(book, DAILY)
    assert not book.changed
    state = {file: rows for file, rows in files.items() if file.table not in PUBLISHED}
    book = Book(frozenset(state), state.__getitem__)
    publish_anew(book, DAILY)
    assert book.changed.keys() == {file for file in files if file.table in PUBLISHED}
    assert {file.table for file in files} >= {*PUBLISHED}


def test_a_further_day_reads_the_years_of_its_window_and_writes_what_it_changes(days: list[Observed]) -> None:
    files = after(days[:-1])
    files |= {File(table, 2013): table.empty() for table in (VERSIONS, SEEN)}
    asked: list[str] = []

    def read(file: File) -> pl.DataFrame:
        asked.append(file.name)
        return files[file]

    book = Book(frozenset(files), read)
    update(book, days[-1], DAILY)
    assert not [name for name in asked if name.endswith("-2013")]
    assert {file.year for file in book.changed if file.table in OF_SESSIONS} == {2024}


def test_the_same_day_again_changes_no_file(days: list[Observed]) -> None:
    files = after(days)
    book = Book(frozenset(files), files.__getitem__)
    assert update(book, days[WINDOW % len(days)], DAILY).answers.is_empty()
    assert not book.changed
