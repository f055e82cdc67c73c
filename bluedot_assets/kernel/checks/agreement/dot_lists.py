"""The two lists of dots that the vendor gives of one stock, in its daily and in its weekly file. The bars are in
`weekly_bars`, a list against the one of the partition before in `rewritten_history`."""

from typing import Final

import polars as pl

from bluedot_assets.kernel.checks.verdict import Numbers, Rule, Verdict, rows_of

RULE: Final = Rule("dots_agree", "A stock's weekly file lists the dots of its daily file.")
# Two answers of the vendor 43 minutes apart differ in three of 161 dots of a stock: that is no finding.
FEW: Final = 0.05  # of the dots of all stocks
MANY_OF_ONE: Final = 0.25  # of a stock's dots, and more than
FEWEST_OF_ONE: Final = 3  # of them


def dot_lists(weekly: pl.DataFrame, daily: pl.DataFrame, stocks: pl.DataFrame, of_daily: pl.DataFrame) -> pl.DataFrame:
    """The dots of stocks that both partitions have, between the days that both lists know (symbol, date, in_weekly,
    in_daily). A list knows what is not older than its first dot, where it is empty than the first bar. `weekly` and
    `daily` are tables of dots, `stocks` and `of_daily` the tables of stocks (symbol, first_session, last_session)."""
    window = _window(weekly, stocks).join(_window(daily, of_daily), on="symbol", suffix="_daily")
    known = window.select(
        "symbol",
        since=pl.max_horizontal("since", "since_daily"),
        until=pl.min_horizontal("last_session", "last_session_daily"),
    )
    return (
        weekly.with_columns(in_weekly=pl.lit(True))
        .join(daily.with_columns(in_daily=pl.lit(True)), on=["symbol", "date"], how="full", coalesce=True)
        .with_columns(pl.col("in_weekly", "in_daily").fill_null(False))
        .join(known, on="symbol")
        .filter(pl.col("date").is_between("since", "until"))
        .drop("since", "until")
    )


def _window(dots: pl.DataFrame, stocks: pl.DataFrame) -> pl.DataFrame:
    first = dots.group_by("symbol").agg(first=pl.col("date").min())
    found = stocks.join(first, on="symbol", how="left")
    return found.select("symbol", "last_session", since=pl.coalesce("first", "first_session"))


def dots_agree_verdict(key: str, lists: pl.DataFrame) -> Verdict:
    """A warning where the lists of a weekly partition and of the daily one of `key` differ in more than the vendor's
    lists do from hour to hour; `lists` is of `dot_lists`."""
    differs = pl.col("in_weekly") != pl.col("in_daily")
    counts = lists.group_by("symbol").agg(dots=pl.len(), differing=differs.sum())
    alone = counts.filter(pl.col("differing") > MANY_OF_ONE * pl.col("dots"), pl.col("differing") > FEWEST_OF_ONE)
    found = lists.filter(differs)
    if found.is_empty():
        return RULE.passes(f"The dots are those of the daily partition {key}.", Numbers(0, lists.height))
    ranked = found.join(alone.with_columns(first=pl.lit(True)), on="symbol", how="left")
    listed = ranked.sort("first", "date", "symbol", descending=[True, True, False], nulls_last=True)
    only = pl.when("in_daily").then(pl.lit("daily")).otherwise(pl.lit("weekly"))
    rows = rows_of(listed.select("symbol", "date", only.alias("only in")))
    message = f"{found.height} of {lists.height} dots stand in one list only, the weekly one or that of the daily "
    message += f"partition {key} ({int(found['in_daily'].sum())} in the daily one)."
    if alone.height:
        message += f" {alone.height} stocks have another list altogether, first: {rows[0]['symbol']}."
    numbers = Numbers(found.height, lists.height, share=found.height / lists.height, most_share=FEW)
    return RULE.judged(not alone.height and found.height <= FEW * lists.height, message, rows, numbers)
