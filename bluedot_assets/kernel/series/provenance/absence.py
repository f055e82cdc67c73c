"""Why there is no bar, or no dot, of a day: as far as it can be known of what is stored."""

from datetime import date
from typing import Final

from bluedot_assets.kernel.calendar.sessions import WEEKDAYS, Calendar, TradingDays
from bluedot_assets.kernel.series.provenance.evidence import OfPartition, Row
from bluedot_assets.kernel.series.provenance.judged_file import Judgement
from bluedot_assets.kernel.series.provenance.kept import Kept
from bluedot_assets.kernel.series.provenance.question import Question

NOWHERE: Final = "No stored partition that was searched has a bar of it, nor has the history."


def why_no_bar(question: Question, of: OfPartition | None, judgement: Judgement | None, days: TradingDays) -> str:
    """Of a day of which neither the partition nor the history has one."""
    if of is None:
        return NOWHERE
    if of.stock is None:
        first = of.rejected[0]
        return f"The file {first['file']} of {of.key} was rejected: {first['reason']}."
    if judgement and judgement.dropped:
        return " ".join(one.sentence for one in judgement.dropped)
    calendar = days.calendar_or_weekdays(of.stock["timezone"])
    if not calendar.between(question.first, question.last):
        return _no_session(question, calendar)
    if question.first > question.timeframe.end(of.key):
        return f"It is after {of.key}, and no newer partition that is stored has the stock."
    return _outside(question, of.stock["first_session"], of.stock["last_session"], of.stock["file"], calendar)


def _outside(question: Question, first: date, last: date, file: str, calendar: Calendar) -> str:
    if question.last < first:
        return f"It is before the first bar of {file}, {first}."
    if question.first > last:
        return f"It is after the newest bar of {file}, {last}."
    return f"The stored bars of {file} have none of it, though by {_name(calendar)} it was a session."


def _no_session(question: Question, calendar: Calendar) -> str:
    if question.first != question.last:
        return f"{question.key} has no session by {_name(calendar)}."
    day = question.first
    by = "BLUEDOT_HOLIDAYS" if day in calendar.own else _name(calendar)
    return f"{day:%A}, {day} was no session by {by}."


def _name(calendar: Calendar) -> str:
    if calendar.name == WEEKDAYS:
        return f"the weekdays (BLUEDOT_CALENDARS has none for {calendar.timezone})"
    return f"the calendar {calendar.name} ({calendar.timezone})"


def why_no_dot(
    question: Question, of: OfPartition | None, judgement: Judgement | None, kept: Kept | None
) -> str | None:
    """None where the vendor lists one, by the newest of what is stored."""
    if judgement and judgement.file.records:
        listed = any(one.fate == "kept" for one in judgement.file.records)
        return None if listed else " ".join(one.sentence for one in judgement.dropped_dots)
    if any(one["blue_dot"] for one in of.bars) if of else any(one["known_until"] is None for one in _listed(kept)):
        return None
    withdrawn = bool(kept and kept.ledger)
    return f"The vendor lists no dot of {question.key}{' any more: it was withdrawn' if withdrawn else ''}."


def _listed(kept: Kept | None) -> list[Row]:
    return kept.listed if kept else []
