"""The bucket site against the contract, on an S3 server, and what only a bucket must do."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import s3fs  # type: ignore[import-untyped]

from bluedot_assets.adapters.git.address import GitOptions
from bluedot_assets.adapters.site.bucket.headers import site_objects
from bluedot_assets.adapters.site.bucket.record import Content, Record
from bluedot_assets.adapters.site.bucket.turn import Turn, newest_number
from bluedot_assets.adapters.site.open import open_site as open_setting
from bluedot_assets.adapters.storage.store.local import LocalStore
from bluedot_assets.adapters.storage.store.objects import Objects
from bluedot_assets.kernel.errors import PublishRefused, RepositoryUnreachable, SettingsError
from bluedot_assets.kernel.site.publication import INDEX, LATEST, STATUS, Plan, Published
from bluedot_assets.kernel.site.publish_plan import plan_publication
from bluedot_assets.kernel.site.rollback_plan import plan_rollback
from bluedot_assets.kernel.site.status import decode_status
from bluedot_assets_tests.contracts.publications import (
    AT,
    OpenSite,
    contents,
    digests,
    fail,
    publication,
    publish,
    sha256,
)
from bluedot_assets_tests.contracts.site import DAY, EARLIER, SiteContract, whole
from bluedot_assets_tests.examples.bucket_sites import (
    PublicBucket,
    folder,
    open_bucket,
    open_site,
    public,
    server,
    store,
    url,
)
from bluedot_assets_tests.examples.git_sites import now
from bluedot_assets_tests.servers.processes import free_port
from bluedot_assets_tests.servers.s3 import BUCKET, S3Server

pytestmark = pytest.mark.long

__all__ = ["folder", "open_site", "public", "server", "store", "url"]


class TestBucketSite(SiteContract):
    """On moto's server."""


@pytest.fixture
def objects(url: str) -> Objects:
    return site_objects("BLUEDOT_SITE", url)


@pytest.fixture
def fresh_clients() -> Iterator[None]:
    """What a test says of the environment is read, and forgotten after it."""
    s3fs.S3FileSystem.clear_instance_cache()
    yield
    s3fs.S3FileSystem.clear_instance_cache()


def counted(server: S3Server, site: OpenSite, store: LocalStore, key: str, stocks: int) -> dict[str, int]:
    """The requests of a publish as a run makes it: what stands is read before and after."""
    made = publication(store, "daily", key, contents(key, stocks), keep=2)
    server.requests()
    opened = site()
    before = opened.snapshot()
    before.read(STATUS)
    publish(opened, made)
    opened.snapshot().damaged(f"daily/{key}", made.csvs)
    return dict(server.requests())


def test_a_publish_asks_for_what_it_sends_and_little_more(
    server: S3Server, open_site: OpenSite, store: LocalStore
) -> None:
    stocks = 40
    for key in ("2024-07-30", "2024-07-31", EARLIER, DAY):
        made = counted(server, open_site, store, key, stocks)
        assert made.pop("COPY") <= stocks + 3  # into latest, inside the bucket
        assert made.pop("PUT") <= stocks + 3 + 10  # into the dated folder, and what is kept of the publish
        assert sum(made.values()) < 35, made
    again = counted(server, open_site, store, DAY, stocks)
    assert sum(again.values()) <= 12, again
    assert not set(again) - {"GET", "LIST", "HEAD"}


def test_a_correction_of_one_stock_sends_that_one(
    server: S3Server, open_site: OpenSite, store: LocalStore, public: PublicBucket
) -> None:
    csvs = contents("1", 40)
    publish(open_site(), publication(store, "daily", DAY, csvs))
    server.requests()
    corrected = publication(store, "daily", DAY, {**csvs, "S7": b"20240802T,2,2,2,2,2\n"}, at=AT + timedelta(hours=1))
    publish(open_site(), corrected)
    made = server.requests()
    assert made["COPY"] + made["PUT"] < 20, made
    for place in (DAY, "latest"):
        assert public.get(f"daily/{place}/S7_PRICE_DATA.csv") == b"20240802T,2,2,2,2,2\n"
        assert public.get(f"daily/{place}/S8_PRICE_DATA.csv") == csvs["S8"]


def test_types_and_caching_are_said_with_every_file(
    open_site: OpenSite, store: LocalStore, public: PublicBucket
) -> None:
    publish(open_site(), publication(store, "daily", DAY, contents("1"), compressed={"S0_PRICE_DATA.csv.gz": b"\x1f"}))
    expected = {
        STATUS: "application/json",
        "index.html": "text/html; charset=utf-8",
        f"daily/{DAY}/S0_PRICE_DATA.csv": "text/csv; charset=utf-8",
        "daily/latest/S0_PRICE_DATA.csv": "text/csv; charset=utf-8",
        "daily/latest/S0_PRICE_DATA.csv.gz": "application/gzip",
    }
    for path, kind in expected.items():
        headers = {name.lower(): value for name, value in public.headers(path).items()}
        assert headers["content-type"] == kind, path
        assert headers["cache-control"] == "no-cache", path
        assert "content-encoding" not in headers, path


