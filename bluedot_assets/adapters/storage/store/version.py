"""The version of all that a store has: what a newer one has written is neither read nor written over."""

from dataclasses import dataclass, field

import msgspec

from bluedot_assets.adapters.storage.layout import FORMAT
from bluedot_assets.adapters.storage.store.port import SETTING, Store
from bluedot_assets.kernel.errors import ObjectMissing, SettingsError
from bluedot_assets.kernel.stored.manifest import VERSION
from bluedot_assets.kernel.stored.versions import Stated, require_known, stated_version


@dataclass
class StoreVersion:
    """It is stated once, before anything of it is stored."""

    store: Store
    _stated: bool = field(default=False, init=False)

    def require_known(self) -> int:
        """0 before anything is stored. Raises NewerVersion, and SettingsError where it cannot be read: what is written
        then could be over a newer one."""
        name = f"{self.store.address}/{FORMAT}"
        try:
            return require_known(name, stated_version(self.store.read(FORMAT)), VERSION)
        except (ObjectMissing, NotADirectoryError):
            return 0
        except OSError as error:
            raise SettingsError(
                f"{SETTING}: {name} cannot be read ({error.strerror or error}): make it readable for this user, and "
                "run again."
            ) from None

    def state(self) -> None:
        """Raises NewerVersion."""
        if not self._stated:
            if self.require_known() < VERSION:
                self.store.write(FORMAT, msgspec.json.encode(Stated(VERSION)) + b"\n")
            self._stated = True
