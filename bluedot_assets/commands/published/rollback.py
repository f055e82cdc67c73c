"""`bluedot rollback`: `latest` shows an earlier dated folder again. What that changes is in
`kernel/site/rollback_plan`."""

import sys

from bluedot_assets.commands.console import settings_here
from bluedot_assets.kernel.alerts.github_annotations import printable
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES
from bluedot_assets.kernel.site.publication import STATUS
from bluedot_assets.kernel.site.status import decode_status
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.public_site import live_verdict, require_public_url, roll_back, rollback_key


def roll_site_back(timeframe_word: str, key: str, reason: str, *, wait: bool) -> int:
    """Exit code 1 when the world does not see it in time. Raises UsageError, SettingsError, and what publishing
    raises."""
    platform, timeframe = Platform(settings_here()), TIMEFRAMES[timeframe_word]
    if wait:
        require_public_url(platform, timeframe)
    key = rollback_key(platform, timeframe, key)
    plan = roll_back(platform, timeframe, key, reason)
    if plan is None:
        sys.stdout.write(f"{timeframe.name}: latest shows {key} already; nothing was changed.\n")
    else:
        back = decode_status(plan.files[STATUS]).of(timeframe.name).rolled_back
        until = f" Until {back.withdrawn} is published again, or anything newer." if back else ""
        sys.stdout.write(f"{printable(plan.message)}.{until}\n")
    if not wait:
        return 0
    verdict = live_verdict(platform, timeframe)
    sys.stdout.write(f"{printable(verdict.message)}\n")
    return 0 if verdict.passed else 1
