"""Which file speaks for a published name when several map to it (`M&M`, `M_M`; two Drive files of one name). Names that
cannot be published at all are in `file_names`; stocks with equal bars in `checks/same_bars`."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.source.file_names import publishable_stock
from bluedot_assets.kernel.source.raw_file import RawFile, rejection


@dataclass(frozen=True)
class ResolvedDuplicates:
    """`rejected`: rows of the rejected table, of all files that do not speak for their name; `warnings`: a sentence for
    each pair of different files."""

    rejected: list[dict[str, str | None]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def resolve_duplicates(files: Iterable[RawFile], timeframe: Timeframe) -> ResolvedDuplicates:
    """Equal bytes: one is kept. Else the newest `modified` wins, and a warning names both."""
    resolved = ResolvedDuplicates()
    by_name: dict[str, list[RawFile]] = defaultdict(list)
    for file in files:
        if name := publishable_stock(file.name, timeframe):  # others get their reason when they are read
            by_name[name].append(file)
    for name, same in by_name.items():
        winner, *losers = sorted(same, key=lambda file: (file.modified, file.name, file.origin_id), reverse=True)
        for loser in losers:
            _lose(name, loser, winner, resolved)
    return resolved


def _lose(name: str, loser: RawFile, winner: RawFile, resolved: ResolvedDuplicates) -> None:
    pair, newest = f"{winner.name} ({winner.origin_id})", f"{winner.modified:%Y-%m-%d %H:%M:%S} UTC"
    if loser.md5 is not None and loser.md5 == winner.md5:
        resolved.rejected.append(rejection(loser, f"the same bytes as {pair}, kept once", "file name", "duplicate"))
        return
    reason = f"{pair} maps to the same published name {name} and is kept (modified {newest})"
    resolved.rejected.append(rejection(loser, reason, "file name", "superseded"))
    resolved.warnings.append(
        f"two files map to {name}: {winner.name} was kept, {loser.name} ({loser.modified:%Y-%m-%d %H:%M:%S} UTC) is "
        "older. Delete or rename one of them."
    )
