"""Probable holidays of an exchange beyond the end of its calendar, from the package `holidays`: exchanges announce
theirs late in the year before, and some follow the moon. What is known is in `exchanges`."""

from dataclasses import replace
from datetime import date

import holidays
from exchange_calendars import resolve_alias

from bluedot_assets.kernel.calendar.sessions import Calendar


def with_estimates(calendar: Calendar, last: date) -> Calendar:
    """The calendar with what is estimated up to `last`; as it is when it has no end, or when `holidays` does not have
    its market."""
    market = resolve_alias(calendar.name)
    if calendar.ends is None or calendar.ends >= last or market not in holidays.list_supported_financial():
        return calendar
    found = holidays.financial_holidays(market, years=range(calendar.ends.year, last.year + 1))
    return replace(calendar, estimated=frozenset(day for day in found if calendar.ends < day <= last))
