"""`bluedot run` onto a git server: what arrives, what is said, and that the token is in none of it."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from bluedot_assets_tests.examples.command_line import Bluedot
from bluedot_assets_tests.examples.trees import DAY, DAYS, WEEK, WEEKS, Installation
from bluedot_assets_tests.servers.git import TOKEN, GitServer, Repository
from bluedot_assets_tests.servers.processes import BIN, environment

FORMS = [TOKEN.encode(), base64.b64encode(f"x-access-token:{TOKEN}".encode())]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    with GitServer(tmp_path / "server") as serving:
        yield serving


@pytest.fixture
def public(server: GitServer, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """The repository that the settings name, and where it is public."""
    repository = server.create("site")
    monkeypatch.setenv("BLUEDOT_SITE", server.url("site"))
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("BLUEDOT_SITE_URL", server.pages("site"))
    monkeypatch.setenv("BLUEDOT_SITE_WAIT_MINUTES", "0.02")
    return repository


def folders(public: Repository) -> set[str]:
    found = {tuple(path.split("/")[:2]) for path in public.paths()}
    return {"/".join(one) for one in found if one[0] in {"daily", "weekly"}}


@pytest.mark.long
def test_a_run_is_published_and_waited_for_rolled_back_and_published_again(
    bluedot: Bluedot, source: Path, public: Repository, server: GitServer
) -> None:
    called = bluedot("run", "--timeframe", "weekly", "--partition", "all", "--wait")
    assert called.code == 0
    text = " ".join(called.text.split())
    assert f"The site is the branch gh-pages of {server.url('site')}, public at {server.pages('site')}/." in text
    assert f"public weekly {WEEK}: {server.pages('site')}/weekly/latest/index.json shows what was published" in text
    assert folders(public) >= {f"weekly/{key}" for key in (*WEEKS, "latest")}

    old = WEEKS[0]
    back = bluedot("rollback", "weekly", old, "--reason", "bad prices", "--wait")
    assert back.code == 0
    assert f"latest shows {old} again instead of {WEEK}. Until {WEEK} is published again, or anything newer." in (
        back.text
    )
    assert public.tree("weekly/latest") == public.tree(f"weekly/{old}")
    assert "nothing was changed" in bluedot("rollback", "weekly", old).text
    assert bluedot("run", "--timeframe", "weekly", "--quiet").text.startswith(f"unchanged weekly {WEEK}")
    assert public.tree("weekly/latest") == public.tree(f"weekly/{WEEK}")
    assert json.loads(public.get("rollback.json") or b"")["timeframes"] == {}


@pytest.mark.long
def test_a_site_that_stays_old_is_exit_1_and_says_what_it_shows(
    bluedot: Bluedot, done: Path, public: Repository, server: GitServer
) -> None:
    server.faults.status["/pages/"] = 404
    called = bluedot("run", "--timeframe", "weekly", "--json", "--wait")
    said = json.loads(called.out)
    assert (called.code, said["success"]) == (1, False)
    (run,) = said["runs"]
    assert (run["success"], run["live"]) == (True, False)
    assert "weekly/latest/index.json is not there. Look at the builds" in run["checks"][-1]["message"]
    assert f"weekly/{WEEK}" in folders(public)


def test_waiting_without_an_address_is_refused_before_the_work(bluedot: Bluedot, source: Path) -> None:
    for words in (("run", "--wait"), ("rollback", "daily", DAY, "--wait")):
        called = bluedot(*words)
        assert called.code == 2
        assert "BLUEDOT_SITE_URL is not set" in called.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("daily", "2024-07-01"), "The site has no folder daily/2024-07-01: it keeps 2024-08-02"),
        (("weekly", DAY), "'2024-08-02' is not a weekly partition"),
        (("hourly", DAY), "'hourly' is not one of"),
    ],
)
def test_a_rollback_to_nothing_is_refused(bluedot: Bluedot, done: Path, words: tuple[str, ...], said: str) -> None:
    called = bluedot("rollback", *words)
    assert called.code == 2
    assert said in called.err


@pytest.mark.long
def test_the_weekly_timeframe_moves_to_a_repository_of_its_own(
    bluedot: Bluedot, source: Path, public: Repository, server: GitServer
) -> None:
    weekly = server.create("weekly")
    assert bluedot("run", "--quiet").code == 0
    assert f"weekly/{WEEK}" in folders(public)
    own = {"BLUEDOT_SITE_WEEKLY": server.url("weekly"), "BLUEDOT_SITE_WEEKLY_URL": server.pages("weekly")}
    called = bluedot("run", "--partition", "latest", "--wait", **own)
    assert called.code == 0
    text = " ".join(called.text.split())
    assert "weekly has a site of its own now (BLUEDOT_SITE_WEEKLY): its folders left this one." in text
    assert {name.split("/")[0] for name in folders(public)} == {"daily"}
    assert {name.split("/")[0] for name in folders(weekly)} == {"weekly"}
    listed = json.loads(bluedot("partitions", "--json").out)
    assert {row["partition"] for row in listed if row["published"]} == {DAY, WEEK}


def git_environment(root: Path, server: GitServer) -> dict[str, str]:
    return environment(root) | {
        "BLUEDOT_SITE": server.url("site"),
        "BLUEDOT_SITE_URL": server.pages("site"),
        "GITHUB_TOKEN": TOKEN,
        "TMPDIR": str(root / "tmp"),
        "GIT_TRACE": str(root / "trace.txt"),
        "GIT_TRACE_CURL": str(root / "trace-curl.txt"),
        "GIT_TRACE_PACKET": str(root / "trace-packet.txt"),
    }


def holders(folder: Path) -> list[str]:
    """Files below the folder in which the token stands, in clear or as it is sent."""
    found = []
    for path in folder.rglob("*"):
        try:
            content = path.read_bytes() if path.is_file() else b""
        except FileNotFoundError:
            continue
        found += [str(path) for form in FORMS if form in content]
    return found


def arguments() -> list[bytes]:
    """The command line of every process of this machine."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes())
        except OSError:
            continue
    return lines


