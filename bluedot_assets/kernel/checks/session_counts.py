"""How many stocks of an exchange have a bar, a rating and a dot on each session, and whether the newest session has an
unusual number. Whether they give one benchmark is in `benchmark`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

import msgspec
import polars as pl

from bluedot_assets.kernel.bars.tables import BARS
from bluedot_assets.kernel.checks.verdict import Numbers, Rule, Verdict

NAMED: Final = 3
USUAL_SESSIONS: Final = 60  # a quarter shows what is usual
FEWEST_SESSIONS: Final = 10
FAR_SHARE: Final = 0.10  # of the stocks, above the usual share
FAR_SPREADS: Final = 6.0  # robust standard deviations
LEAST_STOCKS: Final = 0.5  # of the usual number on a session
FEW_STOCKS: Final = 2  # a small exchange: so many more are chance
MOST_LACKING: Final = 0.5
MAD_TO_SIGMA: Final = 1.4826
RATINGS_RULE: Final = Rule("rlst_given", "The newest bars have as many ratings as usual.")
DOTS_RULE: Final = Rule("dots_as_usual", "Not far more stocks than usual have a dot on the newest bar.")


COUNTED: Final = ("stocks", "unrated", "dotted", "repeated", "without_volume", "without_bc")


def days_of(bars: pl.DataFrame, stocks: pl.DataFrame) -> pl.DataFrame:
    """For each timezone and session the number of stocks with a bar and, of them, `unrated` (no rlst), `dotted`, those
    without volume or bc, and those that repeat their bar before (`repeated`). `bars` are by stock, oldest first."""
    traded = ("open", "high", "low", "close", "volume")
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift()) for name in ("symbol", *traded))
    return (
        bars.with_columns(same=same)
        .join(stocks.select("symbol", "timezone"), on="symbol")
        .group_by("timezone", "session")
        .agg(
            stocks=pl.len().cast(pl.Int64),
            unrated=pl.col("rlst").null_count().cast(pl.Int64),
            dotted=pl.col("blue_dot").sum().cast(pl.Int64),
            repeated=pl.col("same").sum().cast(pl.Int64),
            **{f"without_{name}": pl.col(name).null_count().cast(pl.Int64) for name in ("volume", "bc")},
        )
    )


def sessions_of(days: pl.DataFrame) -> pl.DataFrame:
    """Those of `days` (timezone, session, stocks), oldest first, on which at least half as many stocks of the exchange
    as usual have a bar. A day on which few have one (one file that ran ahead) stands for none of the others: it is no
    session."""
    ordered = days.sort("timezone", "session")
    usual = ordered.group_by("timezone").agg(usual=pl.col("stocks").tail(USUAL_SESSIONS).median())
    return (
        ordered.join(usual, on="timezone", maintain_order="left")
        .filter(pl.col("stocks") >= LEAST_STOCKS * pl.col("usual"))
        .drop("usual")
    )


def newest_sessions(days: pl.DataFrame) -> dict[str, date]:
    """The newest session of each exchange, by timezone."""
    newest = sessions_of(days).group_by("timezone").agg(pl.col("session").max()).sort("timezone")
    return dict(newest.iter_rows())


class DotToday(msgspec.Struct, frozen=True):
    """A stock with a dot on the newest session of its exchange."""

    symbol: str
    session: date
    close: float
    rlst: float | None


def todays_dots(dotted: Iterable[pl.DataFrame], stocks: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """The stocks with a dot on the newest session of their exchange, the strongest first (the fields of DotToday).
    `dotted` are bars with a dot that are their stock's newest."""
    newest = pl.DataFrame(
        list(newest_sessions(days).items()), {"timezone": pl.String(), "session": pl.Date()}, orient="row"
    )
    columns = DotToday.__struct_fields__
    bars = pl.concat([BARS.empty(), *dotted]).select(columns).join(stocks.select("symbol", "timezone"), on="symbol")
    today = bars.join(newest, on=["timezone", "session"], how="semi").select(columns)
    return today.sort("rlst", "symbol", descending=[True, False], nulls_last=True)


