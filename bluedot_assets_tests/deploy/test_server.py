"""A server as `deploy/` describes it, as processes on a real PostgreSQL: its own commands, health checks and instance;
only addresses and folders differ."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from bluedot_assets_tests.deploy.files import INSTANCE, WORKSPACE, command_of, health_check_of, needs_of
from bluedot_assets_tests.examples.trees import DAY, STAGES, WEEK, write_tree
from bluedot_assets_tests.servers.dagster import LAUNCH, STATE, knows_the_assets
from bluedot_assets_tests.servers.postgres import PASSWORD, Postgres, postgres
from bluedot_assets_tests.servers.processes import BIN, end, environment, free_port, graphql, start, wait_until

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]

LOCATION = "bluedot_assets"
SERVICES = ("code", "webserver", "daemon")
BACKFILLED = 3
LOG_SHOWN = 20_000  # characters
NOT_MADE = frozenset(
    {"price_data", "rlst_rating", "bc_indicator"}
)  # one indicator will do: what is tried is the server
SCHEDULED_IN = timedelta(seconds=90)  # at least: the daemon must have seen the schedule before


@dataclass
class Server:
    """The services of docker-compose.yml on an installation below `root`."""

    root: Path
    settings: dict[str, str]
    ports: dict[str, int] = field(default_factory=lambda: {port: free_port() for port in ("3000", "4000")})
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, service: str) -> None:
        self.running[service] = start(self.root, *self._here(command_of(service)), **self.settings)

    def start_all(self) -> None:
        """As `docker compose up`: each when those that it depends on are healthy."""
        for service in SERVICES:
            for needed in needs_of(service) & self.running.keys():
                self.wait_until(partial(self.healthy, needed), 60, f"{needed} is healthy")
            self.start(service)

    def wait_until(self, true: Callable[[], bool], timeout_s: float, what: str) -> None:
        """With the policy that every service has, `restart: unless-stopped`; a failure brings the services' log."""

        def true_now() -> bool:
            for service in [name for name, process in self.running.items() if process.poll() is not None]:
                self.start(service)
            return true()

        try:
            wait_until(true_now, timeout_s, what)
        except AssertionError as error:
            error.add_note((self.root / "processes.log").read_text("utf-8", "replace")[-LOG_SHOWN:])
            raise

    def kill(self, service: str) -> None:
        """As a container that is killed: SIGKILL, no last word."""
        process = self.running.pop(service)
        process.kill()
        process.wait()

    def healthy(self, service: str) -> bool:
        """What the service's own health check says."""
        check = self._here(health_check_of(service))
        done = subprocess.run(
            [BIN / check[0], *check[1:]],
            cwd=self.root,
            env=environment(self.root, **self.settings),
            capture_output=True,
            check=False,
        )
        return done.returncode == 0

    def graphql(self, query: str, **variables: object) -> Any:
        return graphql(self.ports["3000"], query, **variables)

    def _here(self, words: Sequence[str]) -> list[str]:
        """The command of a container with this test's addresses."""
        text = json.dumps(words)
        instead = {
            "0.0.0.0": "127.0.0.1",  # noqa: S104
            "/app/workspace.yaml": str(self.root / "workspace.yaml"),
            **{there: str(here) for there, here in self.ports.items()},
        }
        for there, here in instead.items():
            text = text.replace(there, here)
        return [str(word) for word in json.loads(text)]


@pytest.fixture
def database() -> Iterator[Postgres]:
    with postgres() as server:
        yield server


