"""Many partitions in one go: one bad day, several processes, a kill and a second call; one publish, and the records and
files of single runs."""

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import dagster as dg
import pytest

from bluedot_assets.commands.run import batch
from bluedot_assets.defs.run_events import read_run
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.errors import BluedotError
from bluedot_assets.pipeline.run_record import RunRecord
from bluedot_assets.pipeline.stages.batch import Batch
from bluedot_assets_tests.examples.command_line import Bluedot
from bluedot_assets_tests.examples.spoiled_files import spoil
from bluedot_assets_tests.examples.trees import DAYS, STAGES, WEEKS, write_tree
from bluedot_assets_tests.servers.git import TOKEN, GitServer
from bluedot_assets_tests.servers.processes import BIN, environment, wait_until

KEEP = 6
FRESH = "newest_expected_is_there"
SINGLE_RUNS = """
import sys
from bluedot_assets.commands.run.command import run_partitions
for key in sys.argv[1:]:
    run_partitions("daily", key, accept=None, quiet=True, as_json=False, wait=False)
"""
MOMENT = re.compile(rb'"\d{4}-\d\d-\d\dT[\d:.]+Z"|"run_id": ?"[0-9a-f-]{36}"|"duration_s": ?[\d.]+')


def days_of(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "drive/daily").iterdir() if not path.is_symlink())


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source of twelve days, of which the tenth is bad. The eighth repeats the seventh, as after a holiday: its dots
    are compared with what the seventh publishes."""
    made = tmp_path_factory.mktemp("batch")
    write_tree(made / "drive", days=12, weeks=0)
    days = days_of(made)
    shutil.rmtree(made / "drive/daily" / days[7])
    shutil.copytree(made / "drive/daily" / days[6], made / "drive/daily" / days[7])
    spoil(made / "drive/daily" / days[9])
    return made


@pytest.fixture(scope="module")
def single(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What single runs of all days leave."""
    made = tmp_path_factory.mktemp("single")
    shutil.copytree(root / "drive", made / "drive", symlinks=True)
    words = [sys.executable, "-c", SINGLE_RUNS, *days_of(made)]
    subprocess.run(words, cwd=made, env=installation(made), check=True, capture_output=True, timeout=300)
    return made


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    with GitServer(tmp_path / "server") as serving:
        yield serving


def installation(root: Path, **more: str) -> dict[str, str]:
    return environment(root, BLUEDOT_KEEP=f"daily={KEEP}", **more)


def files_of(site: Path) -> dict[str, bytes]:
    whole = site.resolve()
    return {f"{path.relative_to(whole)}": path.read_bytes() for path in whole.rglob("*") if path.is_file()}


def differences(public: dict[str, bytes], expected: dict[str, bytes]) -> list[str]:
    ours, theirs = ({path: MOMENT.sub(b"", one) for path, one in site.items()} for site in (public, expected))
    return sorted(path for path in ours.keys() | theirs.keys() if ours.get(path) != theirs.get(path))


def records(root: Path) -> dict[str, RunRecord]:
    """Of the newest run of each partition."""
    with dg.DagsterInstance.from_config(str(root / "home")) as instance:
        found = [read_run(instance, run.run_id) for run in reversed(instance.get_runs())]
    return {record.partition: record for record in found if record}


def batch_words(*more: str, jobs: int = 2) -> list[str]:
    return [str(BIN / "bluedot"), "run", "--timeframe", "daily", "--partition", "all", "--jobs", f"{jobs}", *more]


@pytest.mark.long
def test_a_batch_that_is_killed_and_called_again_ends_as_single_runs_do_with_one_commit(
    root: Path, single: Path, server: GitServer, tmp_path: Path
) -> None:
    here, public = tmp_path / "here", server.create("site")
    shutil.copytree(root / "drive", here / "drive", symlinks=True)
    more = {"BLUEDOT_SITE": server.url("site"), "GITHUB_TOKEN": TOKEN, "BLUEDOT_SITE_HISTORY": "keep"}
    settings, days = installation(here, **more), days_of(here)
    with (here / "log").open("wb") as log:
        process = subprocess.Popen(
            batch_words(), cwd=here, env=settings, stdout=log, stderr=log, start_new_session=True
        )
        wait_until((here / "data/manifests/daily" / days[4] / "bars.json").exists, 60, "the fifth day")
        process.kill()
        process.wait()
    assert public.tip() is None
    wait_until(lambda: not processes_of(here), 20, "its processes end with it")

    done = subprocess.run(batch_words("--json"), cwd=here, env=settings, capture_output=True, timeout=300, check=False)
    said = json.loads(done.stdout)
    outcomes = {run["partition"]: run for run in said["runs"]}
    assert (done.returncode, list(outcomes)) == (1, days), done.stderr
    assert [key for key, run in outcomes.items() if not run["success"]] == [days[9]]
    assert [key for key, run in outcomes.items() if run["changed"]] == [*days[5:9], *days[10:]]
    assert [run["kept"] for run in outcomes.values()][:5] == [False] * 5
    assert public.commits() == 1
    assert differences(public.contents("gh-pages"), files_of(single / "site")) == []
    _assert_recorded_alike(records(here), records(single), days)
    for made in (here, single):
        lists = (made / "data/manifests/daily" / days[7] / "watchlists.json").read_text()
        assert f"Compared with {days[6]}, which is public." in lists


