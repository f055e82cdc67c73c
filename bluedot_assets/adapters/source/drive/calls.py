"""How Google Drive is asked: the options, connections, retries, throttle, deadline, and work on several connections.
What ends a call whose time is over is in `watch`.

The policy is google-drive.md's, sections Threads, Retries and Quota. What is asked is in `tree`, `download`, `log`."""

import functools
import json
import logging
import random
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import Any, Final, TypeVar

import google_auth_httplib2  # type: ignore[import-untyped]
import httplib2
import msgspec
from google.auth.exceptions import TransportError
from googleapiclient import discovery, discovery_cache
from googleapiclient.errors import HttpError
from tenacity import RetryCallState, Retrying, retry_if_exception_type

from bluedot_assets.adapters.source.drive.access import DriveAccess, check_endpoint
from bluedot_assets.adapters.source.drive.failures import CALL_ERRORS, OutOfTime, Transient, drive_failure
from bluedot_assets.adapters.source.drive.watch import Watch
from bluedot_assets.kernel.errors import SettingsError

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
Answer = TypeVar("Answer", bound=msgspec.Struct)
_ID: Final = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST_NAP_S: Final = 0.5  # so that an interrupted run ends soon, also inside a long Retry-After


@dataclass(frozen=True)
class DriveOptions:
    """Which folder, and every number of how it is read; times in seconds. Raises SettingsError."""

    root_id: str
    connections: int = 16
    retries: int = 3  # more tries of a call after the first
    endpoint: str | None = None  # another server than Google's
    timeout_s: float = 60
    deadline_s: float = 900  # of one `read`, beside what the quota makes its files wait
    call_deadline_s: float = 180  # of one file, and of any other operation, with all their tries
    downloads_per_minute: int = 1500  # Google's quota ends at 1,625
    backoff_s: float = 1.0
    max_backoff_s: float = 32.0
    log_pause_s: float = 2.0  # longest pause before the process log is read again

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.root_id):
            raise SettingsError(
                f"BLUEDOT_SOURCE gdrive:{self.root_id} holds no folder id: "
                "take what follows /folders/ in the folder's address."
            )
        if self.endpoint is not None:
            object.__setattr__(self, "endpoint", check_endpoint(self.endpoint))

    def read_deadline_s(self, files: int) -> float:
        """Of reading so many: the quota makes 60,000 wait 40 minutes."""
        return self.deadline_s + 60 * (files // self.downloads_per_minute)


class Throttle:
    """At most `limit` grants in any `window_s` seconds of `clock`; a burst passes at once."""

    def __init__(self, limit: int, window_s: float = 60, clock: Callable[[], float] = time.monotonic) -> None:
        self._window_s = window_s
        self._clock = clock
        self._lock = threading.Lock()
        self._granted: deque[float] = deque(maxlen=limit)

    def reserve(self, at_most_s: float) -> float | None:
        """Seconds to wait until the place that is now reserved; None, and no place, when it is further off."""
        with self._lock:
            now = self._clock()
            full = len(self._granted) == self._granted.maxlen
            at = max(now, self._granted[0] + self._window_s) if full else now
            if at - now > at_most_s:
                return None
            self._granted.append(at)
            return at - now


@functools.cache
def process_throttle(per_minute: int) -> Throttle:
    """The one throttle of this process: the quota is the account's, whoever downloads."""
    return Throttle(per_minute)


class Patience:
    """How long one operation may go on. `give_up` ends its pauses from another thread."""

    def __init__(self, seconds: float, clock: Callable[[], float], sleep: Callable[[float], object]) -> None:
        self.seconds = seconds
        self._clock = clock
        self._sleep = sleep
        self._until = clock() + seconds
        self._given_up = threading.Event()

    def within(self, seconds: float) -> "Patience":
        """For a part of the operation: no longer than that, and than is left of it."""
        if self.left_s <= seconds:
            return self
        part = Patience(seconds, self._clock, self._sleep)
        part._given_up = self._given_up
        return part

    @property
    def left_s(self) -> float:
        return self._until - self._clock()

    def give_up(self) -> None:
        self._given_up.set()

    def is_over(self) -> bool:
        return self._given_up.is_set() or self.left_s <= 0

    def check(self) -> None:
        """Raises OutOfTime."""
        if self.is_over():
            raise self.over

    @property
    def over(self) -> OutOfTime:
        return OutOfTime(f"the deadline of {self.seconds:g} s was over")

    def pause(self, seconds: float) -> None:
        while seconds > 0 and not self._given_up.is_set():
            nap = min(seconds, _LONGEST_NAP_S)
            self._sleep(nap)
            seconds -= nap


class Bytes(msgspec.Struct, rename="camel"):
    """Which bytes a file has, as far as that was asked for."""

    head_revision_id: str = ""
    md5_checksum: str | None = None


def typed(answer: object, kind: type[Answer], problem: str) -> Answer:
    """Drive's answer, of whatever JSON, as far as it was asked for. Raises Transient, which says that `problem`."""
    try:
        return msgspec.convert(answer, kind, strict=False)  # numbers come as text
    except (msgspec.ValidationError, UnicodeEncodeError):  # a lone surrogate where no text may stand
        raise Transient(problem) from None


@dataclass(eq=False, repr=False)
class DriveCalls:
    """Calls of one Drive with one credential, from any number of threads. Constructing it opens nothing. `clock` and
    `sleep` are in seconds; without `throttle` all of the process share one."""

    options: DriveOptions
    access: DriveAccess
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], object] = time.sleep
    jitter: random.Random = field(default_factory=random.SystemRandom)
    throttle: Throttle | None = None

    def __post_init__(self) -> None:
        self._throttle = self.throttle or process_throttle(self.options.downloads_per_minute)
        self._idle: list[google_auth_httplib2.AuthorizedHttp] = []
        self._refreshing = threading.Lock()
        self._watch = Watch()

    @functools.cached_property
    def _service(self) -> Any:
        """The shared service object, from the discovery document that the client brings along: no network."""
        # It warns of every 403, also of those that a retry mends; what remains becomes a sentence of ours.
        logging.getLogger("googleapiclient.http").setLevel(logging.ERROR)
        document = json.loads(discovery_cache.get_static_doc("drive", "v3"))  # type: ignore[no-untyped-call]
        if self.options.endpoint is not None:
            document["rootUrl"] = self.options.endpoint  # `api_endpoint` would leave uploads at Google
        return discovery.build_from_document(document, http=httplib2.Http())  # type: ignore[attr-defined]

    @functools.cached_property
    def files(self) -> Any:
        return self._service.files()

    @functools.cached_property
    def revisions(self) -> Any:
        return self._service.revisions()

    def writing(self) -> "DriveCalls":
        """The same calls with a token that writes; none is asked for before the first call."""
        return replace(self, access=self.access.writing())

    def patience(self, seconds: float | None = None) -> Patience:
        """For one operation; `call_deadline_s` unless given."""
        return Patience(self.options.call_deadline_s if seconds is None else seconds, self.clock, self.sleep)

    def patiently(self, work: Callable[[], _Result], patience: Patience) -> _Result:
        """`work` with retries of Transient. Raises the last DriveFailure, or SourceRefused."""

        def over(state: RetryCallState) -> bool:
            return state.attempt_number > self.options.retries or state.upcoming_sleep > patience.left_s

        policy = Retrying(
            retry=retry_if_exception_type(Transient),
            wait=self._wait_s,
            stop=over,
            sleep=patience.pause,
            reraise=True,
        )
        return policy(work)

    def answer(self, build: Callable[[], Any], patience: Patience, kind: type[Answer]) -> Answer:
        """What answers the request that `build` makes, with retries: the client gives out a broken answer as a piece of
        text."""
        return self.patiently(lambda: typed(self.once(build, patience), kind, "the answer was not whole"), patience)

    def facts_once(self, file_id: str, fields: str, patience: Patience) -> Any:
        """One try of what Drive says of a file."""
        return self.once(lambda: self.files.get(fileId=file_id, fields=fields, supportsAllDrives=True), patience)

    def facts(self, file_id: str, fields: str, patience: Patience, kind: type[Answer]) -> Answer:
        """The same with retries."""
        get = partial(self.files.get, fileId=file_id, fields=fields, supportsAllDrives=True)
        return self.answer(get, patience, kind)

    def content_once(self, file_id: str, patience: Patience) -> bytes:
        """One try of a file's bytes."""
        return self.media_once(lambda: self.files.get_media(fileId=file_id, supportsAllDrives=True), patience)

    def media_once(self, build: Callable[[], Any], patience: Patience) -> bytes:
        """One try of a download, when the throttle lets it pass."""
        wait_s = self._throttle.reserve(max(patience.left_s, 0))
        if wait_s is None:
            raise OutOfTime(f"the download quota would not have let it pass within {patience.seconds:g} s")
        patience.pause(wait_s)
        body = self.once(build, patience)
        return body if isinstance(body, bytes) else b""

    def once(self, build: Callable[[], Any], patience: Patience) -> Any:
        """One try. Raises DriveFailure, SourceRefused."""
        patience.check()
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self.access.connection(self.options.timeout_s, self.options.endpoint)
        try:
            with self._watch.over(connection, patience.is_over):
                self._renew_token(connection)
                answer = build().execute(http=connection, num_retries=0)
        except CALL_ERRORS as error:
            # After a broken answer the rest of it could be taken for the next one: that connection is not used again.
            if isinstance(error, HttpError):
                self._idle.append(connection)
            else:
                connection.close()
            cut = patience.is_over() and not isinstance(error, HttpError)
            failure = patience.over if cut else drive_failure(error, self.access)
        else:
            self._idle.append(connection)
            return answer
        raise failure  # not inside `except`: the client's error must not travel along as its context

    def _renew_token(self, connection: google_auth_httplib2.AuthorizedHttp) -> None:
        """One thread fetches the token, the others wait for it."""
        credentials = self.access.credentials
        if not credentials.valid:
            with self._refreshing:
                if not credentials.valid:
                    try:
                        credentials.refresh(google_auth_httplib2.Request(connection.http))
                    except TypeError:  # what google-auth makes of an answer that is no JSON object, as of a login page
                        raise TransportError from None

    def _wait_s(self, state: RetryCallState) -> float:
        longest = min(self.options.max_backoff_s, self.options.backoff_s * 2 ** (state.attempt_number - 1))
        jittered = self.jitter.uniform(longest / 2, longest)
        failure = state.outcome.exception() if state.outcome else None
        asked_s = failure.retry_after_s if isinstance(failure, Transient) else None
        # Everybody who was given the same second comes at slightly different ones.
        return jittered if asked_s is None else max(jittered, asked_s + self.jitter.uniform(0, self.options.backoff_s))


def in_parallel(
    work: Callable[[_Item], _Result], items: Iterable[_Item], connections: int, patience: Patience
) -> Iterator[tuple[_Item, _Result]]:
    """Each item with `work`'s result, as they come; no more than two results a thread wait for the caller.

    What `work` raises is raised here, and ends the rest."""
    waiting = iter(items)
    with ThreadPoolExecutor(connections, thread_name_prefix="drive") as pool:
        running: dict[Future[_Result], _Item] = {}
        try:
            running |= {pool.submit(work, item): item for item in islice(waiting, 2 * connections)}
            while running:
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    item = running.pop(future)
                    running |= {pool.submit(work, following): following for following in islice(waiting, 1)}
                    yield item, future.result()
        finally:
            # Reached early when the caller stops or a call was refused: nobody wants the rest.
            if running:
                patience.give_up()
                pool.shutdown(wait=True, cancel_futures=True)
