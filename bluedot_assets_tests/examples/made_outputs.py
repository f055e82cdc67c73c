"""Outputs for tests, made directly of bytes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from bluedot_assets.adapters.storage.outputs import STAGING, Draft, Outputs, Slot, staged_path, stored_object
from bluedot_assets.adapters.storage.store import Store
from bluedot_assets.kernel.checks.verdict import Verdict
from bluedot_assets.kernel.manifest import Manifest
from bluedot_assets_tests.examples.trees import NOW

SLOT = Slot("daily", "2024-08-02", "bars")
PASSED = Verdict("rule", True, "All is well.")


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
        for path, content in contents.items():
            store.write(staged_path(staged, path), content)
        objects = [stored_object(store, staged, path, 1) for path in contents]
        return outputs.commit(slot, staged, Draft(objects, list(verdicts), {}, dict(made_from or {})))


def everything(store: Store) -> dict[str, bytes]:
    """All objects with names."""
    return {path: store.read(path) for path in store.list("") if not path.startswith(STAGING)}
