"""The executor on the workers of a Dask cluster (BLUEDOT_DASK). What it must do is in `port`, what a worker does, in
`cluster_worker`. Dask itself carries a task out again when its worker is lost."""

# mypy: allow-untyped-calls
# Most of distributed has no types.

import logging
import pickle
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from functools import partial
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final, TypeVar

from bluedot_assets.adapters.code_version import code_parts
from bluedot_assets.adapters.storage.store.port import Store
from bluedot_assets.adapters.workers import cluster_worker as worker
from bluedot_assets.adapters.workers import port
from bluedot_assets.adapters.workers.port import Result, Task
from bluedot_assets.adapters.workers.time_limits import within
from bluedot_assets.kernel.errors import ClusterUnreachable, SettingsError, WorkerLost

if TYPE_CHECKING:  # half a second of a start that has no cluster
    from distributed import Client, Future, Security

CONNECT_S: Final = 5
ANSWER_S: Final = 30  # what scheduler and workers answer at once
NO_WORKER_S: Final = 60  # how long none may be there: a machine that is started anew takes its time
POLL_S: Final = 2
PROBE: Final = ".cluster-"  # an object of the store, gone again when it was tried

Answer = TypeVar("Answer")


class Cluster:
    """The workers of the scheduler at an address; `store` is what all of them must read."""

    away: Final = True

    def __init__(self, address: str, store: Store) -> None:
        self._address = address
        self._store = store
        self._opened: Client | None = None

    def start(self, tasks: int) -> None:
        """Raises ClusterUnreachable, and SettingsError for a worker that cannot do this process's work."""
        if tasks > 1:
            self._client()

    def map(self, work: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[Result]:
        """Raises what `start` raises too."""
        if len(tasks) <= 1:
            yield from map(work, tasks)
            return
        client, call = self._client(), uuid.uuid4().hex
        running: deque[Future[Any]] = deque()
        try:
            for task in tasks:
                # Pickled here, so that Dask finds nothing in a task that it would take for one of its own.
                pickled = pickle.dumps((work, task))
                submit = partial(client.submit, worker.carry_out, call, code_parts(), pickled, pure=False)
                running.append(self._asked(client, submit))
                while len(running) >= 2 * self._threads(client):
                    yield self._result(client, running)
            while running:
                yield self._result(client, running)
        finally:
            if running:
                self._end(client, call, running)

    def check(self) -> Mapping[str, int]:
        """The threads of each worker, once all of them run this process's code, and can read and write its store.
        Raises what `start` raises."""
        client = self._client()
        self._require_store(client, write=True)
        return self._asked(client, client.nthreads)

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close(timeout=CONNECT_S)
            self._opened = None

    def _client(self) -> "Client":
        if self._opened is None or self._opened.status != "running":
            self.close()
            client = self._connected()
            try:
                self._require_workers(client)
                self._require_same_code(client)
                self._require_store(client)
            except BaseException:
                client.close(timeout=CONNECT_S)
                raise
            self._opened = client
        return self._opened

    def _connected(self) -> "Client":
        try:
            from distributed import Client, Security  # noqa: PLC0415
        except ImportError as error:
            raise SettingsError(
                f"BLUEDOT_DASK is set, and the package {error.name} is not installed: "
                "`pip install bluedot-assets[dask]`, or unset it."
            ) from None
        for name in ("distributed", "distributed.client"):  # what fails is in our own sentences
            logging.getLogger(name).setLevel(logging.CRITICAL)
        security = Security()  # as Dask's own configuration has it
        if self._address.startswith("tls:"):
            self._require_certificates(security)
        how = {"timeout": CONNECT_S, "security": security, "set_as_default": False, "name": "bluedot"}
        try:
            return within(2 * CONNECT_S, partial(Client, self._address, **how))
        except OSError as error:
            raise self._unreachable(str(error)) from None

    def _require_certificates(self, security: "Security") -> None:
        """A client that begins without them cannot be closed again."""
        try:
            given = security.get_connection_args("client")["ssl_context"]
        except OSError as error:
            given, problem = None, str(error)
        else:
            problem = "none is named"
        if given is None:
            raise SettingsError(
                f"BLUEDOT_DASK is {self._address}, for which Dask needs certificates ({problem}): name their files in "
                "DASK_DISTRIBUTED__COMM__TLS__CA_FILE, DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT and "
                "DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY."
            )

    def _unreachable(self, problem: str) -> ClusterUnreachable:
        return ClusterUnreachable(
            f"The Dask scheduler of BLUEDOT_DASK ({self._address}) does not answer ({problem.rstrip('.')}): start it, "
            "or correct or unset BLUEDOT_DASK, and run again."
        )

    def _asked(self, client: "Client", question: Callable[[], Answer], seconds: float | None = None) -> Answer:
        """Raises ClusterUnreachable where no answer comes within ANSWER_S, or these seconds."""
        try:
            return within(seconds or ANSWER_S, question)
        except TimeoutError as error:
            raise self._unreachable(str(error)) from None
        except Exception as error:
            if _is_lost(client, error):
                raise self._unreachable("the connection was lost") from None
            raise

    def _threads(self, client: "Client") -> int:
        """Of all workers as they are now; one where there is none just now."""
        return sum(self._asked(client, client.nthreads).values()) or 1

    def _require_workers(self, client: "Client") -> None:
        """Some may only be on their way."""
        deadline = monotonic() + NO_WORKER_S
        while not self._asked(client, client.nthreads):
            if monotonic() > deadline:
                raise ClusterUnreachable(
                    f"The Dask scheduler of BLUEDOT_DASK ({self._address}) has had no worker for {NO_WORKER_S} s: "
                    f"start some (`dask worker {self._address}`), and run again."
                )
            sleep(POLL_S)

    def _require_same_code(self, client: "Client") -> None:
        """Of the scheduler too, through which tasks pass."""
        workers: dict[str, Any] = self._asked(client, partial(client.run, worker.versions, on_error="return"))
        everybody = {f"worker {address}": versions for address, versions in workers.items()}
        try:
            everybody["scheduler"] = self._asked(client, partial(client.run_on_scheduler, worker.versions))
        except ImportError as error:
            everybody["scheduler"] = error
        ours = code_parts()
        for who, versions in everybody.items():
            if isinstance(versions, Exception):
                raise SettingsError(
                    f"The {who} of BLUEDOT_DASK does not run bluedot_assets {ours['bluedot_assets']} as this process "
                    f"does ({versions}). {worker.SAME}"
                )
            worker.require_same(who, versions, ours)

    def _require_store(self, client: "Client", *, write: bool = False) -> None:
        probe = f"{PROBE}{uuid.uuid4().hex}"
        self._store.write(probe, b"of a process that has work for a cluster")
        try:
            reach = partial(client.run, worker.reach, self._store, probe, write=write, on_error="return")
            found: dict[str, Any] = self._asked(client, reach)
        finally:
            self._store.delete(probe)
        for address, problem in found.items():
            if problem is not None:
                raise SettingsError(
                    f"The worker {address} of BLUEDOT_DASK does not reach BLUEDOT_DATA ({self._store.address}) as this "
                    f"process does ({str(problem).rstrip('.')}): give all machines the same bucket with its "
                    "credentials, or the same network folder at the same path."
                )

    def _result(self, client: "Client", running: "deque[Future[Any]]") -> Any:
        """The first one's, which is then none of them any more. Raises what the task raised, WorkerLost,
        ClusterUnreachable and SettingsError."""
        from distributed import KilledWorker  # noqa: PLC0415

        try:
            result = self._awaited(client, running)
        except KilledWorker as error:
            raise WorkerLost(
                f"{error.allowed_failures + 1} workers of BLUEDOT_DASK were killed one after the other while they did "
                "the same work, most likely for want of memory: lower BATCH_SIZE, or give each worker more."
            ) from None
        running.popleft()
        return result

    def _awaited(self, client: "Client", running: "deque[Future[Any]]") -> Any:
        future, deadline = running[0], monotonic() + port.TASK_S
        while True:
            try:
                return future.result(min(POLL_S, port.TASK_S))
            except Exception as error:
                if future.status == "error":  # the task's own
                    raise
                if not isinstance(error, TimeoutError):
                    if _is_lost(client, error):
                        raise self._unreachable("the connection was lost") from None
                    raise
            try:
                self._require_workers(client)
            except ClusterUnreachable:
                self._forget(client, running)
                raise
            if monotonic() > deadline:
                self._restart(client, running)
                raise WorkerLost(
                    f"A worker of BLUEDOT_DASK gave no result within {port.TASK_S // 60} minutes, most likely for the "
                    "store of BLUEDOT_DATA does not answer or others use the cluster: see to that, and run again."
                )

    def _restart(self, client: "Client", running: "deque[Future[Any]]") -> None:
        """The workers of tasks that do not end, where they have a nanny."""
        keys, processing = {one.key for one in running}, self._asked(client, client.processing)
        hung = [address for address, theirs in processing.items() if keys & set(theirs)]
        self._forget(client, running)
        restart = partial(client.restart_workers, hung, timeout=ANSWER_S, raise_for_error=False)
        with suppress(ValueError, ClusterUnreachable):
            self._asked(client, restart, 2 * ANSWER_S)

    def _forget(self, client: "Client", running: "deque[Future[Any]]") -> None:
        with suppress(ClusterUnreachable):
            self._asked(client, partial(client.cancel, list(running)))
        running.clear()

    def _end(self, client: "Client", call: str, running: "deque[Future[Any]]") -> None:
        """Whoever gets an error may take away what the tasks write to: those at work are awaited, no other begins."""
        with suppress(ClusterUnreachable, CancelledError):
            self._asked(client, partial(client.run, worker.end_call, call, on_error="ignore"))
            for future in running:
                self._asked(client, partial(future.exception, port.TASK_S), port.TASK_S)


def _is_lost(client: "Client", error: Exception) -> bool:
    """Whether it was raised for want of the scheduler: then a client raises whatever it stumbles over first."""
    return client.status != "running" or isinstance(error, OSError | CancelledError)
