"""Hooks of conftest: how often attacks are tried, and the table of what came of them, whichever process tried them."""

import time
from pathlib import Path

import msgspec
import pytest

from bluedot_assets_tests.torture.attack import Row

PROPERTY = "torture"
BEGAN = pytest.StashKey[float]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("torture", "attacks on a whole installation")
    group.addoption("--torture", choices=("short", "long"), default="short", help="how often each attack is tried")
    group.addoption("--torture-seed", default="1", help="another seed, other random numbers")
    group.addoption("--torture-report", type=Path, help="where the report goes, as JSON")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[BEGAN] = time.monotonic()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Prints the table of all attacks that were tried, and keeps it where it is asked for."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    properties = [value for report in reports for name, value in report.user_properties if name == PROPERTY]
    if not properties:
        return
    # After the tests: a test session that attacks nothing does not pay for them.
    from bluedot_assets_tests.torture.attacks import ATTACKS  # noqa: PLC0415
    from bluedot_assets_tests.torture.report import report_of, text  # noqa: PLC0415

    rows = [msgspec.json.decode(str(value), type=Row) for value in properties]
    took_s = time.monotonic() - config.stash[BEGAN]
    report = report_of(rows, ATTACKS, config.getoption("--torture-seed"), took_s)
    terminalreporter.section("torture")
    terminalreporter.write(text(report))
    if place := config.getoption("--torture-report"):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(report.encoded())
