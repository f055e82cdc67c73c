"""What a file says of its own bars (chart.peripheralData) against these bars: the real files agree to the digit, so a
file that does not has bars of another day, another stock or another basis. What it says is read by
`bars/stated_values`."""

from typing import Final

import polars as pl

from bluedot_assets.kernel.bars.stated_values import FIELDS
from bluedot_assets.kernel.calendar.timeframes import DAILY, Timeframe
from bluedot_assets.kernel.checks.verdict import Numbers, Rule, Verdict, rows_of

RULE: Final = Rule("peripheral_agrees", "What a file says of its own bars (52 weeks' high and low, ...) is so.")
# A year of prices is 252 bars, 52 weeks or a calendar year: the extreme lies between those of these two windows.
SHORT_YEAR: Final = 350  # days
LONG_YEAR: Final = 375
MEAN_BARS: Final = 50
FEW: Final = 0.02  # of an exchange's stocks, and FEWEST on top: exchanges correct the previous close on an ex-date
FEWEST: Final = 2
MUCH: Final = 0.05  # of the value, of a rating 5 points: reported for a single stock
# A value that is rounded to two decimals is off by up to 0.005, which is no rounding where the price is below 5.
ROUNDED: Final = 0.005
PRICE_NOISE: Final = 1e-6
ROUNDED_SHARE: Final = 1e-3  # of a mean, and of a price below 5
OF_DAILY: Final = frozenset({"vol50ma", "prevPrice"})  # a weekly file says these of days, which it has no bars of
COMPARED: Final = {
    "symbol": pl.String(),
    "timezone": pl.String(),
    "field": pl.String(),
    "file": pl.Float64(),
    "bars": pl.Float64(),
    "off": pl.Float64(),
    "differs": pl.Boolean(),
}


def stated_against_bars(
    stated: pl.DataFrame, bars: pl.DataFrame, stocks: pl.DataFrame, unkept: pl.DataFrame, timeframe: Timeframe
) -> pl.DataFrame:
    """Each value that a file states beside that of its bars (columns: COMPARED; `off` is the share, of a rating a
    hundredth of the points). `bars` are the vendor's, oldest first; `unkept` are rows of the file that gave no bar. A
    stock whose file has such a row within the year, but for Holiday rows, is not compared: the vendor counts it."""
    own = _own_values(bars)
    lost = unkept.filter(pl.col("fate") != "holiday").group_by("symbol").agg(lost=pl.col("session").max())
    both = (
        stated.join(own, on="symbol")
        .join(stocks.select("symbol", "timezone"), on="symbol")
        .join(lost, on="symbol", how="left")
        .filter((pl.col("lost") < pl.col("newest") - pl.duration(days=LONG_YEAR)).fill_null(True))
    )
    parts = [pl.DataFrame(schema=COMPARED)]
    for field in FIELDS if timeframe is DAILY else [name for name in FIELDS if name not in OF_DAILY]:
        value = pl.when(pl.col(f"{field}_least").is_not_null()).then(
            pl.col(field).clip(f"{field}_least", f"{field}_most")
        )
        size = pl.lit(100.0) if field == "rsRating" else value
        distance = (pl.col(field) - value).abs()
        parts.append(
            both.select(
                "symbol",
                "timezone",
                field=pl.lit(field),
                file=pl.col(field),
                bars=value,
                off=distance / size,
                differs=distance > _tolerance(field, value),
            )
        )
    return pl.concat(parts).drop_nulls(["file", "bars"])


def _tolerance(field: str, value: pl.Expr) -> pl.Expr:
    if field == "rsRating":
        return pl.lit(0.5)
    if field == "vol50ma":
        return ROUNDED_SHARE * value
    return pl.min_horizontal(pl.lit(ROUNDED), ROUNDED_SHARE * value) + PRICE_NOISE * value


def _own_values(bars: pl.DataFrame) -> pl.DataFrame:
    """Per stock the least and the most that each value can be by its bars, null where they do not reach so far."""
    year = pl.col("age").max() >= LONG_YEAR
    short, long = (pl.col("age") <= days for days in (SHORT_YEAR, LONG_YEAR))
    volumes = pl.col("volume").tail(MEAN_BARS)
    mean = pl.when(volumes.count() == MEAN_BARS).then(volumes.mean())
    previous = pl.when(pl.len() > 1).then(pl.col("close").tail(2).first())
    rating = pl.col("rlst").last()
    ranges = {
        "week52High": (
            pl.when(year).then(pl.col("high").filter(short).max()),
            pl.when(year).then(pl.col("high").filter(long).max()),
        ),
        "week52Low": (
            pl.when(year).then(pl.col("low").filter(long).min()),
            pl.when(year).then(pl.col("low").filter(short).min()),
        ),
        **{"vol50ma": (mean, mean), "prevPrice": (previous, previous), "rsRating": (rating, rating)},
    }
    newest = pl.col("session").max()
    named = {
        f"{field}_{end}": value
        for field, pair in ranges.items()
        for end, value in zip(("least", "most"), pair, strict=True)
    }
    aged = bars.with_columns(age=(newest.over("symbol") - pl.col("session")).dt.total_days())
    return aged.group_by("symbol", maintain_order=True).agg(newest=newest, **named)


def peripheral_verdict(compared: pl.DataFrame) -> Verdict:
    """A warning where more than a few of an exchange's stocks state a value that their bars do not have, or a single
    one is off by MUCH; `compared` is of `stated_against_bars`."""
    if compared.is_empty():
        return RULE.passes("No file says anything of its own bars that could be compared.", Numbers(0, 0))
    differing = compared.filter("differs").sort(-pl.col("off"), "symbol", "field")
    stocks = compared["symbol"].n_unique()
    if differing.is_empty():
        return RULE.passes(f"What {stocks} files say of their own bars is so.", Numbers(0, stocks))
    counted = compared.group_by("timezone", "field").agg(stocks=pl.len(), differing=pl.col("differs").sum())
    often = counted.filter(pl.col("differing") > FEW * pl.col("stocks") + FEWEST)
    by_field = differing.group_by("field").len().sort("len", "field", descending=[True, False])
    fields = ", ".join(f"{field} of {count}" for field, count in by_field.rows())
    percent = (100 * pl.col("off")).round(2).alias("off by percent")
    rows = rows_of(differing.select("symbol", "field", "file", "bars", percent, exchange="timezone"))
    message = (
        f"Of {stocks} files {differing['symbol'].n_unique()} say of their own bars what these do not have: {fields}."
    )
    message += f" First: {rows[0]['symbol']}, {rows[0]['field']}."
    far = differing.filter(pl.col("off") > MUCH)
    numbers = Numbers(differing["symbol"].n_unique(), stocks)
    return RULE.judged(often.is_empty() and far.is_empty(), message, rows, numbers)
