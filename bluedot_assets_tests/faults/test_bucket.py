"""A whole installation whose data are in a bucket: the same bytes as on a local disk, few requests, whatever dies."""

import random
import uuid
from pathlib import Path

import fsspec
import pytest

from bluedot_assets_tests.examples.trees import DAY, DAYS, write_tree
from bluedot_assets_tests.servers.s3 import BUCKET, S3Server
from bluedot_assets_tests.torture.killing import LONGEST_S, Victim, begun, finished
from bluedot_assets_tests.torture.whole import assert_nothing_left, assert_same, comparable, files_of, version_of, whole

pytestmark = pytest.mark.long
RUN = ("bluedot", "run", "--quiet")
FIRST, AGAIN = 130, 40  # requests of a run of few stocks, and of one that changes nothing
PRUNED = 46  # of each partition that goes, whose tables lie in a folder each
COMPARED = ("bars/", "dots/", "stocks/", "rejected/", "series/", "watchlists/", "scripts/")


class Installation:
    """Below `root`, with its data in a folder of the bucket."""

    def __init__(self, root: Path, server: S3Server) -> None:
        self.root, self.url = root, f"s3://{BUCKET}/{uuid.uuid4().hex}"
        write_tree(root / "drive", stocks=6, days=3, weeks=1)
        self.settings = {**server.environment, "BLUEDOT_DATA": self.url, "BATCH_SIZE": "3"}

    def run(self, *words: str) -> None:
        finished(self.root, *RUN, *words, **self.settings)

    def stored(self) -> dict[str, bytes]:
        files, base = fsspec.core.url_to_fs(self.url, use_listings_cache=False)
        return {path.removeprefix(f"{base}/"): files.cat_file(path) for path in files.find(base)}

    def made(self) -> dict[str, bytes]:
        """What no clock decides on."""
        published = files_of(version_of(self.root / "site"))
        whole(published)
        return comparable(published) | {
            path: content for path, content in self.stored().items() if path.startswith(COMPARED)
        }


@pytest.fixture
def here(tmp_path: Path, s3: S3Server) -> Installation:
    return Installation(tmp_path, s3)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a run of everything makes on a local disk."""
    root = tmp_path_factory.mktemp("local")
    write_tree(root / "drive", stocks=6, days=3, weeks=1)
    finished(root, *RUN, "--timeframe", "all", "--partition", "all", BATCH_SIZE="3")
    stored = {path: content for path, content in files_of(root / "data").items() if path.startswith(COMPARED)}
    return comparable(files_of(version_of(root / "site"))) | stored


def test_a_run_makes_the_bytes_of_a_local_one(here: Installation, local: dict[str, bytes]) -> None:
    here.run("--timeframe", "all", "--partition", "all")
    assert_same(here.made(), local, "what a run with a bucket made")
    assert_nothing_left(here.root)


def test_it_asks_a_bucket_little_and_one_that_changes_nothing_less(here: Installation, s3: S3Server) -> None:
    for key, most in ((DAYS[0], FIRST), (DAYS[1], FIRST), (DAYS[1], AGAIN)):
        s3.requests()
        here.run("--timeframe", "daily", "--partition", key)
        counted = s3.requests()
        assert sum(counted.values()) <= most, counted
        assert not counted["COPY"]


def test_old_partitions_are_removed_by_few_requests_and_wholly(here: Installation, s3: S3Server) -> None:
    here.run("--timeframe", "daily", "--partition", "all")
    s3.requests()
    finished(here.root, "bluedot", "prune", "--keep", "1", "--timeframe", "daily", **here.settings)
    counted = s3.requests()
    assert sum(counted.values()) <= (len(DAYS) - 1) * PRUNED, counted
    assert counted["HEAD"] < len(DAYS), counted
    assert {key for key in DAYS for path in here.stored() if key in path} == {DAY}


def test_whatever_is_killed_the_next_run_heals(here: Installation, local: dict[str, bytes]) -> None:
    everything = ("--timeframe", "all", "--partition", "all")
    victim = Victim(lambda: begun(here.root, *RUN, *everything, **here.settings))
    chance = random.Random("bucket")
    killed = sum(victim.killed_at(chance.uniform(0.3, 1)) for _ in range(3))
    assert killed
    here.run(*everything)
    assert_same(here.made(), local, "what the run after the kills made")
    assert_nothing_left(here.root)


def test_two_at_once_make_what_one_makes(here: Installation, local: dict[str, bytes]) -> None:
    both = [begun(here.root, *RUN, "--timeframe", "all", "--partition", "all", **here.settings) for _ in range(2)]
    assert [one.wait(LONGEST_S) for one in both] == [0, 0]
    here.run("--timeframe", "all", "--partition", "all")
    assert_same(here.made(), local, "what two at once made")


def test_a_series_comes_back_from_the_bucket(here: Installation) -> None:
    here.run("--timeframe", "daily", "--partition", DAY)
    csv = sorted((here.root / "site/daily/latest").glob("*_BLUE_DOTS.csv"))[0]
    stock = csv.name.removesuffix("_BLUE_DOTS.csv")
    finished(here.root, "bluedot", "csv", stock, "BLUE_DOTS", "--out", here.root / "back.csv", **here.settings)
    assert (here.root / "back.csv").read_bytes() == csv.read_bytes()
