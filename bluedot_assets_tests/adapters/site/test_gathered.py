"""Publishes that are gathered: what a reader finds in the end is what he finds when each is carried out by itself."""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bluedot_assets.adapters.site.folder import FolderSite
from bluedot_assets.adapters.site.gathered import Ahead, AheadSite, GatheredSite
from bluedot_assets.adapters.site.port import Site
from bluedot_assets.adapters.storage.store.local import LocalStore
from bluedot_assets.kernel.errors import PublishRefused, RepositoryUnreachable
from bluedot_assets.kernel.site.publication import STATUS, Plan, Publication
from bluedot_assets.kernel.site.rollback_plan import plan_rollback
from bluedot_assets.kernel.site.status import decode_status
from bluedot_assets_tests.contracts.publications import AT, contents, fail, publication, publish

KEYS = [f"2024-08-{day:02}" for day in range(1, 10)]


@dataclass
class Two:
    """A site that each publish reaches, and one that is written when the gathered are flushed."""

    root: Path

    def __post_init__(self) -> None:
        self.store = LocalStore(self.root / "store")
        self.plain = FolderSite(self.root / "plain" / "site", self.store)
        self.real = FolderSite(self.root / "real" / "site", self.store)
        for site in (self.plain, self.real):
            site.root.parent.mkdir(parents=True)
        self.gathered = GatheredSite(self.real)

    def made(self, key: str, place: int, timeframe: str = "daily") -> Publication:
        """With a history, and a table and a mirror of which every third partition has none."""
        many = place % 3 != 2
        return publication(
            self.store,
            timeframe,
            key,
            contents(f"{place}"),
            at=AT + timedelta(hours=place),
            keep=3,
            tables={"bars.parquet": f"table {place}".encode()} if many else {},
            history={f"bars-20{20 + place % 4}.parquet": f"{place}".encode()},
            extras={"scripts/one.pine": f"{place}".encode()} if many else {},
            mirrors={"pine/scripts": "scripts"} if many and timeframe == "daily" else {},
        )

    def differences(self) -> set[str]:
        plain, real = files(self.plain.root), files(self.real.root)
        return {path for path in plain.keys() | real.keys() if plain.get(path) != real.get(path)}

    def versions(self) -> int:
        """How often the real site was written."""
        return int(self.real.root.resolve().name)


def files(root: Path) -> dict[str, bytes]:
    whole = root.resolve()
    return {f"{path.relative_to(whole)}": path.read_bytes() for path in whole.rglob("*") if path.is_file()}


@pytest.fixture
def two(tmp_path: Path) -> Two:
    return Two(tmp_path)


def test_gathered_publishes_and_failures_leave_what_single_ones_leave_in_one_version(two: Two) -> None:
    for real in (two.plain, two.real):
        publish(real, two.made("2024-07-01", 0))
    both: list[Site] = [two.plain, two.gathered]
    for place, key in enumerate(KEYS):
        for site in both:
            publish(site, two.made(key, place))
            if place in {2, 7}:
                fail(site, "daily", key.replace("08-", "09-"), f"run-{place}")
            if place == 4:
                publish(site, two.made("2024-W31", place, "weekly"))
    assert two.versions() == 1
    plan = two.gathered.flush("all")
    assert two.differences() == set()
    assert two.versions() == 2
    assert plan is not None
    assert sorted(plan.folders) == [*(f"daily/{key}" for key in KEYS[-3:]), "weekly/2024-W31"]


def test_what_is_gathered_is_read_as_it_will_stand(two: Two) -> None:
    before = two.gathered.snapshot()
    publish(two.gathered, two.made(KEYS[0], 0))
    now = two.gathered.snapshot()
    assert before.read(STATUS) is None
    assert decode_status(now.read(STATUS)).of("daily").as_of == KEYS[0]
    index = now.read("daily/latest/index.json")
    assert index is not None
    assert index == now.read(f"daily/{KEYS[0]}/index.json")
    assert now.read("pine/scripts/one.pine") == b"0"
    assert now.damaged(f"daily/{KEYS[0]}", two.made(KEYS[0], 0).csvs) == []
    assert publish(two.gathered, two.made(KEYS[0], 0)) is None
    assert not two.real.root.exists()


