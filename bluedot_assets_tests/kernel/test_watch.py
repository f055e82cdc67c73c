"""The sensor's decision over sequences of ticks: triggers, forgotten triggers, late and corrected folders."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from bluedot_assets.kernel.timeframes import DAILY
from bluedot_assets.kernel.triggers import Trigger
from bluedot_assets.kernel.watch import Decision, Listing, Memory, Rules, Sight, decide, listing_fingerprint

START = datetime(2024, 8, 2, 9, 0, tzinfo=UTC)
RULES = Rules(DAILY, interval=timedelta(seconds=30), settle=timedelta(minutes=20))
DAY = "2024-08-02"


@dataclass
class World:
    """A source and a site that a test changes between ticks."""

    folders: dict[str, list[str]] = field(default_factory=lambda: {DAY: ["a", "b"]})
    published: dict[str, str] = field(default_factory=dict)
    trigger: Trigger | None = None
    memory: Memory | None = field(default_factory=Memory)
    now: datetime = START

    def listing_of(self, key: str) -> Listing:
        files = self.folders[key]
        return Listing(len(files), listing_fingerprint((name, name) for name in files))

    def tick(self, after_s: float = 30) -> Decision:
        self.now += timedelta(seconds=after_s)
        sight = Sight(self.trigger, sorted(self.folders), self.listing_of, self.published, self.now)
        decision = decide(self.memory, sight, RULES)
        self.memory = decision.memory
        return decision

    def ticks(self, minutes: float) -> Iterator[Decision]:
        for _ in range(int(minutes * 2)):
            yield self.tick()

    def publish(self, key: str) -> None:
        self.published[key] = self.listing_of(key).fingerprint


def keys(decisions: Sequence[Decision]) -> list[tuple[str, str]]:
    return [(wish.key, wish.reason) for decision in decisions for wish in decision.wishes]


def reports(decisions: Sequence[Decision]) -> list[str]:
    return [report for decision in decisions for report in decision.reports]


def test_a_touched_trigger_makes_one_run_when_the_listing_is_the_same_twice() -> None:
    world = World(trigger=Trigger(DAY, identity="t1"))
    first = world.tick()
    assert not first.wishes
    assert first.waiting == ["2024-08-02 has 2 files and may still grow."]
    assert keys([world.tick()]) == [(DAY, "trigger")]
    assert keys(list(world.ticks(60))) == []


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
        assert not world.tick().wishes
    assert keys([world.tick()]) == [(DAY, "trigger")]


def test_a_later_touch_means_again() -> None:
    world = World(trigger=Trigger(DAY, identity="t1"))
    first = [world.tick(), world.tick()]
    world.publish(DAY)
    world.trigger = Trigger(DAY, identity="t2")
    second = [world.tick(), world.tick()]
    assert keys(first) == keys(second) == [(DAY, "trigger")]
    run_keys = {wish.run_key for decision in [*first, *second] for wish in decision.wishes}
    assert len(run_keys) == 2


def test_the_first_sight_of_an_old_trigger_runs_only_what_the_site_lacks() -> None:
    known = World(trigger=Trigger(DAY, identity="t1"), memory=None)
    known.publish(DAY)
    assert keys(list(known.ticks(60))) == []
    lacking = World(trigger=Trigger(DAY, identity="t1"), memory=None)
    assert keys(list(lacking.ticks(2))) == [(DAY, "trigger")]


def test_a_tick_that_is_repeated_after_a_crash_asks_for_the_same_run() -> None:
    world = World(trigger=Trigger(DAY, expected=2, identity="t1"))
    before = world.memory
    (first,) = world.tick().wishes
    world.memory = before
    (second,) = world.tick().wishes
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
    assert keys(list(world.ticks(120))) == []


def test_a_settled_correction_is_run_again_once() -> None:
    world = World()
    world.publish(DAY)
    world.folders[DAY] = ["a", "b corrected"]
    assert keys(list(world.ticks(60))) == [(DAY, "files changed since it was published")]
    world.publish(DAY)
    assert keys(list(world.ticks(60))) == []


def test_a_correction_that_could_not_be_published_is_not_asked_for_over_and_over() -> None:
    world = World()
    world.publish(DAY)
    world.folders[DAY] = ["a"]
    assert len(keys(list(world.ticks(300)))) == 1


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
    assert listing_fingerprint(pairs.items()) == listing_fingerprint([("a", "1"), ("b", "2")])
    assert listing_fingerprint(pairs.items()) != listing_fingerprint([("a", "1"), ("b", "3")])
