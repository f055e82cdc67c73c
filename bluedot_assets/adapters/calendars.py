"""The exchanges' calendars, from exchange_calendars: which days are sessions, for as long as it knows. What follows
from them is in kernel/calendar/sessions."""

import warnings
from collections.abc import Sequence
from functools import lru_cache

from bluedot_assets.kernel.calendar.sessions import Calendar, TradingDays
from bluedot_assets.kernel.errors import SettingsError


def load_trading_days(names: Sequence[str]) -> TradingDays:
    """The calendars of these names, from twenty years ago to a year ahead, or to where their list of holidays ends; of
    two in one timezone the first counts. Raises SettingsError for a name that exchange_calendars does not have."""
    calendars: dict[str, Calendar] = {}
    for name in names:
        made = _load(name)
        calendars.setdefault(made.timezone, made)
    return TradingDays(tuple(calendars.values()))


@lru_cache
def _load(name: str) -> Calendar:
    # It imports pandas, half a second, and most commands ask for no session.
    from exchange_calendars import get_calendar, get_calendar_names  # noqa: PLC0415

    if name not in get_calendar_names():
        raise SettingsError(
            f"BLUEDOT_CALENDARS names {name!r}, which exchange_calendars does not have: write market codes such as "
            "XBOM, XNYS or XLON, or none."
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what pandas has to say to exchange_calendars is not for our users
        calendar = get_calendar(name)
    sessions = [session.date() for session in calendar.sessions]
    return Calendar(name, str(calendar.tz), sessions[0], sessions[-1], frozenset(sessions))
