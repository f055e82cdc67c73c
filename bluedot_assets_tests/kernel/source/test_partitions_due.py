"""Which partitions are due."""

import pytest

from bluedot_assets.kernel.source.arrivals import partitions_due

DAYS = [f"2024-08-{day:02d}" for day in range(1, 11)]


@pytest.mark.parametrize(
    ("listed", "published", "keep", "due"),
    [
        ([], [], 5, []),
        (DAYS, DAYS, 20, []),
        (DAYS, [], 3, DAYS[-3:]),
        (DAYS[::-1], [], 3, DAYS[-3:]),
        (DAYS, DAYS[:8], 20, DAYS[8:]),
        (DAYS, DAYS[1:], 20, DAYS[:1]),
        (DAYS, DAYS[7:], 3, []),
        (DAYS, [*DAYS[:4], *DAYS[5:]], 20, DAYS[4:5]),
        ([], DAYS, 20, []),
        (DAYS[:2], DAYS[5:], 5, []),
        (DAYS[:2], DAYS[5:], 7, DAYS[:2]),
        (["2020-W53", "2021-W01"], ["2020-W52"], 10, ["2020-W53", "2021-W01"]),
    ],
)
def test_due_is_what_the_retention_window_has_at_the_source_and_lacks_on_the_site(
    listed: list[str], published: list[str], keep: int, due: list[str]
) -> None:
    assert partitions_due(listed, published, keep) == due
