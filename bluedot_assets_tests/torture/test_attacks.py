"""Each attack, tried: nothing is lost. `--torture long` tries as often as the page *Reliability* says."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from bluedot_assets_tests.torture.attack import Attack, carry_out
from bluedot_assets_tests.torture.attacks import ATTACKS
from bluedot_assets_tests.torture.hooks import PROPERTY


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "tried" not in metafunc.fixturenames:
        return
    long = metafunc.config.getoption("--torture") == "long"
    parts = {one: one.parts if long else 1 for one in ATTACKS.values()}
    cases = [
        pytest.param(one, (one.long if long else one.short) // number, part, id=f"{one.name}-{part}")
        for one, number in parts.items()
        for part in range(1, number + 1)
        if long or one.short
    ]
    metafunc.parametrize(("tried", "tries", "part"), cases)


@pytest.mark.long
@pytest.mark.timeout(0)
def test_nothing_is_lost(
    tried: Attack,
    tries: int,
    part: int,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
) -> None:
    seed = f"{request.config.getoption('--torture-seed')}.{part}"
    row = carry_out(tried, tries, seed, tmp_path)
    record_property(PROPERTY, msgspec.json.encode(row).decode())
    assert not row.lost, "\n".join(row.lost)
