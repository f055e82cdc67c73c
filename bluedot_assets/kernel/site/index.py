"""`index.json`: the consolidated index of one published folder, and that of the history. What pages show of a folder
is in `dashboard`."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from bluedot_assets.kernel.site.status import Instant, SiteFile, TableEntry
from bluedot_assets.kernel.stored.manifest import StoredObject
from bluedot_assets.kernel.stored.versions import SchemaVersion, decode

FLAGS: Final = ("etf", "asm", "gsm")


class StockEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One stock of the folder. `sha256` and `bytes` follow the order of the index's `indicators`; null where the
    stock has no value of that indicator and so no CSV. A flag stands there only when it is true, so that 1,000 stocks
    stay under 600 KB."""

    symbol: Annotated[str, Meta(description="As its files are named.")]
    name: Annotated[str | None, Meta(description="The company's.")]
    first: Annotated[date, Meta(description="Session of the oldest bar.")]
    last: Annotated[date, Meta(description="Session of the newest bar.")]
    rows: Annotated[int, Meta(description="Bars.")]
    close: Annotated[float, Meta(description="Of the newest bar, in the stock's currency.")]
    rlst: Annotated[float | None, Meta(description="Relative strength, 0 to 99.")]
    last_dot: Annotated[
        date | None, Meta(description="Calendar date of the newest blue dot; before the first bar too.")
    ]
    etf: Annotated[bool, Meta(description="A fund.")] = False
    asm: Annotated[bool, Meta(description="Under the exchange's additional surveillance.")] = False
    gsm: Annotated[bool, Meta(description="Under its graded surveillance.")] = False
    pattern: Annotated[str | None, Meta(description="The vendor's name of the base.")]
    rlst_date: Annotated[
        date | None, Meta(description="The session that `rlst` is of, where it is not of the newest bar.")
    ] = None
    md5: Annotated[str, Meta(description="Of the vendor's file.")]
    sha256: Annotated[
        list[str | None], Meta(description="Of each CSV, in the order of `indicators`; null where there is none.")
    ]
    bytes: Annotated[list[int | None], Meta(description="Of each CSV, in the order of `indicators`.")]


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many of each the folder has."""

    expected: Annotated[int, Meta(description="Files that the partition should have.")]
    stocks: Annotated[int, Meta(description="Published ones.")]
    csvs: Annotated[int, Meta(description="Published ones.")]
    bars: Annotated[int, Meta(description="Of all stocks.")]
    rejected: Annotated[int, Meta(description="Files that could not be used.")]


def table_entries(objects: Mapping[str, StoredObject]) -> dict[str, TableEntry]:
    """The tables' entries by name."""
    return {name: TableEntry(one.bytes, one.sha256, one.rows) for name, one in sorted(objects.items())}


class HistoryIndex(SiteFile, frozen=True, kw_only=True):
    """The folder `<timeframe>/history/`: what was ever seen of the timeframe."""

    files: Annotated[dict[str, TableEntry], Meta(description="Its tables by name: `bars-2024.parquet`.")] = (
        msgspec.field(default_factory=dict)
    )


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """The folder `<timeframe>/<as_of>/`; every CSV is named `<symbol>_<indicator>.csv`."""

    schema_version: SchemaVersion = 1
    timeframe: Annotated[str, Meta(description="`daily` or `weekly`.")]
    as_of: Annotated[str, Meta(description="2024-08-02 or 2024-W31.")]
    made_at: Annotated[Instant, Meta(description="When the folder's content last changed.")]
    sample: Annotated[bool, Meta(description="Made-up data.")]
    counts: Annotated[Counts, Meta(description="Of the folder.")]
    indicators: Annotated[list[str], Meta(description="Those that are published, in this order.")]
    tables: Annotated[
        dict[str, TableEntry], Meta(description="The folder's tables by name: `tables/bars.parquet`.")
    ] = {}
    stocks: Annotated[list[StockEntry], Meta(description="By symbol.")]

    def __post_init__(self) -> None:
        """Raises ValueError, which is a DecodeError to who reads a file."""
        many = len(self.indicators)
        if bad := next((one for one in self.stocks if not len(one.sha256) == len(one.bytes) == many), None):
            raise ValueError(f"{bad.symbol!r} has other indicators than the index")

    def encoded(self) -> bytes:
        return encoded_by_stock(self, self.stocks)


def encoded_by_stock(file: msgspec.Struct, stocks: Sequence[object]) -> bytes:
    """A file whose last field is `stocks`, with a line for each, so that a person and a diff can read it."""
    head = msgspec.json.encode(msgspec.structs.replace(file, stocks=[])).removesuffix(b"[]}")
    return head + b"[\n" + b",\n".join(map(msgspec.json.encode, stocks)) + b"\n]}\n"


def decode_index(content: bytes) -> Index:
    """Raises msgspec.DecodeError when `content` is no index, NewerVersion."""
    return decode(Index, content, "The site's index.json")
