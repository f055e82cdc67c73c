"""`dashboard.json`: what the pages show of every stock of one published folder, in one small file. A stock is an array
in the order of `columns`, for the names of fields would be half of the bytes. Hashes and sizes of the CSVs are in
`index`."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Final

import msgspec
import polars as pl
from msgspec import Meta

from bluedot_assets.kernel.bars.ratings import RATINGS, KnownRating, NewestBars, last_known_ratings
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES
from bluedot_assets.kernel.checks.session_counts import newest_sessions, sessions_of
from bluedot_assets.kernel.site.index import FLAGS, StockEntry, encoded_by_stock
from bluedot_assets.kernel.stored.manifest import StoredObject
from bluedot_assets.kernel.stored.versions import SchemaVersion, decode


class StockRow(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One stock. `previous` is the close of the bar before; `rlst` the last known rating as of its last bar, `rlst_5`
    and `rlst_20` those of so many bars ago. `dot_age` counts bars since the newest bar with a
    blue dot: 0 is its exchange's newest session, so a stock whose last bar is older never has 0; null without a dot on
    any bar."""

    symbol: Annotated[str, Meta(description="As its files are named.")]
    name: Annotated[str | None, Meta(description="The company's.")]
    zone: Annotated[int, Meta(description="Place of its exchange's timezone in the file's `timezones`, from 0.")]
    last: Annotated[date, Meta(description="Session of its newest bar.")]
    close: Annotated[float, Meta(description="Of that bar, in the stock's currency.")]
    previous: Annotated[float | None, Meta(description="The close of the bar before.")]
    rlst: Annotated[float | None, Meta(description="The last known relative strength, 0 to 99.")]
    rlst_5: Annotated[float | None, Meta(description="That of 5 bars ago.")]
    rlst_20: Annotated[float | None, Meta(description="That of 20 bars ago.")]
    dot_age: Annotated[
        int | None,
        Meta(description="Bars since the newest bar with a dot; 0 is its exchange's newest session, null no dot."),
    ]
    last_dot: Annotated[
        date | None, Meta(description="Calendar date of the newest blue dot; before the first bar too.")
    ]
    etf: Annotated[int, Meta(description="1 is a fund.")]
    asm: Annotated[int, Meta(description="1 is under the exchange's additional surveillance.")]
    gsm: Annotated[int, Meta(description="1 is under its graded surveillance.")]
    pattern: Annotated[str | None, Meta(description="The vendor's name of the base.")]
    ticker: Annotated[
        str | None, Meta(description="At TradingView, EXCHANGE:TICKER; null when nothing maps the stock.")
    ] = None
    rlst_date: Annotated[
        date | None, Meta(description="The session that `rlst` is of; null where that is the newest bar's.")
    ] = None
    dot_bar: Annotated[
        date | None,
        Meta(description="Session of the newest bar with a dot; null where that is `last_dot`, or no bar has one."),
    ] = None

    @property
    def dotted(self) -> date | None:
        """The session of its newest bar with a dot."""
        return None if self.dot_age is None else self.dot_bar or self.last_dot


# Columns that a folder has only where a stock needs them, and what stands before.
_AT_NEED: Final = ("rlst_date", "dot_bar")
_OF_ENTRIES: Final = ("symbol", "name", "last", "close", "rlst", "rlst_date", "last_dot", "pattern")  # as the index has
UNDATED: Final = StockRow.__struct_fields__.index(_AT_NEED[0])


class Dashboard(msgspec.Struct, frozen=True, kw_only=True):
    """The folder `<timeframe>/<as_of>/` as pages show it. Each exchange has its own newest session: in India's evening
    New York is still trading, and its stocks end on the day before. `session` is the newest of them all."""

    schema_version: SchemaVersion = 1
    timeframe: Annotated[str, Meta(description="`daily` or `weekly`.")]
    as_of: Annotated[str, Meta(description="2024-08-02 or 2024-W31.")]
    session: Annotated[date | None, Meta(description="The newest of all exchanges.")]
    sample: Annotated[bool, Meta(description="Made-up data.")]
    indicators: Annotated[list[str], Meta(description="Those that are published.")]
    timezones: Annotated[list[str], Meta(description="Of the exchanges.")] = []
    sessions: Annotated[
        dict[str, date] | msgspec.UnsetType, Meta(description="The newest session by timezone, where they differ.")
    ] = msgspec.UNSET
    watchlists: Annotated[dict[str, int], Meta(description="Symbols by file name, of the folder's `watchlists/`.")] = {}
    columns: Annotated[list[str], Meta(description="What the places of a stock's array are.")] = msgspec.field(
        default_factory=lambda: [*StockRow.__struct_fields__[:UNDATED]]
    )
    stocks: Annotated[list[StockRow], Meta(description="By symbol.")] = []

    def __post_init__(self) -> None:
        """Raises ValueError, which is a DecodeError to who reads a file: a column that comes later has its place behind
        these."""
        ours = StockRow.__struct_fields__
        if bad := [one for one, right in zip(self.columns, ours, strict=False) if one != right]:
            raise ValueError(f"its column {bad[0]!r} stands where another belongs")

    def encoded(self) -> bytes:
        """Without the last columns that no stock needs: so a folder of an earlier version stays what it is."""
        needed = [any(getattr(stock, name) for stock in self.stocks) for name in _AT_NEED]
        count = UNDATED + max((place for place, used in enumerate(needed, 1) if used), default=0)
        file = msgspec.structs.replace(self, columns=[*StockRow.__struct_fields__[:count]])
        return encoded_by_stock(file, [msgspec.structs.astuple(stock)[:count] for stock in self.stocks])

    @property
    def newest(self) -> dict[str, date]:
        """The newest session of each exchange, by timezone."""
        if self.session is None:
            return {}
        return dict.fromkeys(self.timezones, self.session) | (self.sessions or {})