@pytest.mark.long
def test_what_is_dropped_is_said(bluedot: Bluedot, source: Path, public: Repository) -> None:
    bluedot("run", "--timeframe", "daily", "--partition", DAYS[0], "--quiet")
    called = bluedot("run", "--timeframe", "daily", "--partition", DAY, BLUEDOT_KEEP="daily=1")
    assert f"dropped daily/{DAYS[0]} (BLUEDOT_KEEP, BLUEDOT_SITE_BUDGET_MB)" in called.text
    assert f"daily/{DAYS[0]}" not in folders(public)
    bluedot("run", "--timeframe", "weekly", "--partition", WEEKS[0], "--quiet")
    called = bluedot("run", "--timeframe", "weekly", "--partition", "all", "--quiet", BLUEDOT_KEEP="weekly=1")
    assert f"not kept weekly {WEEKS[0]}: the site keeps the newest 1" in called.text
    assert f"rejected, dropped weekly/{WEEKS[0]}" in called.text


@pytest.mark.long
@pytest.mark.parametrize("right", [True, False], ids=["right token", "refused token"])
def test_the_token_is_nowhere(published: Installation, tmp_path: Path, right: bool) -> None:
    root = tmp_path / "here"
    (root / "tmp").mkdir(parents=True)
    for name in ("drive", "data"):  # the series are made already: the token is for the site alone
        shutil.copytree(published.root / name, root / name, symlinks=True)
    looked: list[str] = []
    with GitServer(tmp_path / "server", token=TOKEN if right else "another") as server:
        public = server.create("site")

        def look(path: str) -> None:
            """While git pushes: its configuration and its arguments, and those of whoever started it."""
            if "receive-pack" in path:
                looked.extend(holders(root / "tmp"))
                looked.extend(line.decode() for line in arguments() if any(form in line for form in FORMS))
                pushing.append(any(b"receive-pack" in line or b"push" in line for line in arguments()))
                configs.extend((root / "tmp").rglob("config"))

        pushing: list[bool] = []
        configs: list[Path] = []
        server.faults.before = look
        done = subprocess.run(
            [BIN / "bluedot", "run", "--timeframe", "weekly", "--partition", WEEKS[-1]],
            cwd=root,
            # A refusal carries what git printed into our error, so there it prints all that it can.
            env=git_environment(root, server) | ({} if right else {"GIT_CURL_VERBOSE": "1"}),
            capture_output=True,
            timeout=240,
            check=False,
        )
        objects = public.git("cat-file", "--batch-all-objects", "--batch-check") if right else ""
        pages = b"".join(public.get(path) or b"" for path in public.paths())
    assert (done.returncode == 0) == right, done.stderr
    assert (b"GITHUB_TOKEN" in done.stderr) == (not right)
    assert any(pushing) or not right
    assert configs or not right
    assert bool(objects) == bool(pages) == right
    assert (root / "trace.txt").stat().st_size > 1000
    assert not right or b"Authorization: Basic <redacted>" in (root / "trace-curl.txt").read_bytes()
    assert looked == []
    assert not any(form in text for form in FORMS for text in (done.stdout, done.stderr, pages))
    assert holders(root) == []
    assert list((root / "tmp").glob("bluedot-git-*")) == []


