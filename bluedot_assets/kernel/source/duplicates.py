"""Which file speaks for a published name when several map to it (`M&M`, `M_M`; two Drive files of one name)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.source.file_names import published_name, refusal, stock_of
from bluedot_assets.kernel.source.raw_file import RawFile, rejection


@dataclass(frozen=True)
class ResolvedDuplicates:
    """`kept`: places in the list of files, by published name, one for each, and those without one (they get their
    reason later); `rejected`: rows of the rejected table; `warnings`: a sentence for each pair of different files."""

    kept: list[int]
    rejected: list[dict[str, str | None]]
    warnings: list[str]


def resolve_duplicates(files: Sequence[RawFile], timeframe: Timeframe) -> ResolvedDuplicates:
    """Equal bytes: one is kept. Else the newest `modified` wins, and a warning names both."""
    claims = ResolvedDuplicates([], [], [])
    by_name: dict[str, list[int]] = defaultdict(list)
    for place, file in enumerate(files):
        if refusal(file.name, timeframe):
            claims.kept.append(place)
        else:
            by_name[published_name(stock_of(file.name, timeframe))].append(place)
    for name, places in by_name.items():
        winner, *losers = sorted(
            places, key=lambda place: (files[place].modified, files[place].name, files[place].origin_id), reverse=True
        )
        claims.kept.append(winner)
        for loser in losers:
            _lose(name, files[loser], files[winner], claims)
    claims.kept.sort(key=lambda place: published_name(stock_of(files[place].name, timeframe)))
    return claims


def _lose(name: str, loser: RawFile, winner: RawFile, claims: ResolvedDuplicates) -> None:
    pair = f"{winner.name} ({winner.origin_id})"
    if loser.md5 is not None and loser.md5 == winner.md5:
        claims.rejected.append(rejection(loser, f"the same bytes as {pair}, kept once", "file name", "duplicate"))
        return
    reason = (
        f"{pair} maps to the same published name {name} and is kept (modified {winner.modified:%Y-%m-%d %H:%M:%S} UTC)"
    )
    claims.rejected.append(rejection(loser, reason, "file name", "superseded"))
    claims.warnings.append(
        f"two files map to {name}: {winner.name} was kept, {loser.name} ({loser.modified:%Y-%m-%d %H:%M:%S} UTC) is "
        "older. Delete or rename one of them."
    )
