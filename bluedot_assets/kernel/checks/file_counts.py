"""Whether a partition has about as many files, of about the size, as those before it, and whether all that were meant
to be read are named so; whether all that were announced have arrived is in `completeness`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median
from typing import Final

from msgspec import structs

from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.checks.continuity import uncompared_verdict
from bluedot_assets.kernel.checks.verdict import Numbers, Rule, Verdict
from bluedot_assets.kernel.source.file_names import published_stock
from bluedot_assets.kernel.source.raw_file import SourceFile
from bluedot_assets.kernel.source.tree_names import Place, ignored_names, in_a_sentence

COMPARED_PARTITIONS: Final = 10  # partitions before
FAR_COUNT: Final = 0.10
FEW_FILES: Final = 2
FAR_BYTES: Final = 0.30
AS_USUAL: Final = Rule(
    "files_as_usual", "There are about as many files, of about the size, as in the partitions before."
)
NAMED: Final = Rule("files_named", "No file is ignored that was meant to be read.")


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
    if not before:
        return uncompared_verdict(AS_USUAL, problem)
    usual = median(one.files for one in before)
    sizes = [size for one in before if (size := one.mean_bytes) is not None]
    usual_bytes, mean = median(sizes) if sizes else None, now.mean_bytes
    anomalies = []
    off, far = abs(now.files - usual), FAR_COUNT * usual + FEW_FILES
    numbers = Numbers(ceil(off), now.files, share=off / usual, most_share=far / usual) if usual else None
    if off > far:
        anomalies.append(f"{now.files} files instead of about {usual:g}")
    if usual_bytes and mean is not None and not 1 - FAR_BYTES <= mean / usual_bytes <= 1 / (1 - FAR_BYTES):
        anomalies.append(f"{mean / 1000:.1f} KB a file instead of about {usual_bytes / 1000:.1f}")
    rows = [{"partition": one.partition, "files": one.files, "bytes": one.bytes} for one in (now, *before)]
    if anomalies:
        message = f"{' and '.join(anomalies)}. Did the upload break off, or the format change?"
        return AS_USUAL.warns(message, rows, numbers)
    about = f"{now.files} files" + (f" of {mean / 1000:.1f} KB" if mean else "")
    return AS_USUAL.passes(
        f"{about}, as in the {f'{len(before)} partitions' if len(before) > 1 else 'partition'} before.", numbers
    )


def files_named_verdict(
    taken: Iterable[SourceFile], others: Iterable[SourceFile], timeframe: Timeframe, key: str
) -> Verdict:
    """A warning when files of a partition are ignored although they were meant to be read: a stock may be missing, or
    an older file of it was taken. `taken` are the stock files, `others` all else in the folder, with md5 where two may
    be equal; an ignored copy of the same bytes is listed, and no reason to warn."""
    by_name = {file.name: file for file in sorted(others, key=lambda file: file.modified)}
    ignored = ignored_names([(file.name, file.folder) for file in by_name.values()], Place(timeframe, key))
    stocks = _newest_by_stock(taken, timeframe) if any(one.meant for one in ignored) else {}
    newer, plain, copies = [], [], []
    for one in ignored:
        file, beside = by_name[one.name], stocks.get(published_stock(one.meant, timeframe))
        if beside is None:
            plain.append(one)
        elif beside.md5 and file.md5 == beside.md5:
            copies.append(structs.replace(one, reason=f"the same bytes as {beside.name}", remedy="delete it"))
        elif file.modified > beside.modified:
            reason = f"newer than {beside.name}, whose older values are published"
            remedy = f"let it take the name {beside.name} if its values are right, else delete it"
            newer.append(structs.replace(one, reason=reason, remedy=remedy))
        else:
            plain.append(structs.replace(one, remedy=f"delete it, or let it take the name {beside.name}"))
    listed = [*newer, *plain, *copies]
    rows = [{"file": one.name, "reason": one.reason, "remedy": one.remedy} for one in listed]
    numbers = Numbers(len(newer) + len(plain))
    if newer or plain:
        return NAMED.warns(f"{in_a_sentence(listed)}.", rows, numbers)
    also = f"; {len(copies)} ignored as copies of the same bytes" if copies else ""
    return NAMED.judged(True, f"No file is ignored that was meant to be read{also}.", rows, numbers)


def _newest_by_stock(files: Iterable[SourceFile], timeframe: Timeframe) -> dict[str | None, SourceFile]:
    return {published_stock(file.name, timeframe): file for file in sorted(files, key=lambda file: file.modified)}
