"""What a partition brought to the history, and the rules by which that is judged: read from the history's files, so
that it is the same whenever it is asked."""

from datetime import date, timedelta
from typing import Final

import msgspec
import polars as pl

from bluedot_assets.kernel.bars.price_text import ratio_text
from bluedot_assets.kernel.calendar.sessions import TradingDays
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.checks.verdict import Numbers, Rule, Verdict, rows_of
from bluedot_assets.kernel.history.adjustments import ADJUSTMENTS, FEWEST_SESSIONS, MOST_OLDER
from bluedot_assets.kernel.history.by_hand.decisions import ADJUSTMENTS_SETTING, RENAMES_SETTING
from bluedot_assets.kernel.history.published import HISTORY, LEDGER
from bluedot_assets.kernel.history.tables import FIRST_SEEN, VERSIONS
from bluedot_assets.kernel.history.update import Book, File, years_between

CONTINUES: Final = Rule(
    "history_continues",
    "What the vendor changed of past prices is explained by one ratio, and no stock goes on as another.",
)
COVERS: Final = Rule("history_covers", "No session lies between the partition and its neighbours in the history.")
PLAUSIBLE: Final = Rule("adjustments_plausible", "Each new adjustment joins prices without a jump.")
_JUMPS: Final = {"symbol": pl.String(), "effective": pl.Date(), "ratio": pl.Float64(), "jump": pl.Float64()}
# Bars of stocks that came (`at`: their first answer) or went (their last one).
_PLACES: Final = {
    "symbol": pl.String(),
    "session": pl.Date(),
    "high": pl.Float64(),
    "close": pl.Float64(),
    "at": pl.Datetime("us", "UTC"),
}
_GONE_FOR: Final = timedelta(days=40)  # at most, of a stock that goes on as another
_MOST_NEW: Final = 20  # stocks of a range; more are no renames
FARTHEST: Final = 50.0  # a ratio, or its inverse
JUMP: Final = 0.4  # of the close over the day of an adjustment, relative; a circuit breaker allows half of it


class HistoryFacts(msgspec.Struct, frozen=True):
    """What came with a partition: bars that no answer had before, bars of which it gave other prices, adjustments, and
    dots that came late or went."""

    stocks: int = 0
    new_bars: int = 0
    revised_bars: int = 0
    adjustments: int = 0
    frozen: int = 0
    late_dots: int = 0
    withdrawn_dots: int = 0


