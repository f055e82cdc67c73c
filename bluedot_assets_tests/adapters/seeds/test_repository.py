"""Seed repositories over real smart HTTP: what is pushed, what stays, races, and runs that are killed."""

import multiprocessing
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bluedot_assets.adapters.git.push import PushPolicy
from bluedot_assets.adapters.seeds.repository import Advanced
from bluedot_assets.kernel.errors import PublishRefused, RepositoryRefused, RepositoryUnreachable, SettingsError
from bluedot_assets.kernel.tradingview.seeds.files import symbol_info
from bluedot_assets.kernel.tradingview.seeds.history import Note
from bluedot_assets.kernel.tradingview.seeds.rules import repository_violations
from bluedot_assets.kernel.tradingview.seeds.state import Nothing, Wait
from bluedot_assets_tests.examples.seed_repositories import (
    DIES,
    MORNING,
    SYMBOLS,
    advance,
    advance_and_die,
    csv_of,
    open_seeds,
    wanted,
)
from bluedot_assets_tests.servers.git import TOKEN, GitServer, Repository, git

DAY, NEXT = "2024-07-01", "2024-07-02"
HOUR = timedelta(hours=1)
INFO = "symbol_info/seed_u_daily.json"
THEIRS = {
    "README.md": b"hello\n",
    ".github/workflows/check.yml": b"on: push\n",
    "data/MINE.csv": b"20240601T,1,1,1,1,0\n",
}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    with GitServer(tmp_path / "git", private=True) as serving:
        yield serving


@pytest.fixture
def seeds(server: GitServer) -> Repository:
    return server.create("seed_u_daily")


@pytest.fixture
def url(server: GitServer, seeds: Repository) -> str:
    return server.url("seed_u_daily")


def commit_files(
    seeds: Repository, branch: str, files: dict[str, bytes], at: int = 1_700_000_000, message: str = "hello"
) -> None:
    """A commit of somebody else, on the server's own disk."""
    parent = f"from refs/heads/{branch}^0\n".encode() if seeds.tip(branch) else b""
    stream = b"commit refs/heads/%s\ncommitter x <x@y.z> %d +0000\ndata %d\n%s\n%s" % (
        branch.encode(),
        at,
        len(message),
        message.encode(),
        parent,
    )
    for path, content in files.items():
        stream += b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content)
    subprocess.run(["git", "fast-import", "--quiet"], cwd=seeds.path, input=stream, check=True)


def fill(url: str) -> None:
    """Two runs, half an hour apart."""
    for now in (MORNING, MORNING + HOUR):
        advance(open_seeds(url, now), DAY, now)


@pytest.fixture
def filled(seeds: Repository) -> Repository:
    """What `fill` makes, without its cost."""
    info = symbol_info(wanted(DAY).listings)
    data = {f"data/{symbol}.csv": csv_of(symbol, DAY) for symbol in SYMBOLS}
    commit_files(seeds, "master", {INFO: info}, int(MORNING.timestamp()), Note(DAY, 3, 0).message("names"))
    commit_files(seeds, "master", data, int((MORNING + HOUR).timestamp()), Note(DAY, 0, 3).message("data"))
    return seeds


def contents(seeds: Repository, branch: str = "master") -> dict[str, bytes | None]:
    return {path: seeds.get(path, branch) for path in seeds.paths(branch)}


def test_an_empty_repository_gets_the_branch_master_with_info_first_and_data_later(url: str, seeds: Repository) -> None:
    first = advance(open_seeds(url, MORNING), DAY, MORNING)
    assert isinstance(first.rest, Wait)
    assert seeds.paths("master") == {INFO}
    second = advance(open_seeds(url, MORNING + HOUR), DAY, MORNING + HOUR)
    assert second.rest == Nothing("everything is there")
    assert [push.files for push in (*first.pushes, *second.pushes)] == [1, 3]
    found = contents(seeds)
    assert {path: found[path] for path in found if path != INFO} == {
        f"data/{symbol}.csv": csv_of(symbol, DAY) for symbol in SYMBOLS
    }
    data = {path.removeprefix("data/"): content or b"" for path, content in found.items() if path != INFO}
    assert repository_violations(INFO, found[INFO], data, data, MORNING.date()) == []


def test_history_is_kept_and_everything_else_stays(url: str, seeds: Repository) -> None:
    commit_files(seeds, "main", {**THEIRS, INFO: b'{"symbol": "MINE", "description": "m", "pricescale": 1}'})
    fill(url)
    assert seeds.tip("master") is None
    assert seeds.commits("main") == 3
    found = contents(seeds, "main")
    assert {path: found[path] for path in THEIRS} == THEIRS
    assert len(found) == len(THEIRS) + 1 + len(SYMBOLS)
    assert seeds.git("log", "--format=%s", "main").splitlines() == [
        "daily 2024-07-01: 3 CSVs",
        "daily 2024-07-01: 3 new symbols",
        "hello",
    ]


@pytest.mark.long
def test_the_default_branch_is_the_remotes_whatever_its_name(url: str, seeds: Repository) -> None:
    commit_files(seeds, "other", THEIRS)
    with pytest.raises(SettingsError, match="has branches but no default one"):
        open_seeds(url, MORNING).state()
    seeds.git("symbolic-ref", "HEAD", "refs/heads/other")
    commit_files(seeds, "master", {})
    fill(url)
    assert seeds.commits("other") == 3
    assert seeds.commits("master") == 1


def test_an_unchanged_repository_gets_no_commit(url: str, filled: Repository) -> None:
    tip = filled.tip("master")
    again = advance(open_seeds(url, MORNING + 2 * HOUR), DAY, MORNING + 2 * HOUR)
    assert (again.pushes, again.rest) == ((), Nothing("everything is there"))
    assert filled.tip("master") == tip


