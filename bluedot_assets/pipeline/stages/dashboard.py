"""The dashboard of a partition from its stored tables."""

from collections.abc import Mapping, Sequence

import polars as pl

from bluedot_assets.kernel.bars.tables import BARS, DOTS, STOCKS
from bluedot_assets.kernel.manifest import Manifest
from bluedot_assets.kernel.site.dashboard import Dashboard, make_dashboard, with_tickers
from bluedot_assets.pipeline.stage import Work
from bluedot_assets.pipeline.stages.bars import read_table


def bars_for_dashboard(work: Work, bars: Manifest) -> pl.DataFrame:
    """The columns that a dashboard needs."""
    return read_table(work, bars, BARS, ["symbol", "session", "close", "rlst", "blue_dot"])


def dashboard_of(
    work: Work,
    bars: Manifest,
    table: pl.DataFrame,
    tickers: Mapping[str, str | None],
    indicators: Sequence[str] = (),
) -> Dashboard:
    """`table` are the partition's bars, as above."""
    dashboard = make_dashboard(
        work.timeframe.name,
        work.key,
        sample=bars.facts["sample"],
        indicators=indicators,
        stocks=read_table(work, bars, STOCKS),
        bars=table,
        dots=read_table(work, bars, DOTS),
    )
    return with_tickers(dashboard, tickers)
