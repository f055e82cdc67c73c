"""How each event changes `status.json`."""

import json
from datetime import timedelta

import pytest

from bluedot_assets.kernel.errors import NewerVersion, PublishRefused
from bluedot_assets.kernel.site.status import (
    FAILURES_KEPT,
    RUNS_KEPT,
    Status,
    decode_status,
    with_failure,
    with_publication,
)
from bluedot_assets_tests.examples.publications import NOON, folder, run, shown


def published(status: Status, key: str, content: str = "a", at: int = 0, dropped: tuple[str, ...] = ()) -> Status:
    """`status` after that folder was published `at` hours after noon."""
    return with_publication(status, "daily", run(key, at=at), folder(content, at), shown(), dropped)


def test_the_first_publish_shows_its_folder() -> None:
    state = published(Status(), "2024-08-02").of("daily")
    assert (state.as_of, state.updated_at, state.stocks, state.complete) == ("2024-08-02", NOON, 1, True)
    assert list(state.folders) == ["2024-08-02"]
    assert [one.partition for one in state.runs] == ["2024-08-02"]


def test_equal_content_later_changes_nothing_at_all() -> None:
    first = published(Status(), "2024-08-02")
    assert published(first, "2024-08-02", at=5) == first
    assert published(first, "2024-08-02", at=5).encoded() == first.encoded()


def test_changed_content_of_the_same_day_adds_a_run_and_moves_the_times() -> None:
    state = published(published(Status(), "2024-08-02"), "2024-08-02", "b", at=5).of("daily")
    assert len(state.runs) == 2
    assert state.updated_at == state.folders["2024-08-02"].made_at == NOON + timedelta(hours=5)


def test_a_newer_day_is_shown_and_an_older_one_is_only_added() -> None:
    status = published(published(Status(), "2024-08-01"), "2024-08-02", at=1)
    assert status.of("daily").as_of == "2024-08-02"
    later = published(status, "2024-07-31", at=2).of("daily")
    assert (later.as_of, later.updated_at) == ("2024-08-02", NOON + timedelta(hours=1))
    assert list(later.folders) == ["2024-08-02", "2024-08-01", "2024-07-31"]
    assert later.runs[0].partition == "2024-07-31"


def test_timeframes_do_not_touch_each_other() -> None:
    status = published(Status(), "2024-08-02")
    both = with_publication(status, "weekly", run("2024-W31"), folder("w"), shown(), ())
    assert both.of("daily") == status.of("daily")
    assert list(both.of("weekly").folders) == ["2024-W31"]


def test_dropped_folders_are_forgotten_and_their_runs_are_not() -> None:
    status = published(published(Status(), "2024-08-01"), "2024-08-02", dropped=("2024-08-01",))
    assert list(status.of("daily").folders) == ["2024-08-02"]
    assert len(status.of("daily").runs) == 2


def test_a_failure_is_told_once_for_each_run() -> None:
    status = with_failure(published(Status(), "2024-08-01"), "daily", run("2024-08-02", "failed", run_id="r1"))
    state = status.of("daily")
    assert state.failures == {"2024-08-02": state.runs[0]}
    assert (state.as_of, len(state.runs)) == ("2024-08-01", 2)
    assert with_failure(status, "daily", run("2024-08-02", "failed", at=3, run_id="r1")) == status
    again = with_failure(status, "daily", run("2024-08-02", "failed", at=3, run_id="r2"))
    assert len(again.of("daily").runs) == 3


def test_one_run_that_failed_two_partitions_is_told_for_both() -> None:
    status = with_failure(Status(), "daily", run("2024-08-01", "failed", run_id="r1"))
    status = with_failure(status, "daily", run("2024-08-02", "failed", run_id="r1"))
    assert [one.partition for one in status.of("daily").runs] == ["2024-08-02", "2024-08-01"]


def failed(status: Status, *keys: str) -> Status:
    """`status` after a failed run of each."""
    for at, key in enumerate(keys):
        status = with_failure(status, "daily", run(key, "failed", at=at))
    return status


@pytest.mark.parametrize("key", ["2024-07-31", "2024-08-05"])
def test_a_failure_is_lifted_by_its_own_partition_alone(key: str) -> None:
    status = failed(published(Status(), "2024-08-01"), "2024-08-02")
    assert list(published(status, key, at=1).of("daily").failures) == ["2024-08-02"]
    assert published(status, "2024-08-02", at=1).of("daily").failures == {}


