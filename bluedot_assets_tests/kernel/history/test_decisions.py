"""What a person writes of adjustments decides, or is refused by its line."""

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY
from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.kernel.history.adjustments import ADJUSTMENTS
from bluedot_assets.kernel.history.by_hand.decided import decided
from bluedot_assets.kernel.history.by_hand.decisions import Decision, read_decisions


def found(**more: Any) -> pl.DataFrame:
    row = {
        "symbol": "A",
        "effective": date(2024, 8, 2),
        "ratio": 0.5,
        "shares": True,
        "bars": 300,
        "known": datetime(2024, 8, 2, tzinfo=UTC),
        "restated_from": date(2023, 6, 1),
        "state": "applied",
    }
    return pl.DataFrame([{**row, **more}], ADJUSTMENTS.polars_schema)


def never(symbol: str, day: date) -> None:
    """No answer of the stock has that day, or none was before it."""


def test_a_line_is_a_stock_a_day_and_a_ratio() -> None:
    text = "\ufeffSymbol, Date, Ratio\n# as announced\n\nDIXON, 2024-08-27, 0.2\n"
    assert read_decisions(text) == (Decision("DIXON", date(2024, 8, 27), 0.2),)
    assert read_decisions("M&M,2024-08-27,2\n") == (Decision("M_M", date(2024, 8, 27), 2.0),)
    assert read_decisions("") == ()


@pytest.mark.parametrize(
    "line", ["A,2024-08-32,1", "A,2024-08-02", "A,2024-08-02,0", "A,2024-08-02,inf", ",2024-08-02,1"]
)
def test_a_line_that_says_nothing_is_refused_with_its_number(line: str) -> None:
    with pytest.raises(SettingsError, match=r"BLUEDOT_ADJUSTMENTS has in line 2 .*DIXON,2024-08-27,0.2"):
        read_decisions(f"symbol,date,ratio\n{line}\n")


def test_a_decision_is_about_the_adjustment_of_its_day() -> None:
    made, unused = decided(found(), (Decision("A", date(2024, 8, 2), 0.25),), DAILY, never)
    assert made.select("effective", "ratio", "nearest", "state").rows() == [
        (date(2024, 8, 2), 0.25, "1:4 split", "by hand")
    ]
    assert unused == []


def test_of_weekly_bars_the_week_of_the_day_counts() -> None:
    made, unused = decided(found(), (Decision("A", date(2024, 7, 30), 0.25),), WEEKLY, never)
    assert made.select("effective", "ratio").rows() == [(date(2024, 8, 2), 0.25)]
    assert unused == []


def test_an_undecided_one_is_decided_by_all_days_within_it() -> None:
    frozen = found(state="frozen", ratio=None, shares=False)
    decisions = (Decision("A", date(2024, 5, 6), 0.5), Decision("A", date(2024, 8, 2), 0.9))
    made, unused = decided(frozen, decisions, DAILY, never)
    assert made.select("effective", "ratio", "state").rows() == [
        (date(2024, 5, 6), 0.5, "by hand"),
        (date(2024, 8, 2), 0.9, "by hand"),
    ]
    assert unused == []


def test_a_decision_about_nothing_changes_nothing() -> None:
    strays = (Decision("B", date(2024, 8, 2), 0.5), Decision("A", date(2024, 8, 1), 0.5))
    made, unused = decided(found(), strays, DAILY, never)
    assert made.equals(found())
    assert unused == [*strays]


FIRST_REACHED = datetime(2024, 8, 9, 14, tzinfo=UTC)


def test_a_decision_where_none_was_found_is_an_adjustment_of_its_own() -> None:
    decisions = (Decision("A", date(2024, 6, 5), 0.2, shares=True), Decision("A", date(2024, 8, 7), 0.2))
    made, unused = decided(found(), decisions, DAILY, lambda symbol, day: FIRST_REACHED)
    assert made.select("effective", "ratio", "nearest", "known", "restated_from", "state").rows() == [
        (date(2024, 6, 5), 0.2, "1:5 split", FIRST_REACHED, date(2024, 6, 5), "by hand"),
        (date(2024, 8, 2), 0.5, None, datetime(2024, 8, 2, tzinfo=UTC), date(2023, 6, 1), "applied"),
    ]
    assert unused == [decisions[1]]  # within a week of what was found: its date is wrong


def test_of_weekly_bars_one_of_its_own_holds_from_the_first_day_of_its_week() -> None:
    made, _ = decided(found(), (Decision("A", date(2024, 6, 5), 0.2),), WEEKLY, lambda symbol, day: FIRST_REACHED)
    assert made["effective"][0] == date(2024, 6, 3)


@pytest.mark.parametrize("day", [date(2024, 7, 1), date(2024, 8, 2), date(2024, 8, 9)])
def test_bars_that_could_not_be_compared_are_decided_by_any_day_that_the_answer_had_first(day: date) -> None:
    first = date(2024, 8, 2)
    gap = found(state="frozen", ratio=None, shares=False, bars=0, restated_from=first, known=FIRST_REACHED)
    made, unused = decided(gap, (Decision("A", day, 0.2, shares=True),), DAILY, lambda symbol, day: FIRST_REACHED)
    assert made.select("effective", "known", "restated_from", "state").rows() == [
        (day, FIRST_REACHED, first, "by hand")
    ]
    assert unused == []
