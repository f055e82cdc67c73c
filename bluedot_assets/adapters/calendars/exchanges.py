"""Which days of an exchange are sessions, and when they close, from what exchange_calendars declares of it. It imports
pandas, half a second: import it only where `cache` has no calendar."""

import warnings
from dataclasses import replace
from datetime import date, time, timedelta
from importlib.metadata import version
from typing import Any, Final

import numpy as np
import pandas as pd
from exchange_calendars import get_calendar_names, resolve_alias
from exchange_calendars.calendar_utils import _default_calendar_factories
from exchange_calendars.exchange_calendar import _group_times
from pandas.tseries.offsets import BaseOffset

from bluedot_assets.kernel.calendar.sessions import Calendar
from bluedot_assets.kernel.errors import SettingsError

# Sessions that exchange_calendars does not have, with their closes, by the circulars of BSE and NSE: the hour of Diwali
# (Muhurat), the disaster recovery drills of 2024 and the Sunday of the budget.
_BESIDE: Final = {
    "XBOM": {
        "2018-11-07": "18:30",
        "2019-10-27": "19:15",
        "2020-11-14": "19:15",
        "2021-11-04": "19:15",
        "2022-10-24": "19:15",
        "2023-11-12": "19:15",
        "2024-03-02": "12:30",
        "2024-05-18": "12:30",
        "2024-11-01": "19:00",
        "2025-10-21": "14:45",
        "2026-02-01": "15:30",
    }
}


# What the code of exchange_calendars may raise that was not made for this pandas.
BROKEN: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


def _repair_offsets(kind: Any) -> None:
    """pandas 3 asks an offset for `_add_datetime`; those of exchange_calendars 4.13 (the Orthodox Easter, the holidays
    of Tel Aviv) have the name of before, and raise or are taken for the Easter of the West."""
    for one in kind.__subclasses__():
        if one.__module__.startswith("exchange_calendars.") and "_apply" in vars(one):
            one._add_datetime = one._apply
        _repair_offsets(one)


_repair_offsets(BaseOffset)


def build_calendar(name: str, first: date, last: date) -> Calendar:
    """The calendar from `first` to `last`, or as far as exchange_calendars vouches for it. Raises SettingsError for one
    that it does not have or that cannot be built."""
    if name not in get_calendar_names():
        raise SettingsError(
            f"BLUEDOT_CALENDARS names {name!r}, which exchange_calendars does not have: write market codes such as "
            "XBOM, XNYS or XLON, or none."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what pandas has to say to exchange_calendars is not for our users
            return _calendar(name, first, last)
    except BROKEN as error:
        raise SettingsError(
            f"BLUEDOT_CALENDARS names {name!r}, which exchange_calendars {version('exchange_calendars')} cannot build "
            f"with pandas {version('pandas')} ({type(error).__name__}): install the versions of requirements/run.lock, "
            "or leave it out and write the exchange's holidays into BLUEDOT_HOLIDAYS."
        ) from error


def _calendar(name: str, first: date, last: date) -> Calendar:
    # Not built by its constructor: with pandas 3 that passes over special_weekmasks, which costs XBOM its Saturdays in
    # silence and raises for XTAE; and it computes opening hours, half a second.
    kind = _default_calendar_factories[resolve_alias(name)]
    exchange = object.__new__(kind)
    earliest, latest = kind.bound_min(), kind.bound_max()
    first = first if earliest is None else max(first, earliest.date())
    last = last if latest is None else min(last, latest.date())
    days = np.arange(_day(first), _day(last) + 1)
    opened = np.is_busday(days, weekmask=exchange.weekmask)
    for since, until, mask in getattr(exchange, "special_weekmasks", ()):
        among = (days >= _day(since or first)) & (days <= _day(until or last))
        opened[among] = np.is_busday(days[among], weekmask=mask)
    closed = [_day(holiday) for holiday in exchange.adhoc_holidays]
    if exchange.regular_holidays is not None:
        closed += [_day(holiday) for holiday in exchange.regular_holidays.holidays(first, last)]
    opened &= ~np.isin(days, np.array(closed, "datetime64[D]"))
    sessions = days[opened].tolist()
    closes = [(date.min if since is None else since.date(), at) for since, at in exchange.close_times]
    regular = tuple((since, _after_midnight(at, exchange.close_offset)) for since, at in closes)
    calendar = Calendar(name, str(exchange.tz), first, last, frozenset(sessions), closes=regular)
    listed = _BESIDE.get(resolve_alias(name), {}).items()
    beside = {date.fromisoformat(day): _after_midnight(time.fromisoformat(at)) for day, at in listed}
    special = _special_closes(exchange, calendar, sessions) | beside
    known = calendar.sessions | {day for day in beside if first <= day <= last}
    ends = None if latest is None else latest.date()
    return replace(calendar, sessions=known, special_closes=special, ends=ends)


def _special_closes(exchange: Any, calendar: Calendar, sessions: list[date]) -> dict[date, timedelta]:
    """Closes that are not the regular one, in the order in which the constructor of exchange_calendars decides."""
    labels = pd.DatetimeIndex(sessions)
    first, last = pd.Timestamp(calendar.first), pd.Timestamp(calendar.last)
    exchange._opens = _group_times(labels, exchange.open_times, exchange.tz, exchange.open_offset)
    exchange._break_starts = _group_times(labels, exchange.break_start_times, exchange.tz)
    exchange._break_ends = _group_times(labels, exchange.break_end_times, exchange.tz)
    exchange._closes = _group_times(labels, exchange.close_times, exchange.tz, exchange.close_offset)
    exchange.apply_special_offsets(labels, first, last)  # those of Seoul, which needs all four
    at = pd.Series(exchange._closes, labels)
    special = exchange._calculate_special_closes(first, last)
    at.update(special[special.index.isin(labels)])
    closes = zip(sessions, (at.dt.tz_convert(exchange.tz).dt.tz_localize(None) - labels).tolist(), strict=True)
    return {day: after.to_pytimedelta() for day, after in closes if after != calendar.regular_close(day)}


def _after_midnight(at: time, days: int = 0) -> timedelta:
    return timedelta(days, hours=at.hour, minutes=at.minute)


def _day(at: date | str) -> np.datetime64:
    """The day of a date or a Timestamp, whatever timezone that names, or of a text, as XHKG has them."""
    return np.datetime64(pd.Timestamp(at).date())
