"""What a seed repository's commits say of themselves, in trailers.

TradingView's repository has no place for a file of ours, and a machine of CI keeps none: what was pushed, when symbols
were listed and how often a stock was absent is read from the history. What follows from it is decided in `plan`."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bluedot_assets.kernel.stored.versions import require_known

_PARTITION: Final = "Seeds-Partition"
_LISTED: Final = "Seeds-Listed"
_DATA: Final = "Seeds-Data"
_ABSENT: Final = "Seeds-Absent"
_VERSION: Final = "Seeds-Version"  # of the trailers; none is the first
MOST_DIGITS: Final = 9
_TRAILER: Final = re.compile(r"^(Seeds-[A-Za-z]+): *(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class SeedCommit:
    """A commit of the repository: whose it is, its trailers say."""

    at: datetime
    message: str


@dataclass(frozen=True)
class Note:
    """What one commit of ours did."""

    partition: str
    listed: int  # symbols that it listed first
    data: int  # CSVs that it wrote
    absent: Mapping[str, int] = field(default_factory=dict)  # listed symbols: partitions in a row without them

    def message(self, subject: str) -> str:
        """The commit's message."""
        lines = [f"{_PARTITION}: {self.partition}", f"{_LISTED}: {self.listed}", f"{_DATA}: {self.data}"]
        by_count: dict[int, list[str]] = defaultdict(list)
        for symbol, count in sorted(self.absent.items()):
            by_count[count].append(symbol)
        lines += [f"{_ABSENT}: {count} {' '.join(symbols)}" for count, symbols in sorted(by_count.items())]
        return f"{subject}\n\n" + "\n".join(lines) + "\n"


def _is_count(text: str) -> bool:
    """Anybody may push a commit with a trailer of thousands of digits, which is no number of ours."""
    return text.isdecimal() and len(text) <= MOST_DIGITS


def read_note(message: str) -> Note | None:
    """The note of a commit of ours, None for anybody else's. Raises NewerVersion."""
    found: dict[str, list[str]] = defaultdict(list)
    for key, value in _TRAILER.findall(message):
        found[key].append(value.strip())
    for version in filter(_is_count, found[_VERSION]):
        require_known("A commit of the seed repository", int(version))
    numbers = [(found.get(key) or [""])[-1] for key in (_LISTED, _DATA)]
    if not found[_PARTITION] or not all(map(_is_count, numbers)):
        return None
    absent = {}
    for line in found[_ABSENT]:
        count, *symbols = line.split()
        absent.update(dict.fromkeys(symbols, int(count) if _is_count(count) else 1))
    return Note(found[_PARTITION][-1], int(numbers[0]), int(numbers[1]), absent)


@dataclass(frozen=True)
class SeedHistory:
    """What the commits that were read say together. A commit that is not ours may have done anything."""

    pushes_today: int
    listed_at: datetime | None  # when symbols may last have been listed first
    data_at: datetime | None  # when data may last have changed
    partition: str | None  # what the newest push of ours showed
    absent: Mapping[str, int]


def read_history(commits: Sequence[SeedCommit], now: datetime) -> SeedHistory:
    """Of commits in any order; days are UTC, and a commit counts as a push."""
    newest_first = sorted(commits, key=lambda commit: commit.at, reverse=True)
    notes = [(commit.at, read_note(commit.message)) for commit in newest_first]
    newest = next((note for _, note in notes if note), None)
    return SeedHistory(
        # A clock that runs ahead must not give a push more.
        pushes_today=sum(at.date() >= now.date() for at, _ in notes),
        listed_at=next((at for at, note in notes if note is None or note.listed), None),
        data_at=next((at for at, note in notes if note is None or note.data), None),
        partition=newest.partition if newest else None,
        absent=newest.absent if newest else {},
    )
