"""Whether the files of an exchange give what files of the source format give: dots, numbers of the bars, names, flags.
A field that the vendor renamed or moved is absent from all of them at once, which no single file shows. Ratings of the
newest bars are in `session_counts`, values out of range in `validity`."""

from collections.abc import Collection, Iterator
from typing import Any, Final

import polars as pl

from bluedot_assets.kernel.checks.session_counts import newest_without
from bluedot_assets.kernel.checks.verdict import ErrorRule, Numbers, Rule, Verdict, rows_of
from bluedot_assets.kernel.source.nse_series import INDIAN_ZONES

DOTS_RULE: Final = ErrorRule(
    "dots_given", "The files of each exchange have dots; blocks when none of an exchange has a single one."
)
FIELDS_RULE: Final = Rule("fields_given", "Most stocks of an exchange have each field that files normally have.")
MOST: Final = 0.5  # of an exchange's stocks
# A stock has about 160 dots of four years, and about one file of ten has no list: that three files of three lack it is
# one chance in a thousand.
FEWEST_STOCKS: Final = 3
# A stock may have no base pattern yet: so many without one are no chance.
FEWEST_WITHOUT_PATTERN: Final = 10
PATTERN: Final = "chart.lastCompletedPattern"
# The fields that the stocks table shows, and that a partition before may have had.
SHOWN: Final = {
    "chart.peripheralData.name": pl.col("name").is_not_null(),
    "chart.peripheralData.isETF": pl.col("is_etf"),
    "chart.blueDotData.isASM": pl.col("is_asm"),
    "chart.blueDotData.isGSM": pl.col("is_gsm"),
    PATTERN: pl.col("base_pattern").is_not_null(),
}
FLAGS_OF_INDIA: Final = ("chart.blueDotData.isASM", "chart.blueDotData.isGSM")
OF_BARS: Final = ("volume", "bc")  # ratings are judged in `session_counts`
NO_STOCKS: Final = {
    "symbol": pl.String(),
    "name": pl.String(),
    "is_etf": pl.Boolean(),
    "is_asm": pl.Boolean(),
    "is_gsm": pl.Boolean(),
    "base_pattern": pl.String(),
}


def dots_given_verdict(stocks: pl.DataFrame, dots: pl.DataFrame, *, published: bool = True) -> Verdict:
    """Blocks when no file of an exchange has a usable dot in its whole history: then dots are elsewhere, and a day
    without them looks like any other. Of very few stocks (funds not counted) it is a warning, and so is a stock whose
    dots are all unusable. Where dots are not `published` nobody misses them."""
    if not published:
        return DOTS_RULE.unjudged("dots")
    counted = stocks.join(dots.group_by("symbol").agg(dots=pl.len()), on="symbol", how="left")
    counted = counted.with_columns(pl.col("dots").fill_null(0))
    named = {
        "exchange": pl.col("timezone").first(),
        "stocks": pl.len().cast(pl.String),
        "dots dropped": pl.sum("dropped_dots"),
    }
    markets = (
        counted.group_by("timezone")
        .agg(pl.col("dots").sum(), number=(~pl.col("is_etf")).sum(), **named)
        .sort("timezone")
    )
    empty = markets.filter(dots=0)
    unusable = counted.filter(pl.col("dots") == 0, pl.col("dropped_dots") > 0).join(empty, on="timezone", how="anti")
    unusable = unusable.sort("symbol").select(exchange="timezone", stocks="symbol", **{"dots dropped": "dropped_dots"})
    if empty.is_empty() and unusable.is_empty():
        without = counted.filter(dots=0).height
        message = f"Every exchange has dots; {without} of {counted.height} stocks never had one."
        return DOTS_RULE.passes(message, Numbers(0, counted.height))
    parts = [
        f"{count} stocks of {zone} have no dot at all" for zone, count in empty.select("timezone", "stocks").rows()
    ]
    if unusable.height:
        parts.append(f"of {unusable.height} stocks all dots are unusable, first: {unusable['stocks'][0]}")
    message = f"{'; '.join(parts)}. Has the vendor renamed or moved chart.blueDotData.dates?"
    blocks = not empty.filter(pl.col("number") >= FEWEST_STOCKS).is_empty()
    rows = rows_of(pl.concat([empty.select(unusable.columns), unusable]))
    numbers = Numbers(int(empty["number"].sum()) + unusable.height, counted.height)
    return (DOTS_RULE.fails if blocks else DOTS_RULE.warns)(message, rows, numbers)


def fields_given_verdict(
    given: pl.DataFrame,
    days: pl.DataFrame,
    stocks: pl.DataFrame,
    before: pl.DataFrame,
    published: Collection[str] = OF_BARS,
) -> Verdict:
    """A warning for every field that most stocks of an exchange lack. `given` as in `bars/given_fields`, `days` as in
    `session_counts`; `stocks` are this partition's (symbol, timezone), `before` those of the one before (NO_STOCKS). Of
    the bars' columns those are judged that a series is made of (`published`)."""
    rows = [
        *_of_bars(days, [one for one in OF_BARS if one in published]),
        *_of_stocks(given, _had_before(stocks, before)),
    ]
    if not rows:
        return FIELDS_RULE.passes("Most stocks of every exchange have every field.", Numbers(0))
    listed = "; ".join(
        f"{row['field']} ({row['lacking']} of {row['stocks']} stocks of {row['exchange']}"
        + (f"; {row['before']})" if row["before"] else ")")
        for row in rows
    )
    return FIELDS_RULE.warns(f"Not given: {listed}. Has the vendor renamed or moved it?", rows, Numbers(len(rows)))


def _of_bars(days: pl.DataFrame, columns: Collection[str]) -> Iterator[dict[str, Any]]:
    for column in columns:
        for row in newest_without(days, f"without_{column}"):
            earlier = f"{row['usual']} lacked it on the sessions before, " if row["usual"] else ""
            yield {
                "exchange": row["exchange"],
                "field": f"chart.prices.{column}",
                "lacking": row[f"without_{column}"],
                "stocks": row["stocks"],
                "before": f"{earlier}{row['of all bars']} of all bars lack it",
            }


def _of_stocks(given: pl.DataFrame, had: dict[tuple[str, str], int]) -> Iterator[dict[str, Any]]:
    for zone, field, stocks, lacking in given.sort("timezone", "field").rows():
        before = had.get((zone, field), 0)
        normal = zone in INDIAN_ZONES or field not in FLAGS_OF_INDIA or before > 0
        most = lacking > MOST * stocks
        if field == PATTERN:
            most = lacking == stocks and (stocks >= FEWEST_WITHOUT_PATTERN or before > MOST * stocks)
        if normal and most:
            known = f"{before} of these stocks had it" if (zone, field) in had else ""
            yield {"exchange": zone, "field": field, "lacking": lacking, "stocks": stocks, "before": known}


def _had_before(stocks: pl.DataFrame, before: pl.DataFrame) -> dict[tuple[str, str], int]:
    """By timezone and field, how many of the stocks had a value (a flag that was set) in the partition before."""
    both = before.join(stocks.select("symbol", "timezone"), on="symbol")
    counts = both.group_by("timezone").agg(had.sum().alias(field) for field, had in SHOWN.items())
    return {(row["timezone"], field): row[field] for row in counts.rows(named=True) for field in SHOWN}
