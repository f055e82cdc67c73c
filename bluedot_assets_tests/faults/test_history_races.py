"""Sixty partitions of two hundred stocks that a vendor treats badly in every way: found as it was, and the same bytes
in any order, from two processes at once, and whoever was killed."""

import multiprocessing
import random
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from bluedot_assets.adapters.history.in_store import StoredHistory
from bluedot_assets.adapters.storage.store.local import LocalStore
from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.history.adjustments import ADJUSTMENTS
from bluedot_assets.kernel.history.observations import Observed
from bluedot_assets.kernel.history.published import HISTORY, LEDGER
from bluedot_assets.kernel.history.ranges import Replaced, Stocks
from bluedot_assets.kernel.history.tables import RATINGS, SEEN
from bluedot_assets.kernel.history.update import Book, File, publish_anew
from bluedot_assets.pipeline.stages.history import Merging, Partition, rewriting
from bluedot_assets_tests.kernel.history.vendor import WINDOW, Event, Stock, observed_after, sessions, traded, with_dots

pytestmark = [pytest.mark.long, pytest.mark.timeout(420)]

BEGIN, COUNT, STOCKS = WINDOW, WINDOW + 60, 200
DAYS = sessions(COUNT)
CAST = (
    Stock("BONUS", events=[Event(90, 2 / 3, 91)]),
    Stock("CORRECTED", corrected={at: [at - 10, at - 7] for at in range(70, 100)}),  # sixty
    Stock("DEMERGED", events=[Event(80, 0.871, 80, shares=False)]),
    Stock("DIVIDEND", events=[Event(85, 0.96, 86, shares=False)]),
    Stock("GONE", last=88),
    Stock("LATE", events=[Event(75, 0.5, 95)]),  # adjusted twenty sessions afterwards
    Stock("LISTED", first=77, events=[Event(112, 0.5, 112)]),
    Stock("MISSING", missing=[*range(70, 74), 100]),
    Stock("PENNY", tick=0.05, price=6.0, events=[Event(100, 0.5, 101)]),
    Stock("RATED", rated={92: 71.0}),
    Stock("REVERSE", events=[Event(95, 10.0, 96)]),
    Stock("SPLIT", events=[Event(70, 1 / 5, 71), Event(110, 1 / 2, 110)]),
    Stock("TWICE", events=[Event(90, 0.5, 99), Event(97, 0.9, 99, shares=False)]),
    Stock("UNLIKE", unlike={93: 3}),
)
ORDINARY = tuple(Stock(f"S{number:03d}") for number in range(STOCKS - len(CAST)))


class Made(Partition):
    """A partition of the vendor, as the stage reads one that is stored."""

    def __init__(self, number: int) -> None:
        given = vendor(number)
        settings = SimpleNamespace(renames=None)
        self.work: Any = SimpleNamespace(
            timeframe=DAILY, key=DAYS[number].isoformat(), platform=SimpleNamespace(settings=settings)
        )
        self.names, self.sample = {}, False
        self.stocks = given.answers
        answers = given.answers.drop("rlst_known", "first_dot", "last_dot")
        vars(self).update(_answers=answers, _bars=Replaced(None, frozenset(), given.bars), _dots=given.dots)


@cache
def vendor(number: int) -> Observed:
    made = with_dots(observed_after([*CAST, *ORDINARY], number, DAYS), number)
    return Observed(made.answers, made.bars.sort("symbol", "session"), made.dots)


def place(folder: Path) -> StoredHistory:
    return StoredHistory(LocalStore(folder), lambda: datetime.now(UTC), time.sleep)


def merge_all(folder: Path, numbers: Sequence[int]) -> None:
    for number in numbers:
        place(folder).change("daily", Merging(Made(number)))


def digests(folder: Path) -> dict[str, str]:
    return {name: one.sha256 for name, one in place(folder).snapshot("daily").listed.files.items()}


def book_of(folder: Path) -> Book:
    return rewriting(place(folder).snapshot("daily")).book(Stocks())


@pytest.fixture(scope="module")
def ordered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ordered")
    merge_all(folder, range(BEGIN, COUNT))
    return folder


@pytest.fixture
def process() -> Iterator[Callable[..., Any]]:
    started = []

    def start(*arguments: Any) -> Any:
        one = multiprocessing.get_context("spawn").Process(target=merge_all, args=arguments)
        one.start()
        started.append(one)
        return one

    yield start
    for one in started:
        one.kill()
        one.join()


