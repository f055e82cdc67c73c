"""The one race for a branch: decide on what stands there, build a commit on it, push, and begin again where somebody
else was faster or the repository cannot be reached. What is decided, and how it becomes a commit, is in `site` and
`seeds`."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from bluedot_assets.adapters.git.branch import RemoteBranch
from bluedot_assets.adapters.git.failures import LostRace
from bluedot_assets.kernel.errors import RepositoryUnreachable

Answer = TypeVar("Answer")
Change = TypeVar("Change")
RACES: Final = 8  # pushes of one change that may be lost to others
_LONGEST_PAUSE_S: Final = 2.0


@dataclass(frozen=True)
class PushPolicy:
    """How long a repository that does not answer is asked again: `attempts` more times after the first."""

    attempts: int
    sleep: Callable[[float], None]  # seconds

    def ask(self, question: Callable[[], Answer]) -> Answer:
        """The answer. Raises RepositoryUnreachable after the last try."""
        again = Retrying(
            sleep=self.sleep,
            stop=stop_after_attempt(self.attempts + 1),
            wait=wait_random_exponential(0.5, max=10),
            retry=retry_if_exception_type(RepositoryUnreachable),
            reraise=True,
        )
        return again(question)

    def pause(self, error: LostRace | RepositoryUnreachable, race: int) -> None:
        """Wait after a push that was lost. Raises `error` where it was one too many."""
        if race == RACES or (isinstance(error, RepositoryUnreachable) and race > self.attempts):
            raise error
        # Two that lost to each other at the same pace would go on doing so.
        self.sleep(random.uniform(0, min(_LONGEST_PAUSE_S, 0.1 * 2**race)))  # noqa: S311


@dataclass(frozen=True)
class Pushed(Generic[Change]):
    """The change that is on the branch now, None where none was decided, and the branch with it."""

    change: Change | None
    branch: RemoteBranch


def push_change(
    fetch: Callable[[], RemoteBranch],
    decide: Callable[[RemoteBranch], Change | None],
    build: Callable[[Change, RemoteBranch], str],
    policy: PushPolicy,
    known: RemoteBranch | None = None,
) -> Pushed[Change]:
    """Push what `build` makes of the change that `decide` finds due. A branch that is `known` already is decided on
    without asking for it: the push is refused if it has moved since. Raises RepositoryUnreachable, RepositoryRefused,
    PublishRefused, LostRace after RACES."""
    sent: dict[str, Change] = {}
    unanswered: Change | None = None  # the answer to its push was lost, which says nothing on the push
    for race in range(1, RACES + 1):
        branch = known or policy.ask(fetch)
        known = None
        for commit, change in sent.items():
            if branch.has(commit):
                return Pushed(change, branch)
        due = decide(branch)
        if due is None:
            # Somebody may have pushed on top of ours. Without a history it was ours if nothing is due any more.
            return Pushed(unanswered if branch.depth == 1 else None, branch)
        commit = build(due, branch)
        sent[commit] = due
        try:
            branch.push(commit)
        except (LostRace, RepositoryUnreachable) as error:
            if isinstance(error, RepositoryUnreachable):
                unanswered = due
            policy.pause(error, race)
        else:
            return Pushed(due, branch.after(commit))
    raise AssertionError("the last race returns or raises")
