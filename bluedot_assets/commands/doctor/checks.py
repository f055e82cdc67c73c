"""What `bluedot doctor` checks, in the order of its report. A new check is one more entry here."""

from collections.abc import Iterator, Sequence

from bluedot_assets.adapters.seeds.addresses import seed_addresses
from bluedot_assets.commands.doctor.checkup import Check, Checkup
from bluedot_assets.commands.doctor.machine import daemon, dagster_home, data, disk, file_rights, unknown_names
from bluedot_assets.commands.doctor.machine import settings as all_settings
from bluedot_assets.commands.doctor.people import calendars, messages, tickers, watchlist
from bluedot_assets.commands.doctor.site import clock, pages_files, public, seeds, site
from bluedot_assets.commands.doctor.source import folders, process_log, source, trigger
from bluedot_assets.kernel.calendar.timeframes import DAILY, TIMEFRAMES, WEEKLY

SOURCE = (
    "BLUEDOT_SOURCE",
    "GOOGLE_DRIVE_SERVICE_ACCOUNT",
    "GOOGLE_DRIVE_API_KEY",
    "BLUEDOT_DRIVE_ENDPOINT",
    "DOWNLOAD_CONNECTIONS",
)
WEBHOOKS = ("NOTIFICATION_WEBHOOK", "NOTIFICATION_WEBHOOK_DIGEST", "NOTIFICATION_WEBHOOK_TROUBLE")
SITE = ("BLUEDOT_DATA", "BLUEDOT_SITE", "BLUEDOT_SITE_BRANCH", "BLUEDOT_SITE_HISTORY")


def all_checks(examined: Checkup) -> Sequence[Check]:
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
        *_sites(examined),
        *_seeds(examined),
        Check("calendars", calendars, reads=["BLUEDOT_CALENDARS"]),
        Check("tickers", tickers),
        Check("watchlist", watchlist),
        Check("messages", messages, reads=WEBHOOKS),
    ]
    return checks


def _sites(examined: Checkup) -> Iterator[Check]:
    url = ("BLUEDOT_SITE_URL",)
    yield Check("site", site(DAILY), needs=["data"], reads=SITE)
    yield Check("public site", public(DAILY), needs=["site"], reads=url)
    if examined.platform.settings.site_weekly:
        own = ("BLUEDOT_SITE_WEEKLY",)
        yield Check("weekly site", site(WEEKLY), needs=["data"], reads=(*SITE, *own))
        yield Check("public weekly", public(WEEKLY), needs=["weekly site"], reads=(*own, "BLUEDOT_SITE_WEEKLY_URL"))
    yield Check("clock", clock, needs=["public site"], reads=url)


def _seeds(examined: Checkup) -> Iterator[Check]:
    settings = examined.platform.settings
    token = settings.github_token.get_secret_value() if settings.github_token else None
    for one in seed_addresses(settings.seeds, settings.tradingview_namespace, token):
        yield Check(f"seeds {one.name}", seeds(one))