def test_an_older_date_never_takes_latest(two: Two) -> None:
    publish(two.real, two.made(KEYS[5], 5))
    for place in (1, 2):
        publish(two.gathered, two.made(KEYS[place], place))
    two.gathered.flush("older")
    state = decode_status(two.real.snapshot().read(STATUS)).of("daily")
    assert (state.as_of, sorted(state.folders)) == (KEYS[5], [KEYS[1], KEYS[2], KEYS[5]])
    assert (two.real.root / "daily/latest/index.json").read_bytes() == (
        two.real.root / f"daily/{KEYS[5]}/index.json"
    ).read_bytes()


def test_who_publishes_in_between_is_not_lost_and_neither_is_a_rollback(two: Two) -> None:
    for place in (0, 1):
        publish(two.real, two.made(KEYS[place], place))
    publish(two.gathered, two.made(KEYS[2], 2))
    publish(two.real, two.made("2024-W31", 3, "weekly"))
    two.real.publish(lambda site: plan_rollback("daily", KEYS[0], AT, "bad", site))
    publish(two.gathered, two.made(KEYS[3], 3))
    two.gathered.flush("both")
    status = decode_status(two.real.snapshot().read(STATUS))
    assert sorted(status.of("daily").folders) == KEYS[1:4]
    assert status.of("daily").as_of == KEYS[3]
    assert list(status.of("weekly").folders) == ["2024-W31"]


def test_nothing_gathered_is_no_publish_and_after_a_refusal_all_begins_anew(two: Two) -> None:
    assert two.gathered.flush("nothing") is None
    publish(two.gathered, two.made(KEYS[0], 0))
    two.real.root.mkdir()
    (two.real.root / "mine.txt").write_text("mine")
    with pytest.raises(PublishRefused, match="is not a site of ours"):
        two.gathered.flush("refused")
    assert two.gathered.flush("nothing") is None
    (two.real.root / "mine.txt").unlink()
    publish(two.gathered, two.made(KEYS[1], 1))
    assert (two.gathered.flush("one") or Plan("")).folders.keys() == {f"daily/{KEYS[1]}"}


def test_what_may_go_well_another_time_stays_gathered(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(two.gathered, two.made(KEYS[0], 0))

    def away(*_: object) -> None:
        raise RepositoryUnreachable("away")

    for _ in range(2):
        with monkeypatch.context() as patched, pytest.raises(RepositoryUnreachable):
            patched.setattr(FolderSite, "publish", away)
            two.gathered.flush("first")
    publish(two.real, two.made("2024-W31", 3, "weekly"))
    publish(two.gathered, two.made(KEYS[1], 1))
    assert (two.gathered.flush("both") or Plan("")).folders.keys() == {f"daily/{key}" for key in KEYS[:2]}
    assert list(decode_status(two.real.snapshot().read(STATUS)).of("weekly").folders) == ["2024-W31"]
    assert two.gathered.flush("nothing") is None


def test_other_processes_read_what_will_stand_and_publish_nothing(two: Two, tmp_path: Path) -> None:
    file, site = tmp_path / "ahead", AheadSite(two.real, tmp_path / "ahead")
    Ahead().write(file)
    assert site.snapshot().read(STATUS) is None
    publish(two.gathered, two.made(KEYS[0], 0))
    paths = (STATUS, f"daily/{KEYS[0]}/dashboard.json")
    found = {path: two.gathered.snapshot().read(path) or b"" for path in paths}
    Ahead(0, found).write(file)
    assert {path: site.snapshot().read(path) for path in paths} == found
    two.gathered.flush("one")
    Ahead(1).write(file)
    assert {path: site.snapshot().read(path) for path in paths} == found
    with pytest.raises(PublishRefused):
        site.publish(lambda now: None)


def test_a_folder_that_a_damaged_file_is_found_in_is_written_again(two: Two) -> None:
    publish(two.real, two.made(KEYS[0], 0))
    (two.real.root / f"daily/{KEYS[0]}/S1_PRICE_DATA.csv").unlink()
    made = two.made(KEYS[0], 0)
    assert two.gathered.snapshot().damaged(f"daily/{KEYS[0]}", made.csvs) == ["S1_PRICE_DATA.csv"]
    publish(two.gathered, replace(made, rewrite=True))
    two.gathered.flush("again")
    assert two.real.snapshot().damaged(f"daily/{KEYS[0]}", made.csvs) == []
