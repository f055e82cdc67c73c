"""Session dates: the zone in which all of a file's bars are midnight."""

import math
from datetime import date, timedelta

import pytest

from bluedot_assets.kernel.source.stamps.session_dates import SessionDates
from bluedot_assets.kernel.source.vendor_file import Unreadable
from bluedot_assets_tests.examples.vendor_files import (
    FRIDAY,
    INDIA,
    NEW_YORK,
    ZONES,
    bars,
    document,
    judged,
    midnight_ms,
)
from bluedot_assets_tests.examples.vendor_files import raw as raw_file

EARLIER = FRIDAY - timedelta(days=200)  # in winter


def test_the_vendors_own_example_is_friday_in_india() -> None:
    assert SessionDates(ZONES).of([1753986600000]) == (INDIA, [date(2025, 8, 1)])


@pytest.mark.parametrize("zone", ZONES)
def test_the_zone_is_inferred_in_summer_and_winter(zone: str) -> None:
    days: list[date | None] = [FRIDAY, EARLIER]
    dates = SessionDates(ZONES)
    assert dates.of([midnight_ms(FRIDAY, zone), midnight_ms(EARLIER, zone)]) == (zone, days)
    assert dates.of([float(midnight_ms(EARLIER, zone)), midnight_ms(FRIDAY, zone)]) == (zone, days[::-1])


def test_midnight_in_new_york_moves_with_the_clock() -> None:
    hour = 3_600_000
    friday, monday = date(2024, 3, 8), date(2024, 3, 11)
    assert midnight_ms(monday, NEW_YORK) - midnight_ms(friday, NEW_YORK) == 3 * 24 * hour - hour
    with pytest.raises(Unreadable, match="midnight in none of"):
        SessionDates(ZONES).of([midnight_ms(friday, NEW_YORK), midnight_ms(monday, NEW_YORK) + hour])


@pytest.mark.parametrize("instant", [1753986660000, 0.5, math.inf, -math.inf, 1e300, 10**17])
def test_an_instant_that_is_midnight_nowhere_names_the_setting(instant: float) -> None:
    with pytest.raises(Unreadable, match=r"none of Asia/Kolkata, America/New_York: .*BLUEDOT_EXCHANGE_TIMEZONES") as no:
        SessionDates(ZONES).of([1753986600000, instant])
    assert no.value.field == "chart.prices.priceDate"


def test_bars_of_two_exchanges_in_one_file_are_midnight_in_none() -> None:
    with pytest.raises(Unreadable, match="midnight in none"):
        SessionDates(ZONES).of([midnight_ms(FRIDAY, INDIA), midnight_ms(FRIDAY, NEW_YORK)])


def test_zones_that_agree_on_every_date_are_one() -> None:
    # Toronto keeps New York's clock.
    zones = ("America/Toronto", NEW_YORK)
    assert SessionDates(zones).of([midnight_ms(FRIDAY, NEW_YORK)]) == ("America/Toronto", [FRIDAY])


def test_zones_that_disagree_on_the_date_are_ambiguous_unless_a_bar_decides() -> None:
    # Kiritimati is a whole day ahead of Honolulu: one instant is midnight in both, on two dates.
    zones = ("Pacific/Kiritimati", "Pacific/Honolulu")
    with pytest.raises(Unreadable, match="several zones with different dates") as ambiguous:
        SessionDates(zones).of([midnight_ms(FRIDAY, zones[0])])
    assert "BLUEDOT_EXCHANGE_TIMEZONES" in ambiguous.value.reason
    assert SessionDates(zones[:1]).of([midnight_ms(FRIDAY, zones[0])]) == (zones[0], [FRIDAY])
    assert SessionDates(zones[1:]).of([midnight_ms(FRIDAY, zones[0])]) == (zones[1], [FRIDAY - timedelta(days=1)])
    # New York and Bogota agree in winter only: a summer bar decides.
    pair = ("America/Bogota", NEW_YORK)
    assert SessionDates(pair).of([midnight_ms(EARLIER, NEW_YORK)])[0] == "America/Bogota"
    assert SessionDates(pair).of([midnight_ms(EARLIER, NEW_YORK), midnight_ms(FRIDAY, NEW_YORK)])[0] == NEW_YORK


def test_a_few_strays_have_no_date_and_the_others_decide() -> None:
    good = [midnight_ms(FRIDAY - timedelta(days=back)) for back in range(19)]
    intraday = midnight_ms(FRIDAY + timedelta(days=1)) + 40_320_000
    zone, days = SessionDates(ZONES).of([intraday, *good])
    assert (zone, days[0], days[1]) == (INDIA, None, FRIDAY)
    assert SessionDates(ZONES).of([*good[:9], midnight_ms(FRIDAY, NEW_YORK)])[0] == INDIA
    with pytest.raises(Unreadable, match="midnight in none of"):
        SessionDates(ZONES).of([*good[:8], intraday, intraday + 1])  # two of ten are more than a tenth
    assert SessionDates(ZONES).of([intraday, *good[:2]])[1] == [None, FRIDAY, FRIDAY - timedelta(days=1)]
    with pytest.raises(Unreadable, match="midnight in none of"):
        SessionDates(ZONES).of([intraday, good[0]])


def test_strays_never_choose_between_zones_that_differ() -> None:
    # Bogota keeps New York's winter clock: with a stray both fit nearly all of a winter's bars and one of spring.
    winter = [midnight_ms(EARLIER - timedelta(days=back), NEW_YORK) for back in range(20)]
    pair = ("America/Bogota", NEW_YORK)
    assert SessionDates(pair).of([midnight_ms(FRIDAY, NEW_YORK), *winter])[0] == NEW_YORK
    with pytest.raises(Unreadable, match="several zones with different dates"):
        SessionDates(pair).of([midnight_ms(FRIDAY, NEW_YORK), *winter, winter[0] + 1])


def test_what_is_no_number_has_no_date_and_decides_nothing() -> None:
    instants = [None, midnight_ms(FRIDAY, NEW_YORK), math.nan]
    assert SessionDates(ZONES).of(instants) == (NEW_YORK, [None, FRIDAY, None])
    assert SessionDates(ZONES).of([None, math.nan]) == (INDIA, [None, None])
    assert SessionDates(ZONES).of([]) == (INDIA, [])


def test_a_setting_can_force_the_zone_of_every_file() -> None:
    tokyo = document(bars(3, "Asia/Tokyo"))
    assert judged(raw_file(tokyo)).rejected["field"].to_list() == ["chart.prices.priceDate"]
    assert judged(raw_file(tokyo), zones=("Asia/Tokyo",)).bars["session"].to_list()[-1] == FRIDAY
    assert judged(raw_file(document(bars(3))), zones=("Asia/Tokyo",)).stocks.is_empty()


def test_files_of_two_exchanges_in_one_shard_each_have_their_own_dates() -> None:
    files = [raw_file(document(bars(3, zone)), f"S{place}_daily.json") for place, zone in enumerate(ZONES * 2)]
    shard = judged(*files)
    assert shard.stocks["timezone"].to_list() == [*ZONES, *ZONES]
    assert set(shard.stocks["last_session"]) == {FRIDAY}
