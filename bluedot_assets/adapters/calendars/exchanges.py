"""Which days of an exchange are sessions, from what exchange_calendars declares of it. It imports pandas, half a
second: import it only where `cache` has no calendar."""

import warnings
from datetime import date
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from exchange_calendars import get_calendar_names, resolve_alias
from exchange_calendars.calendar_utils import _default_calendar_factories
from pandas.tseries.offsets import BaseOffset

from bluedot_assets.kernel.calendar.sessions import Calendar
from bluedot_assets.kernel.errors import SettingsError


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
    except (ArithmeticError, AttributeError, LookupError, NotImplementedError, TypeError, ValueError) as error:
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
    return Calendar(name, str(exchange.tz), first, last, frozenset(days[opened].tolist()))


def _day(at: date | str) -> np.datetime64:
    """The day of a date or a Timestamp, whatever timezone that names, or of a text, as XHKG has them."""
    return np.datetime64(pd.Timestamp(at).date())