def test_who_goes_by_the_status_finds_its_folder_whole_while_days_are_published(
    open_site: OpenSite, store: LocalStore, public: PublicBucket
) -> None:
    keys = [f"2024-07-{day:02d}" for day in range(10, 16)]
    publish(open_site(), publication(store, "daily", keys[0], contents(keys[0], 20)))
    wrong: list[tuple[str | None, str]] = []
    seen: set[str | None] = set()
    done = threading.Event()

    def read_over_and_over() -> None:
        while not done.is_set():
            key = decode_status(public.get_now(STATUS)).of("daily").as_of
            index = public.get_now(f"daily/{key}/{INDEX}")
            files = digests(index) if index else {"no index": ""}
            seen.add(key)
            found = {name: public.get_now(f"daily/{key}/{name}") or b"" for name in files}
            wrong.extend((key, name) for name in files if sha256(found[name]) != files[name])

    reader = threading.Thread(target=read_over_and_over)
    reader.start()
    for key in keys[1:]:
        publish(open_site(), publication(store, "daily", key, contents(key, 20)))
    done.set()
    reader.join()
    assert wrong == []
    assert len(seen) > 2


def test_what_a_person_removed_or_cut_is_found_and_written_again(
    open_site: OpenSite, store: LocalStore, public: PublicBucket, objects: Objects
) -> None:
    made = publication(store, "daily", DAY, contents("1"))
    publish(open_site(), made)
    before = whole(public)
    objects.delete([f"daily/{DAY}/S0_PRICE_DATA.csv"])
    objects.put({"daily/latest/S1_PRICE_DATA.csv": b"cut"})
    objects.delete([f"daily/latest/{INDEX}"])
    snapshot = open_site().snapshot()
    index = before[f"daily/{DAY}/{INDEX}"] or b""
    both = {f"daily/{name}/{INDEX}": index for name in (DAY, "latest")}
    assert snapshot.differing(both) == {f"daily/latest/{INDEX}"}
    assert snapshot.damaged(f"daily/{DAY}", made.csvs) == ["S0_PRICE_DATA.csv"]
    assert snapshot.damaged("daily/latest", made.csvs) == ["S1_PRICE_DATA.csv"]
    publish(open_site(), replace(made, rewrite=True))  # as the stage asks for it
    assert whole(public) == before


def test_what_a_person_removed_of_a_day_is_absent_where_a_rollback_shows_that_day(
    open_site: OpenSite, store: LocalStore, public: PublicBucket, objects: Objects
) -> None:
    for key in (EARLIER, DAY):
        publish(open_site(), publication(store, "daily", key, contents(key)))
    objects.delete([f"daily/{EARLIER}/S0_PRICE_DATA.csv"])
    open_site().publish(partial(plan_rollback, "daily", EARLIER, AT, "bad prices"))
    assert public.get("daily/latest/S0_PRICE_DATA.csv") is None
    assert public.get("daily/latest/S1_PRICE_DATA.csv") == contents(EARLIER)["S1"]


def test_a_site_whose_records_were_removed_is_published_anew_without_leftovers(
    open_site: OpenSite, store: LocalStore, public: PublicBucket, objects: Objects
) -> None:
    for key in (EARLIER, DAY):
        publish(open_site(), publication(store, "daily", key, contents("1"), keep=2))
    objects.delete([*public.own_paths()])
    publish(open_site(), publication(store, "daily", "2024-08-05", contents("2"), keep=2))
    assert {path.split("/")[1] for path in public.paths() if path.startswith("daily/")} == {DAY, "2024-08-05", "latest"}
    assert public.get("daily/latest/S0_PRICE_DATA.csv") == contents("2")["S0"]


def test_a_folder_of_somebody_else_is_refused_and_unchanged(
    open_site: OpenSite, store: LocalStore, objects: Objects
) -> None:
    objects.put({"precious.txt": b"mine"})
    with pytest.raises(PublishRefused, match=r"holds something else than a site of ours \(precious.txt\)"):
        publish(open_site(), publication(store, "daily", DAY, contents("1")))
    with pytest.raises(SettingsError, match="name a new or an empty folder of the bucket with BLUEDOT_SITE"):
        open_site().require_usable()
    assert set(objects.sizes()) == {"precious.txt"}


def test_a_usable_bucket_is_left_as_it_was(open_site: OpenSite, objects: Objects) -> None:
    open_site().require_usable()
    assert objects.sizes() == {}