def rlst_verdict(days: pl.DataFrame, *, published: bool = True) -> Verdict:
    """A warning where far more ratings than usual are null on the newest bars, or where most are null at all. Where
    they are not `published` nobody misses them."""
    if not published:
        return RATINGS_RULE.unjudged("rlst")
    rows = list(newest_without(days, "unrated"))
    numbers = _numbers(days, "unrated", rows)
    if not rows:
        return RATINGS_RULE.passes("The newest bars have about as many ratings as those before.", numbers)
    listed = "; ".join(f"{row['unrated']} of {row['stocks']} stocks of {row['exchange']}" for row in rows)
    return RATINGS_RULE.warns(f"No rlst on the newest bar: {listed}.", rows, numbers)


def newest_without(days: pl.DataFrame, what: str) -> Iterator[dict[str, Any]]:
    """The exchanges where far more stocks than usual lack something on the newest session, or most bars lack it."""
    for row, far in _newest_days(days, what):
        whole = days.filter(timezone=row["exchange"]).select(pl.col(what).sum() / pl.col("stocks").sum()).item()
        if row[what] > far or whole > MOST_LACKING:
            yield {**row, "of all bars": f"{whole:.1%}"}


def dots_share_verdict(days: pl.DataFrame) -> Verdict:
    """A warning where far more stocks than usual have a dot on the newest bar: a dot that most stocks have says
    nothing of any of them."""
    rows = [row for row, far in _newest_days(days, "dotted") if row["dotted"] > far]
    numbers = _numbers(days, "dotted", rows)
    if not rows:
        return DOTS_RULE.passes("The newest bars have no unusual number of dots.", numbers)
    listed = "; ".join(
        f"{row['dotted']} of {row['stocks']} stocks of {row['exchange']} on {row['session']}, usual are {row['usual']}"
        for row in rows
    )
    return DOTS_RULE.warns(f"Far more dots than usual: {listed}.", rows, numbers)


def _numbers(days: pl.DataFrame, what: str, found: Sequence[Mapping[str, Any]]) -> Numbers:
    """Stocks of the exchanges that were `found`, and the share and its limit of the one with the largest."""
    newest = list(_newest_days(days, what))
    if not newest:
        return Numbers(0)
    row, far = max(newest, key=lambda one: one[0][what] / one[0]["stocks"])
    return Numbers(
        sum(one[what] for one in found),
        sum(one["stocks"] for one, _ in newest),
        share=row[what] / row["stocks"],
        most_share=min(1.0, far / row["stocks"]),
    )


def _newest_days(days: pl.DataFrame, what: str) -> Iterator[tuple[dict[str, Any], float]]:
    """Each exchange's newest session as a row, and the number of stocks `what` from which on it is far above the
    usual."""
    for (zone,), of_zone in sessions_of(days).group_by("timezone", maintain_order=True):
        newest = of_zone.row(-1, named=True)
        usual, far = _usual(of_zone.head(of_zone.height - 1).tail(USUAL_SESSIONS), what, newest["stocks"])
        named = {"exchange": zone, "session": str(newest["session"])}
        share = None if usual is None else f"{usual:.1%}"
        yield {**named, what: newest[what], "stocks": newest["stocks"], "usual": share}, far


def _usual(before: pl.DataFrame, what: str, stocks: int) -> tuple[float | None, float]:
    """The usual share (None: nothing is usual yet), and the number of so many stocks from which on it is far above."""
    if before.height < FEWEST_SESSIONS:
        return None, float(stocks)  # nothing is unusual that has no past
    shares = before.select(share=pl.col(what) / pl.col("stocks"))["share"]
    usual = float(shares.median() or 0.0)  # type: ignore[arg-type]
    spread = MAD_TO_SIGMA * float((shares - usual).abs().median() or 0.0)  # type: ignore[arg-type]
    return usual, (usual + max(FAR_SHARE, FAR_SPREADS * spread)) * stocks + FEW_STOCKS
