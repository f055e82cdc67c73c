"""Stocks of several exchanges in one folder, each by its own clock."""

from typing import Final

from bluedot_assets_tests.truth.case import Case

CASES: Final[tuple[Case, ...]] = ()
