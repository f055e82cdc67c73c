"""The declarations of tables: each rule of `bars` broken once, and one declaration behind schema, checks and docs."""

from datetime import date
from io import BytesIO
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from bluedot_assets.kernel.bars.tables import BARS, DOTS, REJECTED, STOCKS, TABLES, Table
from bluedot_assets_tests.examples.vendor_files import bars, document, judged, raw

ROW: dict[str, Any] = {
    "symbol": "DIXON",
    "session": date(2024, 8, 1),
    "open": 101.0,
    "high": 104.5,
    "low": 100.25,
    "close": 103.0,
    "volume": 341381,
    "rlst": 78.0,
    "bc": 24565.35,
    "blue_dot": False,
}


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    """A bars table of a good row and, a day later, of each of those changes of it."""
    return pl.DataFrame([ROW, *(ROW | {"session": date(2024, 8, 2)} | row for row in rows)], BARS.polars_schema)


def test_good_rows_and_no_rows_and_nulls_where_they_may_be_break_nothing() -> None:
    assert BARS.violations(frame({"volume": None, "rlst": None, "bc": None})) == []
    assert BARS.violations(frame({"volume": 0, "rlst": 0.0, "bc": 0.01}, {"symbol": "B_9", "rlst": 99.0})) == []
    assert all(table.violations(table.empty()) == [] for table in TABLES)


NUMBERS = ("open", "high", "low", "close")
BROKEN = [
    *(({name: value}, "greater_than(0.0)", name) for name in NUMBERS for value in (0.0, -1.0)),
    *(({name: None}, "not_nullable", name) for name in (*NUMBERS, "symbol", "session", "blue_dot")),
    *(({name: value}, "finite", name) for name in (*NUMBERS, "rlst", "bc") for value in (float("nan"), float("inf"))),
    ({"volume": -1}, "greater_than_or_equal_to(0", "volume"),
    ({"rlst": -1.0}, "greater_than_or_equal_to(0", "rlst"),
    ({"rlst": 99.5}, "less_than_or_equal_to(99", "rlst"),
    ({"bc": 0.0}, "greater_than(0", "bc"),
    ({"symbol": "M&M"}, "str_matches", "symbol"),
    ({"symbol": "dixon"}, "str_matches", "symbol"),
    ({"symbol": ""}, "str_matches", "symbol"),
    ({"low": 101.5}, "low <= open", "bars"),
    ({"low": 103.5, "open": 104.0}, "low <= open", "bars"),
    ({"high": 102.0}, "low <= open", "bars"),
    ({"high": 101.0, "close": 100.5, "open": 101.5}, "low <= open", "bars"),
    ({"session": date(2024, 8, 1)}, "multiple_fields_uniqueness", "bars"),
]


@pytest.mark.parametrize(("change", "check", "where"), BROKEN, ids=str)
def test_a_broken_constraint_is_named_with_its_column(change: dict[str, Any], check: str, where: str) -> None:
    found = BARS.violations(frame(change))
    assert [one for one in found if check.split("(", maxsplit=1)[0] in one and f"column {where}" in one], found
    assert all(one.startswith("bars: ") for one in found)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda good: good.drop("bc"), "bc"),
        (lambda good: good.with_columns(extra=1), "extra"),
        (lambda good: good.select(reversed(good.columns)), "ordered"),
        (lambda good: good.with_columns(pl.col("volume").cast(pl.Float64)), "Int64"),
        (lambda good: good.with_columns(pl.col("session").cast(pl.String)), "Date"),
    ],
)
def test_a_table_of_other_columns_or_types_is_not_as_declared(change: Any, said: str) -> None:
    found = BARS.violations(change(frame()))
    assert found
    assert said in " ".join(found)


def test_the_other_tables_are_unique_by_their_keys() -> None:
    made = judged(raw(document(bars(3), dates=[{"blueDotDate": "2024-08-01"}])), raw(b"", "B_daily.json"))
    for table, rows in ((DOTS, made.dots), (STOCKS, made.stocks), (REJECTED, made.rejected)):
        assert table.violations(rows) == []
        assert "uniqueness" in " ".join(table.violations(pl.concat([rows, rows])))


def test_the_order_of_the_rows_does_not_decide_whether_they_are_unique() -> None:
    table = frame()
    assert BARS.violations(table.reverse()) == []
    assert "uniqueness" in " ".join(BARS.violations(pl.concat([table.reverse(), table.tail(1)])))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_parquet_schema_validation_and_documentation_say_the_same(table: Table) -> None:
    names = [column.name for column in table.columns]
    assert table.arrow_schema.names == list(table.polars_schema) == list(table.validation.columns) == names
    for column in table.columns:
        field = table.arrow_schema.field(column.name)
        checked = table.validation.columns[column.name]
        assert field.nullable == checked.nullable == column.nullable
        assert field.metadata == {b"meaning": column.meaning.encode(), b"unit": column.unit.encode()}
        assert checked.description == column.meaning
        assert column.meaning.endswith(".")
    plain = pa.schema([pa.field(field.name, field.type) for field in table.arrow_schema])
    stored = table.empty().to_arrow().cast(table.arrow_schema)
    assert pl.DataFrame(stored.cast(plain)).schema == pl.Schema(table.polars_schema)
    assert set(table.unique) <= set(names)


def test_what_normalize_makes_fits_the_parquet_schema() -> None:
    made = judged(raw(document(bars(3))), raw(b"", "B_daily.json"))
    for table, rows in zip(TABLES, (made.bars, made.dots, made.stocks, made.rejected), strict=True):
        stored = rows.to_arrow().cast(table.arrow_schema)
        assert pl.DataFrame(stored).equals(rows)


def test_a_table_of_an_earlier_version_is_read_with_the_columns_that_it_lacks() -> None:
    older = pl.DataFrame({"symbol": ["A1"], "bars": [3]}, {"symbol": pl.String(), "bars": pl.Int64()})
    written = BytesIO()
    older.write_parquet(written)
    read = STOCKS.read(written.getvalue(), ["symbol", "known", "unfinished_bars", "bars"])
    assert read.rows() == [("A1", None, 0, 3)]
    assert read.schema == {name: STOCKS.polars_schema[name] for name in read.columns}
