"""What `bluedot doctor` checks, in the order of its report. A new check is one more entry here; how checks run is in
`checkup`."""

from collections.abc import Iterator
from functools import partial

from bluedot_assets.adapters.seeds.addresses import seed_addresses
from bluedot_assets.commands.doctor import machine, people, site, source
from bluedot_assets.commands.doctor.checkup import Check, Checkup
from bluedot_assets.kernel.calendar.timeframes import DAILY, TIMEFRAMES, WEEKLY

SOURCE = (
    "BLUEDOT_SOURCE",
    "GOOGLE_DRIVE_SERVICE_ACCOUNT",
    "GOOGLE_DRIVE_API_KEY",
    "BLUEDOT_DRIVE_ENDPOINT",
    "DOWNLOAD_CONNECTIONS",
)
CLUSTER = ("BLUEDOT_DASK", "BLUEDOT_DASK_SHARED_FOLDER")
WEBHOOKS = ("NOTIFICATION_WEBHOOK", "NOTIFICATION_WEBHOOK_DIGEST", "NOTIFICATION_WEBHOOK_TROUBLE")
SITE = ("BLUEDOT_DATA", "BLUEDOT_SITE", "BLUEDOT_SITE_BRANCH", "BLUEDOT_SITE_HISTORY")
URL = ("BLUEDOT_SITE_URL",)
OWN = ("BLUEDOT_SITE_WEEKLY",)


def all_checks(checkup: Checkup) -> Iterator[Check]:
    """The checks of this installation: what is not set up is not checked."""
    settings = checkup.settings
    yield Check("settings", machine.settings)
    yield Check("unknown names", machine.unknown_names)
    yield Check("file rights", machine.file_rights)
    yield Check("Dagster home", machine.dagster_home)
    yield Check("daemon", machine.daemon, needs=["Dagster home"])
    yield Check("housekeeping", machine.housekeeping, needs=["Dagster home"])
    yield Check("data", machine.data, reads=["BLUEDOT_DATA"])
    yield Check("disk space", machine.disk, needs=["data"])
    yield Check("cluster", machine.cluster, needs=["data"], reads=CLUSTER)
    yield Check("source", source.source, reads=SOURCE)
    for frame in TIMEFRAMES.values():
        folders, trigger = partial(source.folders, timeframe=frame), partial(source.trigger, timeframe=frame)
        yield Check(f"{frame.name} folders", folders, needs=["source", "data"], reads=["BLUEDOT_START"])
        yield Check(f"{frame.name} trigger", trigger, needs=["source"])
    yield Check("process log", source.process_log, needs=["source"])
    yield Check("packages", machine.packages)
    yield Check("pages", site.pages_files)
    yield Check("site", partial(site.site, timeframe=DAILY), needs=["data"], reads=SITE)
    yield Check("public site", partial(site.public, timeframe=DAILY), needs=["site"], reads=URL)
    if settings.site_weekly:
        weekly, reads = partial(site.public, timeframe=WEEKLY), (*OWN, "BLUEDOT_SITE_WEEKLY_URL")
        yield Check("weekly site", partial(site.site, timeframe=WEEKLY), needs=["data"], reads=(*SITE, *OWN))
        yield Check("public weekly", weekly, needs=["weekly site"], reads=reads)
    yield Check("site room", site.room, needs=["site"], reads=("BLUEDOT_SITE_BUDGET_MB",))
    yield Check("tokens", site.tokens, reads=("GITHUB_TOKEN", *SITE, *OWN, "BLUEDOT_SEEDS"))
    yield Check("clock", site.clock, needs=["public site"], reads=URL)
    token = settings.github_token.get_secret_value() if settings.github_token else None
    for one in seed_addresses(settings.seeds, settings.tradingview_namespace, token):
        yield Check(f"seeds {one.address.name}", partial(site.seeds, address=one))
    yield Check("calendars", people.calendars, reads=["BLUEDOT_CALENDARS", "BLUEDOT_HOLIDAYS"])
    yield Check("tickers", people.tickers)
    yield Check("watchlist", people.watchlist)
    yield Check("messages", people.messages, reads=WEBHOOKS)
