"""`bluedot monitor`: the public site as the world sees it, and people notified of what is wrong. It is read in
`reading`."""

import os
import sys
from dataclasses import asdict
from random import Random
from typing import Final

from bluedot_assets.adapters.site.public import PublicSite
from bluedot_assets.adapters.site.timed import TimedSite
from bluedot_assets.commands.console import annotate, print_json
from bluedot_assets.commands.monitor.reading import Report, check_site
from bluedot_assets.commands.notify import log_of
from bluedot_assets.kernel.alerts.incidents import CallerFacts
from bluedot_assets.kernel.alerts.site_monitor import CHECKER
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES
from bluedot_assets.kernel.errors import SettingsError, UsageError
from bluedot_assets.pipeline.notifications import NotificationResult, notify
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.settings.fields import Settings
from bluedot_assets.settings.load import load_settings

CONNECT_S: Final = 10.0  # for one answer
READINGS: Final = 2  # what is wrong is read again


def monitor_site(url: str | None, sample: int, within_s: float, *, as_json: bool) -> int:
    """0 when all is well, 1 when something is wrong; people are told where an address is set. Raises SettingsError,
    UsageError."""
    settings = load_settings()
    platform = Platform(settings)
    sites = {
        name: TimedSite(PublicSite(address, CONNECT_S), within_s / READINGS)
        for name, address in _addresses(url, settings).items()
    }
    report = check_site(sites, sample, platform.clock(), settings.min_complete, Random())  # noqa: S311  each time another sample
    result = notify(
        platform,
        CallerFacts(problems=report.problems, checkers=frozenset({CHECKER}), log=log_of(os.environ)),
        [TIMEFRAMES[name] for name in sites],
        public=sites,
    )
    _show(report, result or NotificationResult(), as_json=as_json)
    return 1 if report.wrong else 0


def _addresses(url: str | None, settings: Settings) -> dict[str, str]:
    """Where each timeframe is public."""
    address = url or settings.site_url
    if address is None:
        raise SettingsError("BLUEDOT_SITE_URL is not set: give the public address of the site, or --url.")
    if not address.startswith(("https://", "http://")):
        raise UsageError(f"--url {address} is no address: write it like https://<user>.github.io/<repo>/.")
    weekly = settings.site_weekly_url if url is None and settings.site_weekly else None
    return {name: (weekly or address if name == "weekly" else address).rstrip("/") for name in TIMEFRAMES}


def _show(report: Report, result: NotificationResult, *, as_json: bool) -> None:
    if as_json:
        facts = {"healthy": not report.wrong, **asdict(report), "at": report.at.isoformat()}
        facts |= {"told": [message.title for message in result.sent], "warnings": result.sentences()}
        print_json(facts)
        return
    for name, facts in report.timeframes.items():
        age = f"{facts['age_hours']:.0f} h old" if facts["age_hours"] is not None else "of unknown age"
        sys.stdout.write(
            f"{name}: as of {facts['as_of']}, {age}, {facts['stocks']} of {facts['expected']} files gave series, "
            f"{facts['sampled']} CSVs compared\n"
        )
    sys.stdout.writelines(f"note: {note}\n" for note in report.notes)
    sys.stdout.writelines(f"wrong: {wrong}\n" for wrong in report.wrong)
    sys.stdout.writelines(f"told: {message.title}\n" for message in result.sent)
    sys.stderr.writelines(f"bluedot: {sentence}\n" for sentence in result.sentences())
    for wrong in report.wrong:
        annotate("error", wrong)
    if not report.wrong:
        sys.stdout.write(f"All is well at {report.url}\n")
