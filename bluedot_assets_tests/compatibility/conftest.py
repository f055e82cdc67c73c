"""An installation as version 0.1.0 left it before its modules moved: three stocks, two days and a week, of which
2026-11-20 failed (one file of four is truncated); its daemon ran for a minute and asked for that day again."""

import tarfile
from pathlib import Path

import pytest

from bluedot_assets_tests.examples.trees import Installation

ARCHIVE = Path(__file__).with_name("installation.tar.xz")
SETTINGS = {"BLUEDOT_EXCHANGES": "Asia/Kolkata=NSE,America/New_York=NASDAQ"}


@pytest.fixture
def earlier(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """It, in another folder than it was made in, which is the current one; the settings of `bluedot` name its parts."""
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="tar")
    parts = {"BLUEDOT_SOURCE": "drive", "BLUEDOT_DATA": "data", "BLUEDOT_SITE": "site", "DAGSTER_HOME": "dagster"}
    for name, value in ({name: str(folder / part) for name, part in parts.items()} | SETTINGS).items():
        monkeypatch.setenv(name, value)
    return Installation(folder, dict(SETTINGS))
