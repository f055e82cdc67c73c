"""A seed repository on a git server: its state, and one commit and one push for each step of the plan.

The history is kept, for it is the plan's memory. Nothing but the two files of state is downloaded, so that it works
on a bare machine; who loses a race plans anew on what the winner left."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeVar

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from bluedot_assets.adapters.git.branch import GitRemote, RemoteBranch, commit_head, file_command, quoted
from bluedot_assets.adapters.git.failures import LostRace
from bluedot_assets.kernel.errors import RepositoryUnreachable
from bluedot_assets.kernel.tradingview.seeds.history import SeedCommit
from bluedot_assets.kernel.tradingview.seeds.state import Nothing, Push, SeedState, Step, Wait, data_file

Answer = TypeVar("Answer")
OF_AN_EMPTY_REPOSITORY: Final = "master"
DEPTH: Final = 100  # commits of the history that are read: three weeks of five pushes a day
RACES: Final = 8  # pushes that may be lost to others
LONGEST_PAUSE_S: Final = 2.0
DATA: Final = "data"


@dataclass(frozen=True)
class Advanced:
    """What became of a repository: the pushes, why there is no other, and how it stands now."""

    pushes: tuple[Push, ...]
    rest: Wait | Nothing
    state: SeedState


@dataclass
class SeedRepository:
    """The default branch of a repository."""

    remote: GitRemote
    attempts: int  # more tries after the first
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]

    @property
    def name(self) -> str:
        return self.remote.address.name

    @property
    def address(self) -> str:
        return self.remote.address.url

    def state(self) -> SeedState:
        """As it stands now. Raises RepositoryUnreachable, SettingsError."""
        branch = self._branch()
        try:
            return self._state_of(branch)
        finally:
            branch.close()

    def advance(self, decide: Callable[[SeedState], Step], read: Callable[[str], bytes]) -> Advanced:
        """Push what `decide` makes of the state, until it makes no push; `read` gives the CSV of a symbol."""
        pushes: list[Push] = []
        sent: dict[str, Push] = {}
        lost = 0
        while True:
            branch = self._branch()
            try:
                if branch.tip in sent:  # the answer to that push was lost, not the push
                    pushes.append(sent.pop(branch.tip))
                state = self._state_of(branch)
                step = decide(state)
                if not isinstance(step, Push):
                    return Advanced(tuple(pushes), step, state)
                commit = branch.commit(self._commit(state, step, branch.tip, read))
                sent[commit] = step
                branch.push(commit)
                pushes.append(sent.pop(commit))
            except (LostRace, RepositoryUnreachable) as error:
                lost += 1
                if lost >= RACES or (isinstance(error, RepositoryUnreachable) and lost > self.attempts):
                    raise
                # Two that lost to each other at the same pace would go on doing so.
                self.sleep(random.uniform(0, min(LONGEST_PAUSE_S, 0.1 * 2**lost)))  # noqa: S311
            finally:
                branch.close()

    def _branch(self) -> RemoteBranch:
        again = Retrying(
            sleep=self.sleep,
            stop=stop_after_attempt(self.attempts + 1),
            wait=wait_random_exponential(0.5, max=10),
            retry=retry_if_exception_type(RepositoryUnreachable),
            reraise=True,
        )
        return again(self._fetch)

    def _fetch(self) -> RemoteBranch:
        return RemoteBranch(self.remote, self.remote.default_branch(OF_AN_EMPTY_REPOSITORY), depth=DEPTH)

    def _state_of(self, branch: RemoteBranch) -> SeedState:
        data = {name: entry.id for name, entry in branch.entries(DATA).items()}
        commits = [SeedCommit(datetime.fromtimestamp(seconds, UTC), text) for seconds, text in branch.history()]
        state = SeedState(self.name, None, data, commits)
        return SeedState(self.name, branch.read(state.info_path), data, commits)

    def _commit(
        self, state: SeedState, push: Push, parent: str | None, read: Callable[[str], bytes]
    ) -> Iterator[bytes]:
        yield commit_head(push.message, self.clock(), parent)
        if push.info is not None:
            yield from file_command(state.info_path, push.info)
        for symbol in push.write:
            yield from file_command(f"{DATA}/{data_file(symbol)}", read(symbol))
        for symbol in push.remove:
            yield b"D %s\n" % quoted(f"{DATA}/{data_file(symbol)}")
        yield b"\n"
