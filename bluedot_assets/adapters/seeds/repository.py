"""A seed repository on a git server: its state, and one commit and one push for each step of the plan.

The history is kept, for the plan is made from it. Nothing but the two files of state is downloaded, so that it works
on a bare machine. Races with other publishers are run in `adapters/git/push`; what to push is planned in
`kernel/tradingview/seeds`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bluedot_assets.adapters.git.branch import GitRemote, RemoteBranch, commit_head, file_command, quoted
from bluedot_assets.adapters.git.push import PushPolicy, push_change
from bluedot_assets.kernel.tradingview.seeds.history import SeedCommit
from bluedot_assets.kernel.tradingview.seeds.state import Nothing, Push, SeedState, Step, Wait, data_file, info_path

OF_AN_EMPTY_REPOSITORY: Final = "master"
_DEPTH: Final = 100  # commits of the history that are read: three weeks of five pushes a day
_DATA: Final = "data"


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
    policy: PushPolicy
    clock: Callable[[], datetime]

    @property
    def name(self) -> str:
        return self.remote.address.name

    @property
    def address(self) -> str:
        return self.remote.address.url

    def state(self) -> SeedState:
        """As it stands now. Raises RepositoryUnreachable, SettingsError."""
        return self._state_of(self.policy.ask(self._fetch))

    def advance(self, decide: Callable[[SeedState], Step], read: Callable[[str], bytes]) -> Advanced:
        """Push what `decide` makes of the state, until it makes no push; `read` gives the CSV of a symbol."""
        pushes: list[Push] = []
        ends: list[tuple[Wait | Nothing, SeedState]] = []

        def due(branch: RemoteBranch) -> Push | None:
            state = self._state_of(branch)
            step = decide(state)
            if isinstance(step, Push):
                return step
            ends.append((step, state))
            return None

        def build(push: Push, branch: RemoteBranch) -> str:
            return branch.commit(self._commit(push, branch.tip, read))

        while (push := push_change(self._fetch, due, build, self.policy).change) is not None:
            pushes.append(push)
        return Advanced(tuple(pushes), *ends[-1])

    def _fetch(self) -> RemoteBranch:
        return RemoteBranch(self.remote, self.remote.default_branch(OF_AN_EMPTY_REPOSITORY), depth=_DEPTH)

    def _state_of(self, branch: RemoteBranch) -> SeedState:
        data = {name: entry.id for name, entry in branch.entries(_DATA).items()}
        commits = [SeedCommit(datetime.fromtimestamp(seconds, UTC), text) for _, seconds, text in branch.history()]
        return SeedState(self.name, branch.read(info_path(self.name)), data, commits)

    def _commit(self, push: Push, parent: str | None, read: Callable[[str], bytes]) -> Iterator[bytes]:
        yield commit_head(push.message, self.clock(), parent)
        if push.info is not None:
            yield from file_command(info_path(self.name), push.info)
        for symbol in push.write:
            yield from file_command(f"{_DATA}/{data_file(symbol)}", read(symbol))
        for symbol in push.remove:
            yield b"D %s\n" % quoted(f"{_DATA}/{data_file(symbol)}")
        yield b"\n"
