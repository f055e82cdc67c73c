"""Installations as earlier versions left them. Of 0.1.0, before its modules moved: three stocks, two days and a week,
of which 2026-11-20 failed (one file of four is truncated); its daemon ran for a minute and asked for that day again.

Of commit 86d9fed, by its own commands in /srv/bluedot (code in /opt/bluedot, a shell of three pages): `bluedot sample
--stocks 3 --days 4 --weeks 1 --end 2026-11-26`, then to the folder `site`, and with another Dagster home to the
repository `site.git`, daily 2026-11-23, daily 2026-11-24 with a truncated file and `--accept-incomplete`, the week,
daily 2026-11-25, daily 2026-11-26 with a truncated file, which fails, and `bluedot rollback daily 2026-11-23`; seed
repositories in `seeds`, messages to a webhook that answered, COMPRESSION=false; then `bluedot prune`, and `bluedot dev`
for a minute. The databases were vacuumed, the repositories packed."""

import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from bluedot_assets_tests.examples.trees import Installation


@dataclass(frozen=True)
class Archive:
    """The installation of a version, and what is in it."""

    name: str
    day: str  # the newest that is published
    failed_day: str
    week: str
    shown: str  # what `latest` shows
    compression: str = "true"  # as its setting was

    def __str__(self) -> str:
        return self.name


FIRST: Final = Archive("installation", "2026-11-19", "2026-11-20", "2026-W47", "2026-11-19")
BEFORE_TRUST: Final = Archive("installation-86d9fed", "2026-11-25", "2026-11-26", "2026-W47", "2026-11-23", "false")
SETTINGS = {"BLUEDOT_EXCHANGES": "Asia/Kolkata=NSE,America/New_York=NASDAQ"}


@pytest.fixture(params=[FIRST, BEFORE_TRUST], ids=str)
def archive(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def earlier(archive: Archive, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """It, in another folder than it was made in, which is the current one; the settings of `bluedot` name its parts."""
    with tarfile.open(Path(__file__).with_name(f"{archive.name}.tar.xz")) as stored:
        stored.extractall(folder, filter="tar")
    parts = {"BLUEDOT_SOURCE": "drive", "BLUEDOT_DATA": "data", "BLUEDOT_SITE": "site", "DAGSTER_HOME": "dagster"}
    settings = SETTINGS | {"COMPRESSION": archive.compression}
    for name, value in ({name: str(folder / part) for name, part in parts.items()} | settings).items():
        monkeypatch.setenv(name, value)
    return Installation(folder, dict(settings))
