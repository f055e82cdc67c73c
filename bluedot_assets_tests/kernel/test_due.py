"""When the next publish is due, and from when on a site is late."""

from datetime import UTC, datetime

import pytest

from bluedot_assets.kernel.due import due_at, late_after
from bluedot_assets.kernel.status import Status, with_failure, with_publication
from bluedot_assets.kernel.timeframes import TIMEFRAMES
from bluedot_assets_tests.kernel.publications import folder, run, shown


@pytest.mark.parametrize(
    ("timeframe", "key", "due"),
    [
        ("daily", "2024-08-01", datetime(2024, 8, 3, 9, tzinfo=UTC)),  # Thursday: Friday's session, Saturday morning
        ("daily", "2024-08-02", datetime(2024, 8, 6, 9, tzinfo=UTC)),  # Friday: Monday's session, Tuesday morning
        ("daily", "2024-08-03", datetime(2024, 8, 6, 9, tzinfo=UTC)),  # a special session on Saturday
        ("daily", "2024-08-04", datetime(2024, 8, 6, 9, tzinfo=UTC)),
        ("daily", "2024-12-31", datetime(2025, 1, 2, 9, tzinfo=UTC)),
        ("weekly", "2024-W31", datetime(2024, 8, 11, 10, tzinfo=UTC)),  # the Sunday of W32
        ("weekly", "2020-W53", datetime(2021, 1, 10, 10, tzinfo=UTC)),
    ],
)
def test_the_next_publish_is_due_at_the_scheduled_run_after_the_next_session(
    timeframe: str, key: str, due: datetime
) -> None:
    assert due_at(TIMEFRAMES[timeframe], key) == due
    assert (late_after(TIMEFRAMES[timeframe], key) - due).total_seconds() == 6 * 3600


def test_the_status_says_when_it_is_due_and_a_failure_or_an_older_date_moves_nothing() -> None:
    status = with_publication(Status(), "daily", run("2024-08-02"), folder("a"), shown(), ())
    state = status.of("daily")
    assert (state.due_at, state.late_after) == (
        datetime(2024, 8, 6, 9, tzinfo=UTC),
        datetime(2024, 8, 6, 15, tzinfo=UTC),
    )
    failed = with_failure(status, "daily", run("2024-08-05", "failed", at=70)).of("daily")
    older = with_publication(status, "daily", run("2024-08-01", at=9), folder("b", 9), shown(), ()).of("daily")
    assert state.due_at == failed.due_at == older.due_at


def test_the_due_time_does_not_depend_on_when_it_is_published() -> None:
    first = with_publication(Status(), "weekly", run("2024-W31"), folder("a"), shown(), ())
    again = with_publication(first, "weekly", run("2024-W31", at=50), folder("a", 50), shown(), ())
    assert again.encoded() == first.encoded()
