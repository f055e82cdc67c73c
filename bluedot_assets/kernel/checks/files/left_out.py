"""What was left out of the accepted files, or read in another form than the source format's, with the stocks or files
that it was. How much of all was dropped is in `validity`."""

from typing import Final

import polars as pl

from bluedot_assets.kernel.checks.continuity import some_of
from bluedot_assets.kernel.checks.verdict import Verdict, rows_of, warning

FUTURE: Final = "dated after the partition's end"
DUPLICATE: Final = "that contradict another of their date"


def future_bars_verdict(stocks: pl.DataFrame) -> Verdict:
    """A warning for every stock that has bars after the partition's end."""
    return _left_out("future_bars", stocks, FUTURE)


def duplicate_bars_verdict(stocks: pl.DataFrame) -> Verdict:
    """A warning for every stock that has two different bars of one date."""
    return _left_out("duplicate_bars", stocks, DUPLICATE)


def _left_out(rule: str, stocks: pl.DataFrame, what: str) -> Verdict:
    """`rule` is the column that counts them too."""
    found = stocks.filter(pl.col(rule) > 0).sort(rule, "symbol", descending=[True, False])
    if found.is_empty():
        return warning(rule, True, f"No stock has bars {what}.")
    message = f"{found[rule].sum()} bars of {found.height} stocks {what} were left out. First: {found['symbol'][0]}."
    return warning(rule, False, message, rows_of(found.select("symbol", "timezone", "last_session", bars=rule)))


def bars_enough_verdict(stocks: pl.DataFrame, least: int) -> Verdict:
    """A warning for every stock with fewer bars than BLUEDOT_MIN_BARS."""
    rule = "bars_enough"
    few = stocks.filter(pl.col("bars") < least).sort("bars", "symbol")
    if few.is_empty():
        return warning(rule, True, f"Every stock has at least {least} bars.")
    message = f"{few.height} stocks have fewer than the {least} bars of BLUEDOT_MIN_BARS. First: {few['symbol'][0]}."
    return warning(rule, False, message, rows_of(few.select("symbol", "bars", "first_session", "last_session")))


def forms_verdict(forms: pl.DataFrame) -> Verdict:
    """A warning for files that were read although values came in another form (columns: `given_fields.FORMS`)."""
    rule = "forms_as_usual"
    if forms.is_empty():
        return warning(rule, True, "All values came in the form of the source format.")
    parts = []
    for (form,), of_form in forms.group_by("form", maintain_order=True):
        fields = some_of(sorted({field for text in of_form["fields"] for field in text.split(", ")}), 3)
        parts.append((of_form.height, f"{form} in {of_form.height} files ({fields})"))
    listed = "; ".join(part for _, part in sorted(parts, key=lambda part: -part[0]))
    message = f"{listed[0].upper()}{listed[1:]}. They were read all the same. First: {forms['file'][0]}."
    return warning(rule, False, message, rows_of(forms))
