"""What each command imports: a library that it does not use is a wait for nothing, at every start."""

import os
import subprocess
from pathlib import Path
from typing import Final

from bluedot_assets_tests.examples.trees import DAY
from bluedot_assets_tests.servers.processes import BIN

TABLES: Final = {"polars", "pyarrow", "numpy", "pandas", "pandera"}
# Whether by us or by what we use: pyarrow imports pandas for a list of values, apprise has all of its services.
SELDOM: Final = {
    "pandas",
    "pandera",
    "exchange_calendars",
    "holidays",
    "apprise",
    "googleapiclient",
    "google",
    "requests",
    "dask",
    "distributed",
}
WEB: Final = {"dagster_webserver", "dagster_graphql", "grpc", "starlette", "uvicorn"}

SCRIPT: Final = """
import sys
from bluedot_assets.cli import main

class Watched:
    def write(self, text):
        if not loaded and text.strip():
            loaded.extend(sys.modules)
        return len(text)
    def flush(self): pass

loaded, out = [], sys.stdout
if sys.argv.pop(1) == "first line":
    sys.stdout = Watched()
try:
    main()
except SystemExit as ended:
    print(ended.code, *(loaded or sys.modules), file=out, flush=True)
"""


def loaded_by(moment: str, *words: str) -> set[str]:
    """The modules that are loaded at the `end` of a command that succeeds, or at its `first line`."""
    done = subprocess.run(
        [BIN / "python", "-c", SCRIPT, moment, *words],
        env={**os.environ, "BLUEDOT_CALENDARS": "none"},
        capture_output=True,
        text=True,
        check=True,
    )
    code, *modules = done.stdout.splitlines()[-1].split()
    assert (code, "bluedot_assets.cli" in modules) == ("0", True), done.stderr
    return set(modules)


def test_help_loads_no_settings_and_no_tables() -> None:
    assert loaded_by("end", "--help") & (TABLES | SELDOM | {"dagster", "pydantic", "fsspec"}) == set()


def test_a_list_of_partitions_loads_no_tables(done: Path) -> None:
    assert loaded_by("end", "partitions") & (TABLES | SELDOM | {"dagster"}) == set()


def test_the_first_line_of_the_doctor_waits_for_no_tables(done: Path) -> None:
    assert loaded_by("first line", "doctor") & (TABLES | SELDOM | {"dagster"}) == set()


def test_a_run_loads_no_library_that_it_does_not_use(source: Path) -> None:
    loaded = loaded_by("end", "run", "--timeframe", "daily", "--partition", DAY, "--json")
    assert {"dagster", "polars"} <= loaded
    assert loaded & (SELDOM | WEB | {"git", "dulwich"}) == set()
