"""TESTS_NO_SKIP, which `.ci/run` sets: where everything is installed, nothing may be left out."""

import os

import pytest


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A hook of conftest: names what was skipped, and fails the session."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not os.environ.get("TESTS_NO_SKIP"):
        return  # a worker of pytest-xdist has no reporter; its controller has all reports
    for report in reporter.stats.get("skipped", []):
        reporter.write_line(f"\nTESTS_NO_SKIP: {report.nodeid} was skipped: {report.longrepr}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
