"""From the form of BLUEDOT_DATA to the store that it names. What a store must do is in `port`."""

from pathlib import Path

from bluedot_assets.adapters.storage.store.local import LocalStore
from bluedot_assets.adapters.storage.store.port import Store


def open_store(url: str) -> Store:
    """The store of a local path or an fsspec URL. Raises SettingsError when nothing here speaks its protocol, and
    StoreUnreachable."""
    path = url.removeprefix("file://")
    if "://" not in path:
        return LocalStore(Path(path).absolute())
    from bluedot_assets.adapters.storage.store.object_store import ObjectStore  # noqa: PLC0415  asyncio costs a start

    store = ObjectStore(url)
    store.objects.require_openable()
    return store
