"""What a partition brought to the history, and the rules by which that is judged: read from the history's files, so
that it is the same whenever it is asked."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

import msgspec
import polars as pl

from bluedot_assets.kernel.bars.price_text import ratio_text
from bluedot_assets.kernel.calendar.sessions import TradingDays
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.checks.verdict import Numbers, Rule, Verdict, rows_of
from bluedot_assets.kernel.history.adjustments import ADJUSTMENTS
from bluedot_assets.kernel.history.decisions import SETTING
from bluedot_assets.kernel.history.published import LEDGER
from bluedot_assets.kernel.history.tables import VERSIONS
from bluedot_assets.kernel.history.update import Book, File

CONTINUES: Final = Rule("history_continues", "What the vendor changed of past prices is explained by one ratio.")
COVERS: Final = Rule("history_covers", "No session lies between the partition and its neighbours in the history.")
PLAUSIBLE: Final = Rule("adjustments_plausible", "Each new adjustment joins prices without a jump.")
FARTHEST: Final = 50.0  # a ratio, or its inverse
JUMP: Final = 0.4  # of the close over the day of an adjustment, relative; a circuit breaker allows half of it


class HistoryFacts(msgspec.Struct, frozen=True):
    """What came with a partition: bars that no answer had before, bars of which it gave other prices, adjustments, and
    dots that came late or went."""

    stocks: int
    new_bars: int = 0
    revised_bars: int = 0
    adjustments: int = 0
    frozen: int = 0
    late_dots: int = 0
    withdrawn_dots: int = 0
    first_session: date | None = None  # of the whole history, as the sessions of the partition's own years show it
    last_session: date | None = None


def facts_of(book: Book, answers: pl.DataFrame, years: Iterable[int]) -> HistoryFacts:
    """Of the partition with those answers (symbol, known), whose sessions lie in `years`."""
    asked = answers.select("symbol", "known")
    versions = book.of_years(VERSIONS, years).sort("symbol", "session", "known_from")
    is_first = pl.int_range(pl.len()).over("symbol", "session") == 0
    brought = versions.with_columns(first=is_first).join(
        asked, left_on=["symbol", "known_from"], right_on=["symbol", "known"]
    )
    ledger = book.file(File(LEDGER))
    adjusted = new_adjustments(book, answers)
    came = ledger.join(asked, on=["symbol", "known"])
    went = ledger.join(asked, left_on=["symbol", "withdrawn"], right_on=["symbol", "known"])
    return HistoryFacts(
        answers.height,
        new_bars=brought.filter("first").height,
        revised_bars=brought.filter(~pl.col("first")).height,
        adjustments=adjusted.filter(pl.col("state") != "frozen").height,
        frozen=adjusted.filter(state="frozen").height,
        late_dots=came.filter(origin="late").height,
        withdrawn_dots=went.height,
        first_session=versions["session"].min(),  # type: ignore[arg-type]
        last_session=versions["session"].max(),  # type: ignore[arg-type]
    )


def new_adjustments(book: Book, answers: pl.DataFrame) -> pl.DataFrame:
    """ADJUSTMENTS that those answers had first."""
    return book.file(File(ADJUSTMENTS)).join(answers.select("symbol", "known"), on=["symbol", "known"], how="semi")


def continues_verdict(adjusted: pl.DataFrame) -> Verdict:
    """A warning for each stock of which no one knows on which basis its older bars are."""
    frozen = adjusted.filter(state="frozen")
    if frozen.is_empty():
        return CONTINUES.passes("What was changed of past prices is a ratio, or single corrections.", Numbers(0))
    rows = rows_of(frozen.select("symbol", "effective", "bars", "restated_from"))
    first = rows[0]
    message = (
        f"{frozen.height} stocks have other past prices by no one ratio, first {first['symbol']}: their bars before "
    )
    message += f"{first['restated_from']} stay as they were until a line of {SETTING} decides "
    message += f"(`{first['symbol']},{first['effective']},<ratio>`)."
    return CONTINUES.warns(message, rows, Numbers(frozen.height))


def covers_verdict(bars: pl.DataFrame, stocks: pl.DataFrame, days: TradingDays, timeframe: Timeframe) -> Verdict:
    """A warning for sessions between this partition and its neighbours in the history, which no partition has. `bars`
    are HISTORY around it, `stocks` those of the partition (symbol, timezone, first_session, last_session). What lacks
    within a partition is judged with its bars."""
    missing = []
    windows = stocks.group_by("timezone").agg(pl.col("first_session").min(), pl.col("last_session").max())
    for timezone, first, last in windows.sort("timezone").iter_rows():
        mine = stocks.filter(timezone=timezone).select("symbol")
        session = pl.col("session")
        of_exchange = bars.join(mine, on="symbol", how="semi").select(
            before=session.filter(session < first).max(), after=session.filter(session > last).min()
        )
        before, after = of_exchange.row(0)
        calendar, day = days.calendar_or_weekdays(timezone), timedelta(days=timeframe.days)
        for begin, end in ((before, first), (last, after)):
            if begin and end:
                lost = calendar.expected(begin + day, end - day)
                missing += [{"timezone": timezone, "session": one.isoformat()} for one in lost]
    if not missing:
        return COVERS.passes("No session is missing between the partition and those around it.", Numbers(0))
    message = f"The history has no bars of {len(missing)} sessions, first {missing[0]['session']} "
    message += (
        f"({missing[0]['timezone']}): run a partition of that day, or of up to a year later, if the source has one."
    )
    return COVERS.warns(message, missing, Numbers(len(missing)))


def plausible_verdict(adjusted: pl.DataFrame, bars: pl.DataFrame) -> Verdict:
    """A warning for ratios that are far out, or that leave a jump where they should have closed one. `bars` are HISTORY
    around the effective days."""
    applied = adjusted.filter(pl.col("state") != "frozen")
    closes = bars.select("symbol", "session", "close").join(applied.select("symbol", "effective", "ratio"), on="symbol")
    at = ["symbol", "effective"]
    before = (
        closes.filter(pl.col("session") < pl.col("effective")).sort("session").group_by(at).agg(pl.col("close").last())
    )
    after = (
        closes.filter(pl.col("session") >= pl.col("effective"))
        .sort("session")
        .group_by(at)
        .agg(pl.col("close").first())
    )
    joined = applied.join(before, on=at, how="left").join(after, on=at, how="left", suffix="_after")
    jump = pl.col("close_after") / pl.col("close") - 1
    far = pl.max_horizontal(pl.col("ratio"), 1 / pl.col("ratio")) > FARTHEST
    far_out = joined.with_columns(jump=jump).filter(far | (pl.col("jump").abs() > JUMP).fill_null(False)).sort(at)
    if far_out.is_empty():
        return PLAUSIBLE.passes(
            f"{applied.height} new adjustments join prices without a jump.", Numbers(0, applied.height)
        )
    rows = rows_of(far_out.select("symbol", "effective", "ratio", "jump"))
    first = rows[0]
    message = f"{far_out.height} of {applied.height} new adjustments are hardly right, first {first['symbol']} x "
    message += (
        f"{ratio_text(first['ratio'])} on {first['effective']}: compare with what the exchange announced; a line of "
    )
    message += "BLUEDOT_ADJUSTMENTS decides."
    return PLAUSIBLE.warns(message, rows, Numbers(far_out.height, applied.height))


CHECKS: Final = (CONTINUES, COVERS, PLAUSIBLE)
