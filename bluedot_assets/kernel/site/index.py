"""`index.json`: the consolidated index of one published folder. What pages show of it is in `dashboard`."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from bluedot_assets.kernel.manifest import StoredObject

if TYPE_CHECKING:
    import polars as pl

FLAGS: Final = ("etf", "asm", "gsm")


class StockEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One stock of the folder. `sha256` and `bytes` follow the order of the index's `indicators`; null where the
    stock has no value of that indicator and so no CSV. A flag stands there only when it is true, so that 1,000 stocks
    stay under 600 KB."""

    symbol: str
    name: str | None
    first: date
    last: date
    rows: int
    close: float
    rlst: float | None
    last_dot: date | None
    etf: bool = False
    asm: bool = False
    gsm: bool = False
    pattern: str | None
    rlst_date: date | None = None  # the session that `rlst` is of, where it is not of the last bar
    md5: str
    sha256: list[str | None]
    bytes: list[int | None]


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    expected: int  # files that the partition should have
    stocks: int
    csvs: int
    bars: int
    rejected: int


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """The folder `<timeframe>/<as_of>/`; every CSV is named `<symbol>_<indicator>.csv`."""

    schema_version: int = 1
    timeframe: str
    as_of: str
    made_at: datetime
    sample: bool
    counts: Counts
    indicators: list[str]
    stocks: list[StockEntry]

    def encoded(self) -> bytes:
        return encoded_by_stock(self, self.stocks)


def encoded_by_stock(file: msgspec.Struct, stocks: Sequence[object]) -> bytes:
    """A file whose last field is `stocks`, with a line for each, so that a person and a diff can read it."""
    head = msgspec.json.encode(msgspec.structs.replace(file, stocks=[])).removesuffix(b"[]}")
    return head + b"[\n" + b",\n".join(map(msgspec.json.encode, stocks)) + b"\n]}\n"


def decode_index(content: bytes) -> Index:
    """Raises msgspec.DecodeError when `content` is no index."""
    return msgspec.json.decode(content, type=Index)


def stock_entries(
    stocks: "pl.DataFrame",
    bars: "pl.DataFrame",
    dots: "pl.DataFrame",
    csvs: Mapping[str, Sequence[StoredObject | None]],
) -> list[StockEntry]:
    """Entries by symbol, from the tables `stocks`, `bars` (symbol, close, rlst suffice) and `dots`, and each symbol's
    CSVs in the order of the indicators."""
    import polars as pl  # noqa: PLC0415  who reads an index needs no tables

    last = bars.group_by("symbol").agg(pl.col("close").last(), pl.col("rlst").last())
    last_dot = dots.group_by("symbol").agg(last_dot=pl.col("date").max())
    found = stocks.join(last, on="symbol").join(last_dot, on="symbol", how="left").sort("symbol")
    rows = found.select(
        *("symbol", "name", "close", "rlst", "last_dot", "md5"),
        first="first_session",
        last="last_session",
        rows="bars",
        pattern="base_pattern",
        **{flag: f"is_{flag}" for flag in FLAGS},
    )
    return [
        StockEntry(
            **row,
            sha256=[csv.sha256 if csv else None for csv in csvs[row["symbol"]]],
            bytes=[csv.bytes if csv else None for csv in csvs[row["symbol"]]],
        )
        for row in rows.iter_rows(named=True)
    ]
