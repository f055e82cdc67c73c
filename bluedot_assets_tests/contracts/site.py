"""The contract of a site: what a folder, a git repository and a bucket must all do as places to publish to.

What a partition changes is decided by `kernel.site.publish_plan`; here is what a site makes of such plans."""

import multiprocessing
import threading
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import msgspec
import pytest

from bluedot_assets.adapters.storage.store.local import LocalStore
from bluedot_assets.adapters.storage.store.port import Store
from bluedot_assets.kernel.errors import OutputDamaged, PublishRefused
from bluedot_assets.kernel.site.publication import DASHBOARD, INDEX, STATUS, Plan, Publication, Published
from bluedot_assets.kernel.site.publish_plan import plan_publication
from bluedot_assets.kernel.site.rollback_file import ROLLBACK
from bluedot_assets.kernel.site.rollback_plan import plan_rollback
from bluedot_assets.kernel.site.status import decode_status
from bluedot_assets_tests.contracts.publications import (
    AT,
    SHELL,
    OpenSite,
    contents,
    digests,
    fail,
    publication,
    publish,
    publish_many,
    sha256,
)

DAY, EARLIER = "2024-08-02", "2024-08-01"


class PublicSite(Protocol):
    """What the world sees of the site, read as a reader reads it."""

    def get(self, path: str) -> bytes | None: ...

    def paths(self) -> set[str]:
        """Every published file."""
        ...


PINE_PAGE = b"<!doctype html><title>Pine</title>"


def with_scripts(store: Store, key: str, content: bytes, at: datetime = AT) -> Publication:
    """A publication with small files, one folder of which is mirrored beside a page of the shell."""
    names = ("scripts/one.pine", "scripts/parts/two.pine", "lists/deep/er/dots.txt")
    made = publication(
        store,
        "daily",
        key,
        contents("1"),
        at=at,
        extras=dict.fromkeys(names, content),
        mirrors={"pine/scripts": "scripts", "pine/nothing": "absent"},
    )
    pages = {**made.shell, "pine/index.html": PINE_PAGE}
    return replace(made, shell=pages)


def whole(public: PublicSite) -> dict[str, bytes | None]:
    return {path: public.get(path) for path in public.paths()}


