"""The folder's date, the files' dates and the vendor's answer time against each other."""

from typing import Final

from bluedot_assets_tests.truth.case import Case

CASES: Final[tuple[Case, ...]] = ()
