"""The dashboard of a partition from its stored tables. What it says of them is decided in `kernel/site/dashboard`."""

from collections.abc import Mapping, Sequence

import polars as pl

from bluedot_assets.kernel.bars.tables import BARS, DOTS, STOCKS
from bluedot_assets.kernel.site.dashboard import Dashboard, make_dashboard, with_tickers
from bluedot_assets.pipeline.stage import Work
from bluedot_assets.pipeline.stages.bars import StoredBars


def bars_for_dashboard(bars: StoredBars) -> pl.DataFrame:
    """The columns that a dashboard needs."""
    return bars.table(BARS, "symbol", "session", "close", "rlst", "blue_dot")


def dashboard_of(
    work: Work, bars: StoredBars, tickers: Mapping[str, str | None], indicators: Sequence[str] = ()
) -> Dashboard:
    """The dashboard of the stored bars."""
    dashboard = make_dashboard(
        work.timeframe.name,
        work.key,
        sample=bars.facts.sample,
        indicators=indicators,
        stocks=bars.table(STOCKS),
        bars=bars_for_dashboard(bars),
        dots=bars.table(DOTS),
    )
    return with_tickers(dashboard, tickers)
