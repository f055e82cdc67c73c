"""The declaration of every stored table: one place for the Parquet schema, the validation and the documentation. The
tables are filled by `normalize`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import IO, TYPE_CHECKING, Final, Literal

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    import pandera.polars as pandera

EARLIEST_SESSION: Final = date(1900, 1, 1)  # TradingView takes no row before it
TypeName = Literal["text", "date", "moment", "number", "integer", "flag"]
_TYPES: Final[dict[TypeName, tuple[pl.DataType, pa.DataType]]] = {
    "text": (pl.String(), pa.string()),
    "date": (pl.Date(), pa.date32()),
    "moment": (pl.Datetime("us", "UTC"), pa.timestamp("us", "UTC")),
    "number": (pl.Float64(), pa.float64()),
    "integer": (pl.Int64(), pa.int64()),
    "flag": (pl.Boolean(), pa.bool_()),
}


@dataclass(frozen=True)
class Column:
    """One column: its type, what it means and in which unit, and the range that its values keep to. A table of an
    earlier version, which lacks it, is read with `absent` in every row."""

    name: str
    type: TypeName
    meaning: str
    unit: str = ""
    nullable: bool = False
    above: float | None = None  # exclusive
    at_least: float | None = None
    at_most: float | None = None
    pattern: str | None = None
    absent: int | None = None


@dataclass(frozen=True, eq=False)  # each is declared once
class Table:
    """A stored table: what one row is, its columns in order, and the columns that together are unique."""

    name: str
    grain: str
    columns: tuple[Column, ...]
    unique: tuple[str, ...]
    rules: tuple[str, ...] = ()  # SQL predicates that hold in every row

    @cached_property
    def polars_schema(self) -> dict[str, pl.DataType]:
        return {column.name: _TYPES[column.type][0] for column in self.columns}

    @cached_property
    def arrow_schema(self) -> pa.Schema:
        """The Parquet schema; meaning and unit travel in each field's metadata."""
        return pa.schema(
            pa.field(one.name, _TYPES[one.type][1], one.nullable, {"meaning": one.meaning, "unit": one.unit})
            for one in self.columns
        )

    @cached_property
    def validation(self) -> "pandera.DataFrameSchema":
        """The pandera schema over a polars frame: types, nulls, ranges, patterns and uniqueness."""
        import pandera.polars as pandera  # noqa: PLC0415  takes 0.3 s, and workers never validate

        return pandera.DataFrameSchema(
            {
                one.name: pandera.Column(_TYPES[one.type][0], _checks(one), one.nullable, description=one.meaning)
                for one in self.columns
            },
            checks=[_row_rule(rule) for rule in self.rules],
            strict=True,
            ordered=True,
            unique=list(self.unique),
            name=self.name,
        )

    def read(self, content: bytes, columns: Sequence[str] = ()) -> pl.DataFrame:
        """The stored table, or some of its columns, from its Parquet bytes of this version or an earlier one. Raises
        ValueError for what is no such table."""
        wanted = tuple(columns) or tuple(self.polars_schema)
        stored = pq.read_schema(pa.BufferReader(content)).names
        return self.completed(pl.read_parquet(content, columns=[name for name in wanted if name in stored]), wanted)

    def read_parts(self, file: IO[bytes], columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """The same of a file, a row group at a time. Raises ValueError."""
        parquet = pq.ParquetFile(file)
        stored = [name for name in columns if name in parquet.schema_arrow.names]
        for group in range(parquet.num_row_groups):
            part = pl.DataFrame(parquet.read_row_group(group, stored, use_threads=False))
            yield self.completed(part, columns)

    def completed(self, stored: pl.DataFrame, wanted: Sequence[str]) -> pl.DataFrame:
        """What was read of those columns, with what a table of an earlier version lacks. Raises ValueError where it
        lacks what every version has, or has it as another type."""
        absent = [one for one in self.columns if one.name in wanted and one.name not in stored.columns]
        if lacking := [one.name for one in absent if one.absent is None and not one.nullable]:
            raise ValueError(f"the table {self.name} lacks {', '.join(lacking)}")
        types = self.polars_schema
        if other := [name for name, found in stored.schema.items() if found != types[name]]:
            raise ValueError(f"the table {self.name} has another type of {', '.join(other)}")
        return stored.with_columns(pl.lit(one.absent, types[one.name]).alias(one.name) for one in absent).select(wanted)

    def empty(self) -> pl.DataFrame:
        return pl.DataFrame(schema=self.polars_schema)

    def violations(self, frame: pl.DataFrame) -> list[str]:
        """What of the declaration `frame` breaks, one sentence each with the number of rows; empty when all is well."""
        if self._is_kept_by(frame):
            return []
        import pandera.errors  # noqa: PLC0415

        try:
            self.validation.validate(frame, lazy=True)
        except pandera.errors.SchemaErrors as errors:
            return [f"{self.name}: {error.check or error} ({_failing(error)})" for error in errors.schema_errors]
        return []

    def _is_kept_by(self, frame: pl.DataFrame) -> bool:
        """The same declaration as one expression, which decides whether pandera, that takes a second, has anything to
        name."""
        if list(frame.schema.items()) != list(self.polars_schema.items()):
            return False
        if frame.is_empty():
            return True
        broken = [one for column in self.columns for one in _broken(column)]
        broken += [~pl.sql_expr(rule).fill_null(False) for rule in self.rules]
        if frame.select(pl.any_horizontal(one.any() for one in broken)).item():
            return False
        # In order, as ours are, it costs a tenth of time and memory.
        keys = frame.select(self.unique)
        return bool(keys.select(_ascends(self.unique).all()).item()) or not keys.is_duplicated().any()


def _row_rule(rule: str) -> "pandera.Check":
    import pandera.polars as pandera  # noqa: PLC0415

    return pandera.Check(lambda data: data.lazyframe.select(pl.sql_expr(rule)), name=rule)


def _checks(column: Column) -> "list[pandera.Check]":
    import pandera.polars as pandera  # noqa: PLC0415

    ranges = ((pandera.Check.gt, column.above), (pandera.Check.ge, column.at_least), (pandera.Check.le, column.at_most))
    checks: list[pandera.Check] = [check(limit) for check, limit in ranges if limit is not None]
    if column.pattern is not None:
        checks.append(pandera.Check.str_matches(column.pattern))
    if column.type == "number":
        # pandera's ranges let NaN and infinity pass, and they would reach a CSV.
        checks.append(pandera.Check(lambda data: data.lazyframe.select(pl.col(data.key).is_finite()), name="finite"))
    return checks


def _broken(column: Column) -> Iterator[pl.Expr]:
    """The rows that break a column's declaration, an expression for each rule."""
    value = pl.col(column.name)
    if not column.nullable:
        yield value.is_null()
    if column.above is not None:
        yield value <= column.above
    if column.at_least is not None:
        yield value < column.at_least
    if column.at_most is not None:
        yield value > column.at_most
    if column.pattern is not None:
        yield ~value.str.contains(column.pattern)
    if column.type == "number":
        yield ~value.is_finite()


def _ascends(columns: Sequence[str]) -> pl.Expr:
    """Whether each row comes after the one before by these columns, which have no nulls; null of the first."""
    after = pl.lit(False)
    for name in reversed(columns):
        one, before = pl.col(name), pl.col(name).shift()
        after = (one > before) | ((one == before) & after)
    return after


def _failing(error: object) -> str:
    cases = getattr(error, "failure_cases", None)
    column = getattr(getattr(error, "schema", None), "name", None)
    rows = f"{cases.height} rows" if isinstance(cases, pl.DataFrame) else str(cases)
    return f"column {column}, {rows}"


SYMBOL: Final = Column("symbol", "text", "Published name of the stock.", pattern=r"^[A-Z0-9_]+$")

BARS: Final = Table(
    "bars",
    "one row per stock and session, stocks by name, oldest session first",
    (
        SYMBOL,
        Column("session", "date", "Session date at the exchange; of a weekly bar the Friday of its ISO week."),
        Column("open", "number", "First price.", "currency of the stock", above=0),
        Column("high", "number", "Highest price.", "currency of the stock", above=0),
        Column("low", "number", "Lowest price.", "currency of the stock", above=0),
        Column("close", "number", "Last price.", "currency of the stock", above=0),
        Column("volume", "integer", "Shares traded; null where the vendor gave none.", "shares", True, at_least=0),
        Column("rlst", "number", "Relative strength rating.", "0 to 99", True, at_least=0, at_most=99),
        Column("bc", "number", "Close of the exchange's benchmark index.", "index points", True, above=0),
        Column("blue_dot", "flag", "Whether a blue dot lies on this bar (in its ISO week, for weekly bars)."),
    ),
    ("symbol", "session"),
    ("low <= open AND low <= close AND high >= open AND high >= close",),
)
DOTS: Final = Table(
    "dots",
    "one row per stock and blue dot, those before the first bar included",
    (SYMBOL, Column("date", "date", "Calendar date of the dot at the exchange; daily in weekly partitions too.")),
    ("symbol", "date"),
)
STOCKS: Final = Table(
    "stocks",
    "one row per accepted stock",
    (
        SYMBOL,
        Column("file", "text", "Name of the source file."),
        Column("md5", "text", "MD5 of the source file's bytes.", "hex", pattern=r"^[0-9a-f]{32}$"),
        Column("known", "moment", "When the vendor answered: the knowledge time of the file.", "UTC", nullable=True),
        Column("timezone", "text", "The exchange's timezone, inferred from the bars.", "IANA name"),
        Column("vendor_code", "text", "The vendor's own code.", nullable=True),
        Column("name", "text", "Name of the company or fund.", nullable=True),
        Column("currency", "text", "Currency symbol of the prices.", nullable=True),
        Column("is_etf", "flag", "Exchange-traded fund."),
        Column("is_asm", "flag", "Under the exchange's additional surveillance measure (ASM)."),
        Column("is_gsm", "flag", "Under the exchange's graded surveillance measure (GSM)."),
        Column("base_pattern", "text", "Name of the last completed base pattern.", nullable=True),
        Column("bars", "integer", "Bars kept.", at_least=1),
        Column("first_session", "date", "Session of the oldest bar kept."),
        Column("last_session", "date", "Session of the newest bar kept."),
        Column("holiday_rows", "integer", "Holiday placeholders dropped.", at_least=0),
        Column("dropped_bars", "integer", "Bars dropped for impossible prices or dates.", at_least=0),
        Column("future_bars", "integer", "Bars dropped because they are dated after the partition's end.", at_least=0),
        Column("duplicate_bars", "integer", "Bars dropped that differ from another of their date.", at_least=0),
        Column(
            "undated_bars", "integer", "Bars dropped: no date, or no midnight of the exchange.", at_least=0, absent=0
        ),
        Column("unfinished_bars", "integer", "Bars whose session was not over at `known`.", at_least=0, absent=0),
        Column("suspended_bars", "integer", "Days without trade, dropped.", at_least=0, absent=0),
        Column("clamped_bars", "integer", "Bars whose high or low was off by float noise.", at_least=0, absent=0),
        Column("nulled_values", "integer", "rlst, bc or volume values out of range, taken as null.", at_least=0),
        Column("dropped_dots", "integer", "Dots dropped: no date, or after the partition's end.", at_least=0),
        Column("sample", "flag", "Made by `bluedot sample`, not by the vendor."),
    ),
    ("symbol",),
)
REJECTED: Final = Table(
    "rejected",
    "one row per file of the partition that gave no series",
    (
        Column("file", "text", "Name of the file."),
        Column("origin_id", "text", "The file's identity at the source (path or Drive id)."),
        Column("md5", "text", "MD5 of the file's bytes; null where they could not be read.", "hex", nullable=True),
        Column("reason", "text", "What was missing or wrong, in words."),
        Column("field", "text", "The field of the file that the reason is about.", nullable=True),
        Column("kind", "text", "`rejected`, `superseded` by a newer file of its name, or `duplicate` of equal bytes."),
    ),
    ("origin_id",),
)
TABLES: Final = (BARS, DOTS, STOCKS, REJECTED)
