"""Whether the sessions of the newest bars were over when the vendor answered. Which bars were not is decided in
`bars/answers`; who has no newest bar at all is in `missing_sessions`."""

from typing import Final, Literal
from zoneinfo import ZoneInfo

import polars as pl

from bluedot_assets.kernel.bars.answers import over_at
from bluedot_assets.kernel.calendar.sessions import TradingDays
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.checks.verdict import ErrorRule, Numbers, Verdict, rows_of

RULE: Final = ErrorRule(
    "bars_finished",
    "The newest bars were answered after the close of their session; blocks above 5 % of an exchange's files.",
)
FEW: Final = 0.05  # of an exchange's files: beyond it the export came too early, and not a stock
FEW_FILES: Final = 1  # one of a handful is a stock, unless it is half of them
Policy = Literal["block", "drop", "publish"]  # BLUEDOT_UNFINISHED_BARS


def finished_verdict(answers: pl.DataFrame, days: TradingDays, timeframe: Timeframe, policy: Policy) -> Verdict:
    """A warning for unfinished bars, blocking under `block` where more than a few of an exchange's files have one.
    `answers` has the columns ANSWERS."""
    early = answers.drop_nulls("unfinished").sort("symbol")
    silent = _silent(answers)
    if early.is_empty():
        message = f"No file was answered before the close of its newest bar's session{silent}."
        return RULE.passes(message, Numbers(0, answers.height, share=0.0, most_share=FEW))
    shares = []
    for (zone,), of_zone in early.group_by("timezone", maintain_order=True):
        shares.append((str(zone), of_zone.height, answers.filter(timezone=zone).height))
    listed = "; ".join(
        f"{some} of {all_} files of {zone} were answered before the close of their newest bar's session"
        for zone, some, all_ in shares
    )
    blocks = policy == "block" and any(
        some > FEW * all_ and (some > FEW_FILES or 2 * some > all_) for _, some, all_ in shares
    )
    message = f"{listed}{silent}. First: {_first(early, days, timeframe)}. {_remedy(policy, blocks=blocks)}"
    rows = early.select(
        "symbol",
        pl.col("timezone").alias("exchange"),
        pl.col("unfinished").alias("bar"),
        answered=pl.col("known").dt.to_string("%Y-%m-%d %H:%M UTC").fill_null("not given"),
    )
    worst = max(some / all_ for _, some, all_ in shares)
    numbers = Numbers(early.height, answers.height, share=worst, most_share=FEW)
    return (RULE.fails if blocks else RULE.warns)(message, rows_of(rows), numbers)


def _silent(answers: pl.DataFrame) -> str:
    """Of how many files it is not known when they were answered."""
    silent = answers["known"].null_count()
    return f"; {silent} of {answers.height} files do not say when they were answered" if silent else ""


def _first(early: pl.DataFrame, days: TradingDays, timeframe: Timeframe) -> str:
    symbol, zone, known, session = early.select("symbol", "timezone", "known", "unfinished").row(0)
    at_exchange = ZoneInfo(zone)
    over = over_at(session, days.calendar_or_weekdays(zone), timeframe).astimezone(at_exchange)
    when = f"answered {known.astimezone(at_exchange):%Y-%m-%d %H:%M}" if known else "by the exchange's latest quote"
    return f"{symbol}, bar of {session}, {when}, over at {over:%Y-%m-%d %H:%M} ({zone})"


def _remedy(policy: Policy, *, blocks: bool) -> str:
    if policy == "publish":
        return "They are published as they are (BLUEDOT_UNFINISHED_BARS=publish): their values will change."
    if not blocks:
        return "These bars are left out until the files are exported after the close."
    return (
        "Export the files after it and run the partition again; BLUEDOT_UNFINISHED_BARS=drop publishes without these "
        "bars, publish with them as they are. If that time is wrong, name the holiday (2027-01-15) or the session and "
        "its close (+2027-11-07@19:15) in BLUEDOT_HOLIDAYS, or the close in BLUEDOT_CLOSE_TIMES where the timezone has "
        "no calendar."
    )
