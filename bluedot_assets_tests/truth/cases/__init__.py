"""The cases by kind, a module for each; the kinds are in `case.KINDS`."""

from typing import Final

from bluedot_assets_tests.truth.case import Case
from bluedot_assets_tests.truth.cases import (
    absence,
    absent_fields,
    calendars,
    dates,
    forms,
    known_values,
    markets,
    names,
    numbers,
    past,
    peripheral,
    remedies,
    renames,
    sizes,
    symbols,
    weekly,
)

CASES: Final[dict[str, tuple[Case, ...]]] = {
    "Absence": (*absence.CASES, *absent_fields.CASES, *forms.CASES),
    "Dates": dates.CASES,
    "Each market by its own clock": markets.CASES,
    "The last known value": known_values.CASES,
    "Daily against weekly": weekly.CASES,
    "The file against itself": peripheral.CASES,
    "Calendars": calendars.CASES,
    "Names": names.CASES,
    "Remedies": remedies.CASES,
    "Symbols": (*symbols.CASES, *renames.CASES),
    "Numbers": (*numbers.CASES, *sizes.CASES),
    "The past": past.CASES,
}
