"""What was left out of the accepted files, or read in another form than the source format's, with the stocks or files
that it was. How much of all was dropped is in `validity`."""

from typing import Final

import polars as pl

from bluedot_assets.kernel.checks.continuity import some_of
from bluedot_assets.kernel.checks.verdict import Numbers, Rule, Verdict, rows_of

FUTURE: Final = "dated after the partition's end"
DUPLICATE: Final = "that contradict another of their date"
FUTURE_RULE: Final = Rule("future_bars", "No stock has bars dated after the partition's end.")
DUPLICATE_RULE: Final = Rule("duplicate_bars", "No stock has two different bars of one date.")
ENOUGH_RULE: Final = Rule("bars_enough", "No stock has fewer bars than BLUEDOT_MIN_BARS.")
FORMS_RULE: Final = Rule("forms_as_usual", "Values came in the form of the source format, numbers as numbers.")


def future_bars_verdict(stocks: pl.DataFrame) -> Verdict:
    """A warning for every stock that has bars after the partition's end."""
    return _left_out(FUTURE_RULE, stocks, FUTURE)


def duplicate_bars_verdict(stocks: pl.DataFrame) -> Verdict:
    """A warning for every stock that has two different bars of one date."""
    return _left_out(DUPLICATE_RULE, stocks, DUPLICATE)


def _left_out(rule: Rule, stocks: pl.DataFrame, what: str) -> Verdict:
    """The rule has the name of the column that counts them."""
    count = rule.name
    found = stocks.filter(pl.col(count) > 0).sort(count, "symbol", descending=[True, False])
    numbers = Numbers(found.height, stocks.height)
    if found.is_empty():
        return rule.passes(f"No stock has bars {what}.", numbers)
    message = f"{found[count].sum()} bars of {found.height} stocks {what} were left out. First: {found['symbol'][0]}."
    return rule.warns(message, rows_of(found.select("symbol", "timezone", "last_session", bars=count)), numbers)


def bars_enough_verdict(stocks: pl.DataFrame, least: int) -> Verdict:
    """A warning for every stock with fewer bars than BLUEDOT_MIN_BARS."""
    few = stocks.filter(pl.col("bars") < least).sort("bars", "symbol")
    numbers = Numbers(few.height, stocks.height)
    if few.is_empty():
        return ENOUGH_RULE.passes(f"Every stock has at least {least} bar{'s' if least > 1 else ''}.", numbers)
    message = f"{few.height} stocks have fewer than the {least} bars of BLUEDOT_MIN_BARS. First: {few['symbol'][0]}."
    return ENOUGH_RULE.warns(message, rows_of(few.select("symbol", "bars", "first_session", "last_session")), numbers)


def forms_verdict(forms: pl.DataFrame) -> Verdict:
    """A warning for files that were read although values came in another form (columns: `given_fields.FORMS`)."""
    if forms.is_empty():
        return FORMS_RULE.passes("All values came in the form of the source format.", Numbers(0))
    parts = []
    for (form,), of_form in forms.group_by("form", maintain_order=True):
        fields = some_of(sorted({field for text in of_form["fields"] for field in text.split(", ")}), 3)
        parts.append((of_form.height, f"{form} in {of_form.height} files ({fields})"))
    listed = "; ".join(part for _, part in sorted(parts, key=lambda part: -part[0]))
    message = f"{listed[0].upper()}{listed[1:]}. They were read all the same. First: {forms['file'][0]}."
    return FORMS_RULE.warns(message, rows_of(forms), Numbers(forms["file"].n_unique()))