@pytest.mark.long
def test_daily_and_weekly_at_once_by_the_dagster_cli_and_by_ours(sample_tree: Path, tmp_path: Path) -> None:
    root = tmp_path / "here"
    (root / "tmp").mkdir(parents=True)
    shutil.copytree(sample_tree, root / "drive", symlinks=True)
    with GitServer(tmp_path / "server") as server:
        public = server.create("site")
        env = git_environment(root, server)
        (root / "home").mkdir()
        # Neither is the first in it: Dagster's own command does not bear that another makes its tables meanwhile.
        dg.DagsterInstance.from_config(str(root / "home")).dispose()
        words = [
            ["dagster", "asset", "materialize", "-m", "bluedot_assets.definitions", "--select", "group:daily"],
            ["bluedot", "run", "--timeframe", "weekly", "--partition", "all", "--quiet"],
        ]
        words[0] += ["--partition", DAY]
        outputs = [root / "dagster.txt", root / "ours.txt"]
        processes = []
        for line, output in zip(words, outputs, strict=True):
            with output.open("wb") as log:
                processes.append(
                    subprocess.Popen([BIN / line[0], *line[1:]], cwd=root, env=env, stdout=log, stderr=log)
                )
        assert [process.wait(300) for process in processes] == [0, 0], [one.read_text()[-2000:] for one in outputs]
        assert folders(public) == {
            *(f"daily/{key}" for key in (DAY, "latest", "history")),
            *(f"weekly/{key}" for key in (*WEEKS, "latest", "history")),
        }
        assert "Asset check 'site_is_live' on 'daily/site' passed" in outputs[0].read_text()
        (root / "rollback.yaml").write_text(
            f"ops: {{roll_back: {{config: {{timeframe: weekly, partition: {WEEKS[0]}-1, reason: tried}}}}}}\n"
        )
        job = ["dagster", "job", "execute", "-m", "bluedot_assets.definitions", "-j", "rollback", "-c", "rollback.yaml"]
        subprocess.run([BIN / job[0], *job[1:]], cwd=root, env=env, check=True, capture_output=True, timeout=240)
        assert public.tree("weekly/latest") == public.tree(f"weekly/{WEEKS[0]}")
    assert holders(root) == []
    assert os.environ.get("GITHUB_TOKEN") is None
