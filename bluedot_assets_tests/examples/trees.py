"""Small sample trees and whole installations on them, for tests of everything above the kernel.

No test belongs here. An installation is cheap to copy: run once, then copied by each test that changes it."""

import hashlib
import json
import shutil
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, cast

import dagster as dg
import msgspec

from bluedot_assets.adapters.source.sample_tree import write_sample
from bluedot_assets.adapters.storage.layout import Slot
from bluedot_assets.definitions import build_definitions
from bluedot_assets.kernel.bars.tables import Table
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES
from bluedot_assets.kernel.sample.tree import SamplePlan
from bluedot_assets.kernel.stored.manifest import Manifest
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.settings.fields import Settings
from bluedot_assets.settings.load import documented

NOW: Final = datetime(2024, 8, 5, 12, tzinfo=UTC)
END: Final = date(2024, 8, 2)
DAYS: Final = ("2024-07-31", "2024-08-01", "2024-08-02")
WEEKS: Final = ("2024-W30", "2024-W31")
DAY: Final = DAYS[-1]
WEEK: Final = WEEKS[-1]
STOCKS: Final = 4
SERIES: Final = ("price_data", "rlst_rating", "bc_indicator", "blue_dots")
STAGES: Final = (
    "raw_json",
    "bars",
    "breadth",
    "history",
    *SERIES,
    "watchlists",
    "pine_scripts",
    "site",
)  # of the daily timeframe
STAGES_OF: Final = {"daily": STAGES, "weekly": tuple(stage for stage in STAGES if stage != "pine_scripts")}
ENVIRONMENT_NAMES: Final = tuple(name for name, _, _ in documented())


def write_tree(root: Path, *, stocks: int = STOCKS, days: int = 3, weeks: int = 2, **more: Any) -> Path:
    """A sample tree whose newest partitions are DAY and WEEK."""
    write_sample(SamplePlan(stocks=stocks, days=days, weeks=weeks, seed=1, **{"end": END, **more}), root)
    return root


def make_settings(**values: object) -> Settings:
    """Settings of these values by their names in the environment, whatever `.env` says."""
    return cast(Any, Settings)(_env_file=None, **values)  # type: ignore[no-any-return]


class Clock:
    """Time that moves when a test says so."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Installation:
    """A source, data and site below `root`, with the platform of its settings; runs are in an instance of its own."""

    root: Path
    values: dict[str, object] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.set()

    def set(self, **values: object) -> None:
        """Change settings, as a person would between two runs."""
        self.values |= values
        defaults = {
            "BLUEDOT_SOURCE": str(self.root / "drive"),
            "BLUEDOT_DATA": str(self.root / "data"),
            "BLUEDOT_SITE": str(self.root / "site"),
            "PARALLEL_WORKERS": 1,
            "RETRY_ATTEMPTS": 0,
        }
        self.platform = Platform(
            make_settings(**{**defaults, **self.values}), clock=self.clock, sleep=lambda seconds: None
        )
        self.definitions = build_definitions(self.platform)

    @property
    def source(self) -> Path:
        return self.root / "drive"

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def site(self) -> Path:
        return self.root / "site"

    def run(
        self,
        timeframe: str = "daily",
        key: str | None = None,
        *stages: str,
        tags: dict[str, str] | None = None,
        instance: dg.DagsterInstance | None = None,
        config: dict[str, str] | None = None,
    ) -> dg.ExecuteInProcessResult:
        """Materialize a partition, all stages of it or some; failures are in the result. `config` is that of the step
        `raw_json`."""
        frame = TIMEFRAMES[timeframe]
        job = self.definitions.resolve_job_def(f"{timeframe}_pipeline")
        return job.execute_in_process(
            partition_key=frame.dagster_key(key or (DAY if timeframe == "daily" else WEEK)),
            asset_selection=[dg.AssetKey([timeframe, stage]) for stage in stages] or None,
            instance=instance,
            raise_on_error=False,
            tags=tags,
            run_config={
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
                "ops": {f"{timeframe}_raw_json": {"config": config}} if config else {},
            },
        )

    def manifest(self, stage: str, timeframe: str = "daily", key: str = DAY) -> Manifest | None:
        return self.platform.outputs.manifest(Slot(timeframe, key, stage))

    def restore_table(self, table: Table, content: bytes, timeframe: str = "daily", key: str = DAY) -> None:
        """Put other bytes in the place of a stored table of the bars, as another version would have stored it."""
        made = self.manifest("bars", timeframe, key)
        assert made is not None
        stored = made.table(table.name)
        (self.data / stored.path).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        now = msgspec.structs.replace(stored, sha256=digest, bytes=len(content))
        objects = [now if one == stored else one for one in made.objects]
        encoded = msgspec.structs.replace(made, objects=objects).encoded()
        self.platform.outputs.store.write(Slot(timeframe, key, "bars").manifest_path, encoded)

    def status(self) -> Any:
        return json.loads((self.site / "status.json").read_bytes())

    def index(self, folder: str) -> Any:
        return json.loads((self.site / folder / "index.json").read_bytes())

    def copy(self, root: Path) -> "Installation":
        shutil.copytree(self.root, root, symlinks=True)
        return Installation(root, dict(self.values), Clock(self.clock.now))


def materialized(result: dg.ExecuteInProcessResult) -> list[str]:
    """The stages that a run materialized, in its order."""
    events = result.get_asset_materialization_events()
    return [event.asset_key.path[-1] for event in events if event.asset_key is not None]


def failure(result: dg.ExecuteInProcessResult) -> str:
    """What the failed step of a run says."""
    (event,) = [event for event in result.all_events if event.event_type == dg.DagsterEventType.STEP_FAILURE]
    said = event.step_failure_data.user_failure_data
    assert said is not None and said.description is not None, event.step_failure_data.error
    return said.description


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below `folder`, links followed; lock files left out."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "lock")
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def stock_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"))
