"""From the form of BLUEDOT_SOURCE to the source that it names. What a source must answer is in `port`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bluedot_assets.adapters.source.local_folder import LocalSource
from bluedot_assets.adapters.source.port import SourceFolder
from bluedot_assets.kernel.errors import SettingsError

DRIVE: Final = "gdrive:"


@dataclass(frozen=True)
class SourceOptions:
    """How a source is read; all but the retries is for Google Drive, `credentials` by the names of their variables."""

    retries: int
    connections: int = 1
    endpoint: str | None = None
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)


def open_source(setting: str | None, options: SourceOptions) -> SourceFolder:
    """The source of `BLUEDOT_SOURCE`. Raises SettingsError when it is unset or of no known kind."""
    if not setting:
        raise SettingsError(
            "BLUEDOT_SOURCE is not set: give the folder that holds daily/, weekly/ and triggers/ "
            "(`bluedot sample --out sample` makes one to try), or gdrive:<folder id>."
        )
    if setting.startswith(DRIVE):
        from bluedot_assets.adapters.source.drive import source as drive  # noqa: PLC0415  Google's client takes 0.5 s

        root_id = setting.removeprefix(DRIVE)
        chosen = drive.DriveOptions(root_id, options.connections, options.retries, options.endpoint)
        return drive.DriveSource(chosen, drive.drive_credentials(options.credentials))
    return LocalSource(Path(setting).expanduser().absolute(), options.retries)
