"""Which dated folders the site keeps: newest first, by number and within a budget of bytes, counted as GitHub Pages
does (usage limits: 1 GB): every dated folder in full, and `latest` again, although git stores equal folders once. What
else a publish changes is in `publish_plan`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES
from bluedot_assets.kernel.errors import PublishRefused

MEGABYTE: Final = 1_000_000
HISTORY_SHARE: Final = 1 / 3  # of the budget, that a timeframe's history may have


@dataclass(frozen=True)
class DatedFolders:
    """One timeframe's dated folders as they would stand after a publish: bytes by key. `latest` is the key whose
    content `latest` shows; `beside` are bytes outside of both."""

    folders: Mapping[str, int]
    latest: str | None
    beside: int = 0

    @property
    def pinned(self) -> set[str]:
        """What is never dropped: the newest folder, and the one that `latest` shows."""
        return {max(self.folders), *([self.latest] if self.latest else [])} if self.folders else set()


@dataclass(frozen=True)
class DroppedFolders:
    """Keys by timeframe: beyond the number of folders, and beyond the budget."""

    beyond_keep: Mapping[str, list[str]] = field(default_factory=dict)
    beyond_budget: Mapping[str, list[str]] = field(default_factory=dict)

    def of(self, timeframe: str) -> list[str]:
        return [*self.beyond_keep.get(timeframe, ()), *self.beyond_budget.get(timeframe, ())]


def dropped_folders(
    dated: Mapping[str, DatedFolders], keep: Mapping[str, int], budget: int, pages: int
) -> DroppedFolders:
    """What has to go, oldest first, so that `keep` folders of a timeframe and `budget` bytes in all are not exceeded;
    a timeframe without a number in `keep` loses nothing by number. `pages` are their bytes. Raises
    PublishRefused when what must stay is more than the budget."""
    beyond = {name: sorted(one.folders, reverse=True)[keep[name] :] for name, one in dated.items() if name in keep}
    beyond_keep = {name: sorted({*beyond.get(name, ())} - one.pinned) for name, one in dated.items()}
    left = {
        name: {key: size for key, size in one.folders.items() if key not in beyond_keep[name]}
        for name, one in dated.items()
    }
    total = pages + sum(one.beside + one.folders.get(one.latest or "", 0) for one in dated.values())
    total += sum(sum(folders.values()) for folders in left.values())
    free = [(TIMEFRAMES[name].end(key), name, key) for name in left for key in left[name].keys() - dated[name].pinned]
    beyond_budget: dict[str, list[str]] = {name: [] for name in dated}
    for _, name, key in sorted(free):
        if total <= budget:
            break
        total -= left[name][key]
        beyond_budget[name].append(key)
    if total > budget:
        raise PublishRefused(_too_large(dated, total, budget))
    return DroppedFolders(beyond_keep, beyond_budget)


def pinned_bytes(dated: Mapping[str, DatedFolders]) -> int:
    """Of what is never dropped, with what is beside it."""
    return sum(
        one.beside + one.folders.get(one.latest or "", 0) + sum(one.folders[key] for key in one.pinned)
        for one in dated.values()
    )


def history_with_room(sizes: Mapping[str, int], budget: int, room: int) -> list[str]:
    """Of a history's files those that may be on the site, in `room` and their share of the budget: what has no year in
    its name, then the newest years."""
    left, found = min(budget * HISTORY_SHARE, room), []
    for name in sorted(sizes, key=lambda name: ("-" not in name, name), reverse=True):
        left -= sizes[name]
        if left < 0:
            break
        found.append(name)
    return sorted(found)


def _too_large(dated: Mapping[str, DatedFolders], total: int, budget: int) -> str:
    parts = [
        f"{name}/{key} {one.folders[key] / MEGABYTE:.1f} MB{' and again as latest' if key == one.latest else ''}"
        for name, one in dated.items()
        for key in sorted(one.pinned)
    ]
    remedy = (
        "give the weekly timeframe a repository of its own with BLUEDOT_SITE_WEEKLY, or make fewer series "
        "(BLUEDOT_INDICATORS)"
        if len(dated) > 1
        else "make fewer series (BLUEDOT_INDICATORS); if the other timeframe shares this site, give the weekly one a "
        "repository of its own with BLUEDOT_SITE_WEEKLY"
    )
    return (
        f"The site would have {total / MEGABYTE:.1f} MB with nothing left to drop ({', '.join(parts)}), more than "
        f"BLUEDOT_SITE_BUDGET_MB allows ({budget / MEGABYTE:g}): {remedy}. On a bucket "
        "(BLUEDOT_SITE=s3://...) raise it as you like. Nothing was published."
    )
