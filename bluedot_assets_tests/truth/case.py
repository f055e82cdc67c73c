"""A row of the table: what the source does, and what must be published and said of it. It is run in `running`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from bluedot_assets_tests.truth.market import Source

# The kinds, in the order of the page, each with what it is about.
KINDS: Final = {
    "Absence": "What is not there is a finding as what is there is.",
    "Dates": "The folder's date, the files' dates and the vendor's answer time are held against each other.",
    "Each market by its own clock": "Stocks of several exchanges in one folder.",
    "The last known value": "A rating that is not given for the newest bar.",
    "Daily against weekly": "The two files of one stock must tell the same.",
    "The file against itself": "What a file says of its stock must agree with its own bars.",
    "Calendars": "Which days are sessions.",
    "Names": "Files and folders that are called otherwise than expected.",
    "Remedies": "Files that cannot be read. The reason names what cures it.",
    "Symbols": "What a stock is called here and at TradingView.",
    "Numbers": "Prices and values that cannot be, or are out of proportion.",
    "The past": "What an earlier partition said, and this one does not.",
}
REJECTED: Final = "rejected files"
WARNING: Final = "a warning of the run"
IGNORED: Final = "ignored files"
ERROR: Final = "the command's error"
HALF: Final = {"BLUEDOT_MIN_COMPLETE": "50"}
NOT_CHECKS: Final = frozenset({REJECTED, WARNING, IGNORED, ERROR})

Published = Literal["published", "incomplete", "blocked", "refused"]


@dataclass(frozen=True)
class Message:
    """What must be said: by the check of that name (or one of NOT_CHECKS), with these texts in it."""

    by: str
    texts: tuple[str, ...]

    def fits(self, text: str) -> bool:
        return all(one in text for one in self.texts)


def check(rule: str, *texts: str) -> Message:
    """That check did not pass, and its message has these texts. The offenders that it lists are in no answer of the
    command: unit tests of the check read them."""
    return Message(rule, texts)


def rejected(*texts: str) -> Message:
    """A file is rejected; the texts are of its name and its reason."""
    return Message(REJECTED, texts)


def warned(*texts: str) -> Message:
    return Message(WARNING, texts)


def ignored(*texts: str) -> Message:
    """A file of that name is in the folder and takes no part."""
    return Message(IGNORED, texts)


def refused(*texts: str) -> Message:
    """The run does not begin."""
    return Message(ERROR, texts)


@dataclass(frozen=True)
class Rows:
    """A published CSV has these rows and none that begins with one of `lacks`."""

    file: str
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()

    def problem(self, site: Path) -> str | None:
        rows = (site / self.file).read_text("utf-8").splitlines()
        missing = [row for row in self.has if row not in rows]
        extra = [row for row in rows if self.lacks and row.startswith(self.lacks)]
        return f"{self.file} lacks {missing} and has {extra}; its end: {rows[-3:]}" if missing or extra else None


@dataclass(frozen=True)
class Value:
    """A published JSON file has this value at that path (`timeframes/daily/as_of`)."""

    file: str
    path: str
    expected: Any

    def problem(self, site: Path) -> str | None:
        found = json.loads((site / self.file).read_bytes())
        for step in self.path.split("/"):
            found = found[int(step)] if isinstance(found, list) else found[step]
        return None if found == self.expected else f"{self.file} {self.path} is {found!r}, not {self.expected!r}"


@dataclass(frozen=True)
class OnDashboard:
    """A stock has these values in a folder's dashboard.json, by the names of its columns."""

    stock: str
    expected: Mapping[str, Any]
    folder: str = "daily/latest"

    def problem(self, site: Path) -> str | None:
        dashboard = json.loads((site / self.folder / "dashboard.json").read_bytes())
        rows = [dict(zip(dashboard["columns"], row, strict=True)) for row in dashboard["stocks"]]
        found = next((row for row in rows if row["symbol"] == self.stock), {})
        wrong = {name: found.get(name) for name, value in self.expected.items() if found.get(name) != value}
        return f"{self.stock} has {wrong} on the dashboard, not {dict(self.expected)}" if wrong else None


@dataclass(frozen=True)
class Absent:
    """Nothing of that name is published."""

    file: str

    def problem(self, site: Path) -> str | None:
        return f"{self.file} is published" if (site / self.file).exists() else None


def rows(file: str, *has: str, lacks: tuple[str, ...] = ()) -> Rows:
    """Of `daily/latest`, unless the file is below another folder."""
    return Rows(file if "/" in file else f"daily/latest/{file}", has, lacks)


def dashboard(stock: str, **expected: Any) -> OnDashboard:
    return OnDashboard(stock, expected)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One input and all that must come of it. What is not in `says` must not be said: a check that does not pass, a
    rejected file or a warning that no message of `says` fits makes the case fail."""

    name: str  # a sentence
    source: Source
    fault: str = ""  # what the source does, for the page; the name when it is empty
    outcome: Published = "published"
    says: tuple[Message, ...] = ()
    silent: tuple[str, ...] = ()  # rules to which this input comes near, and that must pass
    shows: tuple[Rows | Value | OnDashboard | Absent, ...] = ()
    published: str = ""  # what is published, for the page; empty: the words for `outcome`
    remedy: str = ""  # what a person does, for the page
    settings: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ("--timeframe", "daily")  # of the command
    earlier: Source | None = None  # published before by a run of its own
    fresh_machine: bool = False  # the tables of that run are gone; the site alone knows it
    now: datetime = datetime(2025, 8, 2, 6, tzinfo=UTC)
    pending: bool = False  # not yet so
    quick: bool = False  # among the few that `make test` runs
