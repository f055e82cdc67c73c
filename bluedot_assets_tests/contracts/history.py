"""The contract of a place for a history: what each of them must do."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from bluedot_assets.adapters.history.port import HistoryPlace, HistorySnapshot
from bluedot_assets.kernel.errors import OutputDamaged

A, B = "dots.parquet", "state/seen-2024.parquet"


class HistoryContract:
    """Inherit it and give a fixture `place`: an empty one."""

    def test_there_is_nothing_at_first(self, place: HistoryPlace) -> None:
        assert not place.snapshot("daily").listed.files

    def test_what_was_written_is_read_back_by_name(self, place: HistoryPlace) -> None:
        made = place.change("daily", lambda _: {A: (b"one", 1), B: (b"two", 2)})
        for snapshot in (made, place.snapshot("daily")):
            assert {name: snapshot.read(name) for name in snapshot.listed.files} == {A: b"one", B: b"two"}
            assert snapshot.listed.files[B].rows == 2
        assert not place.snapshot("weekly").listed.files

    def test_a_change_replaces_and_removes_and_leaves_the_rest(self, place: HistoryPlace) -> None:
        place.change("daily", lambda _: {A: (b"one", 1), B: (b"two", 1), "adjustments.parquet": (b"three", 1)})
        place.change("weekly", lambda _: {A: (b"of weeks", 1)})
        after = place.change("daily", lambda _: {A: (b"other", 1), B: None})
        assert {name: after.read(name) for name in after.listed.files} == {A: b"other", "adjustments.parquet": b"three"}
        assert place.snapshot("weekly").read(A) == b"of weeks"

    def test_where_nothing_is_due_nothing_is_written(self, place: HistoryPlace) -> None:
        before = place.change("daily", lambda _: {A: (b"one", 1)})
        assert place.change("daily", lambda _: {}).listed == before.listed

    def test_what_is_read_is_of_one_moment(self, place: HistoryPlace) -> None:
        place.change("daily", lambda _: {A: (b"old", 1), B: (b"old", 1)})
        before = place.snapshot("daily")
        assert before.read(A) == b"old"
        place.change("daily", lambda _: {A: (b"new", 1), B: (b"new", 1)})
        assert before.read(B) == b"old"

    def test_of_many_at_once_none_is_lost(self, place: HistoryPlace) -> None:
        def put(letter: str) -> None:
            def decide(before: HistorySnapshot) -> dict[str, tuple[bytes, int]]:
                return {A: ((before.read(A) if A in before.listed.files else b"") + letter.encode(), 1)}

            place.change("daily", decide)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(put, "abcdefgh"))
        assert sorted(place.snapshot("daily").read(A).decode()) == [*"abcdefgh"]

    def test_a_decision_that_fails_changes_nothing(self, place: HistoryPlace) -> None:
        place.change("daily", lambda _: {A: (b"one", 1)})

        def fail(before: HistorySnapshot) -> dict[str, tuple[bytes, int]]:
            raise OutputDamaged("no")

        with pytest.raises(OutputDamaged, match="no"):
            place.change("daily", fail)
        assert place.snapshot("daily").read(A) == b"one"
