"""The one resource of all assets: the outside world as the settings describe it, opened when first used."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from bluedot_assets.adapters.executor import Executor, Processes
from bluedot_assets.adapters.outputs import Outputs
from bluedot_assets.adapters.site import Site, open_site
from bluedot_assets.adapters.source import SourceFolder, open_source
from bluedot_assets.adapters.store import open_store
from bluedot_assets.kernel.progress import Progress, Silent
from bluedot_assets.settings import REPOSITORY, Settings


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Platform:
    """What a stage works with. Making one opens nothing."""

    settings: Settings
    clock: Callable[[], datetime] = utc_now
    sleep: Callable[[float], None] = time.sleep  # seconds
    progress: Progress = field(default_factory=Silent)
    shell: Path = REPOSITORY / "docs_site" / "shell"

    @cached_property
    def source(self) -> SourceFolder:
        return open_source(self.settings.source, self.settings.retry_attempts)

    @cached_property
    def outputs(self) -> Outputs:
        return Outputs(open_store(self.settings.data), self.clock)

    @cached_property
    def site(self) -> Site:
        return open_site(self.settings.site, self.outputs.store)

    @cached_property
    def executor(self) -> Executor:
        # A store that lives in this process alone cannot be read by another.
        return Processes(self.settings.parallel_workers if self.outputs.store.shared else 1)

    @property
    def compression(self) -> str:
        return "zstd" if self.settings.compression else "none"
