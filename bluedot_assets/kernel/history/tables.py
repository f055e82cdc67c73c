"""The declaration of the history's tables: those of the state, which partitions are merged into, and those that are
published. They are filled by `merge`, `adjustments` and `published`."""

from typing import Final

import polars as pl

from bluedot_assets.kernel.bars.dots import place_number
from bluedot_assets.kernel.bars.tables import BARS, STOCKS, SYMBOL, Column, Table

KNOWN_FROM: Final = Column("known_from", "moment", "Knowledge time of the first answer that said so.", "UTC")
KNOWN_UNTIL: Final = Column(
    "known_until",
    "moment",
    "That of the next answer about this day, which no longer did; null where none.",
    "UTC",
    True,
)
PARTITION: Final = Column("partition", "text", "Key of the partition that answer came in.")
_OF_BARS: Final = {one.name: one for one in BARS.columns}
_OF_STOCKS: Final = {one.name: one for one in STOCKS.columns}
_SESSION: Final = _OF_BARS["session"]
_PRICES: Final = tuple(_OF_BARS[name] for name in ("open", "high", "low", "close"))
_RLST_KNOWN: Final = Column("rlst_known", "number", "Newest rating of the stock in that answer.", "0 to 99", True)
_PATTERN_KNOWN: Final = Column("pattern_known", "text", "Last completed base pattern in that answer.", nullable=True)
_DATE: Final = Column("date", "date", "Calendar date of the dot at the exchange.")
_ORDER: Final = "stocks by name, oldest first"

VERSIONS: Final = Table(
    "versions",
    f"one row per stock, session and time during which the vendor gave these prices, {_ORDER}",
    (SYMBOL, _SESSION, *_PRICES, _OF_BARS["bc"], KNOWN_FROM, KNOWN_UNTIL, PARTITION),
    ("symbol", "session", "known_from"),
)
RATINGS: Final = Table(
    "ratings",
    f"one row per stock, session and time during which the vendor gave this rating, {_ORDER}",
    (SYMBOL, _SESSION, _OF_BARS["rlst"], KNOWN_FROM, KNOWN_UNTIL),
    ("symbol", "session", "known_from"),
)
VOLUMES: Final = Table(
    "volumes",
    f"one row per stock, session and time during which the vendor gave this volume, {_ORDER}",
    (SYMBOL, _SESSION, _OF_BARS["volume"], KNOWN_FROM, KNOWN_UNTIL),
    ("symbol", "session", "known_from"),
)
LISTED: Final = Table(
    "listed",
    f"one row per stock, dot and time during which the vendor listed it, {_ORDER}",
    (SYMBOL, _DATE, KNOWN_FROM, KNOWN_UNTIL, PARTITION, _RLST_KNOWN, _PATTERN_KNOWN),
    ("symbol", "date", "known_from"),
)
SEEN: Final = Table(
    "seen",
    "one row per stock and answer of the vendor, stocks by name, oldest first",
    (
        SYMBOL,
        Column("known", "moment", "When the vendor answered, else when the file was written.", "UTC"),
        PARTITION,
        Column(
            "modified", "moment", "When the file was last written; of two that were answered at once it decides.", "UTC"
        ),
        _OF_STOCKS["md5"],
        Column("stated", "text", "The stock by the name of its file: `symbol`, or an older one (renames.csv)."),
        _OF_STOCKS["timezone"],
        _OF_STOCKS["bars"],
        _OF_STOCKS["first_session"],
        _OF_STOCKS["last_session"],
        Column("first_dot", "date", "Oldest dot of the answer.", nullable=True),
        Column("last_dot", "date", "Newest dot of the answer.", nullable=True),
        _RLST_KNOWN,
        _PATTERN_KNOWN,
        *(_OF_STOCKS[name] for name in ("name", "is_etf", "is_asm", "is_gsm")),
    ),
    ("symbol", "known"),
)
FIRST_SEEN: Final = Table(
    "first",
    "one row per stock that was ever seen, stocks by name: its first answer, and when the last one came",
    (
        SYMBOL,
        Column("known", "moment", "Knowledge time of the first answer.", "UTC"),
        Column("last_session", "date", "Newest session of that answer."),
        _OF_STOCKS["timezone"],
        Column("last_known", "moment", "Knowledge time of the last answer.", "UTC"),
    ),
    ("symbol",),
)
BY_YEAR: Final = (VERSIONS, RATINGS, VOLUMES, SEEN)  # a file per calendar year: of the session, of the answer
STATE: Final = (*BY_YEAR, LISTED, FIRST_SEEN)


def with_place(day: str, *tables: pl.DataFrame) -> list[pl.DataFrame]:
    """The tables in the order of their stocks and days, with a number of each stock and day (`place`): all have the
    same of one."""
    names = pl.concat([one["symbol"].unique() for one in tables]).unique().sort()
    stock = pl.col("symbol").cast(pl.Enum(names)).to_physical().cast(pl.Int64)
    number = place_number(stock, pl.col(day).to_physical())
    return [one.with_columns(place=number).sort("place", maintain_order=True) for one in tables]