def test_who_was_taken_for_dead_changes_nothing_more(
    open_site: OpenSite, store: LocalStore, public: PublicBucket, objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(open_site(), publication(store, "daily", EARLIER, contents("1")))
    before = whole(public)
    put = Objects.put

    def overtaken(self: Objects, files: dict[str, bytes]) -> None:
        put(self, files)
        if f"daily/{DAY}/S0_PRICE_DATA.csv" in files:
            monkeypatch.setattr(Objects, "put", put)
            publish(partial(open_bucket, objects.url, store, 0)(), publication(store, "weekly", "2024-W31", {}))

    monkeypatch.setattr(Objects, "put", overtaken)
    with pytest.raises(PublishRefused, match="took this one for dead: run again"):
        publish(open_site(), publication(store, "daily", DAY, contents("2")))
    after = whole(public)
    assert {path: after[path] for path in before if path != STATUS} == {
        path: content for path, content in before.items() if path != STATUS
    }
    assert set(decode_status(public.get(STATUS)).timeframes) == {"daily", "weekly"}
    publish(open_site(), publication(store, "daily", DAY, contents("2")))
    assert public.get("daily/latest/S0_PRICE_DATA.csv") == contents("2")["S0"]


@pytest.mark.parametrize("first", [EARLIER, DAY])
def test_who_was_taken_for_dead_and_removes_an_index_puts_it_back(
    first: str,
    open_site: OpenSite,
    store: LocalStore,
    public: PublicBucket,
    objects: Objects,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish(open_site(), publication(store, "daily", first, contents("1")))
    delete = Objects.delete

    def overtaken(self: Objects, paths: list[str]) -> None:
        if f"daily/{LATEST}/{INDEX}" in paths:
            monkeypatch.setattr(Objects, "delete", delete)
            publish(open_bucket(objects.url, store, 0), publication(store, "weekly", "2024-W31", {}))
            there.update(whole(public))
        delete(self, paths)

    there: dict[str, bytes | None] = {}
    monkeypatch.setattr(Objects, "delete", overtaken)
    with pytest.raises(PublishRefused, match="took this one for dead: run again"):
        publish(open_site(), publication(store, "daily", DAY, contents("2")))
    assert f"daily/{DAY}/{INDEX}" in there
    assert whole(public) == there


def test_a_publish_is_decided_again_when_another_came_in_between(
    open_site: OpenSite, store: LocalStore, public: PublicBucket
) -> None:
    publish(open_site(), publication(store, "daily", EARLIER, contents("1")))
    wanted, weeks = publication(store, "daily", DAY, contents("2")), ["2024-W30", "2024-W31"]
    decided: list[set[str]] = []

    def decide(site: Published) -> Plan | None:
        decided.append({*decode_status(site.read(STATUS)).timeframes})
        if len(decided) == 1:
            for week in weeks:
                publish(open_site(), publication(store, "weekly", week, contents(week)))
        return plan_publication(wanted, site)

    site = open_site()
    site.publish(decide, site.snapshot())
    assert decided == [{"daily"}, {"daily", "weekly"}]
    state = decode_status(public.get(STATUS))
    assert sorted(state.of("daily").folders) == [EARLIER, DAY]
    assert sorted(state.of("weekly").folders) == weeks
    assert public.get("daily/latest/S0_PRICE_DATA.csv") == contents("2")["S0"]


def test_who_waits_for_a_publish_that_lives_gives_up_with_a_sentence(
    url: str, store: LocalStore, objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bluedot_assets.adapters.site.bucket.site.LONGEST_WAIT_S", 1)
    monkeypatch.setattr("bluedot_assets.adapters.site.bucket.turn.BEAT_S", 0.1)
    turn = Turn(objects, 1, Record(phase="writing", content=Content(), publisher="process 1 of there"))
    assert turn.begin()
    with turn.lived(), pytest.raises(PublishRefused, match=r"Another process \(process 1 of there\) has published"):
        publish(open_bucket(url, store), publication(store, "daily", DAY, contents("1")))
    assert newest_number(objects) == 1


def usable(url: str) -> None:
    open_bucket(url, LocalStore(Path("unused"))).require_usable()


def test_what_hinders_is_said_in_a_sentence_with_the_setting_and_a_remedy(
    server: S3Server, fresh_clients: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingsError, match=r"^BLUEDOT_SITE: there is no bucket of s3://nowhere/site .*: make it"):
        usable("s3://nowhere/site")
    with pytest.raises(SettingsError, match="no bucket of s3://nowhere/site"):
        open_bucket("s3://nowhere/site", LocalStore(Path("unused"))).snapshot()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    s3fs.S3FileSystem.clear_instance_cache()
    with pytest.raises(
        SettingsError, match=r"refuses what was asked \(Unable to locate credentials\).*AWS_ACCESS_KEY_ID"
    ):
        usable(f"s3://{BUCKET}/site")


def test_a_store_that_is_not_there_is_said(
    server: S3Server, fresh_clients: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(
        RepositoryUnreachable, match=r"BLUEDOT_SITE: s3://bluedot/site cannot be reached .*AWS_ENDPOINT_URL"
    ):
        usable(f"s3://{BUCKET}/site")


def test_a_store_without_its_package_is_said(store: LocalStore) -> None:
    site = open_setting("BLUEDOT_SITE", "gs://bucket/site", store, GitOptions("b", True, None, 1, now, lambda _: None))
    with pytest.raises(SettingsError, match=r"BLUEDOT_SITE is gs://bucket/site.*pip install bluedot-assets\[gcs\]"):
        site.snapshot()


def test_a_failure_is_a_handful_of_requests(server: S3Server, open_site: OpenSite, store: LocalStore) -> None:
    publish(open_site(), publication(store, "daily", DAY, contents("1")))
    server.requests()
    fail(open_site(), "daily", "2024-08-05")
    assert sum(server.requests().values()) < 25
