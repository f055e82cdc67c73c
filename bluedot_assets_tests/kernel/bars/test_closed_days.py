"""Files whose bars lie on days on which their exchange was closed."""

from datetime import date, timedelta
from typing import Final

import pytest

from bluedot_assets.kernel.bars.answers import AnswerRules
from bluedot_assets.kernel.bars.closed_days import shifted_dates
from bluedot_assets.kernel.bars.normalize import NormalizeRules, Shard, normalize
from bluedot_assets.kernel.calendar.sessions import Calendar, TradingDays
from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets_tests.examples.vendor_files import FRIDAY, INDIA, bar, document, raw

WEEKDAYS: Final = [day for day in (FRIDAY - timedelta(days=back) for back in range(140)) if day.weekday() < 5]
CALENDAR: Final = Calendar("X", INDIA, WEEKDAYS[-1], FRIDAY, frozenset(WEEKDAYS))


def of(days: list[date], *calendars: Calendar) -> Shard:
    answers = AnswerRules(TradingDays(calendars))
    return normalize([raw(document([bar(day) for day in days]))], NormalizeRules(DAILY, FRIDAY, (INDIA,), answers))


@pytest.mark.parametrize("shift", [-1, 1])
def test_a_file_whose_dates_are_all_shifted_is_rejected_with_the_day_that_shows_it(shift: int) -> None:
    shard = of([day + timedelta(days=shift) for day in WEEKDAYS[5:]], CALENDAR)
    (row,) = shard.rejected.rows(named=True)
    assert row["field"] == "chart.prices.priceDate"
    assert "bars lie on days on which the exchange was closed, the newest on " in row["reason"]
    assert ("Sunday" if shift < 0 else "Saturday") in row["reason"]


def test_a_few_special_sessions_that_the_calendar_does_not_have_are_bars_like_others() -> None:
    known = CALENDAR.sessions - set(WEEKDAYS[::20])
    shard = of(WEEKDAYS, Calendar("X", INDIA, WEEKDAYS[-1], FRIDAY, frozenset(known)))
    assert shard.stocks["bars"].to_list() == [len(WEEKDAYS)]


def test_without_a_calendar_no_day_is_known_to_be_closed() -> None:
    sundays = [day - timedelta(days=1) for day in WEEKDAYS]
    assert of(sundays).stocks["bars"].to_list() == [len(WEEKDAYS)]
    assert shifted_dates((3, FRIDAY), 9) is None  # too few to say
