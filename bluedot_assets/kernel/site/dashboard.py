"""`dashboard.json`: what the pages show of every stock of one published folder, in one small file. A stock is an array
in the order of `columns`, for the names of fields would be half of the bytes. Hashes and sizes of the CSVs are in
`index`."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import msgspec
import polars as pl

from bluedot_assets.kernel.bars.ratings import RATINGS, KnownRating, last_known_ratings
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES
from bluedot_assets.kernel.checks.session_counts import newest_sessions, sessions_of, stocks_by_session
from bluedot_assets.kernel.site.index import FLAGS, StockEntry, encoded_by_stock


class StockRow(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One stock. `previous` is the close of the bar before; `rlst` the last known rating as of its last bar, `rlst_5`
    and `rlst_20` those of so many bars ago (`kernel/bars/ratings`). `dot_age` counts bars since the newest bar with a
    blue dot: 0 is its exchange's newest session, so a stock whose last bar is older never has 0; null without a dot on
    any bar."""

    symbol: str
    name: str | None
    zone: int  # place in the file's `timezones`
    last: date
    close: float
    previous: float | None
    rlst: float | None
    rlst_5: float | None
    rlst_20: float | None
    dot_age: int | None
    last_dot: date | None  # calendar date; before the first bar too
    etf: int  # flags are 1 or 0
    asm: int
    gsm: int
    pattern: str | None
    ticker: str | None = None  # at TradingView, EXCHANGE:TICKER; null when nothing maps the stock
    rlst_date: date | None = None  # the session that `rlst` is of; null where that is the last bar's


UNDATED: Final = StockRow.__struct_fields__.index("rlst_date")  # columns of a folder whose ratings need no date


class Dashboard(msgspec.Struct, frozen=True, kw_only=True):
    """The folder `<timeframe>/<as_of>/` as pages show it. Each exchange has its own newest session: in India's evening
    New York is still trading, and its stocks end on the day before. `session` is the newest of them all."""

    schema_version: int = 1
    timeframe: str
    as_of: str
    session: date | None
    sample: bool
    indicators: list[str]
    timezones: list[str] = []
    sessions: dict[str, date] | msgspec.UnsetType = msgspec.UNSET  # by timezone, where they differ
    watchlists: dict[str, int] = {}  # symbols by file name, of the folder's `watchlists/`
    columns: list[str] = msgspec.field(default_factory=lambda: [*StockRow.__struct_fields__[:UNDATED]])
    stocks: list[StockRow] = []

    def encoded(self) -> bytes:
        """Without the dates of ratings where there are none: so a folder of an earlier version stays what it is."""
        count = None if any(stock.rlst_date for stock in self.stocks) else UNDATED
        file = msgspec.structs.replace(self, columns=[*StockRow.__struct_fields__[:count]])
        return encoded_by_stock(file, [msgspec.structs.astuple(stock)[:count] for stock in self.stocks])

    @property
    def newest(self) -> dict[str, date]:
        """The newest session of each exchange, by timezone."""
        if self.session is None:
            return {}
        return dict.fromkeys(self.timezones, self.session) | (self.sessions or {})


def decode_dashboard(content: bytes) -> Dashboard:
    """Raises msgspec.DecodeError when `content` is no dashboard."""
    return msgspec.json.decode(content, type=Dashboard)


def make_dashboard(
    timeframe: str,
    as_of: str,
    *,
    sample: bool,
    indicators: Sequence[str],
    stocks: pl.DataFrame,
    bars: pl.DataFrame,
    dots: pl.DataFrame,
) -> Dashboard:
    """The dashboard of the tables `stocks`, `bars` (symbol, session, close, rlst, blue_dot suffice; oldest first) and
    `dots`; without tickers."""
    zones = sorted(stocks["timezone"].unique())
    days = stocks_by_session(bars, stocks)
    newest = newest_sessions(days)
    rows = (
        stocks.join(_of_bars(bars), on="symbol")
        .join(last_known_ratings(bars, stocks, TIMEFRAMES[timeframe]), on="symbol")
        .join(dots.group_by("symbol").agg(last_dot=pl.col("date").max()), on="symbol", how="left")
        .join(_sessions_missed(stocks, sessions_of(days)), on="symbol")
        .sort("symbol")
        .select(
            *("symbol", "name", "close", "previous", "last_dot", "rlst_date", *RATINGS),
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


def rated_entries(entries: Sequence[StockEntry], dashboard: Dashboard) -> list[StockEntry]:
    """The entries of an index with the ratings of its folder's dashboard."""
    rated = {stock.symbol: stock for stock in dashboard.stocks}
    return [
        msgspec.structs.replace(one, rlst=rated[one.symbol].rlst, rlst_date=rated[one.symbol].rlst_date)
        for one in entries
    ]


def _of_bars(bars: pl.DataFrame) -> pl.DataFrame:
    """Per stock its newest closes, and its own bars after the newest one with a dot."""
    places = pl.int_range(pl.len())
    return bars.group_by("symbol").agg(
        close=pl.col("close").last(),
        previous=pl.col("close").get(-2, null_on_oob=True),
        after_dot=pl.len() - 1 - places.filter(pl.col("blue_dot")).max(),
    )


def dotted_on(bars: pl.DataFrame) -> dict[str, date]:
    """The session of each stock's newest bar with a blue dot; `bars` as for the dashboard."""
    newest = bars.filter(pl.col("blue_dot")).group_by("symbol").agg(pl.col("session").max())
    return dict(newest.iter_rows())


def _sessions_missed(stocks: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """How many sessions of its exchange are newer than a stock's last bar."""
    newer = (pl.col("session") > pl.col("last_session")).sum()
    return stocks.join(sessions, on="timezone").group_by("symbol").agg(missed=newer)
