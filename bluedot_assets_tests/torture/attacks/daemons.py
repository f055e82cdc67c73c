"""Several at once on a server: sensors, a backfill and the command line, also when one of its processes is killed."""

import json
import os
import random
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from subprocess import Popen
from typing import Any, Final

import dagster as dg
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES

from bluedot_assets.dagster_home import INSTANCE
from bluedot_assets.defs.run_events import WILL_RETRY_TAG
from bluedot_assets_tests.examples.trees import DAYS, STAGES, WEEK
from bluedot_assets_tests.servers.dagster import LAUNCH, STATE, knows_the_assets
from bluedot_assets_tests.servers.processes import end, free_port, graphql, start, wait_until
from bluedot_assets_tests.torture.attack import Once, attack
from bluedot_assets_tests.torture.attacks.races import ALL, GROUP, NEWEST, assert_home, changing_tree, of, series
from bluedot_assets_tests.torture.killing import begun, finished, kill_with_children, log_of, revise
from bluedot_assets_tests.torture.whole import assert_nothing_left

STOCKS: Final = 20
PARTITIONS: Final = {"daily": DAYS, "weekly": (WEEK,)}
SERVICES: Final = ("code server", "webserver", "daemon")
FASTER: Final = {b"poll_interval_seconds: 60": b"poll_interval_seconds: 5", b"seconds: 300": b"seconds: 60"}
STEP: Final = {dg.DagsterEventType.STEP_START, dg.DagsterEventType.ENGINE_EVENT}
CODE: Final = ("-m", "bluedot_assets.definitions")


@dataclass
class Server:
    """The processes of a server, beside an installation below `root`; each is started again when it is gone."""

    root: Path
    place: Path
    ports: tuple[int, int] = field(default_factory=lambda: (free_port(), free_port()))
    running: dict[str, "Popen[bytes]"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.place / "tmp").mkdir(parents=True)
        where = {"host": "127.0.0.1", "port": self.ports[0], "location_name": "bluedot_assets"}
        (self.place / "workspace.yaml").write_text(json.dumps({"load_from": [{"grpc_server": where}]}))
        (self.root / "home").mkdir(parents=True)
        content = INSTANCE.read_bytes()
        for usual, faster in FASTER.items():
            assert usual in content
            content = content.replace(usual, faster)
        (self.root / "home/dagster.yaml").write_bytes(content)

    def start(self, name: str) -> None:
        code, web = map(str, self.ports)
        commands = {
            "code server": ("dagster", "code-server", "start", "-h", "127.0.0.1", "-p", code, *CODE),
            "webserver": ("dagster-webserver", "-w", "workspace.yaml", "-h", "127.0.0.1", "-p", web),
            "daemon": ("dagster-daemon", "run", "-w", "workspace.yaml"),
        }
        settings = {
            "BLUEDOT_SOURCE": str(self.root / "drive"),
            "BLUEDOT_DATA": str(self.root / "data"),
            "BLUEDOT_SITE": str(self.root / "site"),
            "DAGSTER_HOME": str(self.root / "home"),
            "BLUEDOT_POLL_SECONDS": "5",
            "BLUEDOT_SETTLE_MINUTES": "600",  # what runs is what is asked for here
            "TMPDIR": str(self.place / "tmp"),
        }
        self.running[name] = start(self.place, *commands[name], **settings)

    def kill(self, name: str) -> None:
        """As a container: with all that it started."""
        process = self.running[name]
        kill_with_children(process)
        process.wait()
        self.start(name)

    def ask(self, query: str, **variables: object) -> Any:
        """None while there is no answer, as when the code server is not there."""
        with suppress(AssertionError):
            return graphql(self.ports[1], query, **variables)
        return None


@contextmanager
def server(root: Path, place: Path) -> Iterator[Server]:
    made = Server(root, place)
    finished(root, *ALL)
    try:
        for name in SERVICES:
            made.start(name)
        wait_until(lambda: knows_the_assets(made.ports[1]), 90, "the web server knows the assets")
        yield made
    finally:
        for process in made.running.values():
            end(process)