class SiteContract:
    """Inherit it and give the fixtures `store` (a folder), `open_site` (can be pickled; each call opens the one site
    anew, as another run would) and `public`."""

    def test_an_empty_site_has_no_files(self, open_site: OpenSite) -> None:
        assert open_site().snapshot().read(STATUS) is None

    def test_a_first_publish_shows_folder_latest_index_status_and_pages(
        self, open_site: OpenSite, store: LocalStore, public: PublicSite
    ) -> None:
        csvs = contents("1")
        assert publish(open_site(), publication(store, "daily", DAY, csvs)) is not None
        names = {f"{symbol}_PRICE_DATA.csv" for symbol in csvs} | {INDEX, DASHBOARD}
        folders = {f"daily/{folder}/{name}" for folder in (DAY, "latest") for name in names}
        assert public.paths() == folders | {STATUS} | set(SHELL)
        assert public.get(f"daily/{DAY}/S1_PRICE_DATA.csv") == csvs["S1"]
        assert public.get(f"daily/latest/{INDEX}") == public.get(f"daily/{DAY}/{INDEX}")
        assert open_site().snapshot().read(STATUS) == public.get(STATUS)

    def test_a_snapshot_from_before_the_first_publish_stays_empty(self, open_site: OpenSite, store: LocalStore) -> None:
        before = open_site().snapshot()
        publish(open_site(), publication(store, "daily", DAY, contents("1")))
        assert before.read(STATUS) is None
        assert open_site().snapshot().read(STATUS) is not None

    def test_publishing_the_same_again_makes_nothing(
        self, open_site: OpenSite, store: LocalStore, public: PublicSite
    ) -> None:
        publish(open_site(), publication(store, "daily", DAY, contents("1")))
        before = whole(public)
        again = publication(store, "daily", DAY, contents("1"), at=AT + timedelta(hours=1))
        assert publish(open_site(), again) is None
        assert whole(public) == before

    def test_a_status_that_cannot_be_read_is_mended_as_the_refusal_says(
        self, open_site: OpenSite, store: LocalStore, public: PublicSite
    ) -> None:
        made = [publication(store, "daily", key, contents("1")) for key in (EARLIER, DAY)]
        for one in made:
            publish(open_site(), one)
        before = public.paths()
        open_site().publish(lambda site: Plan("broken", files={STATUS: b"{oops"}))
        with pytest.raises(PublishRefused, match=r"write \{\} into it and run `bluedot run --partition all`"):
            publish(open_site(), made[0])
        open_site().publish(lambda site: Plan("by hand", files={STATUS: b"{}"}))
        open_site().require_usable()
        for one in made:
            assert publish(open_site(), one) is not None
        assert set(decode_status(public.get(STATUS)).of("daily").folders) == {EARLIER, DAY}
        assert public.paths() == before

    def test_a_decision_against_publishing_changes_nothing(
        self, open_site: OpenSite, store: LocalStore, public: PublicSite
    ) -> None:
        publish(open_site(), publication(store, "daily", DAY, contents("1")))
        before = whole(public)
        assert open_site().publish(lambda site: None) is None
        assert whole(public) == before

    def test_new_content_replaces_the_whole_folder(
        self, open_site: OpenSite, store: LocalStore, public: PublicSite
    ) -> None:
        publish(open_site(), publication(store, "daily", DAY, contents("1", stocks=5)))
        publish(open_site(), publication(store, "daily", DAY, contents("2", stocks=2), at=AT + timedelta(hours=1)))
        names = {path.rpartition("/")[2] for path in public.paths() if path.startswith(f"daily/{DAY}/")}
        assert names == {"S0_PRICE_DATA.csv", "S1_PRICE_DATA.csv", INDEX, DASHBOARD}
        assert public.get("daily/latest/S0_PRICE_DATA.csv") == contents("2")["S0"]

    def test_an_old_date_does_not_move_latest(self, open_site: OpenSite, store: LocalStore, public: PublicSite) -> None:
        publish(open_site(), publication(store, "daily", DAY, contents("1")))
        latest = {path: public.get(path) for path in public.paths() if "/latest/" in path}
        publish(open_site(), publication(store, "daily", EARLIER, contents("2"), at=AT + timedelta(hours=1)))
        assert {path: public.get(path) for path in public.paths() if "/latest/" in path} == latest
        assert public.get(f"daily/{EARLIER}/S0_PRICE_DATA.csv") == contents("2")["S0"]

    def test_dates_beyond_those_kept_are_dropped_whole(
        self, open_site: OpenSite, store: LocalStore, public: PublicSite
    ) -> None:
        for number in range(1, 6):
            publish(open_site(), publication(store, "daily", f"2024-08-0{number}", contents(str(number)), keep=3))
        folders = {path.split("/")[1] for path in public.paths() if path.startswith("daily/")}
        assert folders == {"2024-08-03", "2024-08-04", "2024-08-05", "latest"}
        status = decode_status(public.get(STATUS)).of("daily")
        assert sorted(status.folders) == ["2024-08-03", "2024-08-04", "2024-08-05"]

    def test_a_date_older_than_all_those_kept_is_not_published(
        self, open_site: OpenSite, store: LocalStore, public: PublicSite
    ) -> None:
        publish(open_site(), publication(store, "daily", DAY, contents("1"), keep=1))
        before = whole(public)
        assert publish(open_site(), publication(store, "daily", EARLIER, contents("2"), keep=1)) is None
        assert whole(public) == before

    def test_a_failure_changes_the_status_alone(
        self, open_site: OpenSite, store: LocalStore, public: PublicSite
    ) -> None:
        publish(open_site(), publication(store, "daily", DAY, contents("1")))
        before = whole(public)
        assert fail(open_site(), "daily", "2024-08-05") is not None
        after = whole(public)
        assert {path for path in after if after[path] != before.get(path)} == {STATUS}
        (failure,) = decode_status(public.get(STATUS)).of("daily").failures.values()
        assert (failure.partition, failure.reason) == ("2024-08-05", "nothing came")
        assert fail(open_site(), "daily", "2024-08-05") is None

    def test_a_failure_before_the_first_publish_has_a_page_that_tells_of_it(
        self, open_site: OpenSite, public: PublicSite
    ) -> None:
        fail(open_site(), "daily", DAY)
        assert public.paths() == {STATUS, *SHELL}

    def test_compressed_files_and_tables_come_and_go_with_their_content(
        self, open_site: OpenSite, store: LocalStore, public: PublicSite
    ) -> None:
        gz, tables = {"S0_PRICE_DATA.csv.gz": b"\x1f\x8b"}, {"bars.parquet": b"PAR1"}
        publish(open_site(), publication(store, "daily", DAY, contents("1"), compressed=gz, tables=tables))
        assert public.get("daily/latest/S0_PRICE_DATA.csv.gz") == b"\x1f\x8b"
        assert public.get("daily/latest/tables/bars.parquet") == b"PAR1"
        assert public.get(f"daily/{DAY}/tables/bars.parquet") == b"PAR1"
        whole = publication(store, "daily", DAY, contents("1"), tables=tables).objects
        assert open_site().snapshot().damaged(f"daily/{DAY}", whole) == []
        other = publication(store, "daily", DAY, contents("1"), tables={"bars.parquet": b"PAR2"}).objects
        assert open_site().snapshot().damaged("daily/latest", other) == ["tables/bars.parquet"]
        publish(open_site(), publication(store, "daily", DAY, contents("1")))
        assert "daily/latest/tables/bars.parquet" not in public.paths()

    def test_the_history_is_there_once_and_only_what_changed_of_it_is_written(
        self, open_site: OpenSite, store: LocalStore, public: PublicSite
    ) -> None:
        old = {"bars-2023.parquet": b"2023", "bars-2024.parquet": b"2024", "dots.parquet": b"dots"}
        publish(open_site(), publication(store, "daily", EARLIER, contents("0"), history=old))
        now = {"bars-2024.parquet": b"2024 and more", "dots.parquet": b"dots"}
        later = AT + timedelta(hours=1)
        plan = publish(open_site(), publication(store, "daily", DAY, contents("1"), history=now, at=later))
        assert plan is not None
        assert set(plan.sources) == {"daily/history/bars-2024.parquet"}
        there = {path: public.get(path) for path in public.paths() if path.startswith("daily/history/")}
        index = msgspec.json.decode(there.pop("daily/history/history.json") or b"")
        assert there.pop("daily/history/outcomes.json") == b"{}\n"
        assert there == {f"daily/history/{name}": content for name, content in now.items()}
        assert {name: one["bytes"] for name, one in index["files"].items()} == {
            name: len(content) for name, content in now.items()
        }
        again = publication(store, "daily", DAY, contents("1"), history=now, at=later + timedelta(hours=1))
        assert publish(open_site(), again) is None

    def test_small_files_of_any_depth_stand_in_the_folder_in_latest_and_in_their_mirror(
        self, open_site: OpenSite, store: LocalStore, public: PublicSite
    ) -> None:
        publish(open_site(), with_scripts(store, EARLIER, b"old"))
        publish(open_site(), with_scripts(store, DAY, b"new"))
        for place, content in ((EARLIER, b"old"), (DAY, b"new"), ("latest", b"new")):
            assert public.get(f"daily/{place}/scripts/one.pine") == content
            assert public.get(f"daily/{place}/lists/deep/er/dots.txt") == content
        assert {path: public.get(path) for path in public.paths() if path.startswith("pine/")} == {
            "pine/index.html": PINE_PAGE,
            "pine/scripts/one.pine": b"new",
            "pine/scripts/parts/two.pine": b"new",
        }
        assert publish(open_site(), with_scripts(store, DAY, b"new", at=AT + timedelta(hours=1))) is None

    def test_a_rollback_moves_the_mirrors_with_latest_and_the_newest_day_brings_them_back(
        self, open_site: OpenSite, store: LocalStore, public: PublicSite
    ) -> None:
        for key in (EARLIER, DAY):
            publish(open_site(), with_scripts(store, key, key.encode()))
        before = whole(public)
        for key in (EARLIER, DAY):
            open_site().publish(partial(plan_rollback, "daily", key, AT, "bad prices"))
            assert public.get("pine/scripts/one.pine") == key.encode()
            assert public.get("daily/latest/scripts/one.pine") == key.encode()
            assert public.get("pine/index.html") == PINE_PAGE
        changed = {path for path, content in whole(public).items() if content != before.get(path)}
        assert changed <= {STATUS, ROLLBACK}

    def test_a_rollback_to_a_folder_that_has_nothing_to_mirror_leaves_no_mirror(
        self, open_site: OpenSite, store: LocalStore, public: PublicSite
    ) -> None:
        publish(open_site(), publication(store, "daily", EARLIER, contents("1")))  # as an older version published it
        publish(open_site(), with_scripts(store, DAY, b"new"))
        open_site().publish(partial(plan_rollback, "daily", EARLIER, AT, "bad prices"))
        assert {path for path in public.paths() if path.startswith("pine/")} == {"pine/index.html"}
        publish(open_site(), with_scripts(store, DAY, b"new"))
        assert public.get("pine/scripts/parts/two.pine") == b"new"
        publish(open_site(), publication(store, "daily", DAY, contents("1")))
        assert {path for path in public.paths() if path.startswith("pine/")} == {"pine/index.html"}

    def test_an_old_date_does_not_move_the_mirrors(
        self, open_site: OpenSite, store: LocalStore, public: PublicSite
    ) -> None:
        publish(open_site(), with_scripts(store, DAY, b"new"))
        publish(open_site(), with_scripts(store, EARLIER, b"old"))
        assert public.get("pine/scripts/one.pine") == b"new"
        assert public.get(f"daily/{EARLIER}/scripts/one.pine") == b"old"

    def test_a_small_file_that_changed_or_went_is_seen_without_reading_the_others(
        self, open_site: OpenSite, store: LocalStore
    ) -> None:
        publish(open_site(), with_scripts(store, DAY, b"new"))
        site = open_site().snapshot()
        for path in (f"daily/{DAY}/scripts/parts/two.pine", "pine/scripts/parts/two.pine"):
            assert site.differing({path: b"new"}) == set()
            assert site.differing({path: b"other"}) == {path}
        absent = {f"daily/{DAY}/scripts/three.pine": b"new", f"daily/{DAY}/scripts": b"", "no/such/folder": b""}
        assert site.differing({**absent, STATUS: b"", "index.html": SHELL["index.html"]}) == {*absent, STATUS}
        assert site.differing({}) == set()

    def test_a_damaged_source_file_publishes_nothing(
        self, open_site: OpenSite, store: LocalStore, public: PublicSite
    ) -> None:
        publish(open_site(), publication(store, "daily", EARLIER, contents("1")))
        before = whole(public)
        damaged = publication(store, "daily", DAY, contents("2"))
        *_, last = damaged.csvs.values()
        store.write(last.path, b"20240802T,9,9,9,9,9\n")
        with pytest.raises(OutputDamaged, match=last.path):
            publish(open_site(), damaged)
        assert whole(public) == before

    def test_after_a_publish_that_broke_off_the_next_one_arrives(
        self, open_site: OpenSite, store: LocalStore, public: PublicSite
    ) -> None:
        wanted = publication(store, "daily", DAY, contents("1"))
        first, *_ = wanted.csvs.values()
        absent = replace(wanted, csvs={**wanted.csvs, "X.csv": msgspec.structs.replace(first, path="nowhere/X.csv")})
        with pytest.raises(OutputDamaged):
            publish(open_site(), absent)
        assert public.paths() == set()
        publish(open_site(), wanted)
        assert public.get("daily/latest/S0_PRICE_DATA.csv") == contents("1")["S0"]

    def test_the_decision_sees_the_site_as_it_stands(
        self, open_site: OpenSite, store: LocalStore, public: PublicSite
    ) -> None:
        publish(open_site(), publication(store, "daily", DAY, contents("1")))
        seen: list[bytes | None] = []

        def decide(site: Published) -> Plan | None:
            seen.append(site.read(STATUS))
            seen.append(site.read("nowhere/at/all"))
            return None

        open_site().publish(decide)
        assert seen == [public.get(STATUS), None]

    def test_a_reader_never_sees_half_a_publish(
        self, open_site: OpenSite, store: LocalStore, public: PublicSite
    ) -> None:
        publish(open_site(), publication(store, "daily", DAY, contents("0", stocks=8)))
        disagreements: list[str] = []
        versions: set[bytes] = set()
        done = threading.Event()

        def read_over_and_over() -> None:
            while not done.is_set():
                index = public.get(f"daily/latest/{INDEX}")
                assert index is not None
                expected = digests(index)
                found = {name: public.get(f"daily/latest/{name}") for name in expected}
                if public.get(f"daily/latest/{INDEX}") == index:  # else a new version came while it read
                    versions.add(index)
                    disagreements.extend(
                        name for name, content in found.items() if content is None or sha256(content) != expected[name]
                    )

        reader = threading.Thread(target=read_over_and_over)
        reader.start()
        for number in range(1, 9):
            at = AT + timedelta(minutes=number)
            publish(open_site(), publication(store, "daily", DAY, contents(str(number), stocks=8), at=at))
        done.set()
        reader.join()
        assert disagreements == []
        assert len(versions) > 1

    def test_two_processes_that_publish_at_the_same_time_both_arrive(
        self, open_site: OpenSite, store: LocalStore, public: PublicSite
    ) -> None:
        work = {
            "daily": ["2024-07-30", "2024-07-31", EARLIER, DAY],
            "weekly": ["2024-W28", "2024-W29", "2024-W30", "2024-W31"],
        }
        spawn = multiprocessing.get_context("spawn")
        processes = [
            spawn.Process(target=publish_many, args=(open_site, store, timeframe, keys))
            for timeframe, keys in work.items()
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join(60)
        assert [process.exitcode for process in processes] == [0, 0]
        status = decode_status(public.get(STATUS))
        for timeframe, keys in work.items():
            assert sorted(status.of(timeframe).folders) == keys
            for place, key in enumerate(keys):
                assert public.get(f"{timeframe}/{key}/S0_PRICE_DATA.csv") == contents(str(place))["S0"]
            assert public.get(f"{timeframe}/latest/{INDEX}") == public.get(f"{timeframe}/{keys[-1]}/{INDEX}")

    def test_an_equal_plan_decided_on_an_older_state_is_decided_again(
        self, open_site: OpenSite, store: LocalStore, public: PublicSite
    ) -> None:
        one, other = publication(store, "daily", DAY, contents("1")), publication(store, "weekly", "2024-W31", {})
        publish(open_site(), one)
        open_site().publish(lambda site: plan_publication(other, site))
        assert set(decode_status(public.get(STATUS)).timeframes) == {"daily", "weekly"}