def test_two_processes_at_once_with_repeats_come_to_the_bytes_of_the_ordered_run(
    ordered: Path, tmp_path: Path, process: Callable[..., Any]
) -> None:
    chance, numbers = random.Random(1), [*range(BEGIN, COUNT)]
    chance.shuffle(numbers)
    both = [process(tmp_path, [*numbers[half::2], *chance.sample(numbers, 4)]) for half in (0, 1)]
    for one in both:
        one.join()
    assert [one.exitcode for one in both] == [0, 0]
    assert digests(tmp_path) == digests(ordered)


def test_who_is_killed_at_any_moment_leaves_the_state_before_or_after(
    ordered: Path, tmp_path: Path, process: Callable[..., Any]
) -> None:
    chance, numbers = random.Random(2), [*range(BEGIN, COUNT)]
    chance.shuffle(numbers)
    for _ in range(4):
        one = process(tmp_path, numbers)
        time.sleep(4 + 3 * chance.random())  # the start of Python takes most of the first
        one.kill()
        one.join()
        book = book_of(tmp_path)
        if not book.there:
            continue
        whole = book.of_years(SEEN, book.years_of(SEEN)).group_by("partition").len()
        known = {DAYS[number].isoformat(): vendor(number).answers.height for number in numbers}
        assert all(known[key] == count for key, count in whole.iter_rows())
        publish_anew(book, DAILY)
        assert not book.changed
    merge_all(tmp_path, numbers)
    assert digests(tmp_path) == digests(ordered)


def test_each_thing_that_the_vendor_did_is_found_with_ratio_and_day(ordered: Path) -> None:
    found = book_of(ordered).file(File(ADJUSTMENTS))
    expected = {(stock.symbol, DAYS[event.at]): event for stock in CAST for event in stock.events}
    frozen = found.filter(state="frozen")
    assert frozen.select("symbol", "effective").rows() == [("UNLIKE", DAYS[93])]
    rows = found.filter(state="applied").rows(named=True)
    assert {(row["symbol"], row["effective"]) for row in rows} == expected.keys()
    for row in rows:
        event = expected[row["symbol"], row["effective"]]
        assert row["ratio"] == pytest.approx(event.ratio, rel=0.02 if row["symbol"] == "PENNY" else 2e-3)
        assert row["shares"] == event.shares, row["symbol"]
        assert row["worst_ticks"] < 0.6


def test_adjusted_closes_are_the_truth_within_their_rounding(ordered: Path) -> None:
    bars = book_of(ordered)
    whole = bars.of_years(HISTORY, bars.years_of(HISTORY))
    for stock in (*CAST, *ORDINARY[:5]):
        mine = whole.filter(symbol=stock.symbol)
        first, last = max(stock.first, 1), min(stock.last, COUNT - 1)
        assert mine["session"].to_list() == list(DAYS[first : last + 1]), stock.symbol
        if stock.symbol == "UNLIKE":
            assert set(mine.filter(pl.col("session") < DAYS[93 - WINDOW + 1])["basis"]) == {"unknown"}
            continue
        factors = np.ones(COUNT)
        for event in stock.events:
            factors[: event.at] *= event.ratio
        truth = (traded(stock, COUNT)[0][:, 3] * factors)[first : last + 1]
        off = np.abs(mine["close"].to_numpy() - truth)
        scale = 1 + max([event.ratio for event in stock.events], default=0)
        # A restatement rounds to a tick; of a penny stock the ratio itself is known to 2 % alone.
        assert off.max() <= 2 * stock.tick * scale, stock.symbol


def test_ratings_corrections_and_dots_are_as_they_were_known(ordered: Path) -> None:
    book = book_of(ordered)
    ratings = book.of_years(RATINGS, book.years_of(RATINGS)).filter(symbol="RATED")
    before, after = (DAYS[at] for at in (91, 92))
    first = ratings.filter(session=DAYS[80]).rows(named=True)
    assert [(row["rlst"], row["known_from"].date()) for row in first] == [(50.0, DAYS[80]), (71.0, after)]
    assert first[0]["known_until"].date() == after > before
    bars = book.of_years(HISTORY, book.years_of(HISTORY))
    assert bars.filter(symbol="CORRECTED")["revisions"].sum() == 60
    ledger = book.file(File(LEDGER))
    assert {"live", "late", "hindsight"} == {*ledger["origin"]}
    assert ledger["withdrawn"].drop_nulls().len() > 100
