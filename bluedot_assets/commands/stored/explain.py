"""`bluedot explain`: where a published number comes from, in sections for people or as JSON. What is known of it is
decided in `kernel/series/provenance`."""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

import msgspec

from bluedot_assets.commands.console import as_called, print_json, settings_here
from bluedot_assets.kernel.alerts.github_annotations import printable
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES
from bluedot_assets.kernel.series.provenance.explanation import Explanation
from bluedot_assets.kernel.series.provenance.judged_file import JudgedFile
from bluedot_assets.kernel.series.provenance.kept import Kept
from bluedot_assets.kernel.series.provenance.question import question_of
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.stored.explanation import explain

_SPACE: Final = re.compile(r'("(?:[^"\\]|\\.)*")|\s+')  # of JSON, and its texts, which keep theirs
_DAYS: Final = {"session", "date"}
_HOW: Final = {
    "scaled": "the history scales the bar by it",
    "restated": "the vendor has restated the bar himself",
    "left": "the vendor has left the bar as it was",
    "undecided": "undecided: the bar stays as it was",
}


def explain_value(
    stock: str, day: str, timeframe_word: str, field: str | None, partition: str, *, as_json: bool
) -> None:
    """Raises UsageError and what reading raises."""
    timeframe = TIMEFRAMES[timeframe_word]
    question = question_of(stock, day, timeframe, field)
    if partition != "latest":
        timeframe.start(partition)
    found = explain(Platform(settings_here()), question, None if partition == "latest" else partition)
    if as_json:
        print_json(found)
    else:
        sys.stdout.writelines(f"{printable(line)}\n" if line else "\n" for line in _lines(found))


def _lines(found: Explanation) -> Iterator[str]:
    yield " ".join(filter(None, [found.symbol, found.timeframe, found.session, found.field]))
    if found.absent:
        yield from _section("Why it is not there", [as_called(found.absent)])
    yield from _section("Published", _published(found))
    yield from _section(f"Stored bar of {found.partition}", [_values(found.bar, found)] if found.bar else [])
    yield from _section(f"Vendor's file of {found.partition}", _file(found.file) if found.file else [])
    yield from _section("Rules that touched it", _rules(found))
    if found.history:
        yield from _history(found, found.history)
    else:
        yield from _section("History", [f"There is no {found.timeframe} history yet: `bluedot run` begins it."])
    yield from _section("Remarks", [as_called(note) for note in found.notes])


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    """Nothing where there are none."""
    written = [f"  {line}" for line in lines]
    if written:
        yield from ["", title, *written]


def _published(found: Explanation) -> Iterator[str]:
    for one in found.published if found.bar else ():
        where = f"line {one.line} of " if one.line else "no line in "
        yield f"{where}{found.timeframe}/{found.partition}/{one.file} (stored in {one.stored_in})"
        if one.text:
            yield f"  {one.text}"


def _file(file: JudgedFile) -> Iterator[str]:
    yield ", ".join([file.name, *([f"{file.bytes:,} bytes"] if file.bytes else []), f"md5 {_text(file.md5)}"])
    if file.origin_id:
        yield f"at the source {file.origin_id}, written {_text(file.modified)}"
    if file.timezone:
        yield f"answered {_text(file.known)}" if file.known else "it does not say when the vendor answered"
        yield f"timezone {file.timezone}: {file.timezone_because}"
    for one in file.records:
        yield f"{one.path} of {one.day} ({one.fate}):"
        yield f"  {_SPACE.sub(lambda found: found[1] or ' ', one.text)}"


def _rules(found: Explanation) -> Iterator[str]:
    yield from (as_called(one.sentence) for one in found.rules)
    if not found.rules and found.file and found.file.records:
        yield "none: the record was taken as it came"


def _history(found: Explanation, kept: Kept) -> Iterator[str]:
    if not any(msgspec.structs.astuple(kept)):
        yield from _section("History", ["nothing of it"])
    yield from _section("History: the bar on the newest basis", [_values(kept.bar, found)] if kept.bar else [])
    titles = ("prices", "volume", "rating", "dot listed")
    for title, rows in zip(titles, (kept.prices, kept.volumes, kept.ratings, kept.listed), strict=True):
        yield from _section(f"History: {title}, when it was known", [_times(row, found) for row in rows])
    yield from _section("History: adjustments after it", map(_adjustment, kept.adjustments))
    yield from _section("History: the ledger of dots", [_values(row, found) for row in kept.ledger])


def _times(row: Mapping[str, Any], found: Explanation) -> str:
    own = {name: value for name, value in row.items() if not name.startswith("known_")}
    until = f"until {_text(row['known_until'])}" if row["known_until"] else "and still"
    return f"{_values(own, found) or 'listed'}: from {_text(row['known_from'])} {until}"


def _adjustment(row: Mapping[str, Any]) -> str:
    what = " ".join(filter(None, [row["nearest"], row["ratio"] and f"x {_text(row['ratio'])}"]))
    known = f"{row['effective']} {what} ({row['state']}, known {_text(row['known'])})"
    return f"{known}: {_HOW[row['how']]}"


def _values(row: Mapping[str, Any], found: Explanation) -> str:
    """Without the day that is asked about; a weekly bar has its own."""
    given = [(name, _text(value)) for name, value in row.items()]
    return ", ".join(" ".join(one) for one in given if one[0] not in _DAYS or one[1] != found.session)


def _text(value: Any) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.12g}" if value != int(value) else f"{value:.0f}"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S} UTC"
        case date() | str() | int():
            return str(value)
    raise TypeError(type(value).__name__)
