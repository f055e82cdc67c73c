"""The stage `raw_json`: every byte of the partition's files, with md5 and origin, as one Parquet object."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import dagster as dg

from bluedot_assets.adapters.outputs import Draft, Slot, staged_path, stored_object
from bluedot_assets.adapters.raw_held import Held
from bluedot_assets.adapters.raw_reading import fingerprint_of, read_batches, stock_files
from bluedot_assets.adapters.raw_store import SCHEMA, write_batches
from bluedot_assets.adapters.source import SourceFile
from bluedot_assets.defs.stage import Done, Stage, Work, as_table
from bluedot_assets.kernel.errors import PartitionGrowing
from bluedot_assets.kernel.manifest import MAX_ROWS, Manifest, Verdict
from bluedot_assets.kernel.names import is_stock_file
from bluedot_assets.kernel.normalize import RawFile
from bluedot_assets.kernel.quality import Share, share_verdict

NAME = "raw_json"
MOST_LISTINGS = 3  # a folder that still differs then is not whole


def raw_slot(work: Work) -> Slot:
    return Slot(work.timeframe.name, work.key, NAME)


def make_raw(work: Work) -> Done:
    """Read the partition's files, and store them whole; the listing is read once more when they are there."""
    outputs, path = work.platform.outputs, f"raw/{work.timeframe.name}/{work.key}.parquet"
    announced = _announced(work)
    listed = _settled_listing(work, announced) if work.settle else _list(work)
    for warning in work.platform.source.warnings:
        work.warn(warning)
    held = Held(outputs.store, raw_slot(work))
    with outputs.staging() as staged:
        for _ in range(MOST_LISTINGS):
            files = stock_files(listed, work.timeframe)
            unread = _read(work, files, held, staged_path(staged, path))
            before, listed = fingerprint_of(files), _list(work)
            if fingerprint_of(stock_files(listed, work.timeframe)) == before:
                break
        else:
            work.warn(f"{work.timeframe.name}/{work.key} changed while it was read: run it again when it is whole.")
        expected = max(announced, len(files))
        ignored = [file.name for file in listed if not is_stock_file(file.name, work.timeframe)]
        facts = {
            "expected": expected,
            "listed": len(files),
            "received": len(files) - len(unread),
            "ignored": ignored,
            "listing": before,
        }
        stored = stored_object(outputs.store, staged, path, len(files))
        draft = Draft([stored], [_received(work, files, unread, expected)], facts, {})
        manifest, changed = outputs.commit(raw_slot(work), staged, draft)
    held.forget_attempt()
    source_bytes = sum(file.size for file in files)
    return Done(manifest.verdicts, _metadata(work, manifest, source_bytes, changed), manifest.fingerprint)


def _list(work: Work) -> list[SourceFile]:
    return work.platform.source.files(work.timeframe, work.key)


def _settled_listing(work: Work, announced: int) -> list[SourceFile]:
    """A listing that the next one, an interval later, agrees with; at once when all announced files are there.
    Raises PartitionGrowing."""
    listed = _list(work)
    for _ in range(MOST_LISTINGS):
        files = stock_files(listed, work.timeframe)
        if announced and len(files) >= announced:
            return listed
        work.platform.sleep(work.platform.settings.poll_seconds)
        before, listed = fingerprint_of(files), _list(work)
        if fingerprint_of(stock_files(listed, work.timeframe)) == before:
            return listed
    raise PartitionGrowing(f"{work.timeframe.name}/{work.key} is still being uploaded: the next schedule looks again.")


def _read(work: Work, files: Sequence[SourceFile], held: Held, path: str) -> list[RawFile]:
    """Write the raw object at `path`; returns the files without bytes."""
    platform = work.platform
    platform.progress.begin(f"{work.timeframe.name}/{NAME}", len(files))
    unread: list[RawFile] = []
    batches = read_batches(platform.source, files, held, platform.settings.batch_size, platform.progress)
    with platform.outputs.store.writer(path) as into:
        write_batches(_noting(batches, unread), into, platform.compression)
    return unread


def _noting(batches: Iterable[list[RawFile]], unread: list[RawFile]) -> Iterator[list[RawFile]]:
    for batch in batches:
        unread += [file for file in batch if file.content is None]
        yield batch


def _metadata(work: Work, manifest: Manifest, source_bytes: int, changed: bool) -> dict[str, Any]:
    facts, stored = manifest.facts, manifest.objects[0]
    return {
        "dagster/partition_row_count": facts["listed"],
        "files": facts["listed"],
        "expected": facts["expected"],
        "ignored": as_table([{"file": name} for name in facts["ignored"][:MAX_ROWS]]),
        "source_bytes": source_bytes,
        "stored_bytes": stored.bytes,
        "source": f"{work.platform.source.address}: {work.timeframe.name}/{work.key}",
        "path": f"{work.platform.settings.data}/{stored.path}",
        "changed": changed,
    }


def _announced(work: Work) -> int:
    """How many files the uploader said the partition has; 0 when nothing was said of it."""
    source, timeframe = work.platform.source, work.timeframe
    trigger = source.trigger(timeframe)
    if trigger is None:
        return 0
    if trigger.problem:
        work.warn(f"The trigger triggers/{timeframe.name}_ready.txt is not understood: {trigger.problem}.")
    return trigger.expected_of(work.key, max(source.partitions(timeframe), default="")) or 0


def _received(work: Work, files: Sequence[SourceFile], unread: Sequence[RawFile], expected: int) -> Verdict:
    share = Share(len(files) - len(unread), expected)
    missing: list[dict[str, object]] = [{"file": file.name, "reason": file.problem} for file in unread]
    if expected > len(files):
        missing.append(
            {"file": f"{expected - len(files)} more", "reason": "announced by the trigger, not in the folder"}
        )
    return share_verdict("received", "arrived and were read", share, work.platform.settings.min_complete, missing)


RAW_JSON = Stage(
    NAME,
    "Every file of the partition byte for byte, with name, origin id, md5, size and modified time: one Parquet object. "
    "`bluedot raw FILE` gives a file back.",
    after=(),
    checks={"received": "Files read and verified against files expected; blocking below BLUEDOT_MIN_COMPLETE."},
    body=make_raw,
    stored_verdicts=lambda work: work.platform.outputs.require(raw_slot(work)).verdicts,
    kinds=frozenset({"json", "parquet"}),
    metadata={
        "dagster/column_schema": dg.TableSchema(
            [
                dg.TableColumn(field.name, str(field.type), (field.metadata or {}).get(b"meaning", b"").decode())
                for field in SCHEMA
            ]
        )
    },
)
