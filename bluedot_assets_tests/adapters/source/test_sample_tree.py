"""The sample on disk: what a reader finds, and which folders are left alone."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from bluedot_assets.adapters.source.sample_tree import SampleFolderRefused, write_sample
from bluedot_assets.kernel.sample.faults import FAULT_KINDS
from bluedot_assets.kernel.sample.tree import SAMPLE_MARKER, SamplePlan, sample_file_count, sample_files

PLAN = SamplePlan(stocks=3, days=2, weeks=1, seed=7, end=dt.date(2024, 8, 2))


def snapshot(root: Path) -> dict[str, tuple[bytes | str, float]]:
    """Content (or link target) and modification time of everything that is no folder."""
    return {
        str(path.relative_to(root)): (
            str(path.readlink()) if path.is_symlink() else path.read_bytes(),
            path.lstat().st_mtime,
        )
        for path in sorted(root.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def test_the_folder_holds_the_planned_files_with_their_times(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "sample"
    plan = replace(PLAN, fault_kinds=tuple(kind for kind in FAULT_KINDS if kind != "over-size"))
    write_sample(plan, out)
    assert snapshot(out) == {
        file.path: (file.link_to or file.content, file.modified.timestamp()) for file in sample_files(plan)
    }


def test_latest_links_lead_to_the_newest_folders_wherever_the_tree_is_moved(tmp_path: Path) -> None:
    write_sample(PLAN, tmp_path / "made")
    moved = (tmp_path / "made").rename(tmp_path / "moved")
    assert (moved / "daily/latest").resolve() == (moved / "daily/2024-08-02").resolve()
    assert len(list((moved / "weekly/latest").iterdir())) == 3


def test_writing_twice_gives_the_same_tree(tmp_path: Path) -> None:
    write_sample(PLAN, tmp_path)
    first = snapshot(tmp_path)
    write_sample(PLAN, tmp_path)
    assert snapshot(tmp_path) == first


def test_an_earlier_sample_is_replaced_without_stale_partitions(tmp_path: Path) -> None:
    write_sample(PLAN, tmp_path)
    write_sample(replace(PLAN, end=dt.date(2024, 9, 6), weeks=0), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [SAMPLE_MARKER, "daily", "triggers"]
    assert sorted(path.name for path in (tmp_path / "daily").iterdir()) == ["2024-09-05", "2024-09-06", "latest"]


def test_a_run_that_broke_off_can_be_repeated(tmp_path: Path) -> None:
    class PowerCut(Exception):
        pass

    def cut(_: int) -> None:
        if (tmp_path / "daily").exists():
            raise PowerCut

    with pytest.raises(PowerCut):
        write_sample(PLAN, tmp_path, advance=cut)
    write_sample(PLAN, tmp_path)
    assert len(snapshot(tmp_path)) == sample_file_count(PLAN)


def test_what_else_lies_in_a_sample_folder_is_left_alone(tmp_path: Path) -> None:
    write_sample(PLAN, tmp_path)
    (tmp_path / "notes.md").write_text("mine")
    write_sample(PLAN, tmp_path)
    assert (tmp_path / "notes.md").read_text() == "mine"


def test_a_foreign_folder_is_refused_and_unchanged(tmp_path: Path) -> None:
    (tmp_path / "daily").mkdir()
    (tmp_path / "daily" / "precious.json").write_text("{}")
    with pytest.raises(SampleFolderRefused, match="give a new or empty folder"):
        write_sample(PLAN, tmp_path)
    assert snapshot(tmp_path).keys() == {"daily/precious.json"}


def test_a_file_in_the_folders_place_is_refused_and_unchanged(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(SampleFolderRefused, match="is a file"):
        write_sample(PLAN, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_an_empty_folder_is_accepted_and_progress_and_size_are_given(tmp_path: Path) -> None:
    steps: list[int] = []
    size = write_sample(PLAN, tmp_path, advance=steps.append)
    assert sum(steps) == sample_file_count(PLAN)
    assert size == sum(len(file.content) for file in sample_files(PLAN))
