"""The contract of a store: what every place for stages' outputs must do."""

import hashlib
import pickle
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bluedot_assets.adapters.storage.store.port import Store
from bluedot_assets.kernel.errors import OutputDamaged
from bluedot_assets_tests.examples.trees import NOW


class StoreContract:
    """Inherit it and give a fixture `store`: an empty store."""

    def test_what_was_written_is_read_back(self, store: Store) -> None:
        for content in (b"", b"bars", bytes(range(256)) * 1000):
            store.write("a/b/object.bin", content)
            assert store.read("a/b/object.bin") == content
            assert store.size("a/b/object.bin") == len(content)

    def test_an_absent_object_is_damage_that_names_it_and_its_remedy(self, store: Store) -> None:
        with pytest.raises(OutputDamaged, match=r"a/absent\.bin is missing: materialize"):
            store.read("a/absent.bin")
        with pytest.raises(OutputDamaged, match=r"a/absent\.bin is missing"):
            store.open("a/absent.bin")
        assert store.size("a/absent.bin") is None

    def test_a_reader_can_seek(self, store: Store) -> None:
        store.write("object.bin", b"0123456789")
        with store.open("object.bin") as file:
            file.seek(-3, 2)
            assert file.read() == b"789"
            file.seek(2)
            assert file.read(3) == b"234"
            assert file.tell() == 5

    def test_a_part_of_an_object_is_read_alone(self, store: Store) -> None:
        store.write("object.bin", b"0123456789")
        digest = hashlib.sha256(b"0123456789").hexdigest()
        for _ in range(2):
            assert store.read_part("object.bin", digest, 2, 3) == b"234"
            store.open("object.bin", digest).close()  # of a bucket there is a copy now
        with pytest.raises(OutputDamaged, match=r"a/absent\.bin is missing"):
            store.read_part("a/absent.bin", digest, 0, 1)

    def test_a_writer_gives_the_name_when_its_block_ends_and_not_before(self, store: Store) -> None:
        with store.writer("a/object.bin") as file:
            file.write(b"half")
            assert store.size("a/object.bin") is None
            file.write(b" and whole")
        assert store.read("a/object.bin") == b"half and whole"
        assert store.list("") == ["a/object.bin"]

    def test_a_writer_that_raises_leaves_nothing(self, store: Store) -> None:
        with pytest.raises(KeyError), store.writer("a/object.bin") as file:
            file.write(b"half")
            raise KeyError
        assert store.list("") == []

    def test_a_writer_that_raises_leaves_the_object_of_before(self, store: Store) -> None:
        store.write("a/object.bin", b"before")
        with pytest.raises(KeyError), store.writer("a/object.bin") as file:
            file.write(b"half")
            raise KeyError
        assert store.read("a/object.bin") == b"before"
        assert store.list("") == ["a/object.bin"]

    def test_placing_gives_staged_files_their_names_and_replaces_what_stood_there(self, store: Store) -> None:
        store.write("a/one", b"1")
        with store.staging(NOW) as folder:
            for name, content in ((Path("a/one"), b"two"), (Path("deep/er/object"), b"content")):
                (folder / name).parent.mkdir(parents=True)
                (folder / name).write_bytes(content)
            assert (store.read("a/one"), store.size("deep/er/object")) == (b"1", None)
            store.place(folder, {"a/one": "1", "deep/er/object": "2"})
        assert [store.read(path) for path in store.list("")] == [b"two", b"content"]
        assert store.list("") == ["a/one", "deep/er/object"]

    def test_a_staging_folder_ends_with_its_block_and_is_nobody_elses(self, store: Store) -> None:
        with store.staging(NOW) as folder:
            (folder / "object").write_bytes(b"1")
            with store.staging(NOW + timedelta(days=9)) as other:
                assert other != folder
            assert (folder / "object").read_bytes() == b"1"
            assert [path for path in store.list("") if path.endswith("object") and not store.local_path(path)] == []
        assert not folder.exists()

    def test_what_is_replaced_is_read_anew(self, store: Store) -> None:
        for content in (b"1", b"two"):
            store.write("a/one", content)
            with store.open("a/one", hashlib.sha256(content).hexdigest()) as file:
                assert file.read() == content

    def test_it_is_known_when_an_object_got_its_bytes(self, store: Store) -> None:
        before = datetime.now(UTC) - timedelta(seconds=2)  # S3 says whole seconds
        store.write("object", b"1")
        written = store.modified("object")
        assert written is not None
        assert before < written < datetime.now(UTC) + timedelta(seconds=2)
        assert store.modified("nowhere") is None

    def test_sizes_are_those_of_all_objects_where_the_store_knows_them(self, store: Store) -> None:
        store.write("a/one", b"1")
        store.write("a/deep/two", b"22")
        assert store.sizes("a") in (None, {"a/one": 1, "a/deep/two": 2})

    def test_a_list_is_sorted_deep_and_of_that_folder_alone(self, store: Store) -> None:
        for path in ("bars/b/2", "bars/a/1", "bars/c", "barsx/d"):
            store.write(path, b"")
        assert store.list("bars") == ["bars/a/1", "bars/b/2", "bars/c"]
        assert store.list("bars/a") == ["bars/a/1"]
        assert store.list("") == ["bars/a/1", "bars/b/2", "bars/c", "barsx/d"]

    def test_a_folder_that_is_not_there_lists_nothing(self, store: Store) -> None:
        assert store.list("nowhere") == []

    def test_deleting_takes_an_object_or_a_folder_and_nothing_beside_it(self, store: Store) -> None:
        for path in ("a/1", "a/deep/2", "ab/3", "c"):
            store.write(path, b"")
        store.delete_below("a")
        store.delete("c", "nowhere")
        assert store.list("") == ["ab/3"]

    def test_deleting_what_is_absent_is_no_fault(self, store: Store) -> None:
        store.delete("nowhere/at/all")
        store.delete_below("nowhere")
        assert store.list("") == []

    def test_of_several_that_write_first_one_has_written(self, store: Store) -> None:
        with ThreadPoolExecutor(8) as pool:
            read = list(pool.map(lambda word: store.write_first("a/word", word), [b"%d" % one for one in range(8)]))
        assert store.read("a/word") == store.write_first("a/word", b"late")
        assert store.list("") == ["a/word"]
        assert set(read) == {store.read("a/word")} or not store.local_path("")

    def test_names_of_any_letters_are_kept(self, store: Store) -> None:
        store.write("series/M_M é €.csv", b"1")
        assert store.list("series") == ["series/M_M é €.csv"]
        assert store.read("series/M_M é €.csv") == b"1"

    def test_a_pickled_store_is_the_same_store(self, store: Store) -> None:
        store.write("object", b"content")
        assert pickle.loads(pickle.dumps(store)).read("object") == b"content"  # noqa: S301

    def test_a_local_path_holds_the_object_where_there_is_one(self, store: Store) -> None:
        store.write("a/object", b"content")
        path = store.local_path("a/object")
        assert path is None or path.read_bytes() == b"content"
