"""A history of many stocks is worked on some stocks at a time: memory is bounded by the range, not by how many there
are. All files are in the order of their stocks, so a range of them is read and written in one piece."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from bluedot_assets.kernel.bars.tables import Table
from bluedot_assets.kernel.history.update import Book, File

AT_ONCE: Final = 1000  # stocks
GROUP_ROWS: Final = 4096  # of a row group of whole stocks: who reads one stock over the network reads one group
# Columns that a dictionary makes larger.
_OF_MANY_VALUES: Final = frozenset({"open", "high", "low", "close", "close_traded", "volume"})
_AT_ONCE: Final = 64  # row groups
_SOUGHT: Final = ("symbol", "session")  # columns with the least and greatest value of each row group
_NARROWED: Final = 8  # row groups to one
Contents = dict[File, tuple[bytes, int] | None]


@dataclass(frozen=True)
class Stocks:
    """Those from `begin` until before `end`, by name; no end: all that follow."""

    begin: str = ""
    end: str = ""

    def of(self, rows: pl.DataFrame) -> pl.DataFrame:
        if not (self.begin or self.end):
            return rows
        symbol = pl.col("symbol")
        return rows.filter(symbol >= self.begin, (symbol < self.end) if self.end else pl.lit(True))

    def meets(self, first: str, last: str) -> bool:
        return last >= self.begin and (not self.end or first < self.end)


def one_stock(symbol: str) -> Stocks:
    return Stocks(symbol, f"{symbol}\0")


def parted(symbols: Iterable[str], at_once: int | None = None) -> list[Stocks]:
    """All stocks in ranges of so many of these."""
    names, many = sorted({*symbols}), at_once or AT_ONCE
    ends = [*names[many::many], ""]
    return [Stocks(begin, end) for begin, end in zip(["", *ends], ends, strict=False)]


@dataclass(frozen=True)
class SortedRows:
    """A stored table in the order of its stocks, as its Parquet bytes."""

    table: Table
    content: bytes

    def of(self, stocks: Stocks) -> pl.DataFrame:
        """Those stocks' rows. Raises ValueError for what is no such table."""
        if stocks == Stocks():
            return self.table.read(self.content)
        return pl.concat([self.table.empty(), *self._read(stocks, (), _AT_ONCE)])

    def parts(self, stocks: Stocks, columns: Sequence[str] = ()) -> Iterator[pl.DataFrame]:
        """The same, or some of its columns (symbol among them, but for all stocks), a row group at a time."""
        yield from self._read(stocks, columns, 1)

    def _read(self, stocks: Stocks, columns: Sequence[str], at_once: int) -> Iterator[pl.DataFrame]:
        """So many row groups at once."""
        wanted = tuple(columns) or tuple(self.table.polars_schema)
        parquet = pq.ParquetFile(pa.BufferReader(self.content))
        stored = [name for name in wanted if name in parquet.schema_arrow.names]
        place = parquet.schema_arrow.get_field_index("symbol")
        known = [parquet.metadata.row_group(one).column(place).statistics for one in range(parquet.num_row_groups)]
        groups = [
            group
            for group, one in enumerate(known)
            if one is None or not one.has_min_max or stocks.meets(one.min, one.max)
        ]
        for some in (groups[at : at + at_once] for at in range(0, len(groups), at_once)):
            rows = pl.DataFrame(parquet.read_row_groups(some, stored, use_threads=False))
            yield stocks.of(self.table.completed(rows, wanted))

    def narrowed(self, columns: Sequence[str]) -> "SortedRows":
        """The same with those columns alone, in a third of the memory; its row groups are larger ones."""
        parquet, into = pq.ParquetFile(pa.BufferReader(self.content)), pa.BufferOutputStream()
        stored = [field for field in parquet.schema_arrow if field.name in columns]
        names, groups = [one.name for one in stored], range(parquet.num_row_groups)
        with pq.ParquetWriter(into, pa.schema(stored), compression="zstd") as writer:
            for some in (groups[at : at + _NARROWED] for at in range(0, len(groups), _NARROWED)):
                writer.write_table(parquet.read_row_groups(some, names, use_threads=False))
        return SortedRows(self.table, bytes(into.getvalue()))


