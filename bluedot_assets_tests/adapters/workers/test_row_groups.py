"""What a worker on another machine reads of a Parquet object in a bucket: its row group and the footer, verified."""

import uuid
from pathlib import Path

import polars as pl
import pytest

from bluedot_assets.adapters.storage.staged import Staged
from bluedot_assets.adapters.storage.store.copies import Copies
from bluedot_assets.adapters.storage.store.local import LocalStore
from bluedot_assets.adapters.storage.store.object_store import ObjectStore
from bluedot_assets.adapters.storage.store.port import Store
from bluedot_assets.adapters.workers.row_groups import open_group, parts_of
from bluedot_assets.kernel.errors import OutputDamaged
from bluedot_assets.kernel.stored.manifest import StoredObject
from bluedot_assets_tests.examples.trees import NOW
from bluedot_assets_tests.servers.s3 import BUCKET, S3Server

ROWS, PER_GROUP = 4000, 1000
FRAME = pl.DataFrame({"symbol": [f"S{n // 100:04d}" for n in range(ROWS)], "close": [n * 1.37 for n in range(ROWS)]})
PATH = "bars.parquet"


@pytest.fixture
def bucket() -> ObjectStore:
    return ObjectStore(f"memory://{uuid.uuid4().hex}")


def stored_in(store: Store) -> StoredObject:
    with store.staging(NOW) as folder:
        staged = Staged(store, folder)
        with staged.writer(PATH) as file:
            FRAME.write_parquet(file, row_group_size=PER_GROUP)
        staged.add(PATH, ROWS)
        store.place(folder, staged.contents())
    return staged.objects[0]


def elsewhere(store: ObjectStore) -> ObjectStore:
    """As a worker on another machine has it, without copies."""
    return ObjectStore(store.url, Copies.new())


def test_each_row_group_is_read_by_its_parts_alone(bucket: ObjectStore) -> None:
    stored = stored_in(bucket)
    with bucket.open(PATH, stored.content) as file:
        every = parts_of(file, bucket, away=True)
    assert len(every) == ROWS // PER_GROUP
    for group, parts in enumerate(every):
        assert parts is not None
        assert parts.footer.size + parts.group.size < stored.bytes / 2
        with open_group(elsewhere(bucket), stored, parts) as parquet:
            read = pl.DataFrame(parquet.read_row_group(group, use_threads=False))
        assert read.equals(FRAME.slice(group * PER_GROUP, PER_GROUP))


@pytest.mark.long
def test_two_workers_together_read_an_object_once(s3: S3Server) -> None:
    store = ObjectStore(f"s3://{BUCKET}/{uuid.uuid4().hex}")
    stored = stored_in(store)
    with store.open(PATH, stored.content) as file:
        every = parts_of(file, store, away=True)
    workers = [elsewhere(store), elsewhere(store)]
    s3.sent()
    s3.requests()
    for group, parts in enumerate(every):
        with open_group(workers[group % 2], stored, parts) as parquet:
            assert parquet.read_row_group(group).num_rows == PER_GROUP
    assert stored.bytes / 2 < s3.sent() <= stored.bytes
    assert s3.requests() == {"GET": len(every) + 1}  # and the footer


@pytest.mark.parametrize("spoiled", ["footer", "group"])
def test_a_part_that_is_not_what_was_stored_is_damage(bucket: ObjectStore, spoiled: str) -> None:
    stored = stored_in(bucket)
    with bucket.open(PATH, stored.content) as file:
        parts = parts_of(file, bucket, away=True)[1]
    content = bytearray(bucket.read(PATH))
    content[getattr(parts, spoiled).start + 5] ^= 1
    bucket.write(PATH, bytes(content))
    with (
        pytest.raises(OutputDamaged, match=f"{PATH} differs from what was stored"),
        open_group(elsewhere(bucket), stored, parts),
    ):
        pass


def test_where_workers_have_the_object_as_a_file_they_read_it_there(tmp_path: Path, bucket: ObjectStore) -> None:
    cases: list[tuple[Store, bool]] = [(LocalStore(tmp_path), True), (LocalStore(tmp_path), False), (bucket, False)]
    for store, away in cases:
        stored = stored_in(store)
        with store.open(PATH, stored.content) as file:
            every = parts_of(file, store, away=away)
        assert every == [None] * (ROWS // PER_GROUP)
        with open_group(store, stored, every[3]) as parquet:
            assert pl.DataFrame(parquet.read_row_group(3)).equals(FRAME.tail(PER_GROUP))
