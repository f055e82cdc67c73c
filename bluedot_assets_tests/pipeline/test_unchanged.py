"""What would be the same again is not made again, and what would not be is made: one byte anywhere decides."""

import os
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Final

import pytest

from bluedot_assets.adapters.workers import shard_tasks
from bluedot_assets.pipeline.stages import bars, series
from bluedot_assets.pipeline.stages.unchanged import PACE, PLACES
from bluedot_assets.settings.fields import Settings
from bluedot_assets_tests.examples.spoiled_files import revise
from bluedot_assets_tests.examples.trees import DAY, DAYS, Installation, hashes, stock_files

FLIPPED: Final = ("first", "middle", "last")


@pytest.fixture
def shards(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks that runs give to workers from now on, by their names."""
    done: list[str] = []
    for module, name in ((bars, "judge_shard"), (series, "series_shard")):
        task = getattr(shard_tasks, name)

        def noted(given: object, task: Callable[[object], object] = task, name: str = name) -> object:
            done.append(name)
            return task(given)

        monkeypatch.setattr(module, name, noted)
    return done


def flip(path: Path, place: str) -> None:
    """Change one bit of one byte of a file, and nothing of its times."""
    stat, content = path.stat(), bytearray(path.read_bytes())
    content[{"first": 0, "middle": len(content) // 2, "last": -1}[place]] ^= 1
    path.unlink()  # it may be a hard link
    path.write_bytes(content)

    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def test_a_run_of_unchanged_input_gives_the_workers_nothing(running: Installation, shards: list[str]) -> None:
    assert running.run().success
    assert shards == []


def test_a_changed_file_is_made_again(running: Installation, shards: list[str]) -> None:
    revise(running)
    assert running.run().success
    assert shards == ["judge_shard", "series_shard"]


def test_one_damaged_indicator_is_made_again_alone(running: Installation, shards: list[str]) -> None:
    before = hashes(running.data)
    (stored,) = (running.data / "series" / "daily" / DAY).glob("rlst_rating-*")
    flip(stored, "middle")
    assert running.run().success
    assert shards == ["series_shard"]
    assert hashes(running.data) == before


@pytest.mark.parametrize(
    "values",
    [
        {"BLUEDOT_MIN_BARS": "400"},
        {"BLUEDOT_HOLIDAYS": "2024-08-01"},
        {"BLUEDOT_CLOSE_TIMES": "Asia/Kolkata=16:00"},
        {"BLUEDOT_EXCHANGE_TIMEZONES": "America/New_York,Asia/Kolkata"},
        {"COMPRESSION": "false"},
    ],
    ids=lambda values: next(iter(values)),
)
def test_a_setting_that_decides_on_bars_makes_them_again(
    running: Installation, shards: list[str], values: dict[str, object]
) -> None:
    running.set(**values)
    assert running.run().success
    assert "judge_shard" in shards


def test_an_earlier_partition_that_is_new_makes_the_bars_again(running: Installation, shards: list[str]) -> None:
    assert running.run("daily", DAYS[0]).success
    shards.clear()
    assert running.run().success
    assert "judge_shard" in shards


@pytest.mark.long
def test_an_earlier_partition_that_could_not_be_read_is_compared_with_when_it_can(
    running: Installation, shards: list[str]
) -> None:
    assert running.run("daily", DAYS[1]).success
    stored = running.data / f"bars/daily/as_of={DAYS[1]}/part.parquet"
    flip(stored, "middle")
    assert running.run().success  # compared with what the site shows of it
    flip(stored, "middle")
    shards.clear()
    assert running.run().success
    assert shards == ["judge_shard", "series_shard"]
    assert running.run().success
    assert shards == ["judge_shard", "series_shard"]


def test_the_settings_that_decide_on_no_byte_are_settings() -> None:
    assert Settings.model_fields.keys() >= PLACES | PACE


def test_other_code_makes_everything_again(
    running: Installation, shards: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bluedot_assets.pipeline.stages.unchanged.code_version", lambda: "another")
    assert running.run().success
    assert shards == ["judge_shard", "series_shard"]


@pytest.mark.long
def test_one_flipped_byte_of_what_is_stored_or_published_is_made_good(published: Installation, tmp_path: Path) -> None:
    """File by file, in an installation of its own: whatever a run finds, it leaves what it found before."""
    own = published.copy(tmp_path / "own")
    assert own.run().success
    places = cycle(FLIPPED)
    for folder in (own.data, own.site):  # the site is a link, and another folder after each publish
        pristine = hashes(folder)
        for name, place in zip([one for one in pristine if DAY in one], places, strict=False):
            flip(folder / name, place)
            assert hashes(folder) != pristine, name
            assert own.run().success, name
            assert hashes(folder) == pristine, (name, place)


@pytest.mark.parametrize("place", FLIPPED)
def test_one_flipped_byte_of_a_source_file_is_seen(running: Installation, shards: list[str], place: str) -> None:
    flip(stock_files(running.source / "daily" / DAY)[0], place)
    running.run()
    assert "judge_shard" in shards
