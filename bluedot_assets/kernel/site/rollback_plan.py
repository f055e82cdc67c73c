"""Taking a bad publish back: `latest` shows an earlier dated folder again until better data are published. How
that is kept in the site is in `rollback_file`."""

from datetime import datetime

import msgspec
from msgspec import structs

from bluedot_assets.kernel.errors import PublishRefused, UsageError
from bluedot_assets.kernel.site.index import Index, decode_index
from bluedot_assets.kernel.site.publication import INDEX, STATUS, Plan, Published
from bluedot_assets.kernel.site.publish_plan import former_table, showing
from bluedot_assets.kernel.site.rollback_file import ROLLBACK, decode_rollbacks
from bluedot_assets.kernel.site.status import RolledBack, Shown, Status, decode_status


def plan_rollback(timeframe: str, key: str, at: datetime, reason: str, site: Published) -> Plan | None:
    """The change that lets `latest` show the folder `key`; None when it does already. The newest folder's key takes a
    rollback back. Raises UsageError when the site does not keep that folder."""
    status = decode_status(site.read(STATUS))
    state = status.of(timeframe)
    if key not in state.folders:
        kept = ", ".join(sorted(state.folders, reverse=True)) or "none"
        raise UsageError(f"The site has no folder {timeframe}/{key}: it keeps {kept}.")
    if state.as_of == key:
        return None
    index = _index(timeframe, key, site)
    newest = max(state.folders)
    rollback = None if key == newest else RolledBack(to=key, withdrawn=newest, at=at, reason=reason)
    after = decode_rollbacks(site.read(ROLLBACK)).replaced(timeframe, rollback)
    shown = _showing(status, timeframe, index, rollback, at)
    copies, stale = showing(timeframe, state, key, state.folders[key])
    return Plan(
        f"{timeframe}: latest shows {key} again" + (f" instead of {newest}" if rollback else ""),
        files={STATUS: shown.encoded(), ROLLBACK: after.encoded()},
        copies=copies,
        drops=[*stale, *former_table(timeframe, state)],
    )


def _index(timeframe: str, key: str, site: Published) -> Index:
    content = site.read(f"{timeframe}/{key}/{INDEX}")
    try:
        if content is not None:
            return decode_index(content)
        why = f"has no {INDEX}"
    except msgspec.DecodeError as error:
        why = f"has an {INDEX} that cannot be read ({error})"
    raise PublishRefused(f"The site's {timeframe}/{key} {why}: run that partition again.")


def _showing(status: Status, timeframe: str, index: Index, rollback: RolledBack | None, at: datetime) -> Status:
    """The site keeps the checks and rejected files of its newest publish alone, so an older folder has none."""
    state, counts = status.of(timeframe), index.counts
    shown = Shown(
        complete=counts.stocks >= counts.expected,
        stocks=counts.stocks,
        csvs=counts.csvs,
        expected=counts.expected,
        sample=state.sample,
    )
    after = structs.replace(state, as_of=index.as_of, updated_at=at, rolled_back=rollback, **structs.asdict(shown))
    return status.replaced(timeframe, after)
