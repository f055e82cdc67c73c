"""What a vendor's file has of the days that are asked about, and what the rules of the bars stage (`kernel/bars`) do
with it: of each record its text and its fate."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from bluedot_assets.kernel.bars.dots import ListedDots, dots_with_dates
from bluedot_assets.kernel.bars.normalize import DecodedFile, NormalizeRules, judge_file
from bluedot_assets.kernel.series.provenance.question import DOT, VALUES, Question
from bluedot_assets.kernel.series.provenance.vendor_records import Text, texts_of
from bluedot_assets.kernel.source.raw_file import RawFile
from bluedot_assets.kernel.source.stamps.instants import midnight_date
from bluedot_assets.kernel.source.vendor_fields import Bar

_DROPPED: Final = {
    "holiday": "a Holiday placeholder (pdt), no day of trade",
    "unfinished": "its session was not over when the vendor answered",
    "suspended": "a day without trade: open, high, low and volume are null or 0",
    "impossible": "a price is null or not above 0, high and low do not enclose open and close, or it is before 1900",
    "future": "it is after the partition's end",
    "repeated": "an identical record of that day, or week, stands before it in the file",
    "conflicting": "another record of that day, or week, stands before it, and the vendor writes the newest first",
}


class Remark(msgspec.Struct, frozen=True):
    """What a rule did, in a sentence."""

    rule: str
    sentence: str


class VendorRecord(msgspec.Struct, frozen=True):
    """A value of the file, verbatim: where it stands, which day it is of, and what became of it: `kept`, or the rule by
    which it was dropped."""

    path: str
    text: str
    day: date
    fate: str


class JudgedFile(msgspec.Struct, frozen=True, kw_only=True):
    """`known` is when the vendor answered, where the file says so; `modified` when it was last written. What the source
    had of a file that is stored no more is null."""

    name: str
    origin_id: str | None
    md5: str | None
    bytes: int | None
    modified: datetime | None
    known: datetime | None = None
    timezone: str | None = None
    timezone_because: str = ""
    records: list[VendorRecord] = []


@dataclass(frozen=True)
class Judgement:
    """A file; where it `is_read`, what rules did with what is asked about, the values of the bar that the file gives by
    itself (None for none), and why its records of that bar, and of dots, were dropped."""

    file: JudgedFile
    is_read: bool = False
    rules: Sequence[Remark] = ()
    given: dict[str, Any] | None = None
    dropped: Sequence[Remark] = ()
    dropped_dots: Sequence[Remark] = ()


def identified(file: RawFile) -> JudgedFile:
    """Which file it is."""
    return JudgedFile(name=file.name, origin_id=file.origin_id, md5=file.md5, bytes=file.size, modified=file.modified)


def remembered(stock: Mapping[str, Any]) -> JudgedFile:
    """The file of a row of the table of stocks."""
    own = {name: stock[name] for name in ("md5", "known", "timezone")}
    return JudgedFile(
        name=stock["file"], origin_id=None, bytes=None, modified=None, timezone_because="by the table of stocks", **own
    )


def judged_file(file: RawFile, rules: NormalizeRules, question: Question) -> Judgement:
    """The file with what it has of those days. Raises Unreadable."""
    decoded, bars = judge_file(file, rules)
    assert file.content is not None  # noqa: S101  it could be read
    texts = texts_of(file.content)
    records: list[VendorRecord] = []
    changed: list[Remark] = []
    dropped: list[Remark] = []
    given = None
    for text, bar, row in zip(texts.prices, decoded.read.bars, bars.rows(named=True), strict=True):
        if row["session"] is None or not question.first <= row["session"] <= question.last:
            continue
        records.append(VendorRecord(text.path, text.text, row["session"], row["fate"]))
        if row["fate"] == "kept":
            given = {name: row[name] for name in VALUES}
            changed += _changed(bar, row, question)
        else:
            dropped.append(_dropped(records[-1]))
    dots = [*_dots(decoded, texts.dots, question, rules)] if question.asks(DOT) else []
    asked = question.asks(*VALUES)
    file_with_records = msgspec.structs.replace(
        identified(file),
        known=decoded.answer.known,
        timezone=decoded.timezone,
        timezone_because=_because(decoded, rules.timezones),
        records=[*(records if asked else ()), *dots],
    )
    of_dots = [_dropped(one) for one in dots if one.fate != "kept"]
    remarks = [*((*dropped, *changed) if asked else ()), *of_dots, *_other_forms(decoded, question)]
    return Judgement(file_with_records, is_read=True, rules=remarks, given=given, dropped=dropped, dropped_dots=of_dots)


def _dropped(record: VendorRecord) -> Remark:
    return Remark(record.fate, f"{record.path} was dropped: {_DROPPED[record.fate]}.")


def _changed(bar: Bar, row: Mapping[str, Any], question: Question) -> Iterator[Remark]:
    """The values that are kept otherwise than they came."""
    if row["unfinished"]:
        yield Remark("unfinished", "Its session was not over at that time; BLUEDOT_UNFINISHED_BARS=publish keeps it.")
    for name in question.values:
        came, kept = getattr(bar, name), row[name]
        if came is None or came == kept:
            continue
        if kept is None:
            yield Remark("nulled", f"{name} {came} is no number or out of range: taken as null.")
        elif name in {"high", "low"}:
            yield Remark("clamped", f"{name} {came} was off by the noise of floats: taken as {kept}.")
        else:
            yield Remark("rounded", f"{name} {came} is taken as {kept}.")


def _dots(
    decoded: DecodedFile, texts: Sequence[Text], question: Question, rules: NormalizeRules
) -> Iterator[VendorRecord]:
    """The listed dots of those days."""
    listed = ListedDots(0, decoded.read.dots.dates, decoded.timezone, 0, decoded.read.forms)
    until = decoded.answer.dots_until
    for text, (_, day) in zip(texts, dots_with_dates(listed), strict=False):  # of a wrong kind there may be fewer
        if day is not None and question.first <= day <= question.last:
            after = day > rules.last_day
            fate = "future" if after else "unfinished" if until is not None and day > until else "kept"
            yield VendorRecord(text.path, text.text, day, fate)


def _because(decoded: DecodedFile, timezones: Sequence[str]) -> str:
    """Why it is this zone: how many of the bars' instants are midnight in each zone that could be meant."""
    instants = [bar.priceDate for bar in decoded.read.bars if bar.priceDate is not None]
    counts = {zone: sum(midnight_date(one, ZoneInfo(zone)) is not None for one in instants) for zone in timezones}
    others = ", ".join(f"{counts[zone]} in {zone}" for zone in timezones if zone != decoded.timezone)
    least = f"{counts[decoded.timezone]} of the file's {len(instants)} priceDates are midnight there"
    return f"{least}, {others}" if others else f"{least}; no other zone is in BLUEDOT_EXCHANGE_TIMEZONES"


def _other_forms(decoded: DecodedFile, question: Question) -> Iterator[Remark]:
    """What of the file was read in another form than the source format's, as far as it is about what is asked."""
    of_bar = ["chart.prices", *(f"chart.prices.{name}" for name in (*question.values, "priceDate"))]
    asked = {*(of_bar if question.values else ()), *(["chart.blueDotData.dates"] if question.asks(DOT) else ())}
    for form, field in sorted(decoded.read.forms):
        if field in asked:
            yield Remark("other_form", f"Of {field}, {form}, somewhere in the file: read as what they mean.")
