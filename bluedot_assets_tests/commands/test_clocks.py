"""Commands on a machine whose clock is wrong: a sentence where nothing can be right, and no traceback."""

from datetime import UTC, datetime

import pytest

from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.pipeline.public_site import roll_back
from bluedot_assets_tests.examples.trees import DAYS, Clock, Installation


@pytest.mark.parametrize("year", [1970, 2000, 2014])
def test_a_clock_before_every_partition_is_an_error_that_says_how_to_set_it(
    installation: Installation, year: int
) -> None:
    installation.platform.clock = Clock(datetime(year, 1, 1, tzinfo=UTC))
    with pytest.raises(SettingsError, match=rf"The clock of this machine is at {year}-01-01, which cannot be: set it"):
        installation.platform.listed(DAILY)


def test_nothing_is_published_under_a_date_that_cannot_be(running: Installation) -> None:
    before = (running.site / "status.json").read_bytes()
    running.platform.clock = Clock(datetime(1970, 1, 1, tzinfo=UTC))
    with pytest.raises(SettingsError, match="set it right"):
        roll_back(running.platform, DAILY, DAYS[-1], "")
    assert (running.site / "status.json").read_bytes() == before


@pytest.mark.parametrize("year", [2015, 2038, 2099])
def test_a_clock_that_is_possible_lists_what_there_is(installation: Installation, year: int) -> None:
    installation.platform.clock = Clock(datetime(year, 12, 31, tzinfo=UTC))
    assert installation.platform.listed(DAILY).keys == (list(DAYS) if year > 2015 else [])
