"""From the form of BLUEDOT_HISTORY to the place that it names."""

import shutil
from collections.abc import Callable
from datetime import datetime

from bluedot_assets.adapters.git.address import git_address
from bluedot_assets.adapters.history.in_store import StoredHistory
from bluedot_assets.adapters.history.port import HistoryPlace
from bluedot_assets.adapters.storage.store.open import open_store
from bluedot_assets.adapters.storage.store.port import Store
from bluedot_assets.kernel.errors import SettingsError

SETTING = "BLUEDOT_HISTORY"


def open_history(
    value: str | None,
    data: Store,
    token: str | None,
    attempts: int,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
) -> HistoryPlace:
    """The place of the setting: `data` where it is not set, a branch for `<git URL>#<branch>`, else a folder or bucket.
    Raises SettingsError."""
    if not value:
        return StoredHistory(data, clock, sleep)
    url, separator, branch = value.rpartition("#")
    if not separator:
        return StoredHistory(open_store(value, SETTING), clock, sleep)
    if shutil.which("git") is None:
        raise SettingsError(f"{SETTING} is a repository, and git is not on this machine: install git 2.30 or newer.")
    from bluedot_assets.adapters.git.branch import GitRemote  # noqa: PLC0415  git costs a start 0.2 s
    from bluedot_assets.adapters.git.push import PushPolicy  # noqa: PLC0415
    from bluedot_assets.adapters.history.in_git import GitHistory  # noqa: PLC0415

    return GitHistory(GitRemote(git_address(SETTING, url, token)), branch, PushPolicy(attempts, sleep), clock)
