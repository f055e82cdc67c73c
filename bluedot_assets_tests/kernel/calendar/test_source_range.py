"""Which partitions there are, from what the source was seen to have."""

from datetime import date

from bluedot_assets.kernel.calendar.sessions import EVERY_WEEKDAY, TradingDays, weekdays
from bluedot_assets.kernel.calendar.source_range import SourceRange, source_range
from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY

MONDAY = date(2024, 8, 5)
FRIDAY = "2024-08-02"
WEEKEND = (date(2024, 8, 3), date(2024, 8, 4))


def test_partitions_begin_where_the_source_does() -> None:
    found = source_range(["2024-08-01", FRIDAY], DAILY, EVERY_WEEKDAY, MONDAY)
    assert found == SourceRange(date(2024, 8, 1), WEEKEND)


def test_a_source_that_never_had_anything_has_no_range() -> None:
    assert source_range([], DAILY, EVERY_WEEKDAY, MONDAY) is None


def test_a_day_that_only_the_source_knows_and_a_session_that_it_lacks_stay() -> None:
    found = source_range(["2024-07-31", FRIDAY, "2024-08-03"], DAILY, EVERY_WEEKDAY, MONDAY)
    assert found is not None
    assert found.absent == (date(2024, 8, 4),)  # Thursday, the first of August, is a gap


def test_a_holiday_of_every_exchange_is_no_gap_and_one_of_a_single_exchange_is() -> None:
    thursday = date(2024, 8, 1)
    closed = weekdays("Asia/Kolkata", {thursday: False})
    for others, absent in (((), True), ((weekdays("America/New_York"),), False)):
        found = source_range(["2024-07-31", FRIDAY], DAILY, TradingDays((closed, *others)), MONDAY)
        assert found is not None
        assert (thursday in found.absent) is absent


def test_today_is_never_absent() -> None:
    found = source_range([FRIDAY], DAILY, EVERY_WEEKDAY, WEEKEND[1])
    assert found == SourceRange(date(2024, 8, 2), WEEKEND[:1])


def test_older_folders_move_the_start_back_and_removed_ones_do_not_move_it() -> None:
    known = source_range([FRIDAY], DAILY, EVERY_WEEKDAY, MONDAY)
    older = source_range(["2024-07-30", FRIDAY], DAILY, EVERY_WEEKDAY, MONDAY, before=known)
    assert older is not None
    assert older.first == date(2024, 7, 30)
    assert source_range([FRIDAY], DAILY, EVERY_WEEKDAY, MONDAY, before=older) == older


def test_days_before_the_source_are_judged_from_a_given_start_on() -> None:
    found = source_range([FRIDAY], DAILY, EVERY_WEEKDAY, MONDAY, start=date(2024, 7, 27))
    assert found == SourceRange(date(2024, 8, 2), (date(2024, 7, 27), date(2024, 7, 28), *WEEKEND))


def test_every_week_has_sessions() -> None:
    assert source_range(["2024-W30"], WEEKLY, EVERY_WEEKDAY, MONDAY) == SourceRange(date(2024, 7, 22))
