"""`dashboard.json`: what the pages show of every stock of one published folder, in one small file. A stock is an array
in the order of `columns`, for the names of fields would be half of the bytes. Hashes and sizes of the CSVs are in
`index`."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import msgspec
import polars as pl

from bluedot_assets.kernel.site.index import FLAGS, encoded_by_stock

RISE_BARS: Final = (5, 20)


class StockRow(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One stock. `previous` is the close of the bar before; `rlst_5` and `rlst_20` are the ratings that many of its
    bars ago. `dot_age` counts bars since the newest bar with a blue dot: 0 is the as-of bar, so a stock whose last bar
    is older never has 0; null without a dot on any bar."""

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


class Dashboard(msgspec.Struct, frozen=True, kw_only=True):
    """The folder `<timeframe>/<as_of>/` as pages show it; `session` is the newest bar that any of its stocks has."""

    schema_version: int = 1
    timeframe: str
    as_of: str
    session: date | None
    sample: bool
    indicators: list[str]
    timezones: list[str] = []
    watchlists: dict[str, int] = {}  # symbols by file name, of the folder's `watchlists/`
    columns: list[str] = msgspec.field(default_factory=lambda: list(StockRow.__struct_fields__))
    stocks: list[StockRow] = []

    def encoded(self) -> bytes:
        return encoded_by_stock(self, self.stocks)


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
    rows = (
        stocks.join(_of_bars(bars), on="symbol")
        .join(dots.group_by("symbol").agg(last_dot=pl.col("date").max()), on="symbol", how="left")
        .join(_sessions_after(bars), left_on="last_session", right_on="session", how="left")
        .sort("symbol")
        .select(
            *("symbol", "name", "close", "previous", "rlst", "rlst_5", "rlst_20", "last_dot"),
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
        session=bars["session"].max() if bars.height else None,  # type: ignore[arg-type]
        sample=sample,
        indicators=list(indicators),
        timezones=zones,
        stocks=[StockRow(**row) for row in rows.iter_rows(named=True)],
    )


def with_tickers(dashboard: Dashboard, tickers: Mapping[str, str | None]) -> Dashboard:
    """The dashboard with each stock's ticker, by symbol."""
    rows = [msgspec.structs.replace(stock, ticker=tickers.get(stock.symbol)) for stock in dashboard.stocks]
    return msgspec.structs.replace(dashboard, stocks=rows)


def _of_bars(bars: pl.DataFrame) -> pl.DataFrame:
    """Per stock its newest values, those of some bars ago, and its own bars after the newest one with a dot."""
    places = pl.int_range(pl.len())
    ago = {f"rlst_{bars_ago}": pl.col("rlst").get(-bars_ago - 1, null_on_oob=True) for bars_ago in RISE_BARS}
    return bars.group_by("symbol").agg(
        close=pl.col("close").last(),
        previous=pl.col("close").get(-2, null_on_oob=True),
        rlst=pl.col("rlst").last(),
        after_dot=pl.len() - 1 - places.filter(pl.col("blue_dot")).max(),
        **ago,
    )


def dotted_on(bars: pl.DataFrame) -> dict[str, date]:
    """The session of each stock's newest bar with a blue dot; `bars` as for the dashboard."""
    newest = bars.filter(pl.col("blue_dot")).group_by("symbol").agg(pl.col("session").max())
    return dict(newest.iter_rows())


def _sessions_after(bars: pl.DataFrame) -> pl.DataFrame:
    """For each session of the folder, how many are newer: what a stock that ends there has missed."""
    sessions = bars.select(pl.col("session").unique()).sort("session", descending=True)
    return sessions.with_columns(missed=pl.int_range(pl.len()))
