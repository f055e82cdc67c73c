"""From the form of BLUEDOT_SOURCE to the source that it names."""

from pathlib import Path

from bluedot_assets.adapters.source.local_folder import LocalSource
from bluedot_assets.adapters.source.port import SourceFolder
from bluedot_assets.kernel.errors import SettingsError


def open_source(setting: str | None, retries: int) -> SourceFolder:
    """The source of `BLUEDOT_SOURCE`. Raises SettingsError when it is unset or of no known kind."""
    if not setting:
        raise SettingsError(
            "BLUEDOT_SOURCE is not set: give the folder that holds daily/, weekly/ and triggers/ "
            "(`bluedot sample --out sample` makes one to try), or gdrive:<folder id>."
        )
    return LocalSource(Path(setting).expanduser().absolute(), retries)
