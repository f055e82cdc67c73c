"""What the vendor says of the past otherwise than in the partition before: bars that were rewritten, left out or put
in, and dots that were added or withdrawn. Stocks that came or went are in `continuity`."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import polars as pl

from bluedot_assets.kernel.bars.price_text import ratio_text
from bluedot_assets.kernel.checks.continuity import some_of
from bluedot_assets.kernel.checks.verdict import Numbers, Rule, Verdict, rows_of

VALUES: Final = ("open", "high", "low", "close", "volume", "rlst", "bc")
COMPARED: Final = ("symbol", "session", *VALUES)
SAME: Final = 1e-9  # relative; what a decimal loses on its way
FEWEST_BARS: Final = 3  # one or two equal ratios are chance
MOST_BARS: Final = 0.9  # of the older bars: an adjustment changes all of them
LISTED: Final = timedelta(days=4 * 365)  # the vendor's lists of dots reach back further
NONE_LEFT: Final = "withdrawn, and none is left"
BARS_RULE: Final = Rule("bars_as_before", "Past bars are those of the partition before: no split, no correction.")
DOTS_RULE: Final = Rule("dots_as_before", "No dot of a past date was added or withdrawn.")
EVEN: Final = 0.25  # spread against the ratio's distance from 1: prices are rounded to ticks


def rewritten_bars(now: pl.DataFrame, before: pl.DataFrame, *, whole: bool = True) -> pl.DataFrame:
    """Stocks whose bars differ from those of the partition before: numbers of bars `changed`, `withdrawn`, `added`, and
    of those that both have up to the newest changed one (`older`); first and last changed; fields; median `ratio` of
    close now / close before and its relative `spread`. `before` has the columns COMPARED or some of them, also of other
    stocks; not `whole`: some bars of each stock only. The newest bar's volume is not compared, for trades are reported
    late."""
    fields = [name for name in VALUES if name in before.columns]
    known = before.join(now.select("symbol").unique(), on="symbol", how="semi")
    known = known.with_columns(newest=pl.col("session") == pl.col("session").max().over("symbol"), had=pl.lit(True))
    either = now.select("symbol", "session", *fields, has=pl.lit(True)).join(
        known, on=["symbol", "session"], how="full", coalesce=True, suffix="_before"
    )
    either = either.with_columns(pl.col("has", "had", "newest").fill_null(False))
    counted = _counted(either, fields, whole)
    return counted.filter(pl.sum_horizontal("changed", "withdrawn", "added") > 0).sort("symbol")


def _counted(either: pl.DataFrame, fields: Sequence[str], whole: bool) -> pl.DataFrame:
    """Per stock how many of the bars that both have differ, in what, and by which ratio of the closes; and how many
    bars inside both windows only one of them has. `either` are the bars of now and before, side by side."""
    both, session = pl.col("has") & pl.col("had"), pl.col("session")
    differs = {name: both & _differs(name) for name in fields}
    if "volume" in differs:
        differs["volume"] &= ~pl.col("newest")
    marked = either.with_columns(
        changed=pl.any_horizontal(*differs.values()), **{f"_{name}": differs[name] for name in fields}
    )
    last = session.filter("changed").max()
    ratio = (pl.col("close") / pl.col("close_before")).filter(pl.col("_close"))
    named = [pl.when(pl.col(f"_{name}").any()).then(pl.lit(name)) for name in fields]
    return marked.group_by("symbol").agg(
        changed=pl.col("changed").sum().cast(pl.Int64),
        first=session.filter("changed").min(),
        last=last,
        fields=pl.concat_str(named, separator=" ", ignore_nulls=True).first(),
        older=(both & (session <= last)).sum().cast(pl.Int64),
        ratio=ratio.median(),
        spread=(ratio.max() - ratio.min()) / ratio.median(),
        withdrawn=(~pl.col("has") & _within("has")).sum().cast(pl.Int64),
        added=(~pl.col("had") & _within("had") & whole).sum().cast(pl.Int64),
    )


def _differs(name: str) -> pl.Expr:
    now, before = pl.col(name), pl.col(f"{name}_before")
    far = ((now - before).abs() > SAME * pl.max_horizontal(now.abs(), before.abs())).fill_null(False)
    return far | (now.is_null() != before.is_null())


def _within(rows: str) -> pl.Expr:
    """Whether a bar lies between the first and the last of those rows; of its stock, in an aggregation."""
    session = pl.col("session")
    return session.is_between(session.filter(rows).min(), session.filter(rows).max())


def bars_as_before_verdict(before: str, rewritten: pl.DataFrame, *, whole: bool = True) -> Verdict:
    """A warning for every stock whose past bars are not those of the partition `before`."""
    found = sorted(rewritten.iter_rows(named=True), key=lambda row: not _is_adjustment(row))
    rows = [_described(row) for row in found]
    extent = "" if whole else ", as far as the site shows them (each stock's newest bar)"
    if not rows:
        return BARS_RULE.passes(f"The bars of {before} are unchanged{extent}.", Numbers(0))
    adjusted = sum(map(_is_adjustment, found))
    message = f"The past bars of {len(rows)} stocks are not those of {before}{extent}: {adjusted} look like a split or "
    message += f"an adjustment, {len(rows) - adjusted} like corrections. First: {rows[0]['symbol']}."
    return BARS_RULE.warns(message, rows, Numbers(len(rows)))


def _described(row: dict[str, Any]) -> dict[str, str]:
    number = {name: row[name] for name in ("changed", "withdrawn", "added") if row[name]}
    return {
        "symbol": str(row["symbol"]),
        "what": _what(row),
        "bars": ", ".join(f"{count} {word}" for word, count in number.items()),
        "fields": str(row["fields"]),
        "first": str(row["first"] or ""),
        "last": str(row["last"] or ""),
    }


def _is_whole(row: dict[str, Any]) -> bool:
    """Whether nearly all older bars changed."""
    known = row["ratio"] is not None and row["spread"] is not None
    return known and bool(row["changed"] >= max(FEWEST_BARS, MOST_BARS * row["older"]))


def _is_adjustment(row: dict[str, Any]) -> bool:
    """Whether nearly all older bars changed by one factor, as after a split."""
    return _is_whole(row) and bool(row["spread"] <= EVEN * abs(row["ratio"] - 1))


def _what(row: dict[str, Any]) -> str:
    if _is_adjustment(row):
        return f"split or adjustment, prices x {ratio_text(row['ratio'])}"
    if _is_whole(row):
        return "correction of all older bars"
    single = row["ratio"] is not None and row["changed"] == 1
    return "correction" + (f" (close x {ratio_text(row['ratio'])})" if single else "")


def changed_dots(
    now: pl.DataFrame, before: pl.DataFrame, known: pl.DataFrame, stocks: pl.DataFrame, *, whole: bool = True
) -> pl.DataFrame:
    """Dots of past dates that are missing from one of the partitions (symbol, date, change, dots). `now` and `before`
    are tables of dots, `known` the last session that the partition before knew of each stock (symbol, last_session),
    `stocks` this one's (symbol, first_session, last_session); not `whole`: `before` has each stock's newest dot only.
    The vendor's list slides: what is older than its first dot, where it is empty than LISTED and the first bar, is
    forgotten, not withdrawn. A stock that has none left is one row with the newest of its `dots`. The dots of a stock
    that vanished are not withdrawn: `stocks_as_before` reports it."""
    place = ["symbol", "date"]
    newest = before.group_by("symbol").agg(known=pl.col("date").max())
    added = (
        now.join(before, on=place, how="anti")  # first, for it leaves few of millions
        .join(known.select("symbol", "last_session"), on="symbol")
        .join(newest, on="symbol", how="left")
        .filter(pl.col("date") <= pl.col("last_session"))
        .filter(pl.lit(whole) | pl.col("known").is_null() | (pl.col("date") > pl.col("known")))
        .select(*place, change=pl.lit("added"), dots=pl.lit(1, pl.Int64))
    )
    return pl.concat([added, *_withdrawn(now, before, stocks)]).sort(
        "dots", "date", "symbol", descending=[True, True, False]
    )


def _withdrawn(now: pl.DataFrame, before: pl.DataFrame, stocks: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Single dots, and the stocks that have none left."""
    listed = pl.min_horizontal("first_session", pl.col("last_session") - LISTED)
    gone = (
        before.join(now, on=["symbol", "date"], how="anti")
        .join(stocks.select("symbol", "first_session", "last_session"), on="symbol")
        .join(now.group_by("symbol").agg(first=pl.col("date").min()), on="symbol", how="left")
        .filter(pl.col("date") >= pl.coalesce("first", listed))
    )
    single = gone.filter(pl.col("first").is_not_null())
    emptied = gone.filter(pl.col("first").is_null()).group_by("symbol")
    return (
        single.select("symbol", "date", change=pl.lit("withdrawn"), dots=pl.lit(1, pl.Int64)),
        emptied.agg(date=pl.col("date").max(), change=pl.lit(NONE_LEFT), dots=pl.len().cast(pl.Int64)),
    )


def dots_as_before_verdict(before: str, changed: pl.DataFrame, *, whole: bool = True) -> Verdict:
    """A warning where the vendor changed which past days had a dot: what was traded on is not what is shown now."""
    extent = "" if whole else ", as far as the site shows them (each stock's newest dot)"
    if changed.is_empty():
        return DOTS_RULE.passes(f"The dots of {before} are unchanged{extent}.", Numbers(0))
    added = changed.filter(change="added").height
    emptied = changed.filter(change=NONE_LEFT)["symbol"].to_list()
    rows = rows_of(changed)
    message = f"Since {before} the vendor added {added} dots to past dates and withdrew "
    message += f"{changed['dots'].sum() - added}{extent}. First: {rows[0]['symbol']} {rows[0]['date']}."
    if emptied:
        message += f" {len(emptied)} stocks have none left (chart.blueDotData.dates): {some_of(emptied, 5)}."
    return DOTS_RULE.warns(message, rows, Numbers(int(changed["dots"].sum())))
