"""The lines of `triggers/process_log.txt`: one for each run, for the people who upload the files.

They are written by `pipeline/platform`."""

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class RunLine:
    """What became of one run; `at` is its end, `duration_s` in seconds."""

    at: datetime
    timeframe: str
    partition: str
    outcome: str
    run_id: str
    duration_s: float
    files: int = 0
    rejected: int = 0
    stocks: int = 0
    series: int = 0

    def __str__(self) -> str:
        return (
            f"{self.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} {self.timeframe} {self.partition} {self.outcome} "
            f"files={self.files} rejected={self.rejected} stocks={self.stocks} series={self.series} "
            f"seconds={self.duration_s:.1f} run={self.run_id}"
        )
