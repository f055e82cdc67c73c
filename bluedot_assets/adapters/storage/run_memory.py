"""What the run at work has itself stored, or found unchanged, of its partition: its later stages go on from there, and
ask a bucket no second time."""

from dataclasses import dataclass, field

from bluedot_assets.adapters.storage.layout import Slot
from bluedot_assets.kernel.stored.manifest import Manifest


@dataclass
class RunMemory:
    """`ours` are the manifests of what it has made or found unchanged, `found` those that stood when it began."""

    ours: dict[Slot, Manifest] = field(default_factory=dict)
    found: dict[Slot, bytes] = field(default_factory=dict)
    _unchanged: set[Slot] = field(default_factory=set)
    _run_id: str = ""

    def begin(self, run_id: str) -> None:
        """A step of that run begins: what another run knew may have changed since."""
        if run_id != self._run_id:
            self._run_id = run_id
            for known in (self.ours, self._unchanged, self.found):
                known.clear()

    def remember(self, slot: Slot, made: Manifest, *, unchanged: bool = False) -> Manifest:
        for other in [one for one in self.ours if (one.timeframe, one.partition) != (slot.timeframe, slot.partition)]:
            self.forget(other)
        self.ours[slot] = made
        if unchanged:
            self._unchanged.add(slot)
        return made

    def forget(self, slot: Slot) -> None:
        self.ours.pop(slot, None)
        self._unchanged.discard(slot)

    def take_unchanged(self, slot: Slot) -> Manifest | None:
        """What was found unchanged and nobody asked for since."""
        if slot not in self._unchanged:
            return None
        self._unchanged.remove(slot)
        return self.ours[slot]
