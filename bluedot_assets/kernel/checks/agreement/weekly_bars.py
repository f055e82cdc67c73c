"""The vendor's weekly bars against the daily table, week by week, where that has every session. How a week's bar is
made of daily ones is in `bars/daily_weeks`, whether the two lists of dots agree in `dot_lists`."""

from datetime import date
from typing import Any, Final

import polars as pl

from bluedot_assets.kernel.bars.dots import period_of
from bluedot_assets.kernel.calendar.timeframes import WEEKLY
from bluedot_assets.kernel.checks.verdict import MAX_ROWS, Numbers, Rule, Verdict

RULE: Final = Rule("weekly_agrees_with_daily", "Weekly bars are those of the daily table, week by week.")
NOISE: Final = 1e-6  # relative; what a float loses in the vendor's sums
FIELDS: Final = ("open", "high", "low", "close", "volume", "rlst")
DIFFERENCES: Final = {
    "symbol": pl.String(),
    "week": pl.Date(),
    "field": pl.String(),
    "weekly": pl.Float64(),
    "daily": pl.Float64(),
    "off": pl.Float64(),
}


def week_differences(bars: pl.DataFrame, weeks: pl.DataFrame) -> pl.DataFrame:
    """Where the vendor's weekly `bars` are not those of `weeks_of` (columns: DIFFERENCES): `off` is the share of the
    daily value, of rlst a hundredth of the points. What either lacks is not compared, nor the volume of a stock's
    newest week: trades are reported late."""
    if weeks.is_empty():  # as in every daily partition
        return pl.DataFrame(schema=DIFFERENCES)
    both = weeks.join(
        bars.select("symbol", *FIELDS, week=period_of("session", WEEKLY)),
        on=["symbol", "week"],
        suffix="_weekly",
    )
    newest = pl.col("week") == pl.col("week").max().over("symbol")
    compared = {"volume": pl.col("same_volume") & ~newest, "rlst": pl.col("same_rlst")}
    parts = [pl.DataFrame(schema=DIFFERENCES)]
    for field in FIELDS:
        weekly, daily = pl.col(f"{field}_weekly").cast(pl.Float64), pl.col(field).cast(pl.Float64)
        size = pl.lit(100.0) if field == "rlst" else daily
        parts.append(
            both.filter((weekly - daily).abs() > NOISE * size, compared.get(field, pl.lit(True))).select(
                "symbol", "week", field=pl.lit(field), weekly=weekly, daily=daily, off=(weekly - daily) / size
            )
        )
    return pl.concat(parts)


def compared_weeks(bars: pl.DataFrame, weeks: pl.DataFrame) -> pl.DataFrame:
    """How many weeks of each stock could be compared (symbol, compared)."""
    both = bars.select("symbol", week=period_of("session", WEEKLY)).join(weeks, on=["symbol", "week"])
    return both.group_by("symbol").agg(compared=pl.len().cast(pl.Int64))


def weekly_verdict(key: str, weeks: pl.DataFrame, differing: pl.DataFrame, replaced: int | None) -> Verdict:
    """A warning where the vendor's weekly bars are not those of the daily table of `key`, unless bars are made from it:
    `replaced` says how many, None where BLUEDOT_WEEKLY_FROM is vendor. `weeks` is of `compared_weeks`."""
    compared, taken = int(weeks["compared"].sum()), replaced is not None
    if not compared:
        nothing = f"The daily table of {key} has no whole week of these stocks"
        used = ": the vendor's weekly bars are used, although BLUEDOT_WEEKLY_FROM is daily." if taken else "."
        return RULE.judged(not taken, nothing + used)
    result = f" {replaced} bars are made from the daily table." if taken else ""
    if differing.is_empty():
        message = f"The {compared} weekly bars that the daily table of {key} has whole agree with it."
        return RULE.passes(message + result, Numbers(0, compared))
    worst_first = differing.sort(-pl.col("off").abs(), "symbol", "week", "field")
    rows = [_described(row) for row in worst_first.head(MAX_ROWS).iter_rows(named=True)]
    bars = differing.select("symbol", "week").unique()
    worst = rows[0]
    message = f"{bars.height} of {compared} weekly bars, of {bars['symbol'].n_unique()} stocks in "
    message += f"{bars['week'].n_unique()} weeks, are not those of the daily table of {key}. Worst: {worst['symbol']} "
    message += f"{worst['week']}, {worst['field']} {worst['difference']}."
    return RULE.judged(taken, message + result, rows, Numbers(bars.height, compared))


def _described(row: dict[str, Any]) -> dict[str, Any]:
    points, off = row["field"] == "rlst", 100 * row.pop("off")
    return {**row, "week": WEEKLY.key_of(row["week"]), "difference": f"{off:+.2g} {'points' if points else '%'}"}


def no_daily_verdict(problem: str | None, *, wanted: bool, first: date) -> Verdict:
    """Where there is no daily table of the week: a warning when bars were to be made from it (`wanted`), or when it
    could not be read. `first` is the week's Monday."""
    if problem:
        return RULE.warns(f"The daily table of this week could not be read: {problem}")
    if not wanted:
        return RULE.passes("There is no daily table of this week in BLUEDOT_DATA to compare with.")
    message = (
        "BLUEDOT_WEEKLY_FROM is daily, and BLUEDOT_DATA has no daily table of this week: the vendor's weekly bars "
    )
    message += f"are used. Run the last daily partition of the week ({first} or later), then this one again."
    return RULE.warns(message)
