"""The stage `raw_json`: every byte of the partition's files, with md5 and origin, as one Parquet object."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from bluedot_assets.adapters.source.port import SourceFile
from bluedot_assets.adapters.storage.outputs import Draft, Slot, staged_path, stored_object
from bluedot_assets.adapters.storage.raw_cache import RawCache
from bluedot_assets.adapters.storage.raw_object import SCHEMA, write_batches
from bluedot_assets.adapters.storage.raw_reading import fingerprint_listing, read_batches, stock_files
from bluedot_assets.kernel.checks.completeness import Share, share_verdict
from bluedot_assets.kernel.checks.file_counts import LOOKED_AT, FileCounts, file_counts_verdict
from bluedot_assets.kernel.checks.verdict import MAX_ROWS, Verdict
from bluedot_assets.kernel.errors import BluedotError
from bluedot_assets.kernel.manifest import Manifest
from bluedot_assets.kernel.site.acceptance import still_accepted
from bluedot_assets.kernel.source.duplicates import resolve_duplicates
from bluedot_assets.kernel.source.file_names import is_stock_file
from bluedot_assets.kernel.source.raw_file import MAX_FILE_BYTES, RawFile
from bluedot_assets.pipeline.earlier_partitions import earlier_keys
from bluedot_assets.pipeline.stage import Done, Rows, Stage, StoredColumn, Work

NAME = "raw_json"
MOST_LISTINGS = 3  # a folder that still differs then is not whole


def raw_slot(work: Work) -> Slot:
    return Slot(work.timeframe.name, work.key, NAME)


def make_raw(work: Work) -> Done:
    """Read the partition's files, and store them whole; the listing is read once more when they are there."""
    outputs, path = work.platform.outputs, f"raw/{work.timeframe.name}/{work.key}.parquet"
    listed = _list(work)
    for warning in work.platform.source.warnings:
        work.warn(warning)
    held = RawCache(outputs.store, raw_slot(work))
    with outputs.staging() as staged:
        for _ in range(MOST_LISTINGS):
            files = stock_files(listed, work.timeframe)
            index = _read(work, files, held, staged_path(staged, path))
            before, listed = fingerprint_listing(files), _list(work)
            if fingerprint_listing(stock_files(listed, work.timeframe)) == before:
                break
        else:
            work.warn(f"{work.timeframe.name}/{work.key} changed while it was read: run it again when it is whole.")
        facts = _facts(work, listed, files, index)
        stored = stored_object(outputs.store, staged, path, len(files))
        draft = Draft([stored], [_received(work, index, facts), _as_usual(work, facts)], facts, {})
        manifest, changed = outputs.commit(raw_slot(work), staged, draft)
    held.forget_attempt()
    return Done(manifest.verdicts, _metadata(work, manifest, changed), manifest.fingerprint)


def _facts(
    work: Work, listed: Sequence[SourceFile], files: Sequence[SourceFile], index: Sequence[RawFile]
) -> dict[str, Any]:
    """Counts of the partition. A copy (the same bytes under one published name) is no file of its own: it must not
    stand in for one that is missing."""
    copies = sum(row["kind"] == "duplicate" for row in resolve_duplicates(index, work.timeframe).rejected)
    # A file that could not be had is left out, so that the sensor sees that the source has more than what was taken.
    without = {file.origin_id for file in index if file.problem and file.size <= MAX_FILE_BYTES}
    return {
        "expected": max(_announced(work, files), len(files) - copies),
        "listed": len(files),
        "source_bytes": sum(file.size for file in files),
        "copies": copies,
        "received": sum(file.problem is None for file in index) - copies,
        "ignored": [file.name for file in listed if not is_stock_file(file.name, work.timeframe)],
        "listing": fingerprint_listing(file for file in files if file.origin_id not in without),
    }


def _list(work: Work) -> list[SourceFile]:
    return work.platform.source.files(work.timeframe, work.key)


def _read(work: Work, files: Sequence[SourceFile], held: RawCache, path: str) -> list[RawFile]:
    """Write the raw object at `path`; returns its files, without their bytes."""
    platform = work.platform
    platform.progress.begin(f"{work.timeframe.name}/{NAME}", len(files))
    index: list[RawFile] = []
    batches = read_batches(platform.source, files, held, platform.settings.batch_size, platform.progress)
    with platform.outputs.store.writer(path) as into:
        write_batches(_noting(batches, index), into, platform.compression)
    return index


