"""What the workers of a Dask cluster carry out for `cluster`: tasks, and what is to be known of a worker before it gets
any. Imported by every worker, so it imports nothing heavy."""

import asyncio
import pickle
import uuid
from collections.abc import Mapping
from typing import Final

from bluedot_assets.adapters.code_version import code_parts
from bluedot_assets.adapters.storage.store.port import Store
from bluedot_assets.kernel.errors import SettingsError, WorkerLost

SAME: Final = "Start the scheduler and all workers from the image or environment of this process."
_ended: Final = set[str]()  # calls of `map` whose results nobody waits for


def carry_out(call: str, parts: Mapping[str, str], pickled: bytes) -> object:
    """The result of a pickled (work, task) of a process that runs these versions. Raises what `work` raises, and
    SettingsError where this worker runs others."""
    from distributed import get_worker  # noqa: PLC0415  who calls this has it

    require_same(f"worker {get_worker().address}", code_parts(), parts)
    if call in _ended:
        raise WorkerLost("The call that this task is part of has ended.")
    work, task = pickle.loads(pickled)  # noqa: S301  of our own process
    return work(task)


def require_same(who: str, there: Mapping[str, str], here: Mapping[str, str]) -> None:
    """Raises SettingsError for one who runs other versions than the process that has work for it."""
    names = [name for name in {**here, **there} if here.get(name) != there.get(name)]
    if names:
        versions = ", ".join(f"{name} {there.get(name)} there and {here.get(name)} here" for name in names)
        raise SettingsError(f"The {who} of BLUEDOT_DASK runs other code: {versions}. {SAME}")


def end_call(call: str) -> None:
    """None of its tasks begins here any more."""
    _ended.add(call)


def versions() -> dict[str, str]:
    """Of the code that this worker runs."""
    return code_parts()


async def reach(store: Store, path: str, *, write: bool) -> None:
    """Raises what keeps this worker from reading an object, or from writing and deleting one of its own beside it. In a
    thread, for the worker's own life goes on meanwhile."""
    await asyncio.to_thread(_reach, store, path, write=write)


def _reach(store: Store, path: str, *, write: bool) -> None:
    content = store.read(path)
    if write:
        own = f"{path}-{uuid.uuid4().hex}"
        store.write(own, content)
        store.delete(own)
