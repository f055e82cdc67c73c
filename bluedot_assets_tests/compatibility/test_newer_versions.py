"""What a newer version has stored or published is refused in a sentence, and not a byte of it changes."""

import json
import subprocess
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from bluedot_assets.adapters.storage.layout import FORMAT, PENDING_LEDGER, Slot
from bluedot_assets.kernel.errors import NewerVersion
from bluedot_assets.kernel.stored.manifest import VERSION
from bluedot_assets.kernel.stored.versions import FIRST
from bluedot_assets_tests.examples.command_line import Bluedot, Called
from bluedot_assets_tests.examples.trees import DAY, WEEK, Installation, hashes
from bluedot_assets_tests.servers.webhooks import SLACK, Webhooks

RUN_DAY = ("run", "--timeframe", "daily", "--partition", DAY, "--quiet")


@pytest.fixture
def here(running: Installation, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """A published installation, which the settings of `bluedot` name."""
    for name, part in (("SOURCE", "drive"), ("DATA", "data"), ("SITE", "site")):
        monkeypatch.setenv(f"BLUEDOT_{name}", str(running.root / part))
    return running


def kept(root: Path) -> dict[str, str]:
    """All but the source's log, which says that a run failed, and what the source was seen to have, a cache."""
    return {name: sha for name, sha in hashes(root).items() if "source/" not in name and "process_log" not in name}


def make_newer(path: Path, known: int = FIRST, **more: Any) -> None:
    """As a newer version would have written it: with its version, and a field that nobody here knows."""
    content = json.loads(path.read_bytes()) if path.exists() else {}
    path.write_text(json.dumps(content | {"schema_version": known + 1, "of_tomorrow": [1]} | more))


def newer_than(known: int = FIRST) -> str:
    return f"is of version {known + 1}, which a newer bluedot wrote; this one knows versions up to {known}: upgrade"


def spoil_one(here: Installation) -> None:
    """A correction at the source, so that the day would be published anew."""
    file = next((here.source / "daily" / DAY).glob("*.json"))
    file.write_bytes(file.read_bytes()[:1000])


def refused(called: Called, known: int = FIRST) -> str:
    assert called.code == 1
    words = " ".join((called.err + called.text).split())
    assert newer_than(known) in words
    return words


@pytest.mark.parametrize(
    "words",
    [
        RUN_DAY,
        ("run", "--quiet"),
        ("partitions",),
        ("prune",),
        ("prune", "--dry-run"),
        ("prune", "--keep", "1"),
        ("doctor",),
        ("raw", "AAA_daily.json"),
    ],
    ids=" ".join,
)
def test_a_newer_data_folder(bluedot: Bluedot, here: Installation, words: tuple[str, ...]) -> None:
    make_newer(here.data / FORMAT, VERSION)
    before = kept(here.root)
    assert f"{here.data}/{FORMAT} {newer_than(VERSION)}" in refused(bluedot(*words), VERSION)
    assert kept(here.root) == before


def test_a_newer_data_folder_is_left_alone_by_housekeeping(here: Installation) -> None:
    make_newer(here.data / FORMAT, VERSION)
    before = kept(here.root)
    here.set()  # a new process
    with dg.DagsterInstance.ephemeral() as instance:
        job = here.definitions.resolve_job_def("housekeeping")
        assert not job.execute_in_process(instance=instance, raise_on_error=False).success
    assert kept(here.root) == before


@pytest.mark.long
@pytest.mark.parametrize("stage", ["raw_json", "bars", "breadth", "price_data", "watchlists", "pine_scripts"])
def test_a_newer_manifest_of_one_partition(bluedot: Bluedot, here: Installation, stage: str) -> None:
    """Its fields may be of other types too."""
    make_newer(here.data / Slot("daily", DAY, stage).manifest_path, VERSION, objects={"by": "name"})
    before = kept(here.data)
    with pytest.raises(NewerVersion):
        here.platform.outputs.partition("daily", DAY)
    refused(bluedot(*RUN_DAY), VERSION)
    assert kept(here.data) == before


@pytest.mark.long
@pytest.mark.parametrize(
    "words",
    [
        RUN_DAY,
        ("run", "--quiet"),
        ("rollback", "daily", "previous"),
        ("partitions",),
        ("doctor",),
        ("notify",),
    ],
    ids=" ".join,
)
def test_a_newer_site(bluedot: Bluedot, here: Installation, webhooks: Webhooks, words: tuple[str, ...]) -> None:
    make_newer(here.site / "status.json", timeframes=["daily"])
    spoil_one(here)
    before = kept(here.root)
    assert f"The site's status.json {newer_than()}" in refused(bluedot(*words, NOTIFICATION_WEBHOOK=SLACK))
    assert kept(here.root) == before
    assert not webhooks.received


@pytest.mark.parametrize("name", [f"daily/{DAY}/index.json", "daily/latest/index.json", "rollback.json"])
def test_a_newer_file_of_the_site_is_found_before_anything_is_made(
    bluedot: Bluedot, here: Installation, name: str
) -> None:
    make_newer(here.site / name)
    spoil_one(here)
    before = kept(here.root)
    refused(bluedot(*RUN_DAY, BLUEDOT_MIN_COMPLETE="0.5"))
    assert kept(here.root) == before


def test_a_version_that_is_no_number_is_a_newer_one(bluedot: Bluedot, here: Installation) -> None:
    make_newer(here.site / "status.json", schema_version="9")
    called = bluedot(*RUN_DAY)
    assert (called.code, "status.json is of version '9'" in " ".join((called.err + called.text).split())) == (1, True)


@pytest.mark.parametrize("name", [f"daily/{DAY}/dashboard.json"])
def test_a_newer_file_of_the_site(bluedot: Bluedot, here: Installation, name: str) -> None:
    make_newer(here.site / name)
    spoil_one(here)
    before = hashes(here.site)
    refused(bluedot(*RUN_DAY, BLUEDOT_MIN_COMPLETE="0.5"))
    changed = {path for path, sha in hashes(here.site).items() if before.get(path) != sha}
    assert changed <= {"status.json"}  # says that the run failed


def test_newer_notices_are_not_sent_again(bluedot: Bluedot, here: Installation, webhooks: Webhooks) -> None:
    make_newer(here.site / "notices.json", incidents=[])
    before = kept(here.root)
    assert "Nobody is notified from here" in refused(bluedot("notify", NOTIFICATION_WEBHOOK=SLACK))
    assert (kept(here.root), webhooks.received) == (before, [])


def test_newer_notices_that_wait_in_the_data_folder(bluedot: Bluedot, here: Installation, webhooks: Webhooks) -> None:
    (here.data / PENDING_LEDGER).parent.mkdir(exist_ok=True)
    make_newer(here.data / PENDING_LEDGER)
    before = kept(here.root)
    refused(bluedot("notify", NOTIFICATION_WEBHOOK=SLACK))
    assert (kept(here.root), webhooks.received) == (before, [])


def git(*words: str, cwd: Path) -> str:
    who = ("-c", "user.name=newer", "-c", "user.email=newer@example.com")
    done = subprocess.run(["git", *who, *words], cwd=cwd, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.long
@pytest.mark.parametrize("name", ["status.json", f"daily/{DAY}/index.json"])
def test_of_two_machines_that_publish_to_one_branch_the_older_is_refused(
    bluedot: Bluedot, here: Installation, name: str
) -> None:
    bare, other = here.root / "site.git", here.root / "other"
    git("init", "-q", "--bare", str(bare), cwd=here.root)
    address = f"file://{bare}"
    assert bluedot(*RUN_DAY, BLUEDOT_SITE=address).code == 0
    git("clone", "-q", "-b", "gh-pages", address, str(other), cwd=here.root)
    make_newer(other / name)
    git("commit", "-qam", "of a newer version", cwd=other)
    git("push", "-q", "origin", "gh-pages", cwd=other)
    branch = git("rev-parse", f"gh-pages:{name}", cwd=bare)
    spoil_one(here)
    refused(bluedot(*RUN_DAY, BLUEDOT_SITE=address, BLUEDOT_MIN_COMPLETE="0.5"))
    assert git("rev-parse", f"gh-pages:{name}", cwd=bare) == branch


def tick(here: Installation, cursor: str | None) -> object:
    sensor = here.definitions.get_repository_def().get_sensor_def("daily_ready")
    with (
        dg.DagsterInstance.ephemeral() as instance,
        dg.build_sensor_context(instance, cursor=cursor, resources={"platform": here.platform}) as context,
    ):
        return sensor(context)


def test_a_sensor_keeps_the_cursor_of_a_newer_version(here: Installation) -> None:
    with pytest.raises(NewerVersion, match="The cursor of this sensor is of version 2"):
        tick(here, '{"schema_version": 2, "requested": []}')


def test_a_sensor_asks_for_nothing_where_the_site_is_newer(here: Installation) -> None:
    make_newer(here.site / "status.json")
    before = kept(here.root)
    with pytest.raises(NewerVersion):
        tick(here, None)
    assert kept(here.root) == before


def test_what_a_later_commit_of_the_same_version_adds_is_read_and_not_kept(
    bluedot: Bluedot, here: Installation
) -> None:
    """A new field leaves the version: an older program may publish, and the field is gone until the newer one does."""
    status = here.site / "status.json"
    status.write_text(json.dumps(json.loads(status.read_bytes()) | {"of_tomorrow": 1}))
    assert bluedot(*RUN_DAY).code == 0
    assert here.status()["timeframes"]["weekly"]["as_of"] == WEEK
    assert "of_tomorrow" not in here.status()
