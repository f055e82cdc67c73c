"""From the form of BLUEDOT_DATA, or another setting, to the store that it names. What a store must do is in `port`."""

from pathlib import Path

from bluedot_assets.adapters.storage.store.local import LocalStore
from bluedot_assets.adapters.storage.store.port import SETTING, Store
from bluedot_assets.adapters.storage.store.storages import FILES, STORAGES
from bluedot_assets.kernel.errors import SettingsError


def open_store(url: str, setting: str = SETTING) -> Store:
    """The store of a local path or an fsspec URL, which `setting` names. Raises SettingsError when nothing here speaks
    its protocol, and StoreUnreachable."""
    path = url.removeprefix("file://")
    if "://" not in path:
        return LocalStore(Path(path).absolute(), setting=setting)
    from bluedot_assets.adapters.storage.store.object_store import ObjectStore  # noqa: PLC0415  asyncio costs a start

    scheme, _, place = url.partition("://")
    if STORAGES.get(scheme.lower(), FILES).bucket and not place.partition("/")[0]:
        raise SettingsError(f"{setting} is {url}, which names no bucket: write it like {scheme}://bucket/folder.")
    store = ObjectStore(f"{scheme.lower()}://{place}", setting=setting)
    store.objects.require_openable()
    return store
