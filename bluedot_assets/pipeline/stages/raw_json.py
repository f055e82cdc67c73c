"""The stage `raw_json`: every byte of the partition's files, with md5 and origin, as one Parquet object.

What the files say is read by the stage `bars`; how they are fetched is in `adapters/storage/raw_reading`."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from math import ceil
from pathlib import Path

import msgspec

from bluedot_assets.adapters.storage.layout import Slot
from bluedot_assets.adapters.storage.outputs import Draft
from bluedot_assets.adapters.storage.raw_cache import RawCache
from bluedot_assets.adapters.storage.raw_object import SCHEMA, read_index, write_batches
from bluedot_assets.adapters.storage.raw_reading import read_batches
from bluedot_assets.adapters.storage.staged import Staged
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.checks.completeness import RECEIVED, share_verdict
from bluedot_assets.kernel.checks.file_counts import (
    AS_USUAL,
    COMPARED_PARTITIONS,
    NAMED,
    FileCounts,
    file_counts_verdict,
    files_named_verdict,
)
from bluedot_assets.kernel.checks.verdict import MAX_ROWS, ErrorRule, Verdict
from bluedot_assets.kernel.errors import BluedotError
from bluedot_assets.kernel.site.accepted_incomplete import still_accepted
from bluedot_assets.kernel.source.duplicates import resolve_duplicates
from bluedot_assets.kernel.source.file_names import stock_files
from bluedot_assets.kernel.source.raw_file import MAX_FILE_BYTES, RawFile, SourceFile, fingerprint_listing
from bluedot_assets.kernel.source.tree_names import Place, judge_name
from bluedot_assets.kernel.stored.manifest import Manifest
from bluedot_assets.pipeline.stage import Done, Link, Location, Rows, Stage, StoredColumn, Work, commit_output
from bluedot_assets.pipeline.stages.unchanged import inputs_of
from bluedot_assets.pipeline.stored.earlier_partitions import earlier_outputs

NAME = "raw_json"
DRIVE = "gdrive:"
MOST_LISTINGS = 3  # a folder that still differs then is not whole


class RawFacts(msgspec.Struct, frozen=True):
    """What is kept with a raw object. A copy (the same bytes under one published name) is no file of its own."""

    expected: int
    listed: int
    source_bytes: int | None = None  # None: stored before it was counted
    copies: int = 0
    received: int = 0
    ignored: list[str] = []  # names of what else is in the folder, without what systems leave there
    listing: str = ""  # fingerprint of the stock files


def make_raw(work: Work) -> Done:
    """Read the partition's files, and store them whole; the listing is read once more when they are there."""
    work.platform.require_known_site(work.timeframe, work.key)
    slot, source = work.slot(NAME), work.platform.source
    known = slot in work.platform.outputs.slots(work.timeframe.name, work.key)  # judged before any of them changes
    listed = source.files(work.timeframe, work.key)
    for warning in source.warnings:
        work.warn(warning)
    stock = stock_files(listed, work.timeframe)
    cache = RawCache(work.platform.outputs.store, slot)
    with work.platform.outputs.staging() as staged:
        for _ in range(MOST_LISTINGS):
            files = stock
            work.begin(NAME, len(files))
            kept = _stored(work, files, slot) if known else None
            index = _index_of(work, kept) if kept else _read(work, files, cache, staged, slot)
            listed = source.files(work.timeframe, work.key)
            stock = stock_files(listed, work.timeframe)
            if fingerprint_listing(stock) == fingerprint_listing(files):
                break
        else:
            work.warn(f"{work.timeframe.name}/{work.key} changed while it was read: run it again when it is whole.")
        stocks = set(stock)
        others = [file for file in listed if file not in stocks]
        named = files_named_verdict(index, _with_md5s(work, others, index), work.timeframe, work.key)
        facts = _facts(work, files, index, ignored=_ignored(work, others))
        if kept:
            staged.keep(kept.raw_object)
        else:
            staged.add(slot.raw_path, len(files))
        metadata = {
            "files": facts.listed,
            "expected": facts.expected,
            "received": facts.received,
            "copies": facts.copies,
            "misnamed": Rows(named.rows),
            "ignored": len(facts.ignored),
            "ignored_files": Rows([{"file": name} for name in facts.ignored[:MAX_ROWS]]),
            "source": shown_source(work.platform.source.address, work.timeframe, work.key),
            "source_bytes": facts.source_bytes,
            "dagster/row_count": facts.listed,
        }
        inputs = "" if any(file.problem for file in index) else _inputs(work, index)
        draft = Draft([_received(work, index, facts, named), _as_usual(work, facts), named], facts, inputs=inputs)
        done = commit_output(work, slot, staged, draft, metadata, slot.raw_path)
    if any(file.md5 for file in stock):  # else nothing was cached
        cache.forget_attempt()
    return done


