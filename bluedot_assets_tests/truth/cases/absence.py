"""What is not there, and is a finding."""

from typing import Final

from bluedot_assets_tests.truth.case import Case

CASES: Final[tuple[Case, ...]] = ()