def test_who_loses_a_race_plans_anew_on_what_the_winner_left(url: str, filled: Repository) -> None:
    tomorrow = MORNING + 24 * HOUR
    won: list[Advanced] = []

    def race() -> None:
        if not won:
            won.append(advance(open_seeds(url, tomorrow), NEXT, tomorrow))

    # Between the loser's look and its push somebody else pushes the same.
    later = tomorrow + timedelta(minutes=1)
    result = advance(open_seeds(url, later), NEXT, later, race)
    assert len(won[0].pushes) == 1
    assert (result.pushes, result.rest) == ((), Nothing("everything is there"))
    assert filled.commits("master") == 3


def test_a_commit_of_somebody_else_in_between_is_kept(url: str, filled: Repository) -> None:
    tomorrow = MORNING + 24 * HOUR
    came: list[str] = []

    def interfere() -> None:
        if not came:
            came.append("README.md")
            commit_files(filled, "master", {"README.md": b"new\n"})

    result = advance(open_seeds(url, tomorrow), NEXT, tomorrow, interfere)
    assert len(result.pushes) == 1
    assert filled.get("README.md", "master") == b"new\n"
    assert filled.get("data/A_BLUE_DOTS.csv", "master") == csv_of("A_BLUE_DOTS", NEXT)
    assert filled.commits("master") == 4


def test_a_push_whose_answer_is_lost_counts_and_is_not_made_again(
    url: str, filled: Repository, server: GitServer
) -> None:
    tomorrow = MORNING + 24 * HOUR
    server.faults.cut_once["/git-receive-pack"] = 0
    result = advance(open_seeds(url, tomorrow), NEXT, tomorrow)
    assert not server.faults.cut_once
    assert len(result.pushes) == 1
    assert filled.commits("master") == 3


def test_a_push_whose_answer_is_lost_counts_also_when_somebody_pushes_on_top_of_it(
    url: str, filled: Repository, server: GitServer
) -> None:
    tomorrow = MORNING + 24 * HOUR
    server.faults.cut_once["/git-receive-pack"] = 0
    seeds = open_seeds(url, tomorrow)
    seeds.policy = PushPolicy(2, lambda seconds: commit_files(filled, "master", {"README.md": b"new\n"}))
    result = advance(seeds, NEXT, tomorrow)
    assert not server.faults.cut_once
    assert len(result.pushes) == 1
    assert filled.commits("master") == 4


@pytest.mark.parametrize("when", [DIES[-1], *(pytest.param(when, marks=pytest.mark.long) for when in DIES[:-1])])
def test_a_run_that_is_killed_does_no_harm_and_the_next_one_finishes(url: str, filled: Repository, when: str) -> None:
    tomorrow = MORNING + 24 * HOUR
    before = contents(filled)
    child = multiprocessing.get_context("spawn").Process(target=advance_and_die, args=(url, NEXT, tomorrow, when))
    child.start()
    child.join(60)
    assert child.exitcode == -9
    complete = {f"data/{symbol}.csv": csv_of(symbol, NEXT) for symbol in SYMBOLS} | {INFO: before[INFO]}
    assert contents(filled) == (complete if when == "after the push" else before)
    advance(open_seeds(url, tomorrow), NEXT, tomorrow)
    assert contents(filled) == complete
    assert filled.commits("master") == 3


def test_little_is_downloaded_whatever_the_repository_holds(url: str, filled: Repository, server: GitServer) -> None:
    big = {f"data/X{number}_BLUE_DOTS.csv": f"{number}\n".encode() * 20_000 for number in range(100)}
    commit_files(filled, "master", big, at=int((MORNING + HOUR).timestamp()))
    server.traffic()
    state = open_seeds(url, MORNING).state()
    _, downloaded = server.traffic()
    assert len(state.data) == 103
    assert len(state.commits) == 3
    assert downloaded < 20_000
    for number in range(30):
        commit_files(filled, "master", {f"data/X{number}_BLUE_DOTS.csv": b"new\n", "README.md": b"%d" % number * 9000})
    server.traffic()
    assert len(open_seeds(url, MORNING).state().commits) == 33
    _, downloaded = server.traffic()
    assert downloaded < 30_000  # not the folders and files of every commit


@pytest.mark.long
def test_it_works_without_partial_clones_over_file(tmp_path: Path) -> None:
    git("init", "--quiet", "--bare", str(tmp_path / "seed_u_daily.git"))
    fill(f"file://{tmp_path}/seed_u_daily.git")
    assert len(Repository(tmp_path / "seed_u_daily.git").paths("master")) == 4


def test_refusals_are_sentences_without_the_token(url: str, seeds: Repository, server: GitServer) -> None:
    with pytest.raises(RepositoryRefused, match="GITHUB_TOKEN"):
        open_seeds(url, MORNING, token="wrong-secret").state()  # noqa: S106
    server.readers.add("reader-secret")
    with pytest.raises(RepositoryRefused, match="May not push") as refused:
        advance(open_seeds(url, MORNING, token="reader-secret"), DAY, MORNING)  # noqa: S106
    seeds.hook("pre-receive", "echo 'repository is archived' >&2; exit 1")
    with pytest.raises(PublishRefused, match="repository is archived") as archived:
        advance(open_seeds(url, MORNING), DAY, MORNING)
    for error in (refused, archived):
        assert "secret" not in str(error.value)
        assert TOKEN not in str(error.value)
    assert seeds.tip("master") is None


def test_a_server_that_does_not_answer_is_tried_again_and_then_an_error(url: str, server: GitServer) -> None:
    server.faults.status["info/refs"] = 503
    with pytest.raises(RepositoryUnreachable):
        open_seeds(url, MORNING).state()
    assert len(server.log) == 3
