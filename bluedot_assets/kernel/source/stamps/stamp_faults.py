"""Why a file's bars are midnight in none of the candidate timezones, and what cures it: another unit, another time of
the day, midnight of UTC, or an exchange that is not configured. The zone itself is found in `session_dates`."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import time
from typing import Final
from zoneinfo import ZoneInfo

from bluedot_assets.kernel.source.stamps.instants import local_time, midnight_date

MOST: Final = 0.9  # of a file's instants; strays do not hide what the others have in common
_SAMPLED: Final = 24  # instants over the whole file: enough for both sides of daylight saving
_NAMED: Final = 3
# What the instants of 1990 to 2100 are in a unit; in milliseconds they lie between.
_UNITS: Final = {
    "seconds": (6.3e8, 4.2e9),
    "microseconds": (6.3e14, 4.2e15),
    "nanoseconds": (6.3e17, 4.2e18),
}
_LAST_MINUTE, _FIRST_MINUTE = time(23, 59), time(0, 1)
# Of the exchanges that exchange_calendars has, one for each clock and a second where people would search for it.
_EXCHANGE_ZONES: Final = (
    *("Asia/Kolkata", "America/New_York", "America/Chicago", "America/Toronto", "America/Mexico_City"),
    *("America/Bogota", "America/Santiago", "America/Sao_Paulo", "America/Argentina/Buenos_Aires"),
    *("Europe/London", "Europe/Paris", "Europe/Berlin", "Europe/Athens", "Europe/Helsinki", "Europe/Istanbul"),
    *("Europe/Moscow", "Asia/Jerusalem", "Asia/Riyadh", "Asia/Dubai", "Asia/Karachi", "Asia/Dhaka", "Asia/Bangkok"),
    *("Asia/Jakarta", "Asia/Shanghai", "Asia/Hong_Kong", "Asia/Singapore", "Asia/Taipei", "Asia/Manila"),
    *("Asia/Tokyo", "Asia/Seoul", "Australia/Sydney", "Pacific/Auckland", "Africa/Cairo", "Africa/Johannesburg"),
)


def stamp_fault(instants_ms: Sequence[float], zones: Mapping[str, ZoneInfo]) -> str:
    """The reason for a file whose bars have these instants, midnight in none of `zones`."""
    sampled = instants_ms[:: max(1, len(instants_ms) // _SAMPLED)]

    def most(holds: Callable[[float], bool]) -> bool:
        return sum(map(holds, sampled)) >= MOST * len(sampled)

    for unit, (least, largest) in _UNITS.items():
        if most(lambda one, least=least, largest=largest: least <= one < largest):  # type: ignore[misc]
            return f"its priceDates are in {unit}, and milliseconds are needed: have the exporter write milliseconds"
    for name, zone in zones.items():
        if most(lambda one, zone=zone: _near_midnight(one, zone)):  # type: ignore[misc]
            return (
                f"its priceDates are {_usual_clock(sampled, zone)} in {name}, and midnight (00:00:00) is needed: "
                "have the exporter write the midnight at which the day begins at the exchange"
            )
    none = f"its bars are midnight in none of {', '.join(zones)}"
    fitting = [name for name in _EXCHANGE_ZONES if most(_is_midnight_in(ZoneInfo(name)))]
    if most(_is_midnight_in(ZoneInfo("UTC"))):
        return (
            f"{none} but in UTC: have the exporter write midnight at the exchange; only for an exchange whose clock is "
            f"UTC ({' or '.join(fitting) or 'there is hardly one'}) add its timezone to BLUEDOT_EXCHANGE_TIMEZONES"
        )
    remedy = f"{none}: add the exchange's timezone to BLUEDOT_EXCHANGE_TIMEZONES"
    if fitting:
        return f"{remedy} (they are midnight in {' and '.join(fitting[:_NAMED])})"
    first = next(iter(zones), "UTC")
    return f"{remedy}, or have the exporter write midnight at the exchange ({_newest(instants_ms, first)})"


def _is_midnight_in(zone: ZoneInfo) -> Callable[[float], bool]:
    return lambda instant: midnight_date(instant, zone) is not None


def _near_midnight(instant: float, zone: ZoneInfo) -> bool:
    local = local_time(instant, zone)
    return local is not None and (local.time() >= _LAST_MINUTE or local.time() < _FIRST_MINUTE)


def _usual_clock(instants: Sequence[float], zone: ZoneInfo) -> str:
    """The time of the day that most of them have besides midnight."""
    clocks = (local.time() for one in instants if (local := local_time(one, zone)))
    usual = Counter(clock for clock in clocks if clock != time()).most_common(1)
    return str(usual[0][0]) if usual else str(time())


def _newest(instants: Sequence[float], zone: str) -> str:
    newest = local_time(max(instants), ZoneInfo(zone))
    return f"the newest is {newest:%Y-%m-%d %H:%M:%S} in {zone}" if newest else f"the newest is {max(instants):g}"