def shown_source(address: str, timeframe: Timeframe, key: str) -> Link | Location:
    """Where a partition's files come from: its folder, or where that has no known address the source's in Drive."""
    if address.startswith(DRIVE):
        return Link(f"https://drive.google.com/drive/folders/{address.removeprefix(DRIVE)}")
    return Location(str(Path(address).absolute() / timeframe.name / key))


def _facts(work: Work, files: Sequence[SourceFile], index: Sequence[RawFile], ignored: list[str]) -> RawFacts:
    """Counts of the partition. A copy must not stand in for a file that is missing."""
    copies = sum(row["kind"] == "duplicate" for row in resolve_duplicates(index, work.timeframe).rejected)
    # A file that could not be had is left out, so that the sensor sees that the source has more than what was taken.
    without = {file.origin_id for file in index if file.problem and file.size <= MAX_FILE_BYTES}
    return RawFacts(
        expected=max(_announced(work, files), len(files) - copies),
        listed=len(files),
        source_bytes=sum(file.size for file in files),
        copies=copies,
        received=sum(file.problem is None for file in index) - copies,
        ignored=ignored,
        listing=fingerprint_listing(file for file in files if file.origin_id not in without),
    )


def _ignored(work: Work, others: Sequence[SourceFile]) -> list[str]:
    """Names of what is no stock file, without what systems leave behind."""
    place = Place(work.timeframe, work.key)
    return [file.name for file in others if judge_name(file.name, place, folder=file.folder).kind != "system file"]


def _with_md5s(work: Work, others: Sequence[SourceFile], index: Sequence[RawFile]) -> list[SourceFile]:
    """Each with its md5 where it may be a copy of what was read: it has as many bytes."""
    sizes = {file.size for file in index}
    return [
        msgspec.structs.replace(file, md5=work.platform.source.md5(file))
        if file.md5 is None and file.size in sizes and not file.folder
        else file
        for file in others
    ]


def _read(work: Work, files: Sequence[SourceFile], cache: RawCache, staged: Staged, slot: Slot) -> list[RawFile]:
    """Stage the raw object; returns its files, without their bytes."""
    platform = work.platform
    platform.executor.start(ceil(len(files) / platform.settings.batch_size))  # for the bars
    batches = read_batches(platform.source, files, cache, platform.settings.batch_size, platform.progress)
    with staged.writer(slot.raw_path) as into:
        return write_batches(batches, into, platform.compression)


def _stored(work: Work, files: Sequence[SourceFile], slot: Slot) -> Manifest | None:
    """What is stored, where it holds these bytes, and would be written the same again."""
    with ThreadPoolExecutor() as threads:  # Python lets go of its lock while it hashes
        md5s = threads.map(lambda file: file.md5 or work.platform.source.md5(file), files)
    known = [msgspec.structs.replace(file, md5=md5) for file, md5 in zip(files, md5s, strict=True)]
    return work.platform.outputs.unchanged(slot, _inputs(work, known))


def _inputs(work: Work, files: Sequence[SourceFile]) -> str:
    return inputs_of(work, files=[(file.name, file.origin_id, file.size, file.modified, file.md5) for file in files])


