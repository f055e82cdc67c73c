"""Which days are sessions."""

from typing import Final

from bluedot_assets_tests.truth.case import Case

CASES: Final[tuple[Case, ...]] = ()
