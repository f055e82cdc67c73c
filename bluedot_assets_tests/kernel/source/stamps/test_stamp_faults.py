"""Why bars are midnight in no candidate zone: the reason names the unit, the clock or the zone, and what cures it."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from bluedot_assets.kernel.source.stamps.session_dates import SessionDates
from bluedot_assets.kernel.source.vendor_file import Unreadable
from bluedot_assets_tests.examples.vendor_files import FRIDAY, INDIA, NEW_YORK, ZONES, midnight_ms

YEAR = [FRIDAY - timedelta(days=back) for back in range(300)]
TIMEZONE = "add the exchange's timezone to BLUEDOT_EXCHANGE_TIMEZONES"


def reason(stamp: Callable[[date], float], days: list[date] = YEAR) -> str:
    with pytest.raises(Unreadable) as fault:
        SessionDates(ZONES).of([stamp(day) for day in days])
    assert fault.value.field == "chart.prices.priceDate"
    return fault.value.reason


@pytest.mark.parametrize(("unit", "factor"), [("seconds", 1e-3), ("microseconds", 1e3), ("nanoseconds", 1e6)])
@pytest.mark.parametrize("zone", ZONES)
def test_another_unit_is_named_and_no_timezone_asked_for(unit: str, factor: float, zone: str) -> None:
    said = f"its priceDates are in {unit}, and milliseconds are needed: have the exporter write milliseconds"
    assert reason(lambda day: midnight_ms(day, zone) * factor) == said


@pytest.mark.parametrize(
    ("shift_ms", "clock"), [(-1000, "23:59:59"), (1000, "00:00:01"), (-1, "23:59:59.999000"), (59_000, "00:00:59")]
)
@pytest.mark.parametrize("zone", ZONES)
def test_a_clock_beside_midnight_is_named(shift_ms: int, clock: str, zone: str) -> None:
    said = reason(lambda day: midnight_ms(day, zone) + shift_ms)
    assert said.startswith(f"its priceDates are {clock} in {zone}, and midnight (00:00:00) is needed")
    assert "BLUEDOT_EXCHANGE_TIMEZONES" not in said


def test_midnight_of_utc_is_a_fault_of_the_exporter() -> None:
    said = reason(lambda day: midnight_ms(day, "UTC"))
    assert "but in UTC: have the exporter write midnight at the exchange" in said
    winter = reason(lambda day: midnight_ms(day, "UTC"), [date(2024, 1, 2), date(2024, 1, 3)])
    assert "for an exchange whose clock is UTC (Europe/London)" in winter


@pytest.mark.parametrize(
    ("zone", "named"),
    [("Asia/Tokyo", "Asia/Tokyo and Asia/Seoul"), ("Europe/London", "Europe/London"), ("Asia/Karachi", "Asia/Karachi")],
)
def test_an_exchange_that_is_not_configured_is_named_with_its_zone(zone: str, named: str) -> None:
    none = f"its bars are midnight in none of {', '.join(ZONES)}: {TIMEZONE}"
    assert reason(lambda day: midnight_ms(day, zone)) == f"{none} (they are midnight in {named})"


def test_any_other_time_of_the_day_shows_the_newest() -> None:
    said = reason(lambda day: midnight_ms(day, INDIA) + 55_800_000)
    assert said.endswith("(the newest is 2024-08-02 15:30:00 in Asia/Kolkata)")
    assert TIMEZONE in said and "have the exporter write midnight" in said
    assert "the newest is 1e+300" in reason(lambda _: 1e300)


def test_one_stray_among_seconds_hides_nothing() -> None:
    assert "in seconds" in reason(lambda day: midnight_ms(day, NEW_YORK) * (1 if day == FRIDAY else 1e-3))
