"""The history's published tables: each stock's bars on their newest basis, and the ledger of dots. What is known of
each day is decided in `merge`, which bars are on another basis in `adjustments`."""

from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
import polars as pl

from bluedot_assets.kernel.bars.dots import period_of
from bluedot_assets.kernel.bars.tables import BARS, SYMBOL, Column, Table
from bluedot_assets.kernel.calendar.first_open import next_weekday, opened_by
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.history.tables import with_place

RUN_SESSIONS: Final = 10  # weekdays without a dot, after which the next one is a first one
_WEEKDAYS_FROM: Final = np.datetime64("1970-01-01")
_PRICES: Final = ("open", "high", "low", "close")
_DECIMALS: Final = 6  # of a price on another basis
# Whether the history itself scales a bar's last version by an adjustment: the vendor did not restate it. A day that he
# restated others of, and no longer gave, is on the old basis too.
IS_SCALED: Final = (
    (pl.col("session") < pl.col("effective"))
    & (pl.col("known_from") < pl.col("known"))
    & ((pl.col("session") < pl.col("restated_from")) | (pl.col("known_until") <= pl.col("known")).fill_null(False))
)

HISTORY: Final = Table(
    "bars",
    "one row per stock and session that was ever seen, stocks by name, oldest session first, on the newest basis",
    (
        *(one for one in BARS.columns),
        Column("close_traded", "number", "Close as the vendor gave it first.", "currency of the stock", above=0),
        Column(
            "factor",
            "number",
            "What open, high, low and close were multiplied by since the vendor's last word.",
            above=0,
        ),
        Column("basis", "text", "`same` as the vendor's, `scaled` by factor, or `unknown` (an undecided adjustment)."),
        Column("first_known", "moment", "Knowledge time of the first answer that had the bar.", "UTC"),
        Column("revisions", "integer", "How often the vendor changed its prices or bc.", at_least=0),
        Column("partition", "text", "Key of the partition that its prices are from."),
    ),
    ("symbol", "session"),
)
LEDGER: Final = Table(
    "dots",
    "one row per stock and dot that was ever listed, stocks by name, oldest first",
    (
        SYMBOL,
        Column("date", "date", "Calendar date of the dot at the exchange."),
        Column("known", "moment", "Knowledge time of the first answer that listed it.", "UTC"),
        Column("withdrawn", "moment", "That of the answer that no longer did; null while it is listed.", "UTC", True),
        Column(
            "origin", "text", "`live`: known before the next open; else `hindsight`: of the first answer, or `late`."
        ),
        Column("run_day", "integer", "Its number in a run of dots; 1 = none in the 10 weekdays before.", at_least=1),
        Column("rlst_known", "number", "Newest rating of the stock when it was known.", "0 to 99", True),
        Column("pattern_known", "text", "Last completed base pattern when it was known.", nullable=True),
    ),
    ("symbol", "date"),
)


def in_force(known_by: datetime | pl.Expr | None = None) -> pl.Expr:
    """The rows of the state that say what the vendor gives now, or gave at that moment."""
    until = pl.col("known_until")
    if known_by is None:
        return until.is_null()
    return (pl.col("known_from") <= known_by) & (until.is_null() | (until > known_by))


def last_given(rows: pl.DataFrame, known_by: datetime | pl.Expr | None = None) -> pl.DataFrame:
    """Of each session the row that was last in force, now or at that moment, though an answer since has none of it.
    `rows` are in their order."""
    if known_by is not None:
        rows = rows.filter(pl.col("known_from") <= known_by)
    following = (pl.col(name) != pl.col(name).shift(-1) for name in ("symbol", "session"))
    return rows.filter(pl.any_horizontal(*following).fill_null(True))


def bars_of(
    versions: pl.DataFrame,
    ratings: pl.DataFrame,
    volumes: pl.DataFrame,
    listed: pl.DataFrame,
    adjustments: pl.DataFrame,
    timeframe: Timeframe,
    known_by: datetime | pl.Expr | None = None,
) -> pl.DataFrame:
    """HISTORY of the sessions in `versions`, from the tables of the state and all adjustments; with `known_by` as it
    was known at that moment, or at that of each stock (of `symbol`). What an answer lacks that covers the session is
    what the last one gave that had it; a dot is there while it is listed."""
    versions, ratings, volumes = with_place("session", versions, ratings, volumes)
    if known_by is not None:
        versions, adjustments = (
            rows.filter(pl.col(name) <= known_by) for rows, name in ((versions, "known_from"), (adjustments, "known"))
        )
    first = versions.group_by("place").agg(
        close_traded=pl.col("close").first(),
        first_known=pl.col("known_from").min(),
        revisions=pl.len().cast(pl.Int64) - 1,
    )
    days = versions.select(first=period_of("session", timeframe).min(), last=pl.col("session").max())
    last = pl.lit(days["last"].item(), pl.Date()) + timedelta(days=timeframe.days - 1)
    dotted = (
        listed.filter(in_force(known_by), pl.col("date").is_between(pl.lit(days["first"].item(), pl.Date()), last))
        .select("symbol", period=period_of("date", timeframe), blue_dot=pl.lit(True))
        .unique()
    )
    bars = (
        last_given(versions)
        .join(first, on="place")
        .join(last_given(ratings, known_by).select("place", "rlst"), on="place", how="left")
        .join(last_given(volumes, known_by).select("place", "volume"), on="place", how="left")
        .with_columns(period=period_of("session", timeframe))
        .join(dotted, on=["symbol", "period"], how="left")
        .with_columns(pl.col("blue_dot").fill_null(False))
    )
    return _on_newest_basis(bars, adjustments).sort("place").select(list(HISTORY.polars_schema))


