"""Which fields the files of a market give at all, and in which other form than the source format's they came: what
the tables no longer show. What follows from it is in `checks/files`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl

from bluedot_assets.kernel.source.plain_values import Forms
from bluedot_assets.kernel.source.vendor_file import VendorFile

FORMS: Final = {"file": pl.String(), "form": pl.String(), "fields": pl.String()}  # one row for each form of a file
GIVEN: Final = {"timezone": pl.String(), "field": pl.String(), "stocks": pl.Int64(), "lacking": pl.Int64()}

_KINDS: Final = ("TradingDate", "Holiday")


@dataclass(frozen=True)
class FileFields:
    """An accepted file and its exchange."""

    timezone: str
    read: VendorFile
    known: datetime | None  # when it was answered, as far as its asOfDate can be that

    def given(self) -> dict[str, bool]:
        """Whether the file has a value of each field that is no number of a bar."""
        read = self.read
        return {
            "responseHeader.asOfDate": self.known is not None,
            "chart.prices.pdt": any(bar.pdt in _KINDS for bar in read.bars),
            "chart.peripheralData.name": bool(read.peripheral.name),
            "chart.peripheralData.currencySymbol": bool(read.peripheral.currencySymbol),
            "chart.peripheralData.periodcity": bool(read.peripheral.periodcity),
            "chart.peripheralData.isETF": read.peripheral.isETF is not None,
            "chart.blueDotData.isASM": read.dots.isASM is not None,
            "chart.blueDotData.isGSM": read.dots.isGSM is not None,
            "chart.lastCompletedPattern": bool(read.base_pattern),
        }


def given_fields(files: Sequence[FileFields]) -> pl.DataFrame:
    """For each timezone and field the number of its stocks, and how many lack it (columns: GIVEN)."""
    rows = [(one.timezone, name, 1, not given) for one in files for name, given in one.given().items()]
    frame = pl.DataFrame(rows, GIVEN, orient="row")
    return frame.group_by("timezone", "field", maintain_order=True).agg(pl.col("stocks", "lacking").sum())


def forms_of(files: Iterable[tuple[str, Forms]]) -> pl.DataFrame:
    """The forms of each file by its name (columns: FORMS)."""
    rows = []
    for name, forms in files:
        for form in sorted({form for form, _ in forms}):
            rows.append((name, form, ", ".join(sorted(field for one, field in forms if one == form))))
    return pl.DataFrame(rows, FORMS, orient="row")
