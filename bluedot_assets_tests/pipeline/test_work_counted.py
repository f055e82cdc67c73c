"""How much work a run does, counted and not timed: what is read, hashed, decoded, written and linked for each file and
CSV, how often git is started and its server asked, how many events Dagster records. A number here may fall with the
change that makes it fall; one that rises is work that somebody added without noticing.

The observing itself is in `examples/observed_work`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import dagster as dg
import pytest

from bluedot_assets.adapters.storage.layout import Slot
from bluedot_assets_tests.examples.observed_work import observed
from bluedot_assets_tests.examples.trees import DAY, SERIES, STOCKS, Installation
from bluedot_assets_tests.servers.git import TOKEN, GitServer

CSVS: Final = STOCKS * len(SERIES)

# Of every source file and of every CSV, how often; of the others, in the whole run. All stocks are one shard.
WORK: Final = {
    # folder: first, again; git: first, again
    "source file read": (1, 1, 1, 1),
    "source file hashed": (1, 1, 1, 1),
    "source file decoded": (1, 0, 1, 0),
    "raw object written": (1, 0, 1, 0),
    "raw object read": (4, 2, 4, 2),
    "bars written": (1, 0, 1, 0),
    "bars linked": (1, 0, 0, 0),
    "bars read": (8, 2, 10, 3),
    "series object written": (4, 0, 4, 0),
    "series object read": (8, 8, 12, 12),
    # Of each series one CSV is shown, which is a quarter of them here.
    "CSV hashed": (3.25, 1.25, 4.25, 2.25),
    "CSV written": (1, 0, 0, 0),
    "CSV linked": (1, 0, 0, 0),
    "CSV read": (1, 1, 0, 0),
    "git processes": (0, 0, 28, 40),
    "git round trips": (0, 0, 7, 9),
    "events recorded": (200, 200, 200, 200),
}
FOLDER: Final = (0, 1)
GIT: Final = (2, 3)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    with GitServer(tmp_path / "git") as serving:
        yield serving


def work_of_run(installation: Installation) -> dict[str, float]:
    """The work of one run, as a new process would do it, without what was not done at all."""
    installation.set()
    with dg.DagsterInstance.ephemeral() as instance:
        with observed(installation.root) as work:
            result = installation.run(instance=instance)
        assert result.success
        events = len(instance.all_logs(result.run_id))
    outputs = installation.platform.outputs
    made = [outputs.require(Slot("daily", DAY, name)) for name in SERIES]
    csvs = [content for manifest in made for content in outputs.read_files(manifest).values()]
    files = [path.read_bytes() for path in (installation.source / "daily" / DAY).glob("*_daily.json")]
    counted = {
        "source file decoded": work.decoded / STOCKS,
        "source file hashed": work.times_hashed(files) / STOCKS,
        "CSV hashed": work.times_hashed(csvs) / CSVS,
        "git processes": work.git_processes,
        "events recorded": events,
    }
    many = {"source file": STOCKS, "CSV": CSVS}
    counted |= {f"{kind} {how}": count / many.get(kind, 1) for (kind, how), count in work.files.items()}
    return {name: count for name, count in counted.items() if count}


def expected(column: int) -> dict[str, float]:
    return {name: numbers[column] for name, numbers in WORK.items() if numbers[column]}


def test_a_first_run_and_an_unchanged_one_do_so_much_for_a_folder(installation: Installation) -> None:
    for column in FOLDER:
        assert work_of_run(installation) == expected(column)


def test_a_first_run_and_an_unchanged_one_do_so_much_for_a_git_site(
    installation: Installation, server: GitServer
) -> None:
    server.create("site")
    installation.set(BLUEDOT_SITE=server.url("site"), GITHUB_TOKEN=TOKEN)
    for column in GIT:
        server.log.clear()
        counted = work_of_run(installation)
        # Each begins with one such request, whatever is sent afterwards on the same errand.
        trips = sum("/info/refs" in request.path for request in server.log)
        assert counted | {"git round trips": trips} == expected(column)