@dataclass(frozen=True)
class Replaced:
    """A stored table in which some stocks have other rows."""

    stored: "SortedRows | Replaced | None"  # None for a table that is not there yet
    symbols: frozenset[str]
    rows: pl.DataFrame  # of these, in their order

    def of(self, stocks: Stocks) -> pl.DataFrame:
        return pl.concat([self.rows.clear(), *self.parts(stocks)])

    def parts(self, stocks: Stocks) -> Iterator[pl.DataFrame]:
        left, symbol = stocks.of(self.rows), pl.col("symbol")
        for part in self.stored.parts(stocks) if self.stored else ():
            if part.is_empty():  # a row group that reaches over the range, and has none of it
                continue
            last = part["symbol"].max()
            mixed = pl.concat([part.filter(~symbol.is_in(self.symbols)), left.filter(symbol <= last)])
            left = left.filter(symbol > last)
            yield mixed.sort("symbol", maintain_order=True)
        yield left


class Encoder:
    """Parquet of rows that come in the order of their stocks: the same rows are the same bytes, in whatever portions of
    whole stocks they come."""

    def __init__(self, table: Table) -> None:
        self._table, self._into, self._waiting, self.rows = table, pa.BufferOutputStream(), [table.empty()], 0
        names = table.arrow_schema.names
        self._writer = pq.ParquetWriter(
            self._into,
            table.arrow_schema,
            compression="zstd",
            use_dictionary=[name for name in names if name not in _OF_MANY_VALUES],
            write_statistics=[name for name in names if name in _SOUGHT],
        )

    def add(self, rows: pl.DataFrame) -> None:
        self._waiting.append(rows)
        self.rows += rows.height
        waiting, begin, size = pl.concat(self._waiting), 0, 0
        table = self._arrow(waiting)
        for count in waiting.group_by("symbol", maintain_order=True).len()["len"]:
            size += count
            if size >= GROUP_ROWS:
                self._write(table.slice(begin, size))
                begin, size = begin + size, 0
        self._waiting = [waiting.slice(begin)]

    def content(self) -> bytes:
        rest = pl.concat(self._waiting)
        if rest.height:
            self._write(self._arrow(rest))
        self._writer.close()
        return bytes(self._into.getvalue())

    def _arrow(self, rows: pl.DataFrame) -> pa.Table:
        return rows.to_arrow().cast(self._table.arrow_schema)

    def _write(self, rows: pa.Table) -> None:
        self._writer.write_table(rows, row_group_size=rows.num_rows)


@dataclass
class Rewriting:
    """The files that become others, range by range. `there` are all files, `stored` gives one of them."""

    there: frozenset[File]
    stored: Callable[[File], SortedRows | Replaced]
    touched: frozenset[File] = frozenset()  # are others than those of the snapshot already
    _encoders: dict[File, Encoder] = field(default_factory=dict)

    def book(self, stocks: Stocks) -> Book:
        """The rows of those stocks."""
        return Book(self.there, lambda file: self.stored(file).of(stocks))

    def take(self, book: Book, stocks: Stocks) -> None:
        """What the range's rows are now; ranges come in their order."""
        for file in sorted((book.changed.keys() | self.touched) - self._encoders.keys(), key=lambda file: file.name):
            self._encoders[file] = encoder = Encoder(file.table)
            if stocks.begin and file in self.there:
                for rows in self.stored(file).parts(Stocks(end=stocks.begin)):
                    encoder.add(rows)
        for file, encoder in self._encoders.items():
            encoder.add(book.file(file))

    def contents(self) -> Contents:
        """The changed files with their rows, None for one that has none any more."""
        return {
            file: (encoder.content(), encoder.rows) if encoder.rows else None
            for file, encoder in self._encoders.items()
        }