def _index_of(work: Work, stored: Manifest) -> list[RawFile]:
    work.platform.progress.advance(stored.facts_as(RawFacts).listed)
    with work.platform.outputs.store.open(stored.raw_object.path, stored.raw_object.content) as file:
        return [one for group in read_index(file) for one in group]


def _announced(work: Work, files: Sequence[SourceFile]) -> int:
    """How many files the uploader announced for the partition; 0 when it announced none."""
    platform, timeframe = work.platform, work.timeframe
    trigger = platform.source.trigger(timeframe)
    if trigger is None:
        return 0
    if trigger.problem:
        work.warn(f"The trigger triggers/{timeframe.name}_ready.txt is not understood: {trigger.problem}.")
    newest = max((file.modified for file in files), default=None)
    listed = () if trigger.key else platform.listed(timeframe).keys  # a key says itself which partition it means
    return trigger.expected_of(work.key, listed, newest) or 0


def _received(work: Work, index: Sequence[RawFile], facts: RawFacts, named: Verdict) -> Verdict:
    missing: list[dict[str, object]] = [{"file": file.name, "reason": file.problem} for file in index if file.problem]
    verdict = shares_verdict(work, RECEIVED, "arrived and were read", facts.received, facts, missing)
    why = [named.message] if verdict.blocks and not named.passed else []
    if (absent := facts.expected - facts.listed + facts.copies) > 0:
        has = f"the trigger announced {facts.expected}, the folder has {facts.listed - facts.copies}"
        why.insert(0, f"{absent} {'file is' if absent == 1 else 'files are'} missing: {has}.")
    if not why:
        return verdict
    return msgspec.structs.replace(verdict, message=" ".join([f"{verdict.message.rstrip('.')}.", *why]))


def _as_usual(work: Work, facts: RawFacts) -> Verdict:
    """Against the partitions before that are stored here, else the numbers that the site's history has."""
    now = FileCounts(work.key, facts.listed, facts.source_bytes)
    try:
        before = _deliveries(work) or _public_deliveries(work)
    except (BluedotError, OSError) as error:  # the site is not what this is made from: it must not stop it
        return file_counts_verdict(now, [], f"The partitions before could not be read: {error}")
    return file_counts_verdict(now, before)


def _deliveries(work: Work) -> list[FileCounts]:
    made = earlier_outputs(work, NAME, COMPARED_PARTITIONS)
    stored = [(one.partition, one.facts_as(RawFacts)) for one in made]
    return [FileCounts(key, facts.listed, facts.source_bytes) for key, facts in stored]


def _public_deliveries(work: Work) -> list[FileCounts]:
    runs = work.platform.status(work.timeframe).runs
    counts = {run.partition: run.stocks + run.rejected for run in reversed(runs) if run.outcome != "failed"}
    earlier = sorted((key for key in counts if key < work.key), reverse=True)[:COMPARED_PARTITIONS]
    return [FileCounts(key, counts[key], None) for key in earlier]


def shares_verdict(
    work: Work, rule: ErrorRule, what: str, part: int, raw: RawFacts, missing: Sequence[dict[str, object]]
) -> Verdict:
    """Of a part of the expected files. A person lets fewer through, as this run was given it, or as the site has it of
    the same listing."""

    def accepted() -> str:
        if work.accepted:
            return work.accepted
        return still_accepted(work.platform.status(work.timeframe), work.key, raw.listing, raw.expected)

    return share_verdict(rule, what, part, raw.expected, work.platform.settings.min_complete, missing, accepted)


RAW_JSON = Stage(
    NAME,
    "Every file of the partition byte for byte, with name, origin id, md5, size and modified time: one Parquet object. "
    "`bluedot raw FILE` gives a file back.",
    after=(),
    checks=(RECEIVED, AS_USUAL, NAMED),
    kinds=frozenset({"json", "parquet"}),
    columns=tuple(
        StoredColumn(field.name, str(field.type), (field.metadata or {}).get(b"meaning", b"").decode())
        for field in SCHEMA
    ),
)
