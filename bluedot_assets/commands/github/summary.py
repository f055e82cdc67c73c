"""`bluedot github summary`: what became of a job's runs, read from its Dagster instance and from the site.

Its words are in `summary_text`."""

import os
import sys
from pathlib import Path

import msgspec

from bluedot_assets.commands.github.summary_text import Made, annotations_of, summary_of
from bluedot_assets.commands.run.outcome import Outcome, outcomes_here
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES, Timeframe
from bluedot_assets.kernel.errors import BluedotError
from bluedot_assets.kernel.site.dashboard import Dashboard
from bluedot_assets.kernel.site.new_dots import new_dots
from bluedot_assets.kernel.site.publication import DASHBOARD, STATUS
from bluedot_assets.kernel.site.status import decode_status
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.settings.load import load_settings


def write_summary() -> None:
    """What the runs of this Dagster home became: Markdown to $GITHUB_STEP_SUMMARY (else to standard output), and
    annotations to the log."""
    platform = Platform(load_settings())
    outcomes = outcomes_here(platform)
    text = summary_of([_made(one, platform) for one in outcomes], platform.settings.site_url or "")
    if file := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(file).open("a", encoding="utf-8") as summary:
            summary.write(text)
    else:
        sys.stdout.write(text)
    sys.stdout.writelines(f"{line}\n" for line in annotations_of(outcomes))


def _made(outcome: Outcome, platform: Platform) -> Made:
    if not (outcome.success and outcome.kept):
        return Made(outcome)
    try:
        return Made(outcome, new_dots(*_dashboards(platform, TIMEFRAMES[outcome.timeframe], outcome.partition)))
    except (BluedotError, msgspec.DecodeError, OSError) as error:
        return Made(outcome, dots_unknown=f"the site could not be asked for them ({error})")


def _dashboards(platform: Platform, timeframe: Timeframe, key: str) -> tuple[Dashboard, Dashboard | None]:
    """That of the partition, and of the folder before it; None where there is none."""
    site = platform.site_of(timeframe).snapshot()
    earlier = [one for one in decode_status(site.read(STATUS)).of(timeframe.name).folders if one < key]
    names = [key, *([max(earlier)] if earlier else [])]
    read = [site.read(f"{timeframe.name}/{name}/{DASHBOARD}") for name in names]
    found = [msgspec.json.decode(content or b"", type=Dashboard) for content in read]
    return found[0], found[1] if len(found) > 1 else None
