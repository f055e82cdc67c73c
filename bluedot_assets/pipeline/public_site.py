"""The published site: whether the world sees it, and taking a bad publish back. The publish is in
`stages/site`."""

from datetime import timedelta
from typing import Final

from bluedot_assets.adapters.site.public import PublicSite, wait_for
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.checks.verdict import ErrorRule, Verdict
from bluedot_assets.kernel.errors import SettingsError, UsageError
from bluedot_assets.kernel.site.publication import INDEX, LATEST, STATUS, Plan
from bluedot_assets.kernel.site.rollback_plan import plan_rollback
from bluedot_assets.kernel.site.status import decode_state
from bluedot_assets.pipeline.platform import Platform

RULE: Final = ErrorRule(
    "site_is_live",
    "The public URL shows what was published (waits for the host's build); an error, and blocks nothing.",
    blocking=False,  # what is pushed is pushed
)
PREVIOUS: Final = "previous"


def require_public_url(platform: Platform, timeframe: Timeframe) -> str:
    """Raises SettingsError where no setting names the address at which the world reads the site."""
    url = platform.public_url(timeframe)
    if url is None:
        own = platform.site_of(timeframe) is not platform.site
        setting = "BLUEDOT_SITE_WEEKLY_URL" if own else "BLUEDOT_SITE_URL"
        raise SettingsError(f"{setting} is not set: waiting needs the address at which the world reads the site.")
    return url


def live_verdict(platform: Platform, timeframe: Timeframe, key: str | None = None) -> Verdict:
    """Waits, at most BLUEDOT_SITE_WAIT_MINUTES, until the public site shows the partition as it was published; without
    a key, until its `latest` is the one that was published. Raises SettingsError, and what reading the site raises."""
    public = PublicSite(require_public_url(platform, timeframe))
    snapshot = platform.site_of(timeframe).snapshot()
    state = decode_state(snapshot.read(STATUS), timeframe.name)
    if key is not None and key not in state.folders:
        return RULE.passes(f"{key} is older than the dated folders that the site keeps.")
    # Readers go to `latest`, so that is where the folder it shows has to arrive.
    path = f"{timeframe.name}/{LATEST if key in {None, state.as_of} else key}/{INDEX}"
    content = snapshot.read(path)
    if content is None:
        return RULE.fails(f"The site has no {path} yet: nothing of {timeframe.name} was published.")
    minutes = platform.settings.site_wait_minutes
    began = platform.clock()
    wrong = wait_for(public, path, content, timedelta(minutes=minutes), platform.clock, platform.sleep)
    if wrong is None:
        seconds = (platform.clock() - began).total_seconds()
        return RULE.passes(f"{public.url}/{path} shows what was published, {seconds:.0f} s after the push.")
    return RULE.fails(
        f"The publish of {timeframe.name} {key or state.as_of} is not public {minutes:g} min after the push: {wrong} "
        "Look at the builds of the site (GitHub: Actions, pages build and deployment; Settings, Pages), and whether "
        "BLUEDOT_SITE_URL is its address.",
    )


def rollback_key(platform: Platform, timeframe: Timeframe, named: str) -> str:
    """The folder that a rollback is to: the named one, or with PREVIOUS the one before the newest. Raises UsageError
    where the site keeps no such folder."""
    if named != PREVIOUS:
        return named
    kept = sorted(platform.status(timeframe).folders)
    if len(kept) < 2:
        raise UsageError(
            f"The site keeps no {timeframe.name} folder before the newest: there is nothing to go back to."
        )
    return kept[-2]


def roll_back(platform: Platform, timeframe: Timeframe, key: str, reason: str) -> Plan | None:
    """Let `latest` show the folder `key`; None when it does already. Raises UsageError for a folder that the site does
    not keep, and what publishing raises."""
    timeframe.start(key)  # says what a key looks like
    _ = platform.today  # a publish of 1970 would be older than all that there is
    now = platform.clock()
    return platform.site_of(timeframe).publish(lambda site: plan_rollback(timeframe.name, key, now, reason, site))
