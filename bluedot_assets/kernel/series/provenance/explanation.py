"""All that is known of a value, put together: the published lines, the bar, the vendor's file and the history."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

import msgspec

from bluedot_assets.kernel.calendar.sessions import TradingDays
from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.history.by_hand.decisions import RENAMES_SETTING, Rename
from bluedot_assets.kernel.history.update import Book
from bluedot_assets.kernel.series.provenance.absence import why_no_bar, why_no_dot
from bluedot_assets.kernel.series.provenance.evidence import OfPartition, Row
from bluedot_assets.kernel.series.provenance.judged_file import (
    JudgedFile,
    Judgement,
    Remark,
    identified,
    judged_file,
    remembered,
)
from bluedot_assets.kernel.series.provenance.kept import Kept, kept_of
from bluedot_assets.kernel.series.provenance.question import DOT, VALUES, Question
from bluedot_assets.kernel.source.vendor_file import Unreadable
from bluedot_assets.kernel.stored.manifest import made_again

_LINE_DAY: Final = "%Y%m%dT"


class PublishedLine(msgspec.Struct, frozen=True):
    """The line of a CSV, counted from 1; null where the CSV has none of that day. `stored_in` is the object in
    BLUEDOT_DATA that holds the file."""

    file: str
    line: int | None
    text: str | None
    stored_in: str


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Where a value comes from. `published`, `bar`, `file` and `rules` are of `partition`; `absent` says why it
    has no bar (or no dot, where that is asked for); `history` is null where there is none yet."""

    symbol: str
    timeframe: str
    session: str
    field: str | None
    absent: str | None
    partition: str | None
    published: list[PublishedLine]
    bar: Row | None
    file: JudgedFile | None
    rules: list[Remark]
    history: Kept | None
    notes: list[str]


def explained(
    question: Question,
    of: OfPartition | None,
    book: Book | None,
    days: TradingDays,
    stored: Collection[str],
    renames: Sequence[Rename] = (),
) -> Explanation:
    """`of` is None where none of the `stored` partitions has the stock; `book` has the stock's rows of the history, and
    is None where there is no history yet. `renames` are those of all stocks."""
    kept = kept_of(book, question) if book else None
    judgement, problem = _judged(question, of) if of else (None, None)
    bar = next(iter(of.bars), None) if of else None
    only_older = bool(kept and kept.bar and not (of and of.covers(question)))
    absent = None if bar or only_older else why_no_bar(question, of, judgement, days)
    if question.field == DOT and not absent:
        absent = why_no_dot(question, of, judgement, kept)
    records = judgement and (judgement.dropped or judgement.file.records)
    is_about = of if of and (of.covers(question) or not of.stock or records) else None
    return Explanation(
        symbol=question.symbol,
        timeframe=question.timeframe.name,
        session=question.key,
        field=question.field,
        absent=absent,
        partition=is_about.key if is_about else None,
        published=[*_published(question, is_about)] if is_about else [],
        bar={name: bar[name] for name in ("session", *question.columns)} if bar else None,
        file=judgement.file if judgement and is_about else None,
        rules=[*_remarks(question, is_about, judgement)] if is_about else [],
        history=kept,
        notes=[
            *(_of_partition(question, is_about, problem) if is_about else ()),
            *_of_history(question, bar, kept, stored, renamed=any(one.old == question.symbol for one in renames)),
            *notes_of_names(question, renames),
        ],
    )


def _judged(question: Question, of: OfPartition) -> tuple[Judgement | None, str | None]:
    """What is known of the file, and what hinders to know more."""
    if of.file is None:
        return Judgement(remembered(of.stock)) if of.stock else None, of.problem
    if of.stock is None or of.file.content is None:
        return Judgement(identified(of.file)), of.file.problem
    try:
        return judged_file(of.file, of.rules, question), None
    except msgspec.DecodeError as error:  # of what Python's JSON takes and msgspec does not
        return Judgement(identified(of.file)), f"The records cannot be cut out of {of.file.name}: {error}."
    except Unreadable as error:  # other timezones are set now, or another version reads it
        again = made_again(question.timeframe.name, of.key)
        return Judgement(identified(of.file)), f"{of.file.name} would be rejected now ({error}): run it again {again}."


