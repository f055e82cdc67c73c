"""All that is stored of a partition at once, by folder and not by output: how much it is, and its removal."""

from dataclasses import dataclass

import msgspec

from bluedot_assets.adapters.storage.layout import Slot, manifests, object_folders
from bluedot_assets.adapters.storage.store.port import Store


@dataclass(frozen=True)
class StoredPartition:
    """Its outputs, and what dead commits and interrupted readings have left of it. `raw` is the place of its first
    output."""

    store: Store
    raw: Slot

    @property
    def _manifests(self) -> str:
        return manifests(self.raw.timeframe, self.raw.partition)

    @property
    def bytes(self) -> int:
        """What dropping it frees."""
        folders = (self._manifests, *object_folders(self.raw.timeframe, self.raw.partition))
        return (self.store.size(self.raw.former_raw_path) or 0) + sum(map(self._bytes_below, folders))

    def _bytes_below(self, folder: str) -> int:
        sizes = self.store.sizes(folder)
        if sizes is None:
            return sum(self.store.size(path) or 0 for path in self.store.list(folder))
        return sum(sizes.values())

    def drop(self) -> None:
        """Manifests first, so that every output is whole or absent; a journal says until the end that something may be
        left, and names what the next run writes anyway."""
        self.store.write(self.raw.journal_path, msgspec.json.encode([self.raw.raw_path]))
        self.store.delete(*(path for path in self.store.list(self._manifests) if path.endswith(".json")))
        self.store.delete_below(*object_folders(self.raw.timeframe, self.raw.partition))
        self.store.delete(self.raw.former_raw_path)
        self.store.delete_below(self._manifests)
