"""The calendars of an installation: its own days first, then what exchange_calendars knows (`exchanges`) and what
`holidays` estimates beyond it (`estimates`), built once and cached (`cache`). What follows from them is in
kernel/calendar/sessions."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

from bluedot_assets.adapters.calendars.cache import cache_folder, read_calendar, write_calendar
from bluedot_assets.kernel.calendar.own_days import OwnDay, own_closes_of, own_days_of
from bluedot_assets.kernel.calendar.sessions import Calendar, TradingDays
from bluedot_assets.kernel.errors import SettingsError

YEARS_BACK: Final = 20


def load_trading_days(names: Sequence[str], today: date, own: Sequence[OwnDay] = ()) -> TradingDays:
    """The calendars of these names, from twenty years ago to the end of next year, or to where their list of holidays
    ends; of two in one timezone the first counts. `own` decides before them. Raises SettingsError for a name that
    exchange_calendars does not have, one that it cannot build, and days of a calendar that is not used."""
    folder, years = cache_folder(), (today.year - YEARS_BACK, today.year + 1)
    calendars: dict[str, Calendar] = {}
    for name in names:
        made = _calendar(folder, name, years)
        calendars.setdefault(made.timezone, made)
    used = [one.name for one in calendars.values()]
    if unused := next((one.calendar for one in own if one.calendar is not None and one.calendar not in used), None):
        raise SettingsError(
            f"BLUEDOT_HOLIDAYS has days of {unused!r}, which is none of the calendars in use "
            f"({', '.join(used) or 'none'}): name one of these, or name it first for its timezone in BLUEDOT_CALENDARS."
        )
    with_own = (one.with_own(own_days_of(own, one.name), own_closes_of(own, one.name)) for one in calendars.values())
    return TradingDays(tuple(with_own), own_days_of(own))


def _calendar(folder: Path | None, name: str, years: tuple[int, int]) -> Calendar:
    if folder is not None and (cached := read_calendar(folder, name, years)):
        return cached
    from bluedot_assets.adapters.calendars.estimates import with_estimates  # noqa: PLC0415
    from bluedot_assets.adapters.calendars.exchanges import build_calendar  # noqa: PLC0415  pandas takes half a second

    last = date(years[1], 12, 31)
    built = with_estimates(build_calendar(name, date(years[0], 1, 1), last), last)
    if folder is not None:
        write_calendar(folder, built, years)
    return built