@pytest.fixture
def server(database: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    url = database.create("dagster")
    monkeypatch.setenv("DAGSTER_PG_URL", url)  # for the test's own look into it
    at = datetime.now(UTC) + SCHEDULED_IN + timedelta(minutes=1)
    settings = {
        "DAGSTER_PG_URL": url,
        "BLUEDOT_SCHEDULE_WEEKLY": f"{at:%a %H:%M}",
        "BLUEDOT_SCHEDULE_DAILY": f"{at - timedelta(hours=12):%H:%M}",  # not in the middle of this
        "BLUEDOT_POLL_SECONDS": "5",
        "BLUEDOT_KEEP": f"daily={BACKFILLED + 1}",
        "BLUEDOT_INDICATORS": "BLUE_DOTS",
    }
    made = Server(tmp_path, settings)
    (tmp_path / "home").mkdir()
    (tmp_path / "home/dagster.yaml").write_bytes(INSTANCE.read_bytes())
    workspace = WORKSPACE.read_text("utf-8").replace("host: code", "host: 127.0.0.1")
    (tmp_path / "workspace.yaml").write_text(workspace.replace("4000", str(made.ports["4000"])))
    try:
        yield made
    finally:
        for process in made.running.values():
            end(process)


def runs(instance: dg.DagsterInstance, **tags: str) -> list[dg.DagsterRun]:
    return list(instance.get_runs(dg.RunsFilter(tags={f"dagster/{name}": value for name, value in tags.items()})))


def test_a_server_works_through_a_killed_daemon(server: Server, database: Postgres) -> None:
    tree = write_tree(server.root / "drive", stocks=2, days=BACKFILLED + 1, weeks=1)
    (tree / "triggers" / "weekly_ready.txt").unlink()  # so that the week is the schedule's
    older = sorted(path.name for path in (tree / "daily").iterdir() if path.name < DAY)
    assert len(older) == BACKFILLED
    for day in older:
        (tree / "daily" / day).rename(server.root / day)

    server.start_all()
    server.wait_until(lambda: knows_the_assets(server.ports["3000"]), 90, "the web server knows the assets")
    with dg.DagsterInstance.from_config(str(server.root / "home")) as instance:
        assert "Postgres" in type(instance.run_storage).__name__

        def done(**tags: str) -> bool:
            return any(run.status == dg.DagsterRunStatus.SUCCESS for run in runs(instance, **tags))

        server.wait_until(lambda: done(sensor_name="daily_ready"), 120, "a sensor tick made a run")
        assert all(server.healthy(service) for service in SERVICES)

        for day in older:
            (server.root / day).rename(tree / "daily" / day)
        selection = [{"path": ["daily", stage]} for stage in STAGES if stage not in NOT_MADE]
        launched = server.graphql(LAUNCH, params={"assetSelection": selection, "partitionNames": older})
        backfill = launched["launchPartitionBackfill"]["backfillId"]
        server.wait_until(lambda: done(backfill=backfill), 120, "the backfill's first run")
        server.kill("daemon")
        assert server.healthy("webserver") and server.healthy("code")
        server.start("daemon")

        def state() -> str:
            return str(server.graphql(STATE, id=backfill)["partitionBackfillOrError"]["status"])

        server.wait_until(lambda: state().startswith(("COMPLETED", "FAILED", "CANCEL")), 600, "the backfill's end")
        assert state() == "COMPLETED_SUCCESS"
        made = runs(instance, backfill=backfill)
        assert [run.status for run in made] == [dg.DagsterRunStatus.SUCCESS] * BACKFILLED
        server.wait_until(lambda: done(schedule_name="weekly_schedule"), 180, "a schedule tick made a run")
        sites = instance.get_materialized_partitions(dg.AssetKey(["daily", "site"]))
        assert sites == {DAY, *older}
        assert_a_dump_brings_it_back(server, database, len(instance.get_runs()))
    status = json.loads((server.root / "site/status.json").read_bytes())["timeframes"]
    assert set(status["daily"]["folders"]) == {DAY, *older}
    assert set(status["weekly"]["folders"]) == {WEEK}
    assert_no_password(server)


SWITCH = """
mutation Switch($selector: ScheduleSelector!) { startSchedule(scheduleSelector: $selector) { __typename } }
"""
SCHEDULES = "{ repositoriesOrError { ... on RepositoryConnection { nodes { name schedules { name } } } } }"


def test_the_viewer_shows_everything_and_lets_nobody_start_or_switch_anything(server: Server) -> None:
    write_tree(server.root / "drive", stocks=2, days=1, weeks=1)
    server.start("code")
    server.wait_until(partial(server.healthy, "code"), 60, "code is healthy")
    server.start("viewer")
    server.wait_until(lambda: knows_the_assets(server.ports["3000"]), 90, "the viewer knows the assets")
    assert server.healthy("viewer")
    (repository,) = server.graphql(SCHEDULES)["repositoriesOrError"]["nodes"]
    params = {"assetSelection": [{"path": ["daily", "site"]}], "partitionNames": [DAY]}
    launched = server.graphql(LAUNCH, params=params)["launchPartitionBackfill"]
    assert launched["__typename"] == "UnauthorizedError"
    for one in repository["schedules"]:
        selector = {
            "repositoryLocationName": LOCATION,
            "repositoryName": repository["name"],
            "scheduleName": one["name"],
        }
        assert server.graphql(SWITCH, selector=selector)["startSchedule"]["__typename"] == "UnauthorizedError"
    with dg.DagsterInstance.from_config(str(server.root / "home")) as instance:
        assert instance.get_runs_count() == 0
        assert instance.get_backfills() == []


def assert_no_password(server: Server) -> None:
    """Neither logged nor in the arguments of a process, which everybody on the machine can read."""
    assert PASSWORD.encode() not in (server.root / "processes.log").read_bytes()
    if sys.platform == "linux":
        for process in Path("/proc").glob("[0-9]*"):
            try:
                assert PASSWORD.encode() not in (process / "cmdline").read_bytes()
            except (FileNotFoundError, ProcessLookupError):
                continue


def assert_a_dump_brings_it_back(server: Server, database: Postgres, runs: int) -> None:
    """The backup of server.md, into an empty database."""
    home = server.root / "restored"
    home.mkdir()
    url = database.restore(database.dump("dagster"), "restored")
    (home / "dagster.yaml").write_text(f"storage: {{postgres: {{postgres_url: '{url}'}}}}\n")
    with dg.DagsterInstance.from_config(str(home)) as instance:
        assert len(instance.get_runs()) == runs