def _noting(batches: Iterable[list[RawFile]], index: list[RawFile]) -> Iterator[list[RawFile]]:
    for batch in batches:
        index += [replace(file, content=None) for file in batch]
        yield batch


def _metadata(work: Work, manifest: Manifest, changed: bool) -> dict[str, Any]:
    facts, stored = manifest.facts, manifest.objects[0]
    return {
        "dagster/partition_row_count": facts["listed"],
        "files": facts["listed"],
        "expected": facts["expected"],
        "ignored": Rows([{"file": name} for name in facts["ignored"][:MAX_ROWS]]),
        "source_bytes": facts["source_bytes"],
        "stored_bytes": stored.bytes,
        "source": f"{work.platform.source.address}: {work.timeframe.name}/{work.key}",
        "path": f"{work.platform.outputs.store.address}/{stored.path}",
        "changed": changed,
    }


def _announced(work: Work, files: Sequence[SourceFile]) -> int:
    """How many files the uploader said the partition has; 0 when nothing was said of it."""
    platform, timeframe = work.platform, work.timeframe
    trigger = platform.source.trigger(timeframe)
    if trigger is None:
        return 0
    if trigger.problem:
        work.warn(f"The trigger triggers/{timeframe.name}_ready.txt is not understood: {trigger.problem}.")
    newest = max((file.modified for file in files), default=None)
    return trigger.expected_of(work.key, platform.listed(timeframe), newest) or 0


def _received(work: Work, index: Sequence[RawFile], facts: Mapping[str, Any]) -> Verdict:
    share = Share(facts["received"], facts["expected"])
    missing: list[dict[str, object]] = [{"file": file.name, "reason": file.problem} for file in index if file.problem]
    if (absent := facts["expected"] - facts["listed"] + facts["copies"]) > 0:
        missing.append({"file": f"{absent} more", "reason": "announced by the trigger, not in the folder"})
    least = work.platform.settings.min_complete
    reason = partial(accepted_reason, work, facts["listing"], facts["expected"])
    return share_verdict("received", "arrived and were read", share, least, missing, reason)


def _as_usual(work: Work, facts: Mapping[str, Any]) -> Verdict:
    """Against the partitions before that are stored here, else the numbers that the site's history has."""
    now = FileCounts(work.key, facts["listed"], facts["source_bytes"])
    try:
        before = _deliveries(work) or _public_deliveries(work)
    except (BluedotError, OSError) as error:  # the site is not what this is made from: it must not stop it
        return file_counts_verdict(now, [], f"The partitions before could not be read: {error}")
    return file_counts_verdict(now, before)


def _deliveries(work: Work) -> list[FileCounts]:
    outputs, name = work.platform.outputs, work.timeframe.name
    keys = earlier_keys(work, NAME)[:LOOKED_AT]
    stored = [(key, outputs.require(Slot(name, key, NAME)).facts) for key in keys]
    return [FileCounts(key, facts["listed"], facts.get("source_bytes")) for key, facts in stored]


def _public_deliveries(work: Work) -> list[FileCounts]:
    runs = work.platform.status(work.timeframe).runs
    counts = {run.partition: run.stocks + run.rejected for run in reversed(runs) if run.outcome != "failed"}
    earlier = sorted((key for key in counts if key < work.key), reverse=True)[:LOOKED_AT]
    return [FileCounts(key, counts[key], None) for key in earlier]


def accepted_reason(work: Work, listing: str, expected: int) -> str:
    """Why a person lets the partition through: as this run was told, or as the site says of the same listing."""
    if work.accepted:
        return work.accepted
    state = work.platform.status(work.timeframe)
    return still_accepted(state, work.key, listing, expected)


RAW_JSON = Stage(
    NAME,
    "Every file of the partition byte for byte, with name, origin id, md5, size and modified time: one Parquet object. "
    "`bluedot raw FILE` gives a file back.",
    after=(),
    checks={
        "received": "Files read and verified against files expected; blocking below BLUEDOT_MIN_COMPLETE.",
        "files_as_usual": "About as many files of about the size as in the partitions before; a warning.",
    },
    body=make_raw,
    stored_verdicts=lambda work: work.platform.outputs.require(raw_slot(work)).verdicts,
    kinds=frozenset({"json", "parquet"}),
    columns=tuple(
        StoredColumn(field.name, str(field.type), (field.metadata or {}).get(b"meaning", b"").decode())
        for field in SCHEMA
    ),
)
