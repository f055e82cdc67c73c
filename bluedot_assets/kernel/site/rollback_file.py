"""`rollback.json`: which folder `latest` shows where a person took a publish back, kept in the site itself. What
a rollback changes is in `rollback_plan`."""

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from bluedot_assets.kernel.site.status import RolledBack, SiteFile, decode_file

ROLLBACK: Final = "rollback.json"


class Rollbacks(SiteFile, frozen=True, kw_only=True):
    """The rollback in force of each timeframe."""

    timeframes: Annotated[dict[str, RolledBack], Meta(description="`daily` and `weekly`, where one is in force.")] = (
        msgspec.field(default_factory=dict)
    )

    def after_publishing(self, timeframe: str, key: str) -> "Rollbacks":
        """What stays in force: publishing what was withdrawn again, or anything newer, lifts a rollback."""
        rollback = self.timeframes.get(timeframe)
        return self.replaced(timeframe, rollback if rollback and key < rollback.withdrawn else None)

    def replaced(self, timeframe: str, rollback: RolledBack | None) -> "Rollbacks":
        others = self.without([timeframe]).timeframes
        return Rollbacks(timeframes=others | ({timeframe: rollback} if rollback else {}))

    def without(self, timeframes: Sequence[str]) -> "Rollbacks":
        return Rollbacks(timeframes={name: one for name, one in self.timeframes.items() if name not in timeframes})


def decode_rollbacks(content: bytes | None) -> Rollbacks:
    """An absent file is no rollback. Raises PublishRefused on a broken one: what `latest` may show is then unknown."""
    return decode_file(Rollbacks, content, ROLLBACK, "restore it, or delete it if nothing is rolled back")
