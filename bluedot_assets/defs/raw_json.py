"""The stage `raw_json`: every byte of the partition's files, with md5 and origin, as one Parquet object."""

from collections.abc import Iterator, Sequence
from itertools import islice

import dagster as dg

from bluedot_assets.adapters.outputs import Draft, Slot, staged_path, stored_object
from bluedot_assets.adapters.raw_store import SCHEMA, fetch, in_order, write_batches
from bluedot_assets.adapters.source import SourceFile
from bluedot_assets.defs.stage import Done, Stage, Work, as_table
from bluedot_assets.kernel.manifest import MAX_ROWS, Verdict
from bluedot_assets.kernel.names import is_stock_file
from bluedot_assets.kernel.normalize import RawFile
from bluedot_assets.kernel.quality import Share, share_verdict

NAME = "raw_json"


def raw_slot(work: Work) -> Slot:
    return Slot(work.timeframe.name, work.key, NAME)


def make_raw(work: Work) -> Done:
    """Read the partition's listing and files, and store them whole."""
    outputs, path = work.platform.outputs, f"raw/{work.timeframe.name}/{work.key}.parquet"
    listed = work.platform.source.files(work.timeframe, work.key)
    files = in_order([file for file in listed if is_stock_file(file.name, work.timeframe)], work.timeframe)
    ignored = [file.name for file in listed if not is_stock_file(file.name, work.timeframe)]
    expected = max(_announced(work), len(files))
    work.platform.progress.begin(f"{work.timeframe.name}/{NAME}", len(files))
    unread: list[RawFile] = []
    with outputs.staging() as staged:
        with outputs.store.writer(staged_path(staged, path)) as into:
            for count in write_batches(_batches(work, files, unread), into, work.platform.compression):
                work.platform.progress.advance(count)
        verdict = _received(work, files, unread, expected)
        facts = {"expected": expected, "listed": len(files), "received": len(files) - len(unread), "ignored": ignored}
        stored = stored_object(outputs.store, staged, path, len(files))
        manifest, changed = outputs.commit(raw_slot(work), staged, Draft([stored], [verdict], facts, {}))
    return Done(
        manifest.verdicts,
        {
            "dagster/partition_row_count": len(files),
            "files": len(files),
            "expected": expected,
            "ignored": as_table([{"file": name} for name in ignored[:MAX_ROWS]]),
            "source_bytes": sum(file.size for file in files),
            "stored_bytes": stored.bytes,
            "source": f"{work.platform.source.address}: {work.timeframe.name}/{work.key}",
            "path": f"{work.platform.settings.data}/{path}",
            "changed": changed,
        },
        manifest.fingerprint,
    )


def _announced(work: Work) -> int:
    """How many files the uploader said the partition has; 0 when nothing was said of it."""
    source, timeframe = work.platform.source, work.timeframe
    trigger = source.trigger(timeframe)
    if trigger is None:
        return 0
    if trigger.problem:
        work.warn(f"The trigger triggers/{timeframe.name}_ready.txt is not understood: {trigger.problem}.")
    return trigger.expected_of(work.key, max(source.partitions(timeframe), default="")) or 0


def _batches(work: Work, files: Sequence[SourceFile], unread: list[RawFile]) -> Iterator[list[RawFile]]:
    """The files with their bytes, a batch at a time, noting those without."""
    waiting = iter(files)
    settings = work.platform.settings
    while batch := list(islice(waiting, settings.batch_size)):
        fetched = fetch(work.platform.source, batch)
        unread += [file for file in fetched if file.content is None]
        yield fetched


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
