"""How often the stage `site` asks the git server of the site, by the server's own log.

A round trip is a git command that speaks to the server (ls-remote, fetch, push): each begins with one request for
`info/refs`, whatever it sends afterwards on the same errand. A new platform is what a new process would have."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.pipeline.stage import Work
from bluedot_assets.pipeline.stages.site import publish
from bluedot_assets_tests.examples.spoiled_files import revise
from bluedot_assets_tests.examples.trees import DAY, DAYS, STAGES, Installation
from bluedot_assets_tests.servers.git import TOKEN, GitServer, Repository

EARLIER = DAYS[1]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    with GitServer(tmp_path / "git") as serving:
        yield serving


@pytest.fixture
def public(server: GitServer, running: Installation) -> Repository:
    """The repository, with the day before published."""
    repository = server.create("site")
    running.set(BLUEDOT_SITE=server.url("site"), GITHUB_TOKEN=TOKEN)
    assert running.run("daily", EARLIER).success
    assert running.run("daily", DAY, *STAGES[:-1]).success
    return repository


def round_trips(server: GitServer, running: Installation, *, same_process: bool = False) -> list[str]:
    """What one publish of DAY asked for: the service of each round trip, in order."""
    if not same_process:
        running.set()
    server.log.clear()
    work = Work(running.platform, DAILY, DAY, "a run", running.clock.now, lambda message: None)
    assert [verdict.passed for verdict in publish(work).verdicts] == [True]
    asked = [one.path for one in server.log if "/info/refs" in one.path]
    return [path.rpartition("service=git-")[2] for path in asked]


def test_a_publish_is_two_looks_one_push_and_one_look(
    server: GitServer, running: Installation, public: Repository
) -> None:
    # The branch, and the list of the history's files, of which some are replaced.
    assert round_trips(server, running) == ["upload-pack"] * 2 + ["receive-pack", "upload-pack"]
    assert public.tree("daily/latest") == public.tree(f"daily/{DAY}")


def test_a_publish_that_changes_nothing_looks_five_times_at_most(
    server: GitServer, running: Installation, public: Repository
) -> None:
    round_trips(server, running)
    tip = public.tip()
    # The branch, the lists of the folders to compare with what was made (CSVs, tables, the history), and whether the
    # branch still stands there.
    assert round_trips(server, running) == ["upload-pack"] * 5
    assert public.tip() == tip


@pytest.mark.long
def test_a_correction_also_reads_what_it_corrects(server: GitServer, running: Installation, public: Repository) -> None:
    round_trips(server, running)
    revise(running)
    assert running.run("daily", DAY, *STAGES[:-1]).success
    # The branch, the index of before, and the version of each file that it replaces.
    assert round_trips(server, running) == ["upload-pack"] * 7 + ["receive-pack", "upload-pack"]


@pytest.mark.long
def test_a_server_that_gives_commits_without_folders_alone_is_asked_more_often_the_first_time(
    server: GitServer, running: Installation, public: Repository
) -> None:
    public.git("config", "uploadpackfilter.tree.maxDepth", "0")  # as GitHub has it
    assert round_trips(server, running) == ["upload-pack"] * 5 + ["receive-pack", "upload-pack"]
    assert public.tree("daily/latest") == public.tree(f"daily/{DAY}")
    assert round_trips(server, running, same_process=True) == ["upload-pack"] * 2
