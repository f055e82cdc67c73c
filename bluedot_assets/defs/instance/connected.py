"""The Dagster instance of a process that runs partitions itself: as DAGSTER_HOME says, and where that is SQLite, with
one connection to each database for as long as the process works. Dagster opens and closes one for each of a run's 600
statements, which reads the schema, compiles the statement and empties the write-ahead log anew each time.

And how such a process executes a run that the UI shows among those of the code location.

Where DAGSTER_HOME is, is in `dagster_home`; how its databases come to be, in `databases`; how a run is read back, in
`run_events`."""

import os
import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationPlanned
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.definitions.partitions.subset import DefaultPartitionsSubset
from dagster._core.events.log import EventLogEntry
from dagster._core.execution.api import execute_run
from dagster._core.execution.compute_logs import redirect_to_file
from dagster._core.instance.ref import InstanceRef
from dagster._core.remote_origin import ManagedGrpcPythonEnvCodeLocationOrigin, RemoteRepositoryOrigin
from dagster._core.storage.compute_log_manager import CapturedLogContext, ComputeIOType
from dagster._core.storage.event_log.sqlite import SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.local_compute_log_manager import IO_TYPE_EXTENSION, LocalComputeLogManager
from dagster._core.storage.runs.sqlite import SqliteRunStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._utils import ensure_file, touch_file
from dagster_shared.record import replace
from sqlalchemy import Connection, Engine, create_engine, event

from bluedot_assets.defs.instance.databases import make_databases

# As workspace.yaml and [tool.dagster] say it: under another name the UI would show a second code location.
LOCATION: Final = "bluedot_assets"
MODULE: Final = "bluedot_assets.definitions"
LOCATIONS: Final = (LOCATION, MODULE)  # the second is what Dagster calls it where nobody says a name (dagster dev -m)
REPOSITORY: Final = "__repository__"  # Dagster's name of the one that Definitions make
# What people know from the summary is not printed; all of it is in the run's log in the UI.
QUIET: Final = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def execute_partition(
    job: dg.JobDefinition, instance: dg.DagsterInstance, dagster_key: str, tags: Mapping[str, str]
) -> str:
    """Execute a job for a partition in this process; the run's id, whatever became of it. Dagster's
    `execute_in_process` records runs that belong to no code location: the UI has them neither in its timeline nor
    under Jobs, and cannot execute them again."""
    location = ManagedGrpcPythonEnvCodeLocationOrigin(LoadableTargetOrigin(module_name=MODULE), LOCATION)
    run = instance.create_run_for_job(
        job,
        run_config=QUIET,
        tags={
            **job.run_tags,
            **job.get_tags_for_partition_key(dagster_key, selected_asset_keys=None),
            # Whoever ends this process has his reasons; a run that a daemon has launched is retried.
            "dagster/max_retries": "0",
            **tags,
        },
        remote_job_origin=RemoteRepositoryOrigin(location, REPOSITORY).get_job_origin(job.name),
    )
    execute_run(InMemoryJob(job), run, instance)
    return run.run_id


def open_instance() -> dg.DagsterInstance:
    """The instance of DAGSTER_HOME, to be closed. Raises SettingsError, and what Dagster raises of its
    dagster.yaml."""
    home = os.environ["DAGSTER_HOME"]
    make_databases(Path(home))
    ref = InstanceRef.from_dir(home)
    defaults = InstanceRef.config_defaults(home)
    if ref.compute_logs_data == defaults["compute_logs"]:
        ref = ref._replace(compute_logs_data=_ours(ref.compute_logs_data, FiledComputeLogs))
    if ref.storage_data == defaults["storage"]:
        ref = ref._replace(
            storage_data=None,
            run_storage_data=_ours(ref.run_storage_data, ConnectedRunStorage),
            event_storage_data=_ours(ref.event_storage_data, ConnectedEventLog),
        )
    return dg.DagsterInstance.from_ref(ref)


def _ours(data: Any, storage: type) -> Any:
    return data._replace(module_name=__name__, class_name=storage.__name__)


