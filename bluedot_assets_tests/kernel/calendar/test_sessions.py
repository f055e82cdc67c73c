"""The sessions of an exchange as values."""

import pickle
from datetime import date, timedelta

from bluedot_assets.kernel.calendar.sessions import Calendar, TradingDays


def test_the_calendars_that_a_task_carries_to_a_worker_are_the_same_there() -> None:
    first, last, holiday = date(2025, 7, 1), date(2025, 7, 4), date(2025, 12, 25)
    sessions = frozenset({first, last})
    closes = ((date.min, timedelta(hours=16)),)
    year = Calendar(
        "X", "America/New_York", first, last, sessions, {holiday: False}, closes, {last: timedelta(hours=13)}, last
    )
    days = TradingDays((year,), {holiday: False})
    assert pickle.loads(pickle.dumps(days)) == days  # noqa: S301