class Brought:
    """The same, gathered range by range, and the verdicts on it. `stocks` are those of the partition (symbol, timezone,
    first_session, last_session)."""

    def __init__(self, stocks: pl.DataFrame) -> None:
        self.facts = HistoryFacts()
        self._adjusted = [ADJUSTMENTS.empty()]
        self._jumps = [pl.DataFrame(schema=_JUMPS)]
        self._came, self._gone = [pl.DataFrame(schema=_PLACES)], [pl.DataFrame(schema=_PLACES)]
        self._timezones = stocks.select("symbol", "timezone")
        self._windows = stocks.group_by("timezone").agg(
            first=pl.col("first_session").min(), last=pl.col("last_session").max()
        )
        self._around: dict[str, tuple[date | None, date | None]] = {}
        self._years = years_between(stocks["first_session"], stocks["last_session"])

    def add(self, book: Book, answers: pl.DataFrame) -> None:
        """What the range's answers (symbol, known) brought."""
        asked = answers.select("symbol", "known")
        adjusted = book.file(File(ADJUSTMENTS)).join(asked, on=["symbol", "known"], how="semi")
        bars = book.of_years(HISTORY, self._years & book.years_of(HISTORY))
        self._count(book, asked, adjusted)
        self._adjusted.append(adjusted)
        self._jumps.append(_jumps(adjusted, bars))
        self._see_around(book, bars)
        self._see_renames(book.file(File(FIRST_SEEN)), asked, bars)

    def _count(self, book: Book, asked: pl.DataFrame, adjusted: pl.DataFrame) -> None:
        versions = book.of_years(VERSIONS, self._years & book.years_of(VERSIONS)).sort(
            "symbol", "session", "known_from"
        )
        is_first = pl.int_range(pl.len()).over("symbol", "session") == 0
        brought = versions.with_columns(first=is_first).join(
            asked, left_on=["symbol", "known_from"], right_on=["symbol", "known"]
        )
        ledger = book.file(File(LEDGER))
        frozen = adjusted.filter(state="frozen").height
        late = ledger.join(asked, on=["symbol", "known"]).filter(origin="late").height
        went = ledger.join(asked, left_on=["symbol", "withdrawn"], right_on=["symbol", "known"]).height
        new = brought.filter("first").height
        counts = (asked.height, new, brought.height - new, adjusted.height - frozen, frozen, late, went)
        names = HistoryFacts.__struct_fields__
        self.facts = HistoryFacts(
            **{name: getattr(self.facts, name) + one for name, one in zip(names, counts, strict=True)}
        )

    def _see_renames(self, first: pl.DataFrame, asked: pl.DataFrame, bars: pl.DataFrame) -> None:
        """Bars of stocks that came with the partition, and of those that went shortly before."""
        came = first.join(asked, on=["symbol", "known"], how="semi").with_columns(at="known")
        if asked.is_empty() or came.height > _MOST_NEW:
            return
        begun, ended = asked["known"].min(), asked["known"].max()
        gone = first.join(self._timezones, on="symbol", how="anti").with_columns(at="last_known")
        gone = gone.filter(pl.col("at").is_between(pl.lit(begun) - _GONE_FOR, pl.lit(ended), closed="left"))
        for found, stocks in ((self._came, came), (self._gone, gone)):
            found.append(bars.join(stocks.select("symbol", "at"), on="symbol").select(list(_PLACES)))

    def _see_around(self, book: Book, bars: pl.DataFrame) -> None:
        """The sessions nearest to the partition's that the history has, by exchange; those of the years around are read
        where the partition's own have none."""
        near = self._nearest(bars)
        around = {min(self._years) - 1: near["before"], max(self._years) + 1: near["after"]}
        lacking = {year for year, found in around.items() if found.null_count()}
        if more := lacking & book.years_of(HISTORY):
            near = self._nearest(pl.concat([bars, book.of_years(HISTORY, more)]))
        for timezone, *found in near.iter_rows():
            known = self._around.get(timezone, (None, None))
            before, after = ([one for one in pair if one] for pair in zip(known, found, strict=True))
            self._around[timezone] = (max(before, default=None), min(after, default=None))

    def _nearest(self, bars: pl.DataFrame) -> pl.DataFrame:
        session = pl.col("session")
        return (
            bars.select("symbol", "session")
            .join(self._timezones, on="symbol")
            .join(self._windows, on="timezone")
            .group_by("timezone")
            .agg(
                before=session.filter(session < pl.col("first")).max(),
                after=session.filter(session > pl.col("last")).min(),
            )
        )

    def verdicts(self, days: TradingDays, timeframe: Timeframe) -> list[Verdict]:
        adjusted = pl.concat(self._adjusted)
        return [
            continues_verdict(adjusted, renames_of(pl.concat(self._came), pl.concat(self._gone))),
            self._covers_verdict(days, timeframe),
            plausible_verdict(adjusted.filter(pl.col("state") != "frozen").height, pl.concat(self._jumps)),
        ]

    def _covers_verdict(self, days: TradingDays, timeframe: Timeframe) -> Verdict:
        """A warning for sessions between this partition and its neighbours in the history, which no partition has. What
        lacks within a partition is judged with its bars."""
        missing = []
        for timezone, first, last in self._windows.sort("timezone").iter_rows():
            before, after = self._around.get(timezone, (None, None))
            calendar, day = days.calendar_or_weekdays(timezone), timedelta(days=timeframe.days)
            for begin, end in ((before, first), (last, after)):
                if begin and end:
                    lost = calendar.expected(begin + day, end - day)
                    missing += [{"timezone": timezone, "session": one.isoformat()} for one in lost]
        if not missing:
            return COVERS.passes("No session is missing between the partition and those around it.", Numbers(0))
        message = f"The history has no bars of {len(missing)} sessions, first {missing[0]['session']} "
        message += f"({missing[0]['timezone']}): run a partition of that day, or of up to a year later, if the source "
        message += "has one."
        return COVERS.warns(message, missing, Numbers(len(missing)))


def unjudged(why: str) -> list[Verdict]:
    """Warnings where the history could not take the partition in."""
    first = f"The history did not take the partition: {why} What is published of it is whole; the next run takes it in."
    others = "The history did not take the partition."
    return [
        CONTINUES.warns(first, [], Numbers(1)),
        *(rule.warns(others, [], Numbers(1)) for rule in (COVERS, PLAUSIBLE)),
    ]