def _assert_recorded_alike(ours: dict[str, RunRecord], theirs: dict[str, RunRecord], days: list[str]) -> None:
    assert [*ours] == [*theirs] == days
    for key in days:
        one, other = ours[key], theirs[key]
        assert (one.success, one.seconds.keys()) == (other.success, other.seconds.keys())
        assert [failed.reason for failed in one.failed] == [failed.reason for failed in other.failed]
        assert [check.check for check in one.checks] == [check.check for check in other.checks]
        # What is late when a day is published depends on what else was published by then.
        found = [[check.passed for check in record.checks if FRESH not in check.check] for record in (one, other)]
        assert found[0] == found[1]


def processes_of(folder: Path) -> list[str]:
    """Those that work in it."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cwd"):
        try:
            found += [path.parent.name] if path.readlink() == folder else []
        except OSError:
            continue
    return found


@pytest.mark.long
def test_dagster_has_each_partition_of_a_batch_on_its_own(root: Path, tmp_path: Path) -> None:
    here = tmp_path / "here"
    shutil.copytree(root / "drive", here / "drive", symlinks=True)
    days = days_of(here)
    words = [str(BIN / "bluedot"), "run", "--timeframe", "daily", "--partition", f"{days[8]}..{days[11]}", "--quiet"]
    done = subprocess.run(words, cwd=here, env=installation(here), capture_output=True, timeout=120, check=False)
    lines = done.stdout.decode().splitlines()
    assert (done.returncode, len(lines)) == (1, 4), done.stderr
    assert [line.split(":")[0] for line in lines] == [
        f"{'failed' if key == days[9] else 'published'} daily {key}" for key in days[8:]
    ]
    assert int((here / "site").resolve().name) == 1
    good = {days[8], *days[10:]}
    with dg.DagsterInstance.from_config(str(here / "home")) as instance:
        for stage in STAGES:
            made = instance.get_materialized_partitions(dg.AssetKey(["daily", stage]))
            assert made == (set(days[8:]) if stage == "raw_json" else good), stage
        failed = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE]))
        assert [run.tags["dagster/partition"] for run in failed] == [days[9]]
        assert {run.job_name for run in instance.get_runs()} == {"daily_pipeline"}
    state = json.loads((here / "site/status.json").read_bytes())["timeframes"]["daily"]
    assert (list(state["failures"]), state["as_of"]) == ([days[9]], days[11])


@pytest.mark.long
@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_publishes_what_was_made_and_a_new_call_takes_the_rest(root: Path, tmp_path: Path, jobs: int) -> None:
    here = tmp_path / "here"
    shutil.copytree(root / "drive", here / "drive", symlinks=True)
    days = days_of(here)
    out, err = here / "out", here / "err"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(
            batch_words(jobs=jobs),
            cwd=here,
            env=installation(here),
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
        wait_until((here / "data/manifests/daily" / days[2] / "bars.json").exists, 60, "the third day")
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(60) == 130, err.read_text()
    done = re.search(r"interrupted, (\d+) of 12 partitions done; a new run takes the rest", err.read_text())
    state = json.loads((here / "site/status.json").read_bytes())["timeframes"]["daily"]
    assert done is not None
    assert "Traceback" not in err.read_text()
    assert jobs + 1 <= int(done[1]) < 12
    assert sorted(state["folders"]) == days[: int(done[1])][-KEEP:]
    wait_until(lambda: not processes_of(here), 20, "its processes end with it")


@pytest.mark.long
def test_where_the_site_refuses_each_partition_fails_with_the_reason_and_its_data_stay(
    root: Path, server: GitServer, tmp_path: Path
) -> None:
    here, public = tmp_path / "here", server.create("site")
    shutil.copytree(root / "drive", here / "drive", symlinks=True)
    days = days_of(here)
    public.hook("pre-receive", "echo closed; exit 1")
    more = {"BLUEDOT_SITE": server.url("site"), "GITHUB_TOKEN": TOKEN, "RETRY_ATTEMPTS": "0"}
    words = [str(BIN / "bluedot"), "run", "--timeframe", "daily", "--partition", f"{days[0]}..{days[1]}", "--json"]
    done = subprocess.run(
        words, cwd=here, env=installation(here, **more), capture_output=True, timeout=120, check=False
    )
    runs = json.loads(done.stdout)["runs"]
    assert done.returncode == 1
    assert [run["success"] for run in runs] == [False, False]
    assert all(run["error"].startswith("daily/site: ") and "closed" in run["error"] for run in runs), runs
    assert records(here).keys() == {*days[:2]}


def test_a_range_names_those_from_one_key_to_another(bluedot: Bluedot, source: Path) -> None:
    said = json.loads(bluedot("run", "--partition", f"{DAYS[1]}..{DAYS[2]}", "--json").out)
    assert [run["partition"] for run in said["runs"]] == [*DAYS[1:]]


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        (f"{DAYS[2]}..{DAYS[0]}", f"ends before it begins: write the older partition first, {DAYS[0]}..{DAYS[2]}."),
        (f"{DAYS[0]}..{WEEKS[1]}", "is not a daily partition"),
        ("2024-01-01..2024-01-31", "has no daily partition from 2024-01-01 to 2024-01-31."),
        ("..2024-01-31", "is no partition: write it daily like"),
    ],
)
def test_a_range_that_is_none_is_refused(bluedot: Bluedot, source: Path, word: str, sentence: str) -> None:
    called = bluedot("run", "--partition", word)
    assert called.code == 2
    assert sentence in called.err


@pytest.mark.long
def test_a_batch_that_takes_long_publishes_on_its_way_and_latest_is_always_the_newest(
    bluedot: Bluedot, source: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "LONGEST_UNPUBLISHED_S", 0)
    shown: list[str] = []
    flush = Batch.flush

    def flush_and_note(self: Batch, *, last: bool) -> dict[Timeframe, BluedotError]:
        later = flush(self, last=last)
        shown.append(json.loads((folder / "data/site/status.json").read_bytes())["timeframes"]["daily"]["as_of"])
        return later

    monkeypatch.setattr(Batch, "flush", flush_and_note)
    called = bluedot("run", "--timeframe", "daily", "--partition", "all", "--quiet")
    assert [line.split(":")[0] for line in called.text.splitlines()] == [f"published daily {key}" for key in DAYS]
    assert shown == [*DAYS, DAYS[-1]]
    assert int((folder / "data/site").resolve().name) == len(DAYS)


@pytest.mark.long
@pytest.mark.parametrize("back", [True, False])
def test_what_a_site_that_is_away_for_a_moment_does_not_take_is_published_with_the_next(
    bluedot: Bluedot,
    source: Path,
    server: GitServer,
    monkeypatch: pytest.MonkeyPatch,
    back: bool,
) -> None:
    public, flush, flushes = server.create("site"), Batch.flush, iter(range(len(DAYS) + 1))

    def flush_while_away(self: Batch, *, last: bool) -> dict[Timeframe, BluedotError]:
        away = next(flushes) == 0 or not back
        server.faults.status = {"git-receive-pack": 503} if away else {}
        return flush(self, last=last)

    monkeypatch.setattr(batch, "LONGEST_UNPUBLISHED_S", 0)
    monkeypatch.setattr(Batch, "flush", flush_while_away)
    for name, value in (("SITE", server.url("site")), ("SITE_HISTORY", "keep")):
        monkeypatch.setenv(f"BLUEDOT_{name}", value)
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("RETRY_ATTEMPTS", "0")
    called = bluedot("run", "--timeframe", "daily", "--partition", "all", "--json")
    runs = json.loads(called.out)["runs"]
    if back:
        assert [run["success"] for run in runs] == [True] * len(DAYS), runs
        assert any("not published yet" in warning for run in runs for warning in run["warnings"])
        assert public.commits() == len(DAYS) - 1
        state = json.loads(public.get("status.json") or b"")["timeframes"]["daily"]
        assert sorted(state["folders"]) == [*DAYS]
        assert public.tree("daily/latest") == public.tree(f"daily/{DAYS[-1]}")
    else:
        assert [run["success"] for run in runs] == [False] * len(DAYS), runs
        assert all("503" in run["error"] for run in runs), runs
        assert public.tip() is None


@pytest.mark.long
def test_a_terminal_shows_what_is_under_way_though_a_run_leads_standard_error_into_its_logs(
    root: Path, tmp_path: Path
) -> None:
    here = tmp_path / "here"
    shutil.copytree(root / "drive", here / "drive", symlinks=True)
    words = [str(BIN / "bluedot"), "run", "--timeframe", "daily", "--partition", days_of(here)[0]]
    ours, theirs = pty.openpty()
    settings = installation(here, TERM="xterm")
    with subprocess.Popen(words, cwd=here, env=settings, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # the end of a terminal
            while read := os.read(ours, 65536):
                shown += read
    os.close(ours)
    assert process.returncode == 0, shown
    assert all(stage in shown for stage in (b"daily/raw_json", b"daily/bars", b"daily/site")), shown
