"""What a file says of its own bars in chart.peripheralData, as numbers. Whether it is true is in
`checks/agreement/peripheral`."""

import math
from collections.abc import Iterable
from typing import Final

import polars as pl

from bluedot_assets.kernel.source.vendor_fields import Peripheral

FIELDS: Final = ("week52High", "week52Low", "vol50ma", "prevPrice", "rsRating")
STATED: Final = {"symbol": pl.String(), **dict.fromkeys(FIELDS, pl.Float64())}


def stated_values(files: Iterable[tuple[str, Peripheral]]) -> pl.DataFrame:
    """A row for each stock (columns: STATED); what is absent or no number is null."""
    rows = [(symbol, *(_number(getattr(peripheral, field)) for field in FIELDS)) for symbol, peripheral in files]
    return pl.DataFrame(rows, STATED, orient="row")


def _number(value: object) -> float | None:
    if not isinstance(value, int | float | str) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