def _on_newest_basis(bars: pl.DataFrame, adjustments: pl.DataFrame) -> pl.DataFrame:
    """With prices, volume, `factor` and `basis`: the vendor restates his window alone, older bars are scaled by what he
    did there."""
    met = (
        bars.select("symbol", "session", "place", "known_from", "known_until")
        .join(adjustments, on="symbol")
        .filter(IS_SCALED)
    )
    ratio, decided = pl.col("ratio"), pl.col("state") != "frozen"
    factors = met.group_by("place").agg(
        factor=ratio.filter(decided).product(),
        shares=ratio.filter(decided, "shares").product(),
        decided=decided.all(),
    )
    scaled = bars.join(factors, on="place", how="left").with_columns(
        pl.col("factor", "shares").fill_null(1.0), pl.col("decided").fill_null(True)
    )
    changed = pl.col("factor") != 1.0
    return scaled.with_columns(
        *(
            pl.when(changed)
            .then((pl.col(name) * pl.col("factor")).round(_DECIMALS))
            .otherwise(pl.col(name))
            .alias(name)
            for name in _PRICES
        ),
        volume=pl.when(pl.col("shares") != 1.0)
        .then((pl.col("volume") / pl.col("shares")).round().cast(pl.Int64))
        .otherwise(pl.col("volume")),
        basis=pl.when(~pl.col("decided"))
        .then(pl.lit("unknown"))
        .when(changed)
        .then(pl.lit("scaled"))
        .otherwise(pl.lit("same")),
    )


def ledger_of(listed: pl.DataFrame, first_seen: pl.DataFrame, timeframe: Timeframe) -> pl.DataFrame:
    """LEDGER of the stocks in `listed`; `first_seen` is FIRST_SEEN of these or more."""
    place = ["symbol", "date"]
    dots = (
        listed.sort(*place, "known_from")
        .group_by(place, maintain_order=True)
        .agg(
            known=pl.col("known_from").first(),
            withdrawn=pl.col("known_until").last(),
            **{name: pl.col(name).first() for name in ("rlst_known", "pattern_known")},
        )
        .join(first_seen.select("symbol", "timezone", first_known="known"), on="symbol")
    )
    period_end = period_of("date", timeframe) + timedelta(days=timeframe.days - 1)
    origin = (
        pl.when(next_weekday(period_end) > opened_by(dots["timezone"].unique()))
        .then(pl.lit("live"))
        .when(pl.col("known") == pl.col("first_known"))
        .then(pl.lit("hindsight"))
        .otherwise(pl.lit("late"))
    )
    dots = dots.with_columns(origin=origin).join(_run_days(dots, listed), on=place)
    return dots.select(list(LEDGER.polars_schema)).sort(place)


def _run_days(dots: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """The number of each dot (symbol, date, known) in its run, of those that were listed when it was known."""
    times: dict[str, dict[date, list[tuple[datetime, datetime | None]]]] = {}
    for symbol, day, known_from, until in listed.select("symbol", "date", "known_from", "known_until").iter_rows():
        times.setdefault(symbol, {}).setdefault(day, []).append((known_from, until))
    numbers = []
    for (symbol,), rows in dots.sort("symbol", "date").group_by("symbol", maintain_order=True):
        days = sorted(times[str(symbol)])
        weekdays = np.busday_count(_WEEKDAYS_FROM, np.array(days, dtype="datetime64[D]"))
        place = {day: at for at, day in enumerate(days)}
        for day, known in rows.select("date", "known").iter_rows():
            last = at = place[day]
            number = 1
            while at and weekdays[last] - weekdays[at - 1] <= RUN_SESSIONS:
                at -= 1
                if any(begin <= known and (end is None or end > known) for begin, end in times[str(symbol)][days[at]]):
                    number, last = number + 1, at
            numbers.append((symbol, day, number))
    return pl.DataFrame(numbers, {"symbol": pl.String(), "date": pl.Date(), "run_day": pl.Int64()}, orient="row")
