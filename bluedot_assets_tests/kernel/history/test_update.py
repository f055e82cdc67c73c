"""The history by files: whichever partitions come in whatever order, files and published tables are those of all of
them at once, and a day reads and writes few."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from bluedot_assets.kernel.bars.tables import BARS
from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.history.adjustments import FOUND
from bluedot_assets.kernel.history.by_hand.decisions import Decision
from bluedot_assets.kernel.history.observations import Observed
from bluedot_assets.kernel.history.published import HISTORY
from bluedot_assets.kernel.history.tables import FIRST_SEEN, RATINGS, SEEN, VERSIONS, VOLUMES
from bluedot_assets.kernel.history.update import (
    OF_SESSIONS,
    PUBLISHED,
    Book,
    File,
    decide,
    gaps_of,
    publish_anew,
    reached,
    rebuild,
    update,
)
from bluedot_assets_tests.kernel.history.vendor import (
    WINDOW,
    Event,
    Stock,
    observed_after,
    partitions,
    sessions,
    with_dots,
)

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


@pytest.fixture(scope="module")
def but_the_last(days: list[Observed]) -> Files:
    return after(days[:-1])


@pytest.fixture(scope="module")
def ordered(days: list[Observed], but_the_last: Files) -> Files:
    """The files after all days."""
    return after(days[-1:], but_the_last)


@pytest.mark.long
def test_shuffled_days_with_repeats_give_the_files_of_the_ordered_ones(days: list[Observed], ordered: Files) -> None:
    for seed in range(1):
        chance = random.Random(seed)
        shuffled = [*days, *chance.sample(days, 5)]
        chance.shuffle(shuffled)
        other = after(shuffled)
        assert other.keys() == ordered.keys()
        for file, rows in ordered.items():
            assert rows.equals(other[file]), file.name


def test_published_files_are_those_that_the_whole_state_gives(ordered: Files) -> None:
    for file, rows in ordered.items():
        assert not file.table.violations(rows), file.name
    book = Book(frozenset(ordered), ordered.__getitem__)
    publish_anew(book, DAILY)
    assert not book.changed
    state = {file: rows for file, rows in ordered.items() if file.table not in PUBLISHED}
    book = Book(frozenset(state), state.__getitem__)
    publish_anew(book, DAILY)
    assert book.changed.keys() == {file for file in ordered if file.table in PUBLISHED}
    assert {file.table for file in ordered} >= {*PUBLISHED}


def test_a_further_day_reads_the_years_of_its_window_and_writes_what_it_changes(
    days: list[Observed], but_the_last: Files
) -> None:
    files = but_the_last | {File(table, 2013): table.empty() for table in (VERSIONS, SEEN)}
    asked: list[str] = []

    def read(file: File) -> pl.DataFrame:
        asked.append(file.name)
        return files[file]

    book = Book(frozenset(files), read)
    update(book, days[-1], DAILY)
    assert not [name for name in asked if name.endswith("-2013")]
    assert {file.year for file in book.changed if file.table in OF_SESSIONS} == {2024}


def test_the_same_day_again_changes_no_file(days: list[Observed], ordered: Files) -> None:
    book = Book(frozenset(ordered), ordered.__getitem__)
    assert update(book, days[WINDOW % len(days)], DAILY).answers.is_empty()
    assert not book.changed


@pytest.mark.parametrize("column", ["close", "volume", "rlst"])
def test_a_correction_of_one_value_changes_the_files_of_that_value(
    days: list[Observed], ordered: Files, column: str
) -> None:
    last = days[-1]
    known = pl.col("known") + timedelta(hours=1)
    answers = last.answers.filter(symbol="C").with_columns(known=known, md5=pl.lit("f" * 32))
    at = pl.col("session") == pl.col("session").max()
    bars = last.bars.filter(symbol="C").with_columns(
        pl.when(at).then(pl.col(column) + 1).otherwise(column).alias(column)
    )
    bars = bars.with_columns(high=pl.max_horizontal("high", "close"))
    book = Book(frozenset(ordered), ordered.__getitem__)
    update(book, Observed(answers, bars.select(list(BARS.polars_schema)), last.dots.filter(symbol="C")), DAILY)
    table = {"close": VERSIONS, "volume": VOLUMES, "rlst": RATINGS}[column]
    assert {file.table for file in book.changed} == {table, SEEN, FIRST_SEEN, HISTORY}


@pytest.mark.long
def test_late_folders_in_any_order_come_to_the_same_files() -> None:
    """Old folders that are filled later, on the basis of then, over three calendar years."""
    stocks = [Stock("A", events=[Event(120, 1 / 5, 121)]), Stock("B", events=[Event(200, 1 / 2, 230)])]
    dates = sessions(340)
    given = [with_dots(observed_after(stocks, number, dates), number) for number in range(60, 340, 20)]
    given += [
        with_dots(observed_after(stocks, number, dates, asked=339 - back), number)
        for back, number in enumerate((70, 110, 150))
    ]
    ordered = after(given)
    assert {file.year for file in ordered} == {0, 2023, 2024, 2025}
    for seed in range(2):
        shuffled = random.Random(seed).sample(given, len(given))
        other = after(shuffled)
        assert other.keys() == ordered.keys()
        for file, rows in ordered.items():
            assert rows.equals(other[file]), file.name
    book = Book(frozenset(ordered), ordered.__getitem__)
    publish_anew(book, DAILY)
    assert not book.changed


def with_answers(chance: random.Random) -> list[Observed]:
    """Of stocks that split, at moments far apart, and some of them asked for long after their day."""
    stocks = [
        Stock("A", events=[Event(90, 1 / 5, 90)]),
        Stock("B", events=[Event(150, 1 / 2, 152)]),
        Stock("C", first=95),
    ]
    dates, given = sessions(300), []
    for asked in sorted(chance.sample(range(60, 300), 7)):
        number = asked if chance.random() < 0.6 else chance.randrange(40, asked + 1)
        given.append(observed_after(stocks[: chance.choice([1, 3, 3])], number, dates, asked))
    return [one for one in given if one.answers.height]


def gaps_in_any_order(seeds: Iterable[int]) -> None:
    frozen = 0
    for seed in seeds:
        chance = random.Random(seed)
        given = with_answers(chance)
        ordered = after(given)
        other = after(chance.sample(given, len(given)))
        assert other.keys() == ordered.keys(), seed
        for file, rows in ordered.items():
            assert rows.equals(other[file]), (seed, file.name)
        book = Book(frozenset(ordered), ordered.__getitem__)
        publish_anew(book, DAILY)
        assert not book.changed, seed
        frozen += ordered.get(File(FOUND), FOUND.empty()).filter(bars=0).height
    assert frozen


def test_answers_with_gaps_between_them_come_to_the_same_files_in_any_order() -> None:
    gaps_in_any_order(range(6))


@pytest.mark.long
def test_many_more_of_them_do() -> None:
    gaps_in_any_order(range(6, 30))


def test_a_decision_where_no_answer_shows_an_adjustment_scales_the_older_bars() -> None:
    stock, dates = Stock("A", price=900, tick=0.01, events=[Event(90, 1 / 5, 90)]), sessions(200)
    files = after([observed_after([stock], number, dates) for number in (70, 131)])

    def closes(*decisions: Decision) -> tuple[set[str], float]:
        book = Book(frozenset(files), files.__getitem__)
        decide(book, DAILY, decisions)
        bars = pl.concat(book.file(File(HISTORY, year)) for year in (2023, 2024))
        older = bars.filter(pl.col("session") < dates[72])
        return {*older["basis"]}, older["close"][-1]

    basis, traded = closes()
    assert basis == {"unknown"}
    basis, scaled = closes(Decision("A", dates[90], 0.2, shares=True))
    assert basis == {"scaled"}
    assert scaled == pytest.approx(traded / 5, abs=1e-6)
    book = Book(frozenset(files), files.__getitem__)
    assert reached(book, "A", dates[90]) == datetime(2024, 4, 2, 14, tzinfo=UTC)
    assert [reached(book, *one) for one in (("A", dates[60]), ("A", dates[132]), ("B", dates[90]))] == [None] * 3


@pytest.mark.long
def test_a_rebuild_takes_the_place_of_what_a_partition_gave_before(days: list[Observed], ordered: Files) -> None:
    shift = {"known": pl.col("known") + timedelta(hours=3)}
    otherwise = [replace(one, answers=one.answers.with_columns(**shift)) for one in days]
    book = Book(frozenset(ordered), ordered.__getitem__)
    rebuild(book, otherwise, DAILY)
    fresh = after(otherwise)
    made = {file: rows for file, rows in (ordered | book.changed).items() if not rows.is_empty()}
    assert made.keys() == fresh.keys()
    for file, rows in fresh.items():
        assert rows.equals(made[file]), file.name


def test_what_is_gone_of_the_state_is_named(ordered: Files) -> None:
    assert gaps_of(Book(frozenset(ordered), ordered.__getitem__)) == []
    there = {file: rows for file, rows in ordered.items() if file != File(VERSIONS, 2024)}
    assert gaps_of(Book(frozenset(there), there.__getitem__)) == ["versions-2024"]


def test_an_answer_that_takes_the_place_of_a_longer_one_leaves_nothing_of_it() -> None:
    """The longer one reaches into a year that the other has nothing of."""
    dates, stock = sessions(120), [Stock("A")]
    longer = observed_after(stock, 70, dates)
    first = date(2024, 1, 1)
    short = Observed(
        longer.answers.with_columns(first_session=pl.lit(first), md5=pl.lit("f" * 32)),
        longer.bars.filter(pl.col("session") >= first),
        longer.dots,
    )
    assert longer.answers["first_session"][0].year == 2023
    alone, both = after([short]), after([longer, short])
    assert both.keys() == alone.keys()
    for file, rows in alone.items():
        assert rows.equals(both[file]), file.name
