"""Every path of the data folder, each spelled here once, and the one place that reads a key back out of a path.

What is done to the objects at these paths is in `outputs`, `raw_cache` and the stages."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from bluedot_assets.kernel.manifest import PARQUET

STAGING: Final = ".staging"
PENDING_LEDGER: Final = "alerts/notices.json"  # notifications that the site could not take yet
_FOLDERS: Final = {"raw_json": "raw", "bars": "bars", "watchlists": "watchlists", "pine_scripts": "scripts"}
_SERIES: Final = "series"  # all indicators of a partition share a folder


@dataclass(frozen=True)
class Slot:
    """The place of one stage's output for one partition."""

    timeframe: str
    partition: str
    stage: str

    @cached_property
    def manifest_path(self) -> str:
        return f"{manifests(self.timeframe, self.partition)}/{self.stage}.json"

    @cached_property
    def journal_path(self) -> str:
        return f"{manifests(self.timeframe, self.partition)}/{self.stage}.unfinished"

    @cached_property
    def folder(self) -> str:
        """Where the stage's objects are; of a raw object, which has no folder, its path without the ending."""
        return f"{_FOLDERS.get(self.stage, _SERIES)}/{self.timeframe}/{self.partition}"

    @cached_property
    def raw_path(self) -> str:
        """The one object of a raw partition."""
        return f"{self.folder}{PARQUET}"

    def table_path(self, table: str) -> str:
        return f"{self.folder}/{table}{PARQUET}"

    def __str__(self) -> str:
        return f"{self.timeframe}/{self.stage} of {self.partition}"


def manifests(timeframe: str, partition: str = "") -> str:
    """The folder of a timeframe's, or of a partition's, manifests and journals."""
    return f"manifests/{timeframe}/{partition}".rstrip("/")


def series_folder(timeframe: str, partition: str) -> str:
    """The folder of all CSVs of a partition."""
    return f"{_SERIES}/{timeframe}/{partition}"


def attempt(timeframe: str, partition: str) -> str:
    return f"attempts/{timeframe}/{partition}"


def raw_objects(timeframe: str) -> str:
    """The folder of a timeframe's raw objects."""
    return f"raw/{timeframe}"


def is_whole_parquet(path: str) -> bool:
    """Whether an object is Parquet, and no temporary file of a writer."""
    return path.endswith(PARQUET) and not path.rpartition("/")[2].startswith(".")


def manifest_slots(paths: Iterable[str]) -> Iterator[tuple[Slot, bool]]:
    """The slot of each path below `manifests`, and whether that is the manifest (not a journal or a dead writer's
    part). Files in other places, such as a desktop's own, are none of ours."""
    for path in paths:
        match path.split("/"):
            case [_, timeframe, partition, name]:
                stage, _, ending = name.rpartition(".")
                yield Slot(timeframe, partition, stage), ending == "json"


def staging_folder(name: str) -> str:
    return f"{STAGING}/{name}"


def staging_name(path: str) -> str:
    """The staging folder's name of a path below it."""
    return path.split("/")[1]
