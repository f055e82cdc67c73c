"""From the form of BLUEDOT_SOURCE to the source that it names. What a source must answer is in `port`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bluedot_assets.adapters.source.local_folder import LocalSource
from bluedot_assets.adapters.source.port import SourceFolder
from bluedot_assets.kernel.errors import SettingsError

DRIVE: Final = "gdrive:"


def open_source(
    setting: str | None, retries: int, connections: int, endpoint: str | None, credentials: Mapping[str, str]
) -> SourceFolder:
    """The source of `BLUEDOT_SOURCE`. All but the retries is for Google Drive, `credentials` by the names of their
    variables. Raises SettingsError when it is unset or of no known kind."""
    if not setting:
        raise SettingsError(
            "BLUEDOT_SOURCE is not set: give the folder that holds daily/, weekly/ and triggers/, or gdrive:<id of "
            "that folder in Google Drive>. To try it without: `bluedot sample`, then `bluedot --sample run`."
        )
    if setting.startswith(DRIVE):
        # Google's client takes 0.5 s.
        from bluedot_assets.adapters.source.drive.access import drive_credentials  # noqa: PLC0415
        from bluedot_assets.adapters.source.drive.calls import DriveCalls, DriveOptions  # noqa: PLC0415
        from bluedot_assets.adapters.source.drive.source import DriveSource  # noqa: PLC0415

        options = DriveOptions(setting.removeprefix(DRIVE), connections, retries, endpoint)
        return DriveSource(DriveCalls(options, drive_credentials(credentials)))
    return LocalSource(Path(setting).expanduser().absolute(), retries)