def test_a_failure_of_what_is_shown_is_lifted_by_equal_content_without_a_new_run() -> None:
    status = failed(published(Status(), "2024-08-02"), "2024-08-02")
    lifted = published(status, "2024-08-02", at=4).of("daily")
    assert lifted.failures == {}
    assert lifted.runs == status.of("daily").runs
    assert lifted.updated_at == NOON


def test_a_correction_of_an_older_day_that_failed_stands_until_that_day_is_published() -> None:
    status = failed(published(published(Status(), "2024-08-01"), "2024-08-02"), "2024-08-01")
    assert list(status.of("daily").failures) == ["2024-08-01"]
    assert published(status, "2024-08-01", "b", at=2).of("daily").failures == {}


def test_the_failure_of_an_older_day_neither_hides_nor_lifts_that_of_a_newer_one() -> None:
    status = failed(published(Status(), "2024-08-01"), "2024-08-02", "2024-08-01")
    assert list(status.of("daily").failures) == ["2024-08-02", "2024-08-01"]
    assert list(published(status, "2024-08-01", at=3).of("daily").failures) == ["2024-08-02"]


def test_the_last_failure_of_a_partition_is_the_one_that_stands() -> None:
    (failure,) = failed(Status(), "2024-08-02", "2024-08-02").of("daily").failures.values()
    assert failure.at == NOON + timedelta(hours=1)


def test_the_newest_twenty_failures_are_kept() -> None:
    days = [f"2024-07-{day:02}" for day in range(1, 31)]
    assert list(failed(Status(), *days).of("daily").failures) == days[: -FAILURES_KEPT - 1 : -1]
    assert FAILURES_KEPT == 20


def test_dropped_folders_take_their_failures_along() -> None:
    status = failed(published(Status(), "2024-08-01"), "2024-08-01")
    assert published(status, "2024-08-02", dropped=("2024-08-01",)).of("daily").failures == {}


def test_a_status_of_the_time_of_one_failure_is_read() -> None:
    one = {"partition": "2024-08-02", "outcome": "failed", "at": "2024-08-02T12:00:00Z", "run_id": "r"}
    old = {"schema_version": 1, "timeframes": {"daily": {"as_of": "2024-08-01", "failure": one}}}
    state = decode_status(json.dumps(old).encode()).of("daily")
    assert (state.as_of, state.failures) == ("2024-08-01", {})


def test_sixty_runs_are_kept_newest_first() -> None:
    status = Status()
    for number in range(50):
        status = published(status, "2024-08-02", str(number), at=number)
        status = with_failure(status, "daily", run("2024-08-05", "failed", at=number))
    runs = status.of("daily").runs
    assert len(runs) == RUNS_KEPT == 60
    assert runs == sorted(runs, key=lambda one: (one.at, one.outcome == "failed"), reverse=True)


def test_a_status_reads_back_as_it_was_written_and_an_absent_one_is_empty() -> None:
    status = with_failure(published(Status(), "2024-08-02"), "weekly", run("2024-W31", "failed"))
    assert decode_status(status.encoded()) == status
    assert json.loads(status.encoded())["timeframes"]["daily"]["as_of"] == "2024-08-02"
    assert decode_status(None) == Status()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"timeframes": 7}'])
def test_a_broken_status_is_an_error_and_never_an_empty_site(content: bytes) -> None:
    with pytest.raises(PublishRefused, match=r"status\.json cannot be read"):
        decode_status(content)


@pytest.mark.parametrize(
    ("timeframe", "key", "why"),
    [
        ("daily", "2024-W31", "'2024-W31' is no daily partition"),
        ("weekly", "\r\n", r"'\\r\\n' is no weekly partition"),
    ],
)
def test_a_status_of_folders_that_there_cannot_be_is_broken(timeframe: str, key: str, why: str) -> None:
    state = {"folders": {key: {"made_at": "2024-08-02T12:00:00Z", "files": 1, "bytes": 1, "fingerprint": ""}}}
    with pytest.raises(PublishRefused, match=why):
        decode_status(json.dumps({"timeframes": {timeframe: state}}).encode())


def test_an_unknown_timeframe_is_of_a_newer_bluedot_and_no_history_is_to_be_given_up() -> None:
    with pytest.raises(NewerVersion, match=r"the timeframe 'monthly', .*: upgrade this installation"):
        decode_status(b'{"timeframes": {"monthly": {}}}')