@dataclass
class Asked:
    """What is asked of a server in a try, and whether all of it has been done."""

    server: Server
    instance: dg.DagsterInstance
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    backfill: str = ""
    command: "Popen[bytes] | None" = None

    def trigger(self, timeframe: str) -> None:
        """As the uploader does when a folder is whole."""
        (self.server.root / "drive/triggers" / f"{timeframe}_ready.txt").write_text(f"{NEWEST[timeframe]}\n")

    def launch_backfill(self) -> None:
        """As a person in the UI, who tries again when the server does not answer."""
        params = {"assetSelection": [{"path": ["daily", stage]} for stage in STAGES], "partitionNames": list(DAYS)}

        def launched() -> bool:
            answer = self.server.ask(LAUNCH, params=params)
            self.backfill = answer["launchPartitionBackfill"].get("backfillId", "") if answer else ""
            return bool(self.backfill)

        wait_until(launched, 60, "the backfill is launched")

    def run(self, words: tuple[str, ...]) -> None:
        self.command = begun(self.server.root, *words)

    def runs(self, **more: Any) -> list[dg.DagsterRun]:
        records = self.instance.get_run_records(dg.RunsFilter(created_after=self.began, **more))
        return [record.dagster_run for record in records]

    def at_work(self) -> int | None:
        """The process of a run that the server has launched, once it is in a step."""
        for run in self.runs(statuses=[dg.DagsterRunStatus.STARTED]):
            events = [one.dagster_event for one in self.instance.all_logs(run.run_id, STEP) if one.dagster_event]
            pids = [one.engine_event_data.metadata.get("pid") for one in events if one.is_engine_event]
            launched = [int(str(pid.value)) for pid in pids if pid]
            if launched and any(one.event_type == dg.DagsterEventType.STEP_START for one in events):
                return launched[0] if run.tags.get("user") is None else None
        return None

    def done(self) -> bool:
        """The command, the backfill, both sensors' runs and whatever is run again."""
        state = self.server.ask(STATE, id=self.backfill)
        parents = {run.parent_run_id for run in self.runs()}
        return (
            bool(self.command and self.command.poll() is not None)
            and bool(state and state["partitionBackfillOrError"]["status"].startswith("COMPLETED"))
            and all(self.runs(tags={"dagster/sensor_name": f"{name}_ready"}) for name in NEWEST)
            and not self.runs(statuses=NOT_FINISHED_STATUSES)
            and all(run.run_id in parents for run in self.failed() if run.tags.get(WILL_RETRY_TAG) == "true")
        )

    def failed(self) -> list[dg.DagsterRun]:
        return self.runs(statuses=[dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED])

    def assert_done(self) -> None:
        wait_until(self.done, 150, "all that was asked for has ended")
        assert self.command is not None
        assert self.command.returncode == 0, f"`bluedot run` ended with {self.command.returncode}"
        lost = [run for run in self.failed() if run.tags.get(WILL_RETRY_TAG) != "true"]
        assert not lost, f"these runs failed for good: {[(run.status, run.tags) for run in lost]}"


def assert_published_once(site: Path, before: datetime) -> None:
    """Of the runs since then one has published each partition, and the others had nothing to publish."""
    status = json.loads((site / "status.json").read_bytes())["timeframes"]
    for name, keys in PARTITIONS.items():
        found = status[name]
        assert (set(found["folders"]), found["failures"]) == (set(keys), {}), found
        since = [one for one in found["runs"] if datetime.fromisoformat(one["at"]) > before]
        published = [one["partition"] for one in since if one["outcome"] == "published"]
        assert sorted(published) == sorted(keys), f"published since: {since}"


@attack(
    GROUP,
    "sensors on both trigger files, a backfill and `bluedot run` on one server; at times its daemon, its code server "
    "or a run is killed",
    long=3,
    short=0,
)
def daemons(folder: Path) -> Iterator[Once]:
    root = folder / "here"
    changing_tree(root / "drive", days=len(DAYS), weeks=1, stocks=STOCKS)
    with ExitStack() as stack:
        serving = stack.enter_context(server(root, folder / "server"))
        instance = stack.enter_context(dg.DagsterInstance.from_config(str(root / "home")))
        wait_until(lambda: _ticked(instance) >= {f"{name}_ready" for name in NEWEST}, 60, "the sensors' first ticks")

        def once(chance: random.Random) -> Mapping[str, int]:
            revise(root / "drive", chance.randrange(10**6))
            asked = Asked(serving, instance)
            kill = chance.choice([None, "daemon", "code server", "run"])
            calls: list[Callable[[], object]] = [
                lambda: asked.trigger("daily"),
                lambda: asked.trigger("weekly"),
                asked.launch_backfill,
                lambda: asked.run(chance.choice([ALL, of("daily"), of("weekly")])),
            ]
            chance.shuffle(calls)
            for call in calls:
                call()
                time.sleep(chance.uniform(0, 3))
            killed = kill is not None and _kill(asked, kill, chance.uniform(0, 8))
            asked.assert_done()
            assert_well(root, asked)
            return {f"{kill or 'daemon'}s killed": int(killed), "runs": len(asked.runs())}

        yield once


def _ticked(instance: dg.DagsterInstance) -> set[str]:
    """Sensors with a cursor: at its first tick one takes a trigger whose partition is published for an old one."""
    states = instance.all_instigator_state()
    return {one.name for one in states if getattr(one.instigator_data, "cursor", None)}


def _kill(asked: Asked, what: str, pause_s: float) -> bool:
    """Whether there was one to be killed."""
    time.sleep(pause_s)
    if what != "run":
        asked.server.kill(what)
        return True
    wait_until(lambda: asked.at_work() is not None or asked.done(), 60, "a run is at work")
    with suppress(ProcessLookupError):
        if pid := asked.at_work():
            os.kill(pid, signal.SIGKILL)
            return True
    return False


def assert_well(root: Path, asked: Asked) -> None:
    """Each partition is published once and whole; the next run finds nothing to do, and nothing is left."""
    assert_home(root / "home")
    assert_published_once(root / "site", asked.began)
    published = series(root / "site")
    finished(root, *ALL)
    assert series(root / "site") == published, f"the next run published other series: {log_of(root)}"
    assert_nothing_left(root)
