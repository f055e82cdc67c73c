"""Some stocks at a time come to the bytes that all at once come to."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import polars as pl
import pytest

from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.history import ranges
from bluedot_assets.kernel.history.observations import Observed
from bluedot_assets.kernel.history.ranges import Encoder, Replaced, Rewriting, SortedRows, Stocks, parted
from bluedot_assets.kernel.history.tables import RATINGS
from bluedot_assets.kernel.history.update import File, update
from bluedot_assets_tests.kernel.history.test_update import STOCKS
from bluedot_assets_tests.kernel.history.vendor import partitions, with_dots

NAMES = [f"S{number:04d}" for number in range(300)]


def ratings(names: list[str], days: int = 60) -> pl.DataFrame:
    at = datetime(2024, 8, 2, tzinfo=UTC)
    rows = [
        (name, date(2024, 1, 1) + timedelta(days=day), float(day), at, None) for name in names for day in range(days)
    ]
    return pl.DataFrame(rows, RATINGS.polars_schema, orient="row")


def encoded(*portions: pl.DataFrame) -> bytes:
    encoder = Encoder(RATINGS)
    for portion in portions:
        encoder.add(portion)
    return encoder.content()


def test_rows_are_the_same_bytes_in_whatever_portions_they_come() -> None:
    whole = encoded(ratings(NAMES))
    for seed in range(3):
        cuts = sorted(Random(seed).sample(range(1, 300), 5))
        portions = [ratings(NAMES[begin:end]) for begin, end in zip([0, *cuts], [*cuts, 300], strict=True)]
        assert encoded(*portions) == whole


def test_a_range_is_read_of_few_row_groups_and_is_all_of_it() -> None:
    stored = SortedRows(RATINGS, encoded(ratings(NAMES)))
    assert stored.of(Stocks("S0100", "S0102")).equals(ratings(NAMES[100:102]))
    assert len(list(stored.parts(Stocks("S0100", "S0102")))) == 1
    assert stored.of(Stocks()).equals(ratings(NAMES))
    assert stored.of(Stocks("T")).is_empty()


def test_ranges_hold_every_name_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "AT_ONCE", 7)
    found = parted(NAMES)
    names = pl.DataFrame({"symbol": ["A", *NAMES, "Z"]})
    assert pl.concat([one.of(names) for one in found]).equals(names)
    assert parted([]) == [Stocks()]


@pytest.mark.parametrize("at_once", [1, 2, 1000])
def test_a_history_that_is_worked_on_in_ranges_has_the_same_files(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [with_dots(one, number) for number, one in enumerate(partitions(STOCKS, 66))]
    expected = merged(days)
    monkeypatch.setattr(ranges, "AT_ONCE", at_once)
    assert merged(days) == expected


def merged(days: list[Observed]) -> dict[str, bytes]:
    files: dict[File, bytes] = {}
    for given in days:
        rewriting = Rewriting(frozenset(files), lambda file: SortedRows(file.table, files[file]))
        for of in parted(given.answers["symbol"]):
            book = rewriting.book(of)
            part = Observed(of.of(given.answers), of.of(given.bars), of.of(given.dots))
            update(book, part, DAILY)
            rewriting.take(book, of)
        for file, content in rewriting.contents().items():
            if content is None:
                files.pop(file, None)
            else:
                files[file] = content[0]
    return {file.name: content for file, content in files.items()}


def test_rows_of_a_stock_are_put_between_those_of_a_row_group_that_reaches_over_the_range() -> None:
    stored = SortedRows(RATINGS, encoded(ratings(["A", "Z"])))
    placed = Replaced(stored, frozenset(["M"]), ratings(["M"]))
    assert placed.of(Stocks("B", "N"))["symbol"].unique().to_list() == ["M"]
    assert placed.of(Stocks())["symbol"].unique(maintain_order=True).to_list() == ["A", "M", "Z"]
