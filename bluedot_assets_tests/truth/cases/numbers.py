"""Prices and values that cannot be, or are out of proportion."""

from typing import Final

from bluedot_assets_tests.truth.case import Case

CASES: Final[tuple[Case, ...]] = ()
