"""The sensor's decision over sequences of ticks: triggers, forgotten triggers, late and corrected folders."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.source.arrivals import (
    ArrivalRules,
    Cursor,
    Decision,
    FolderListing,
    SourceObservation,
    decide,
)
from bluedot_assets.kernel.source.raw_file import SourceFile, fingerprint_listing
from bluedot_assets.kernel.source.trigger_file import Trigger

START = datetime(2024, 8, 2, 9, 0, tzinfo=UTC)
RULES = ArrivalRules(DAILY, interval=timedelta(seconds=30), settle=timedelta(minutes=20), keep=30)
DAY = "2024-08-02"


def listing(pairs: Iterable[tuple[str, str]]) -> list[SourceFile]:
    """Files of those names with those md5s."""
    return [SourceFile(name, name, 1, START, md5) for name, md5 in pairs]


@dataclass
class World:
    """A source and a site that a test changes between ticks."""

    folders: dict[str, list[str]] = field(default_factory=lambda: {DAY: ["a", "b"]})
    published: dict[str, str] = field(default_factory=dict)
    trigger: Trigger | None = None
    cursor: Cursor | None = field(default_factory=Cursor)
    now: datetime = START

    def listing_of(self, key: str) -> FolderListing:
        files = self.folders[key]
        return FolderListing(len(files), fingerprint_listing(listing((name, name) for name in files)))

    def tick(self, after_s: float = 30) -> Decision:
        self.now += timedelta(seconds=after_s)
        observation = SourceObservation(self.trigger, sorted(self.folders), self.listing_of, self.published, self.now)
        decision = decide(self.cursor, observation, RULES)
        self.cursor = decision.cursor
        return decision

    def ticks(self, minutes: float) -> Iterator[Decision]:
        for _ in range(int(minutes * 2)):
            yield self.tick()

    def publish(self, key: str) -> None:
        self.published[key] = self.listing_of(key).fingerprint


def keys(decisions: Sequence[Decision]) -> list[tuple[str, str]]:
    return [(request.key, request.reason) for decision in decisions for request in decision.requests]


def reports(decisions: Sequence[Decision]) -> list[str]:
    return [report for decision in decisions for report in decision.reports]


def test_a_touched_trigger_makes_one_run_when_the_listing_is_the_same_twice() -> None:
    world = World(trigger=Trigger(DAY, identity="t1"))
    first = world.tick()
    assert not first.requests
    assert first.waiting == ["2024-08-02 has 2 files and may still grow."]
    assert keys([world.tick()]) == [(DAY, "trigger")]
    assert keys(list(world.ticks(29))) == []


def test_an_empty_trigger_means_the_newest_folder() -> None:
    world = World(folders={"2024-08-01": ["a"], DAY: ["a"]}, trigger=Trigger(identity="t1"))
    world.tick()
    assert keys([world.tick()]) == [(DAY, "trigger")]


def test_a_met_expectation_starts_at_once() -> None:
    world = World(trigger=Trigger(DAY, expected=2, identity="t1"))
    assert keys([world.tick()]) == [(DAY, "trigger")]


def test_an_unmet_expectation_waits_for_the_files_and_says_how_many() -> None:
    world = World(trigger=Trigger(DAY, expected=3, identity="t1"))
    waiting = list(world.ticks(5))
    assert keys(waiting) == []
    assert waiting[-1].waiting[0] == "2024-08-02 has 2 of 3 files and may still grow."
    world.folders[DAY].append("c")
    assert keys([world.tick()]) == [(DAY, "trigger")]


def test_an_expectation_that_is_never_met_is_left_to_the_completeness_check_when_all_is_settled() -> None:
    world = World(trigger=Trigger(DAY, expected=3, identity="t1"))
    assert keys(list(world.ticks(21))) == [(DAY, "trigger")]


def test_a_growing_folder_is_not_started() -> None:
    world = World(trigger=Trigger(DAY, identity="t1"))
    for number in range(10):
        world.folders[DAY].append(f"file {number}")
        assert not world.tick().requests
    assert keys([world.tick()]) == [(DAY, "trigger")]


def test_a_later_touch_means_again() -> None:
    world = World(trigger=Trigger(DAY, identity="t1"))
    first = [world.tick(), world.tick()]
    world.publish(DAY)
    world.trigger = Trigger(DAY, identity="t2")
    second = [world.tick(), world.tick()]
    assert keys(first) == keys(second) == [(DAY, "trigger")]
    run_keys = {request.run_key for decision in [*first, *second] for request in decision.requests}
    assert len(run_keys) == 2


def test_the_first_tick_with_an_old_trigger_runs_only_what_the_site_lacks() -> None:
    known = World(trigger=Trigger(DAY, identity="t1"), cursor=None)
    known.publish(DAY)
    assert keys(list(known.ticks(60))) == []
    lacking = World(trigger=Trigger(DAY, identity="t1"), cursor=None)
    assert keys(list(lacking.ticks(2))) == [(DAY, "trigger")]


def test_a_tick_that_is_repeated_after_a_crash_asks_for_the_same_run() -> None:
    world = World(trigger=Trigger(DAY, expected=2, identity="t1"))
    before = world.cursor
    (first,) = world.tick().requests
    world.cursor = before
    (second,) = world.tick().requests
    assert first.run_key == second.run_key


def test_a_trigger_for_a_folder_that_the_listing_does_not_show_waits_half_an_hour_and_is_reported_once() -> None:
    world = World(trigger=Trigger("2024-08-05", identity="t1"), published={DAY: ""})
    decisions = list(world.ticks(120))
    assert keys(decisions) == []
    (report,) = reports(decisions)
    assert "2024-08-05" in report
    assert "touch it again" in report
    first = next(number for number, decision in enumerate(decisions) if decision.reports)
    assert first * 30 == pytest.approx(30 * 60, abs=60)


def test_a_folder_that_appears_within_the_half_hour_is_run() -> None:
    world = World(trigger=Trigger("2024-08-05", identity="t1"), published={DAY: ""})
    list(world.ticks(10))
    world.folders["2024-08-05"] = ["a"]
    assert keys(list(world.ticks(2))) == [("2024-08-05", "trigger")]


def test_a_malformed_trigger_is_reported_once_and_runs_nothing() -> None:
    world = World(trigger=Trigger(problem="its first line is odd", identity="t1"), published={DAY: ""})
    decisions = list(world.ticks(60))
    assert keys(decisions) == []
    assert len(reports(decisions)) == 1


def test_a_folder_without_trigger_is_run_when_it_stayed_the_same() -> None:
    world = World()
    decisions = list(world.ticks(19))
    assert keys(decisions) == []
    assert any("without trigger" in " ".join(decision.waiting) for decision in decisions)
    assert keys(list(world.ticks(10))) == [(DAY, "without trigger")]
    world.publish(DAY)
    assert keys(list(world.ticks(120))) == []


def test_a_settled_correction_is_run_again_once() -> None:
    world = World()
    world.publish(DAY)
    world.folders[DAY] = ["a", "b corrected"]
    assert keys(list(world.ticks(30))) == [(DAY, "files changed since it was published")]
    world.publish(DAY)
    assert keys(list(world.ticks(60))) == []


def test_a_correction_that_is_taken_back_is_run_again_under_a_run_key_of_its_own() -> None:
    world = World()
    requests = []
    for content in (["a"], ["a corrected"], ["a"]):
        world.folders[DAY] = content
        requests += [request for decision in world.ticks(29) for request in decision.requests]
        world.publish(DAY)
        list(world.ticks(10))
    assert [request.key for request in requests] == [DAY] * 3
    assert len({request.run_key for request in requests}) == 3


def test_a_folder_tick_that_is_repeated_after_a_crash_asks_for_the_same_run() -> None:
    world = World()
    list(world.ticks(20))
    before = world.cursor
    first = [request for decision in world.ticks(9) for request in decision.requests]
    world.cursor = before
    assert [request for decision in world.ticks(9) for request in decision.requests] == first != []


def minutes_of_requests(world: World, hours: float) -> list[int]:
    """When runs were requested, in minutes from the first."""
    times = [world.now for decision in world.ticks(hours * 60) for _ in decision.requests]
    return [round((time - times[0]) / timedelta(minutes=1)) for time in times]


def test_a_correction_whose_runs_fail_is_asked_for_four_times_and_then_given_up_in_words() -> None:
    world = World()
    world.publish(DAY)
    world.folders[DAY] = ["a"]
    decisions = list(world.ticks(60 * 24))
    requests = [request for decision in decisions for request in decision.requests]
    assert len({request.run_key for request in requests}) == len(requests) == 4
    (report,) = reports(decisions)
    assert "2024-08-02 was asked for 4 times" in report
    assert any("is given up until" in " ".join(decision.waiting) for decision in decisions[-20:])


@pytest.mark.parametrize("trigger", [None, Trigger(DAY, identity="t1")])
def test_a_partition_whose_run_failed_is_asked_for_again_ever_more_patiently(trigger: Trigger | None) -> None:
    times = minutes_of_requests(World(trigger=trigger), 24)
    assert times == [0, pytest.approx(30, abs=6), pytest.approx(150, abs=12), pytest.approx(630, abs=18)]


def test_what_was_published_meanwhile_is_not_asked_for_again() -> None:
    world = World(trigger=Trigger(DAY, identity="t1"))
    assert len(keys(list(world.ticks(20)))) == 1
    world.publish(DAY)
    decisions = list(world.ticks(60 * 24))
    assert keys(decisions) == []
    assert reports(decisions) == []
    assert world.cursor is not None
    assert world.cursor.requested == {}


def test_files_that_change_after_a_failed_run_are_a_new_content_with_attempts_of_its_own() -> None:
    world = World()
    list(world.ticks(60 * 24))
    world.folders[DAY] = ["a", "b corrected"]
    assert len(minutes_of_requests(world, 24)) == 4


def test_a_touch_after_giving_up_starts_over() -> None:
    world = World()
    list(world.ticks(60 * 24))
    world.trigger = Trigger(DAY, identity="t1")
    assert keys(list(world.ticks(2))) == [(DAY, "trigger")]
    assert len(minutes_of_requests(world, 24)) == 3


def test_the_failed_run_of_an_old_partition_that_a_trigger_named_is_asked_for_again() -> None:
    folders = {f"2024-07-{day}": ["a"] for day in range(20, 30)}
    world = World(folders=folders, trigger=Trigger("2024-07-21", identity="t1"))
    for key in folders:
        world.publish(key)
    del world.published["2024-07-21"]
    assert len(minutes_of_requests(world, 24)) == 4
    assert world.cursor is not None
    assert world.cursor.requested == {}  # it is no newest folder: nothing of it is kept for ever


def test_a_partition_that_is_older_than_all_that_the_site_keeps_is_asked_for_once() -> None:
    folders = {f"2024-0{month}-{day}": ["a"] for month in (6, 7) for day in range(10, 29)}
    world = World(folders=folders, trigger=Trigger("2024-06-10", identity="t1"))
    for key in sorted(folders)[-30:]:
        world.publish(key)
    assert keys(list(world.ticks(60 * 24))) == [("2024-06-10", "trigger")]


def test_another_trigger_that_lags_has_a_half_hour_of_its_own() -> None:
    world = World(trigger=Trigger("2024-08-05", identity="t1"), published={DAY: ""})
    list(world.ticks(10))
    world.trigger = None
    list(world.ticks(60))
    world.trigger = Trigger("2024-08-06", identity="t2")
    assert reports(list(world.ticks(29))) == []
    assert len(reports(list(world.ticks(5)))) == 1


def test_a_clock_that_was_ahead_blocks_nothing_once_it_is_right() -> None:
    world = World()
    world.publish(DAY)
    world.folders[DAY] = ["a"]
    world.tick(86_400)
    world.now -= timedelta(days=1)
    assert keys(list(world.ticks(29))) == [(DAY, "files changed since it was published")]


def test_an_expectation_without_a_key_speaks_of_the_newest_folder() -> None:
    world = World(folders={"2024-08-01": ["a", "b", "c"], DAY: ["a", "b"]}, trigger=Trigger(expected=3, identity="t1"))
    world.published["2024-08-01"] = ""
    assert keys(list(world.ticks(5))) == []
    world.folders[DAY] += ["c", "d"]  # more than was announced is no reason to wait
    assert keys([world.tick()]) == [(DAY, "trigger")]


def test_a_cursor_reads_back_as_it_was_written() -> None:
    world = World(trigger=Trigger(DAY, identity="t1"))
    list(world.ticks(2))
    world.trigger = Trigger("2024-08-05", identity="t2")
    world.tick()
    assert msgspec.json.decode(msgspec.json.encode(world.cursor), type=Cursor) == world.cursor


def test_only_the_newest_folders_are_compared_and_old_gaps_are_left_to_the_schedule() -> None:
    folders = {f"2024-07-{day}": ["a"] for day in range(20, 30)}
    world = World(folders=folders)
    for key in folders:
        world.publish(key)
    del world.published["2024-07-28"]
    world.folders["2024-07-21"] = ["changed"]
    assert keys(list(world.ticks(120))) == []


def test_a_folder_published_before_listings_were_remembered_is_left_alone() -> None:
    world = World(published={DAY: ""})
    assert keys(list(world.ticks(60))) == []


def test_an_empty_folder_is_no_partition_yet() -> None:
    world = World(folders={DAY: []})
    assert keys(list(world.ticks(60))) == []


@pytest.mark.parametrize("pairs", [{"a": "1", "b": "2"}, {"b": "2", "a": "1"}])
def test_a_fingerprint_does_not_depend_on_the_order_of_the_listing(pairs: Mapping[str, str]) -> None:
    assert fingerprint_listing(listing(pairs.items())) == fingerprint_listing(listing([("a", "1"), ("b", "2")]))
    assert fingerprint_listing(listing(pairs.items())) != fingerprint_listing(listing([("a", "1"), ("b", "3")]))


EARLIER_CURSOR = """{"handled":"t1","absent":{"fingerprint":"t2","since":"2024-08-02T09:12:30Z"},
"looked":"2024-08-02T09:15:30Z","listings":{
"2024-08-01":{"fingerprint":"481af98c35583a0526c2892a40b27394","since":"2024-08-02T09:00:30Z"},
"2024-08-02":{"fingerprint":"16c03bb2985a5bc2712b8af8a5b2423e","since":"2024-08-02T09:00:30Z"}},
"asked":{"2024-08-01":{"fingerprint":"481af98c35583a0526c2892a40b27394","at":"2024-08-02T09:01:00Z",
"requests":1,"given_up":false}}}"""


def test_a_cursor_of_the_version_before_is_carried_on_with_the_same_run_keys() -> None:
    cursor = msgspec.json.decode(EARLIER_CURSOR, type=Cursor)
    assert msgspec.json.encode(cursor).decode() == EARLIER_CURSOR.replace("\n", "").removesuffix("}") + (
        ',"ignored":{},"schema_version":1}'
    )
    world = World({"2024-08-01": ["a"], DAY: ["a", "b"]}, {"2024-07-31": ""}, Trigger("2024-08-05", identity="t2"))
    world.cursor, world.now = cursor, datetime(2024, 8, 2, 9, 15, 30, tzinfo=UTC)
    decisions = list(world.ticks(20))
    (waiting,) = decisions[0].waiting
    assert waiting.endswith("names 2024-08-05, which the source does not have yet; looked at again until 09:42 UTC.")
    assert [(request.run_key, request.reason) for one in decisions for request in one.requests] == [
        (f"daily:{DAY}:16c03bb2985a5bc2712b8af8a5b2423e:1722589230", "without trigger"),
        (
            "daily:2024-08-01:481af98c35583a0526c2892a40b27394:1722589230:2",
            "not published after 1 of 4 requests",
        ),
    ]