def _published(question: Question, of: OfPartition) -> Iterator[PublishedLine]:
    """Those of the series that are made of what is asked about."""
    days = {bar["session"].strftime(_LINE_DAY) for bar in of.bars}
    for one in of.series:
        if one.indicator.columns.isdisjoint(question.columns):
            continue
        lines = enumerate(one.content.decode().splitlines(), start=1)
        number, text = next(((number, line) for number, line in lines if line[:9] in days), (None, None))
        yield PublishedLine(one.file, number, text, one.stored_in)


def _remarks(question: Question, of: OfPartition, judgement: Judgement | None) -> Iterator[Remark]:
    for row in of.rejected if of.stock else of.rejected[1:]:  # of the first one says `absent`
        yield Remark(row["kind"], f"{row['file']} ({row['origin_id']}) gave no series: {row['reason']}.")
    if judgement:
        yield from judgement.rules
        yield from _differing(question, of, judgement)


def _differing(question: Question, of: OfPartition, judgement: Judgement) -> Iterator[Remark]:
    """Why the stored bar is another than the file gives by itself."""
    bar, given, stock = next(iter(of.bars), None), judgement.given, of.stock
    asked = question.values
    if stock is None or not judgement.is_read or not asked or (bar is None and given is None):
        return
    if bar and given and all(bar[name] == given[name] for name in asked):
        return
    if bar and of.from_daily:
        sentence = f"The bar was made of the daily bars of its week, {of.from_daily}, and not of the record."
        yield Remark("from_daily", sentence)
    elif not bar and stock["known"] is None and stock["unfinished_bars"]:
        silent = "The file does not say when it was answered; by the latest quote of all files "
        yield Remark("unfinished", f"{silent}its session was not over.")
    else:
        again = made_again(question.timeframe.name, of.key)
        sentence = "The stored bar is another than this version reads from the stored file: run the partition again "
        yield Remark("read_otherwise", f"{sentence}{again}.")


def _of_partition(question: Question, of: OfPartition, problem: str | None) -> Iterator[str]:
    if problem:
        yield problem
    for key, row in of.rejected_since.items():
        yield f"{key} is newer, but its file {row['file']} was rejected: {row['reason']}."
    if outdated := [one.file for one in of.series if one.outdated]:
        again = made_again(question.timeframe.name, of.key)
        yield f"{', '.join(outdated)} are of other bars than are stored now: run the partition again {again}."


def _of_history(
    question: Question, bar: Row | None, kept: Kept | None, stored: Collection[str], *, renamed: bool
) -> Iterator[str]:
    if not bar and kept and kept.bar:
        key = kept.bar["partition"]
        gone = f"the raw file of {key}, which it is from, is not stored any more"
        yield f"It is known from the history: {f'{key} has it' if key in stored else gone}."
    if (
        bar
        and kept
        and not renamed
        and question.asks(*VALUES)
        and not (kept.bar or kept.prices or kept.volumes or kept.ratings)
    ):
        yield "The history does not have it yet: run the partition again, or `bluedot history rebuild`."


def notes_of_names(question: Question, renames: Sequence[Rename]) -> Iterator[str]:
    """Where the history has the stock under its other names, a sentence for each."""
    day = question.key if question.timeframe is DAILY else f"{question.key} --timeframe {question.timeframe.name}"
    for one in renames:
        if one.old == question.symbol:
            yield (
                f"It is called {one.new} since {one.since} ({RENAMES_SETTING}), and its history has that name: "
                f"`bluedot explain {one.new} {day}`."
            )
        elif one.new == question.symbol and question.first < one.since:
            yield (
                f"It was called {one.old} until {one.since} ({RENAMES_SETTING}): what the partitions of that time have "
                f"of it is shown by `bluedot explain {one.old} {day}`."
            )
