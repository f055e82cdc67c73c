"""Every path of the data folder, each spelled here once, and the one place that reads a key back out of a path.

What is done to the objects at these paths is in `outputs`, `raw_cache` and the stages."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES
from bluedot_assets.kernel.stored.manifest import PARQUET, PART, made_again

AS_OF: Final = "as_of="  # begins the folder of a partition
DIGITS: Final = 16  # of a digest in a name
FORMAT: Final = "format.json"  # of which version all of the folder is
STAGING: Final = ".staging"
PENDING_LEDGER: Final = "alerts/notices.json"  # notifications that the site could not take yet
FREE_SPACE: Final = "alerts/free_space.json"  # what housekeeping measures of the disks
MACHINE: Final = "alerts/machine"  # a word of chance that tells this installation from others of the same site
_FOLDERS: Final = {"watchlists": "watchlists", "pine_scripts": "scripts"}
_RAW: Final = "raw"
_TABLES: Final = ("bars", "dots", "stocks", "rejected", "breadth")  # each in a folder of its own, by partition
_SOURCE: Final = "source"
_HISTORY: Final = "history"
_SERIES: Final = "series"  # all indicators of a partition share a folder


@dataclass(frozen=True)
class Slot:
    """The place of one stage's output for one partition."""

    timeframe: str
    partition: str
    stage: str

    manifest_path: str = field(init=False)
    journal_path: str = field(init=False)
    folder: str = field(init=False)  # of the stage's objects, if they have one of their own
    raw_path: str = field(init=False)  # the one object of a raw partition
    former_raw_path: str = field(init=False)  # the same, as earlier versions stored it
    attempt: str = field(init=False)  # folder of what an interrupted reading of the raw partition has

    def __post_init__(self) -> None:
        beside = f"{manifests(self.timeframe, self.partition)}/{self.stage}"
        folder = f"{_FOLDERS.get(self.stage, _SERIES)}/{self.timeframe}/{self.partition}"
        vars(self).update(
            manifest_path=f"{beside}.json",
            journal_path=f"{beside}.unfinished",
            folder=folder,
            raw_path=_part(_RAW, self.timeframe, self.partition),
            former_raw_path=f"{_RAW}/{self.timeframe}/{self.partition}{PARQUET}",
            attempt=f"{attempts(self.timeframe)}/{self.partition}",
        )

    def table_path(self, table: str) -> str:
        return _part(table, self.timeframe, self.partition)

    def attempt_part(self, name: str) -> str:
        return f"{self.attempt}/{name}{PARQUET}"

    def __str__(self) -> str:
        return f"{self.timeframe}/{self.stage} of {self.partition}"


def _part(table: str, timeframe: str, partition: str) -> str:
    """A table's object for one partition, named as readers of Hive partitions expect it: pandas, polars, DuckDB."""
    return f"{table}/{timeframe}/{AS_OF}{partition}/{PART}"


def source_range_path(timeframe: str) -> str:
    """The file of what the source was last seen to have of a timeframe."""
    return f"{_SOURCE}/{timeframe}.json"


def manifests(timeframe: str, partition: str = "") -> str:
    """The folder of a timeframe's, or of a partition's, manifests and journals."""
    return f"manifests/{timeframe}/{partition}".rstrip("/")


def attempts(timeframe: str) -> str:
    """The folder of what interrupted readings have, by partition."""
    return f"attempts/{timeframe}"


def object_folders(timeframe: str, partition: str) -> list[str]:
    """All folders with objects of a partition: also that in which earlier versions stored its tables, but not the raw
    object, which lay in none."""
    hive = [f"{table}/{timeframe}/{AS_OF}{partition}" for table in (_RAW, *_TABLES)]
    others = [f"{folder}/{timeframe}/{partition}" for folder in ("bars", _SERIES, *_FOLDERS.values())]
    return [*hive, *others, f"{attempts(timeframe)}/{partition}"]


def series_folder(timeframe: str, partition: str) -> str:
    """The folder of all CSVs of a partition."""
    return f"{_SERIES}/{timeframe}/{partition}"


def raw_objects(timeframe: str) -> str:
    """The folder of a timeframe's raw objects."""
    return f"{_RAW}/{timeframe}"


def folders_written() -> list[str]:
    """All folders in which objects get their names; what waits for its name is below STAGING."""
    return [*small_folders(), "attempts", _SERIES, _HISTORY, _RAW, *_TABLES, *_FOLDERS.values()]


def small_folders() -> list[str]:
    """Those in which small files are written, which wait for their names beside them."""
    return ["manifests", "alerts", _SOURCE]


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


def remedy_of(path: str) -> str:
    """What a person does about an object that is damaged or gone."""
    remedy = "materialize its partition again"
    match path.removesuffix(PARQUET).split("/"):
        case [folder, *_] if folder == _HISTORY:
            return "run `bluedot history rebuild`"
        case [_, timeframe, partition, *_] if timeframe in TIMEFRAMES:
            return f"{remedy} {made_again(timeframe, partition.removeprefix(AS_OF))}"
    return remedy


def named_by_content(path: str, sha256: str) -> str:
    """The path with the object's digest in its name: no other content ever gets it."""
    stem, dot, ending = path.rpartition(".")
    return f"{stem}-{sha256[:DIGITS]}{dot}{ending}"


def is_named_by(path: str, sha256: str) -> bool:
    """Whether the path has that digest in its name."""
    return path.rpartition(".")[0].endswith(f"-{sha256[:DIGITS]}")


def history_copies(timeframe: str) -> str:
    """The folder of what is published of a history that is kept elsewhere."""
    return f"{_HISTORY}/published/{timeframe}"


def history_folder(timeframe: str) -> str:
    """The folder of a timeframe's history."""
    return f"{_HISTORY}/{timeframe}"
