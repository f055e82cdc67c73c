"""Whether the newest partition that should be public is, by the status and the clock."""

from datetime import UTC, datetime, timedelta

import pytest

from bluedot_assets.kernel.calendar.due import Timetable
from bluedot_assets.kernel.site.freshness import freshness_verdict, is_late
from bluedot_assets.kernel.site.status import Status, TimeframeStatus
from bluedot_assets_tests.examples.calendars import BOTH, INDIA, status_of

LATE = datetime(2024, 8, 17, 15, tzinfo=UTC)  # of the session after 15 August, a holiday in India


@pytest.fixture
def state() -> TimeframeStatus:
    return status_of("daily", "2024-08-14", Timetable(BOTH.of([INDIA]))).of("daily")


def test_over_a_holiday_and_up_to_the_deadline_nothing_is_late(state: TimeframeStatus) -> None:
    for now in (datetime(2024, 8, 16, 23, tzinfo=UTC), LATE):
        assert not is_late(state, now)
        assert freshness_verdict("daily", state, now).passed
    assert "2024-08-14 is the newest that should be there" in freshness_verdict("daily", state, LATE).message


def test_after_the_deadline_the_missing_partition_is_named(state: TimeframeStatus) -> None:
    verdict = freshness_verdict("daily", state, LATE + timedelta(seconds=1))
    assert (verdict.passed, verdict.blocks) == (False, False)
    assert verdict.message.startswith("2024-08-16 was due 2024-08-17 09:00 UTC and is not there")
    assert verdict.rows == [{"partition": "2024-08-16", "due_at": "2024-08-17 09:00 UTC", "newest": "2024-08-14"}]


def test_a_site_that_has_nothing_yet_is_not_fresh() -> None:
    verdict = freshness_verdict("weekly", Status().of("weekly"), LATE)
    assert (verdict.passed, verdict.message) == (False, "Nothing of weekly is published yet.")
    assert not is_late(Status().of("weekly"), LATE)
