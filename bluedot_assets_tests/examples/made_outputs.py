"""Outputs for tests, made directly of bytes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from bluedot_assets.adapters.storage.layout import FORMAT, STAGING, Slot
from bluedot_assets.adapters.storage.outputs import Draft, Outputs
from bluedot_assets.adapters.storage.staged import Staged
from bluedot_assets.adapters.storage.store.port import Store
from bluedot_assets.kernel.checks.verdict import Verdict
from bluedot_assets.kernel.stored.manifest import Manifest
from bluedot_assets_tests.examples.trees import NOW

SLOT = Slot("daily", "2024-08-02", "bars")
PASSED = Verdict("rule", True, "All is well.")


class NoFacts(msgspec.Struct):
    """A stage that keeps none."""


def commit(
    store: Store,
    contents: Mapping[str, bytes],
    *,
    slot: Slot = SLOT,
    verdicts: Sequence[Verdict] = (PASSED,),
    made_from: Mapping[str, str] | None = None,
    clock: Callable[[], datetime] = lambda: NOW,
) -> tuple[Manifest, bool]:
    """Stage those objects and commit them, as a stage does."""
    outputs = Outputs(store, clock)
    with outputs.staging() as staged:
        stage(staged, contents)
        return outputs.commit(slot, staged, Draft(verdicts, NoFacts(), made_from or {}))[:2]


def stage(staged: Staged, contents: Mapping[str, bytes]) -> None:
    """Objects of one row each."""
    for path, content in contents.items():
        with staged.writer(path) as into:
            into.write(content)
        staged.add(path, 1)


def everything(store: Store) -> dict[str, bytes]:
    """All objects with names, but for the version of the whole."""
    return {path: store.read(path) for path in store.list("") if not path.startswith(STAGING) and path != FORMAT}
