"""The doctor's look at the published site: may we publish there, and what is there?"""

import shutil
from collections.abc import Callable

from bluedot_assets.adapters.site import shell_files
from bluedot_assets.commands.examination import Examined, Finding, ok
from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.kernel.site_plan import STATUS, is_address
from bluedot_assets.kernel.status import Status, decode_status
from bluedot_assets.kernel.timeframes import Timeframe


def pages_files(examined: Examined) -> Finding:
    """Whether the static files of the site came with the package."""
    return ok(f"{len(shell_files(examined.platform.shell))} static files.")


def site(timeframe: Timeframe) -> Callable[[Examined], Finding]:
    """Whether a publish would be taken: a git repository is asked with a push that ends before it changes anything."""

    def body(examined: Examined) -> Finding:
        platform = examined.platform
        if is_address(platform.site_setting(timeframe)) and shutil.which("git") is None:
            raise SettingsError("git is not installed, and the site is a git repository: install git.")
        found = platform.site_of(timeframe)
        found.require_usable()
        return ok(f"{found.address} can be published to; {shown(decode_status(found.read(STATUS)))}.")

    return body


def shown(status: Status) -> str:
    """What a site says that it shows."""
    states = [f"{name} as of {state.as_of}" for name, state in sorted(status.timeframes.items()) if state.as_of]
    return f"it shows {', '.join(states)}" if states else "nothing is published there yet"