def continues_verdict(adjusted: pl.DataFrame, renames: pl.DataFrame) -> Verdict:
    """A warning for each stock of which no one knows on which basis its older bars are, and for those that seem to go
    on as another."""
    frozen, sentences = adjusted.filter(state="frozen"), []
    rows = rows_of(frozen.select("symbol", "effective", "bars", "restated_from"))
    if rows:
        first = rows[0]
        sentences.append(
            f"{frozen.height} stocks have other past prices by no one ratio, or too few sessions in common with older "
            f"bars, first {first['symbol']}: their bars "
            f"before {first['restated_from']} stay as they were until a line of {ADJUSTMENTS_SETTING} decides "
            f"(`{first['symbol']},{first['effective']},<ratio>`)."
        )
    if lines := [f"`{old},{new},{since}`" for old, new, since in renames.iter_rows()]:
        sentences.append(
            f"Stocks that seem to go on under another name: {len(lines)}. If so, write {', '.join(lines[:5])} into "
            f"{RENAMES_SETTING}, or they stay two stocks each."
        )
        rows += rows_of(renames)
    if not sentences:
        return CONTINUES.passes("What was changed of past prices is a ratio, or single corrections.", Numbers(0))
    return CONTINUES.warns(" ".join(sentences), rows, Numbers(len(rows)))


def renames_of(came: pl.DataFrame, gone: pl.DataFrame) -> pl.DataFrame:
    """Stocks that went (old) and came shortly after (new) with equal bars on nearly all days that both have, and from
    when on; columns of both: _PLACES."""
    at = pl.col("at")
    both = came.join(gone, on="session", suffix="_gone").filter(
        pl.col("at_gone").is_between(at - _GONE_FOR, at, closed="left")
    )
    equal = (pl.col("close") == pl.col("close_gone")) & (pl.col("high") == pl.col("high_gone"))
    pairs = both.group_by(old="symbol_gone", new="symbol").agg(
        days=pl.len(), equal=equal.sum(), last=pl.col("session").max()
    )
    pairs = pairs.filter(pl.col("days") >= FEWEST_SESSIONS, pl.col("equal") >= MOST_OLDER * pl.col("days"))
    since = came.join(pairs, left_on="symbol", right_on="new").filter(pl.col("session") > pl.col("last"))
    since = since.group_by("old", new="symbol").agg(pl.col("session").min().alias("from"))
    return since.sort("old", "new").with_columns(pl.col("from").cast(pl.String))


def _jumps(adjusted: pl.DataFrame, bars: pl.DataFrame) -> pl.DataFrame:
    """Adjustments whose ratio is far out, or that leave a jump of the close (relative) where they should have closed
    one; columns: _JUMPS."""
    applied = adjusted.filter(pl.col("state") != "frozen")
    closes = bars.select("symbol", "session", "close").join(applied.select("symbol", "effective"), on="symbol")
    session, at = pl.col("session"), ["symbol", "effective"]
    around = closes.group_by(at).agg(
        before=pl.col("close").filter(session == session.filter(session < pl.col("effective")).max()).first(),
        after=pl.col("close").filter(session == session.filter(session >= pl.col("effective")).min()).first(),
    )
    joined = applied.join(around, on=at, how="left").with_columns(jump=pl.col("after") / pl.col("before") - 1)
    far = pl.max_horizontal(pl.col("ratio"), 1 / pl.col("ratio")) > FARTHEST
    return joined.filter(far | (pl.col("jump").abs() > JUMP).fill_null(False)).select(list(_JUMPS)).sort(at)


def plausible_verdict(applied: int, jumps: pl.DataFrame) -> Verdict:
    """A warning for those of so many adjustments (_JUMPS) that are hardly right."""
    if jumps.is_empty():
        return PLAUSIBLE.passes(f"{applied} new adjustments join prices without a jump.", Numbers(0, applied))
    rows = rows_of(jumps)
    first = rows[0]
    message = f"{jumps.height} of {applied} new adjustments are hardly right, first {first['symbol']} x "
    message += f"{ratio_text(first['ratio'])} on {first['effective']}: compare with what the exchange announced; "
    message += f"a line of {ADJUSTMENTS_SETTING} decides."
    return PLAUSIBLE.warns(message, rows, Numbers(jumps.height, applied))


CHECKS: Final = (CONTINUES, COVERS, PLAUSIBLE)
