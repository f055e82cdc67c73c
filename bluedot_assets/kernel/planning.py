"""Which partitions are due: those of the retention window that the site lacks."""

from collections.abc import Collection
from typing import Final

MOST_AT_ONCE: Final = 10


def partitions_due(listed: Collection[str], published: Collection[str], keep: int) -> list[str]:
    """Keys that the source has and the site should have but has not, oldest first: partitions newer than the newest
    published, or absent within the window of the newest `keep` (older ones the site would drop again at once)."""
    window = sorted({*listed, *published})[-keep:]
    return [key for key in window if key in listed and key not in published]