def _connected(address: str) -> Engine:
    """Keeps its connections. A commit is safe from a crash of this process; the newest may be lost with the machine's
    power, and then the run is lost as well."""
    engine = create_engine(address, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})
    event.listen(engine, "connect", _commit_faster)
    return engine


def _with_keys_alone(entry: EventLogEntry) -> EventLogEntry:
    """A check that is planned names its partitions with their whole definition, which grows with every weekend (23 KB
    after two years, 37 times a run); Dagster reads the keys of it alone."""
    planned = entry.dagster_event.event_specific_data if entry.dagster_event else None
    if not isinstance(planned, AssetCheckEvaluationPlanned) or planned.partitions_subset is None:
        return entry
    keys = DefaultPartitionsSubset(set(planned.partitions_subset.get_partition_keys()))
    shorter = entry.get_dagster_event()._replace(event_specific_data=replace(planned, partitions_subset=keys))
    return entry._replace(dagster_event=shorter)


def _commit_faster(connection: Any, _: object) -> None:
    if connection.execute("PRAGMA journal_mode").fetchone() == ("wal",):  # without it this could damage the database
        connection.execute("PRAGMA synchronous=NORMAL")


class FiledComputeLogs(LocalComputeLogManager):
    """Dagster's, without the four processes a run that repeat on the console what goes into the files: they take a
    tenth of a second, and print a traceback when somebody presses Ctrl-C."""

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> "FiledComputeLogs":
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def capture_logs(self, log_key: Sequence[str]) -> Generator[CapturedLogContext, None, None]:
        with ExitStack() as stack:
            for stream, kind in ((sys.stdout, ComputeIOType.STDOUT), (sys.stderr, ComputeIOType.STDERR)):
                file = self.get_captured_local_path(log_key, IO_TYPE_EXTENSION[kind])
                ensure_file(file)
                stack.enter_context(redirect_to_file(stream, file))
            yield CapturedLogContext(log_key)
        touch_file(self.complete_artifact_path(log_key))  # type: ignore[no-untyped-call]


class ConnectedEventLog(SqliteEventLogStorage):
    """Dagster's, made anew for each database at its first use."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._engines: dict[str, Engine] = {}
        self._tables: set[str] = set()
        self._empty = b""
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> "ConnectedEventLog":
        return cls(inst_data=inst_data, **config_value)

    def has_table(self, table_name: str) -> bool:
        """Asked twice for every check, of a table that never goes."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def store_event(self, event: EventLogEntry) -> None:
        super().store_event(_with_keys_alone(event))

    def _initdb(self, engine: Engine, for_index_shard: bool = False) -> None:
        """The database of a run is a copy of the first one that this process made: Alembic takes 50 ms for each."""
        file = Path(str(engine.url.database))
        is_new = not for_index_shard and not file.exists()
        if is_new and self._empty:
            part = file.with_suffix(f".part{os.getpid()}")
            part.write_bytes(self._empty)
            part.replace(file)
            return
        super()._initdb(engine, for_index_shard)
        if is_new and not file.with_name(f"{file.name}-wal").exists():
            self._empty = file.read_bytes()

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        if shard not in self._engines:
            for before in self._engines.keys() - {INDEX_SHARD_NAME}:  # of the run before: a backfill has hundreds
                self._engines.pop(before).dispose()
            with super()._connect(shard):  # makes its tables
                self._engines[shard] = _connected(self.conn_string_for_shard(shard))
        with self._db_lock, self._engines[shard].begin() as connection:
            yield connection

    def dispose(self) -> None:
        super().dispose()
        for engine in self._engines.values():
            engine.dispose()


class ConnectedRunStorage(SqliteRunStorage):
    """Dagster's, with one engine."""

    def __init__(self, conn_string: str, inst_data: Any = None) -> None:
        self._engine = _connected(conn_string)
        super().__init__(conn_string, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> "ConnectedRunStorage":
        return cls.from_local(inst_data=inst_data, **config_value)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            yield connection

    def dispose(self) -> None:
        super().dispose()
        self._engine.dispose()
