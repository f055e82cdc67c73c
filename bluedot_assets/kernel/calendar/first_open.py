"""At which open one can act first on what was known at a moment: one rule for the ledger of dots, for outcomes, and for
the series of known dots."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

OPEN: Final = timedelta(hours=9)  # by the exchange's clock: no other one opens earlier than
EARLY: Final = dict.fromkeys(("Europe/London", "Europe/Dublin", "Europe/Lisbon"), timedelta(hours=8))
ANYWHERE: Final = timedelta(hours=-3)  # by UTC: Auckland opens at 21:00 of the day before


def opened_by(zones: Iterable[str | None]) -> pl.Expr:
    """The latest date of which a session may have opened by the moment `known`: one of a later date opens after it, and
    can be traded. `timezone` is the exchange's, `zones` are those that there are; of an unknown one a session may have
    opened wherever one opens first."""
    known = pl.col("known")
    local = [
        pl.when(pl.col("timezone") == zone).then(
            (known.dt.convert_time_zone(zone).dt.replace_time_zone(None) - EARLY.get(zone, OPEN)).dt.date()
        )
        for zone in sorted({zone for zone in zones if zone and _is_known(zone)})
    ]
    return pl.coalesce(*local, (known - ANYWHERE).dt.date())


def next_weekday(after: pl.Expr) -> pl.Expr:
    """The first one after a day. Holidays are not known here."""
    weekday = after.dt.weekday()  # Monday is 1
    return after + pl.duration(days=pl.when(weekday >= 5).then(8 - weekday).otherwise(1))


def _is_known(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        return False
    return True
