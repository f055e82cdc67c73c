"""Trigger files: what `daily_ready.txt` and `weekly_ready.txt` say. What is done about it is in `arrivals`."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bluedot_assets.kernel.calendar.timeframes import Timeframe

_EXPECTED: Final = re.compile(r"expected\s*=\s*(\d{1,6})", re.IGNORECASE)
LARGEST_TRIGGER: Final = 64 * 1024  # bytes; two lines are needed


@dataclass(frozen=True)
class Trigger:
    """`key` is the partition that is ready, None for the newest; `expected` the number of files that the uploader
    meant to upload, None when it is not given; `problem` says what cannot be understood. `identity` changes whenever
    the file is touched, which it was at `touched`."""

    key: str | None = None
    expected: int | None = None
    problem: str | None = None
    identity: str = ""
    touched: datetime | None = None

    def key_among(self, listed: Iterable[str]) -> str:
        """The partition that it speaks of, where the source has those; "" for the newest of none."""
        return self.key or max(listed, default="")

    def expected_of(self, key: str, listed: Iterable[str], modified: datetime | None = None) -> int | None:
        """The expected number of files of partition `key`, when this trigger speaks of it. Without a key it does not,
        when the newest of its files was `modified` after the touch: then it was touched for an earlier folder."""
        came_later = modified and self.touched and modified > self.touched
        speaks_of_it = key == self.key_among(listed) and (self.key or not came_later)
        return self.expected if speaks_of_it else None


def oversized_trigger(size: int, identity: str) -> Trigger:
    """Of a file that need not be read."""
    return Trigger(problem=f"it has {size} bytes, which is no trigger", identity=identity)


def parse_trigger(content: bytes, timeframe: Timeframe, identity: str = "", touched: datetime | None = None) -> Trigger:
    """An empty file means the newest folder; else a folder key on the first line, then optionally `expected=N`."""
    # PowerShell's `>` and Notepad's "Unicode" write UTF-16; how that shows in ASCII is the same in JSON.
    text = content.decode(json.detect_encoding(content), "replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return Trigger(identity=identity, touched=touched)
    key = lines[0] if timeframe.is_key(lines[0]) else None
    expected = [match for line in lines[:2] if (match := _EXPECTED.fullmatch(line))]
    problem = None
    if key is None and not _EXPECTED.fullmatch(lines[0]):
        hint = timeframe.correction(lines[0][:40])
        problem = f"its first line {lines[0][:40]!r} is no {timeframe.name} key like {timeframe.example}{hint}"
    elif len(lines) > 1 and not expected:
        problem = f"its second line {lines[1][:40]!r} is not expected=NUMBER"
    return Trigger(key, int(expected[0][1]) if expected else None, problem, identity, touched)
