"""Whether a partition has about as many files, of about the size, as those before it; whether all that
were announced have arrived is in `completeness`."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from bluedot_assets.kernel.checks.continuity import uncompared_verdict
from bluedot_assets.kernel.checks.verdict import Verdict, warning

COMPARED_PARTITIONS: Final = 10  # partitions before
FAR_COUNT: Final = 0.10
FEW_FILES: Final = 2
FAR_BYTES: Final = 0.30


@dataclass(frozen=True)
class FileCounts:
    """The files of one partition. `bytes` is None where only their number is known."""

    partition: str
    files: int
    bytes: int | None

    @property
    def mean_bytes(self) -> float | None:
        return self.bytes / self.files if self.bytes is not None and self.files else None


def file_counts_verdict(now: FileCounts, before: Sequence[FileCounts], problem: str | None = None) -> Verdict:
    """A warning when the number of files, or their mean size, is far off what is usual; `problem` says why the
    partitions before are not known."""
    rule = "files_as_usual"
    if not before:
        return uncompared_verdict(rule, problem)
    usual = median(one.files for one in before)
    sizes = [size for one in before if (size := one.mean_bytes) is not None]
    usual_bytes, mean = median(sizes) if sizes else None, now.mean_bytes
    anomalies = []
    if abs(now.files - usual) > FAR_COUNT * usual + FEW_FILES:
        anomalies.append(f"{now.files} files instead of about {usual:g}")
    if usual_bytes and mean is not None and not 1 - FAR_BYTES <= mean / usual_bytes <= 1 / (1 - FAR_BYTES):
        anomalies.append(f"{mean / 1000:.1f} KB a file instead of about {usual_bytes / 1000:.1f}")
    rows = [{"partition": one.partition, "files": one.files, "bytes": one.bytes} for one in (now, *before)]
    if anomalies:
        message = f"{' and '.join(anomalies)}. Did the upload break off, or the format change?"
        return warning(rule, False, message, rows)
    about = f"{now.files} files" + (f" of {mean / 1000:.1f} KB" if mean else "")
    return warning(rule, True, f"{about}, as in the {len(before)} partitions before.")
