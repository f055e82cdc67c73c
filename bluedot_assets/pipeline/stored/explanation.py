"""What is stored of a value that a person asks about: the newest partition whose bars reach over its day, with the
vendor's file and the series, and the history. What follows from it is in `kernel/series/provenance`."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from itertools import chain
from typing import Any, Final

import msgspec

from bluedot_assets.adapters.storage.layout import Slot
from bluedot_assets.adapters.storage.raw_object import extract, read_index
from bluedot_assets.kernel.bars.answers import AnswerRules
from bluedot_assets.kernel.bars.normalize import NormalizeRules
from bluedot_assets.kernel.bars.tables import BARS, REJECTED, STOCKS
from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.errors import ObjectMissing, UsageError
from bluedot_assets.kernel.history.by_hand.renames import RENAMES, renames_in
from bluedot_assets.kernel.history.ranges import SortedRows, Stocks, one_stock
from bluedot_assets.kernel.history.tables import FIRST_SEEN
from bluedot_assets.kernel.history.update import File
from bluedot_assets.kernel.series.indicators import INDICATORS
from bluedot_assets.kernel.series.provenance.evidence import OfPartition, StoredSeries
from bluedot_assets.kernel.series.provenance.explanation import Explanation, explained, notes_of_names
from bluedot_assets.kernel.series.provenance.kept import knows
from bluedot_assets.kernel.series.provenance.question import Question
from bluedot_assets.kernel.source.file_names import publishable_stock
from bluedot_assets.kernel.source.plain_values import storable
from bluedot_assets.kernel.source.raw_file import RawFile
from bluedot_assets.kernel.stored.manifest import Manifest, made_again
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.stages.bars import NAME as OF_BARS
from bluedot_assets.pipeline.stages.bars import BarsFacts
from bluedot_assets.pipeline.stages.history import rewriting
from bluedot_assets.pipeline.stages.raw_json import NAME as OF_RAW
from bluedot_assets.pipeline.stored.daily_table import newest_of_week

NEAR: Final = 3  # names that a wrong one resembles


def explain(platform: Platform, question: Question, partition: str | None = None) -> Explanation:
    """Of the newest stored partition that reaches over the day, or of that one. Raises UsageError for a stock that is
    nowhere, OutputDamaged, and what the place of the history raises."""
    stored = platform.outputs.partitions(question.timeframe.name, OF_BARS)
    if partition and partition not in stored:
        newest = f"the newest that is: {stored[-1]}" if stored else "nor is any other"
        raise UsageError(f"{question.timeframe.name}/{partition} is not stored here, {newest}.")
    found = _chosen(platform, question, [partition] if partition else stored[::-1])
    history = rewriting(platform.history.snapshot(question.timeframe.name))
    book = history.book(one_stock(question.symbol)) if history.there else None
    renames = renames_in(history.book(Stocks()).file(File(RENAMES)))
    if found is None and (book is None or not knows(book, question.symbol)):
        raise UsageError(next(notes_of_names(question, renames), None) or _unknown(platform, question, stored))
    of = _with_contents(platform, question, *found) if found else None
    return explained(question, of, book, platform.trading_days, stored, renames)


def _chosen(platform: Platform, question: Question, keys: Sequence[str]) -> tuple[OfPartition, Manifest] | None:
    """The first whose bars reach over those days; else the first that has a file of the stock, accepted or not."""
    having: list[tuple[OfPartition, Manifest]] = []
    for key in keys:
        if having and question.timeframe.end(key) < question.first:
            break  # none of those that are older still reaches so far
        made = platform.outputs.manifest(Slot(question.timeframe.name, key, OF_BARS))
        if made and (of := _of_stock(platform, question, key, made)):
            if of.covers(question):
                newer = {one.key: one.rejected[0] for one, _ in having if one.stock is None}
                return replace(of, rejected_since=newer), made
            having.append((of, made))
    return next(iter(having), None)


def _of_stock(platform: Platform, question: Question, key: str, made: Manifest) -> OfPartition | None:
    """What the small tables have of the stock; None for nothing."""
    outputs, timeframe, settings = platform.outputs, question.timeframe, platform.settings
    stocks = outputs.read_table(made, STOCKS).filter(symbol=question.symbol).to_dicts()
    rows = outputs.read_table(made, REJECTED).rows(named=True)
    rejected = [row for row in rows if publishable_stock(row["file"], timeframe) == question.symbol]
    if not stocks and not rejected:
        return None
    answers = AnswerRules(platform.trading_days, publish=settings.unfinished_bars == "publish")
    rules = NormalizeRules(timeframe, timeframe.end(key), settings.exchange_timezones, answers)
    return OfPartition(key, next(iter(stocks), None), rejected, rules)


def _with_contents(platform: Platform, question: Question, of: OfPartition, made: Manifest) -> OfPartition:
    bars = SortedRows(BARS, platform.outputs.read(made.table(BARS.name))).of(one_stock(question.symbol))
    file, problem = _raw_file(platform, question, of, made)
    return replace(
        of,
        bars=question.of(bars, "session").drop("symbol").to_dicts(),
        file=file,
        problem=problem,
        series=[*_series(platform, question, made)],
        from_daily=_from_daily(platform, made) if made.facts_as(BarsFacts).from_daily else None,
    )


def _from_daily(platform: Platform, made: Manifest) -> str:
    """Of which stored bars a weekly partition took its own."""
    key = newest_of_week(platform.outputs.partitions(DAILY.name, OF_BARS), made.partition)
    now = platform.outputs.manifest(Slot(DAILY.name, key, OF_BARS)) if key else None
    same = now is not None and now.fingerprint == made.made_from.get(f"{DAILY.name}/{OF_BARS}")
    return f"those of {DAILY.name}/{key}" if same else "which are stored otherwise now, or no more"


def _raw_file(
    platform: Platform, question: Question, of: OfPartition, made: Manifest
) -> tuple[RawFile | None, str | None]:
    """The file with its bytes, or why there is none."""
    slot = Slot(question.timeframe.name, of.key, OF_RAW)
    again = made_again(question.timeframe.name, of.key)
    raw = platform.outputs.manifest(slot)
    if raw is None:
        return None, f"The vendor's files of {of.key} are not stored any more."
    if made.made_from.get(OF_RAW) != raw.fingerprint:
        return None, f"The vendor's files of {of.key} were stored anew since its bars were made: run it again {again}."
    try:
        with platform.outputs.open(raw.raw_object) as stored:
            for file in chain.from_iterable(read_index(stored)):
                if _is_of(of, file):
                    return msgspec.structs.replace(file, content=extract(stored, file.origin_id)), None
    except ObjectMissing:
        pass
    return None, f"The vendor's file of {of.key} is gone: run it again {again}."


def _is_of(of: OfPartition, file: RawFile) -> bool:
    """Whether it is the accepted file, else the rejected one."""
    rejected: list[str] = [row["origin_id"] for row in of.rejected]
    if of.stock is None:
        return storable(file.origin_id) == rejected[0]
    name: str = of.stock["file"]
    return storable(file.origin_id) not in rejected and storable(file.name) == name


def _series(platform: Platform, question: Question, bars: Manifest) -> Iterator[StoredSeries]:
    for indicator in INDICATORS.values():
        made = platform.outputs.manifest(Slot(bars.timeframe, bars.partition, indicator.asset))
        for one in made.objects if made else ():
            if made and one.symbol == question.symbol:
                outdated = made.made_from.get(OF_BARS) != bars.fingerprint
                yield StoredSeries(indicator, one.name, one.path, platform.outputs.read(one), outdated)


def _unknown(platform: Platform, question: Question, stored: Sequence[str]) -> str:
    """The sentence for a stock that is nowhere."""
    name = question.timeframe.name
    book = rewriting(platform.history.snapshot(name)).book(Stocks())
    known: set[Any] = {*book.file(File(FIRST_SEEN))["symbol"]}
    if stored and (made := platform.outputs.manifest(Slot(name, stored[-1], OF_BARS))):
        known |= {*platform.outputs.read_table(made, STOCKS, ("symbol",))["symbol"]}
    if not known:
        return f"No {name} partition is stored: `bluedot run --timeframe {name}` first."
    near = get_close_matches(question.symbol, sorted(known), NEAR) or sorted(known)[:NEAR]
    return f"No {name} partition has a stock {question.symbol}: give a published name, as {', '.join(near)}."
