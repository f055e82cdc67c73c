"""What an earlier partition said, and this one does not."""

from typing import Final

from bluedot_assets_tests.truth.case import Case

CASES: Final[tuple[Case, ...]] = ()
