"""What a person means by a moment, and by partitions."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bluedot_assets.kernel.calendar.given_dates import ends_of, moment_of
from bluedot_assets.kernel.errors import UsageError

END: datetime = datetime(2024, 8, 1, 23, 59, 59, 999999, UTC)


@pytest.mark.parametrize(
    "day",
    [
        "2024-08-01",
        "20240801",
        "2024-08-01T00:00",
        date(2024, 8, 1),
        datetime(2024, 8, 1),  # noqa: DTZ001  what a person writes
        pd.Timestamp("2024-08-01"),
        np.datetime64("2024-08-01"),
        np.datetime64("2024-08-01", "ns"),
        np.datetime64("2024-08", "M"),
    ],
)
def test_each_form_of_a_day_is_its_end(day: Any) -> None:
    assert moment_of(day) == END


def test_the_key_of_a_week_is_the_end_of_that_week() -> None:
    assert moment_of("2024-W31") == END + timedelta(days=3)


@pytest.mark.parametrize(
    "moment",
    [
        "2024-08-01T14:30",
        "2024-08-01 20:00+05:30",
        datetime(2024, 8, 1, 20, tzinfo=timezone(timedelta(hours=5.5))),
        pd.Timestamp("2024-08-01 14:30"),
        pd.Timestamp("2024-08-01 20:00", tz="Asia/Kolkata"),
        np.datetime64("2024-08-01T14:30"),
    ],
)
def test_a_time_of_a_day_is_that_time(moment: Any) -> None:
    assert moment_of(moment) == datetime(2024, 8, 1, 14, 30, tzinfo=UTC)


def test_midnight_with_a_timezone_is_midnight() -> None:
    assert moment_of(pd.Timestamp("2024-08-01", tz="UTC")) == datetime(2024, 8, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "other", ["yesterday", "2024-W31-1", "2024W31", "2024-08", 20240801, pd.NaT, np.datetime64("NaT"), ["2024-08-01"]]
)
def test_what_is_no_moment_is_refused_with_forms_that_are(other: Any) -> None:
    with pytest.raises(UsageError, match=r"is no moment: write it like 2024-08-02, 2024-W31 or 2024-08-02T14:30"):
        moment_of(other)


def test_partitions_are_a_key_or_the_first_and_the_last() -> None:
    for day in ("2024-08-01", date(2024, 8, 1), pd.Timestamp("2024-08-01"), np.datetime64("2024-08-01", "ns")):
        assert ends_of(day) == ("2024-08-01", "2024-08-01")
    assert ends_of(("2024-W30", "2024-W31")) == ("2024-W30", "2024-W31")
    others: list[Any] = [None, ["2024-07-31", "2024-08-01"], ("2024-07-31",), ("2024-07-31", None), 20240801]
    for other in others:
        with pytest.raises(UsageError, match="give one key, or the first and the last as a tuple"):
            ends_of(other)