def decode_dashboard(content: bytes) -> Dashboard:
    """Raises msgspec.DecodeError when `content` is no dashboard, NewerVersion."""
    return decode(Dashboard, content, "The site's dashboard.json")


def make_dashboard(
    timeframe: str,
    as_of: str,
    *,
    sample: bool,
    indicators: Sequence[str],
    stocks: pl.DataFrame,
    bars: NewestBars,
    dots: pl.DataFrame,
) -> Dashboard:
    """The dashboard of the tables `stocks`, `bars` and `dots`; without tickers."""
    zones = sorted(stocks["timezone"].unique())
    newest = newest_sessions(bars.days)
    dotted = bars.dotted.select("symbol", dotted="session", after_dot="after")
    rows = (
        stocks.join(_closes(bars.bars), on="symbol")
        .join(dotted, on="symbol", how="left")
        .join(last_known_ratings(bars, stocks, TIMEFRAMES[timeframe]), on="symbol")
        .join(dots.group_by("symbol").agg(last_dot=pl.col("date").max()), on="symbol", how="left")
        .join(_sessions_missed(stocks, sessions_of(bars.days)), on=["timezone", "last_session"])
        .sort("symbol")
        .select(
            *("symbol", "name", "close", "previous", "last_dot", "rlst_date", *RATINGS),
            dot_bar=pl.when(pl.col("dotted") != pl.col("last_dot")).then("dotted"),
            zone=pl.col("timezone").replace_strict(zones, range(len(zones)), return_dtype=pl.Int64),
            last="last_session",
            dot_age=pl.col("after_dot") + pl.col("missed"),
            pattern="base_pattern",
            **{flag: pl.col(f"is_{flag}").cast(pl.Int64) for flag in FLAGS},
        )
    )
    return Dashboard(
        timeframe=timeframe,
        as_of=as_of,
        session=max(newest.values(), default=None),
        sample=sample,
        indicators=list(indicators),
        timezones=zones,
        sessions=newest if len(set(newest.values())) > 1 else msgspec.UNSET,
        stocks=[StockRow(**row) for row in rows.iter_rows(named=True)],
    )


def with_tickers(dashboard: Dashboard, tickers: Mapping[str, str | None]) -> Dashboard:
    """The dashboard with each stock's ticker, by symbol."""
    rows = [msgspec.structs.replace(stock, ticker=tickers.get(stock.symbol)) for stock in dashboard.stocks]
    return msgspec.structs.replace(dashboard, stocks=rows)


def with_ratings(dashboard: Dashboard, ratings: Mapping[str, KnownRating]) -> Dashboard:
    """The dashboard with the ratings of those stocks, by symbol."""
    rows = [
        msgspec.structs.replace(stock, **known.values) if (known := ratings.get(stock.symbol)) else stock
        for stock in dashboard.stocks
    ]
    return msgspec.structs.replace(dashboard, stocks=rows)


def stock_entries(
    dashboard: Dashboard, stocks: pl.DataFrame, csvs: Mapping[str, Sequence[StoredObject | None]]
) -> list[StockEntry]:
    """The entries of the index of its folder, with more from the table `stocks` and each symbol's CSVs in the order of
    the indicators."""
    columns = stocks.select("symbol", "md5", rows="bars", first="first_session")
    more = {row.pop("symbol"): row for row in columns.iter_rows(named=True)}
    return [
        StockEntry(
            **more[row.symbol],
            **{name: getattr(row, name) for name in _OF_ENTRIES},
            etf=bool(row.etf),
            asm=bool(row.asm),
            gsm=bool(row.gsm),
            sha256=[csv.sha256 if csv else None for csv in csvs[row.symbol]],
            bytes=[csv.bytes if csv else None for csv in csvs[row.symbol]],
        )
        for row in dashboard.stocks
    ]


def _closes(bars: pl.DataFrame) -> pl.DataFrame:
    """Per stock its newest closes."""
    close = pl.col("close")
    return bars.group_by("symbol").agg(close=close.last(), previous=close.get(-2, null_on_oob=True))


def _sessions_missed(stocks: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """For each exchange and last bar of a stock, how many of its sessions are newer."""
    last = ["timezone", "last_session"]
    newer = (pl.col("session") > pl.col("last_session")).sum()
    return stocks.select(last).unique().join(sessions, on="timezone").group_by(last).agg(missed=newer)
