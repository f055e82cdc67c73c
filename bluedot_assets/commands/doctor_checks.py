"""What `bluedot doctor` checks, in the order of its report. A new check is one more entry here."""

from collections.abc import Sequence

from bluedot_assets.commands.doctor_machine import daemon, dagster_home, data, disk, file_rights, unknown_names
from bluedot_assets.commands.doctor_machine import settings as all_settings
from bluedot_assets.commands.doctor_site import pages_files, site
from bluedot_assets.commands.doctor_source import folders, process_log, source, trigger
from bluedot_assets.commands.examination import Check, Examined
from bluedot_assets.kernel.timeframes import DAILY, TIMEFRAMES, WEEKLY

SOURCE = (
    "BLUEDOT_SOURCE",
    "GOOGLE_DRIVE_SERVICE_ACCOUNT",
    "GOOGLE_DRIVE_API_KEY",
    "BLUEDOT_DRIVE_ENDPOINT",
    "DOWNLOAD_CONNECTIONS",
)
SITE = ("BLUEDOT_DATA", "BLUEDOT_SITE", "BLUEDOT_SITE_BRANCH", "BLUEDOT_SITE_HISTORY")


def all_checks(examined: Examined) -> Sequence[Check]:
    """The checks of this installation: what is not set up is not checked."""
    checks = [
        Check("settings", all_settings),
        Check("unknown names", unknown_names),
        Check("file rights", file_rights),
        Check("Dagster home", dagster_home),
        Check("daemon", daemon, needs=["Dagster home"]),
        Check("source", source, reads=SOURCE),
    ]
    for frame in TIMEFRAMES.values():
        name = f"{frame.name} folders"
        checks.append(Check(name, folders(frame), needs=["source"], reads=["BLUEDOT_START"]))
        checks.append(Check(f"{frame.name} trigger", trigger(frame), needs=["source"]))
    checks += [
        Check("process log", process_log, needs=["source"]),
        Check("data", data, reads=["BLUEDOT_DATA"]),
        Check("disk space", disk, needs=["data"]),
        Check("pages", pages_files),
        Check("site", site(DAILY), needs=["data"], reads=SITE),
    ]
    if examined.platform.settings.site_weekly:
        checks.append(Check("weekly site", site(WEEKLY), needs=["data"], reads=(*SITE, "BLUEDOT_SITE_WEEKLY")))
    return checks
