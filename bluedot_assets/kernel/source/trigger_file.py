"""Trigger files: what `daily_ready.txt` and `weekly_ready.txt` say. What runs because of them is in `arrivals`."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bluedot_assets.kernel.calendar.timeframes import Timeframe

_EXPECTED: Final = re.compile(r"expected\s*=\s*(\d{1,6})", re.IGNORECASE)


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

    def expected_of(self, key: str, newest: str) -> int | None:
        """The expected number of files of partition `key`, when this trigger speaks of it."""
        return self.expected if key == (self.key or newest) else None


def parse_trigger(text: str, timeframe: Timeframe, identity: str = "", touched: datetime | None = None) -> Trigger:
    """An empty file means the newest folder; else a folder key on the first line, then optionally `expected=N`."""
    lines = [line.strip() for line in text.removeprefix("\ufeff").splitlines() if line.strip()]
    if not lines:
        return Trigger(identity=identity, touched=touched)
    key = lines[0] if timeframe.is_key(lines[0]) else None
    expected = [match for line in lines[:2] if (match := _EXPECTED.fullmatch(line))]
    problem = None
    if key is None and not _EXPECTED.fullmatch(lines[0]):
        problem = f"its first line {lines[0][:40]!r} is no {timeframe.name} key like {timeframe.example}"
    elif len(lines) > 1 and not expected:
        problem = f"its second line {lines[1][:40]!r} is not expected=NUMBER"
    return Trigger(key, int(expected[0][1]) if expected else None, problem, identity, touched)
