"""The contracts of setup.cfg: each fails when somebody breaks it, and says where."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from bluedot_assets_tests import REPOSITORY
from bluedot_assets_tests.servers.processes import BIN

INSIDE: Final = "\n\ndef late() -> None:\n    {}\n"
TYPES: Final = "\nfrom typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    {}\n"
PLAIN: Final = "\n{}\n"
LAYERS: Final = "Imports point one way"
DOMAINS: Final = "The kernel's domains stand in order"
CIRCLES: Final = "No module imports itself through others"
KERNEL: Final = "The kernel imports what is listed"
DAGSTER: Final = "Dagster stays in defs and above"
WORKERS: Final = "Workers do not pay for Dagster, pandas or pandera at their start"

# (contract, the file that breaks it, the form of the import, the import)
BROKEN: Final = [
    (LAYERS, "adapters/calendars/load.py", PLAIN, "import bluedot_assets.pipeline.stage"),
    (LAYERS, "kernel/errors.py", INSIDE, "from bluedot_assets.adapters import notifier"),
    (LAYERS, "pipeline/stage.py", TYPES, "from bluedot_assets.commands import serve"),
    (LAYERS, "helpers.py", PLAIN, "import json"),  # a new layer that nobody has placed
    (DOMAINS, "kernel/bars/dots.py", PLAIN, "import bluedot_assets.kernel.site.status"),
    (DOMAINS, "kernel/helpers.py", PLAIN, "import json"),
    (CIRCLES, "kernel/alerts/message.py", TYPES, "import bluedot_assets.kernel.alerts.reconcile"),
    (CIRCLES, "settings/forms.py", INSIDE, "import bluedot_assets.settings.fields"),
    (KERNEL, "kernel/errors.py", PLAIN, "import os"),
    (KERNEL, "kernel/errors.py", INSIDE, "import httpx"),  # no library that anybody has forbidden
    (KERNEL, "kernel/errors.py", PLAIN, "import urllib.request"),  # urllib.parse is listed
    (DAGSTER, "pipeline/stage.py", INSIDE, "import dagster"),
    (DAGSTER, "adapters/user_files.py", PLAIN, "from dagster import asset"),
    (DAGSTER, "settings/load.py", TYPES, "import dagster"),
    (DAGSTER, "kernel/errors.py", PLAIN, "import dagster"),  # and through it everywhere
    (WORKERS, "adapters/workers/shard_tasks.py", PLAIN, "import pandas"),
    (WORKERS, "kernel/source/vendor_file.py", INSIDE, "import pandera"),  # which a worker imports
]


def test_a_worker_that_starts_loads_no_library_that_it_does_not_use() -> None:
    """Also of those that the contract takes from the functions that need them."""
    script = "import sys; import bluedot_assets.adapters.workers.shard_tasks; print(*sys.modules)"
    done = subprocess.run([BIN / "python", "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "polars" in loaded
    assert loaded & {"dagster", "pandas", "pandera", "typer"} == set()


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the package, which each test leaves as it was."""
    folder = tmp_path_factory.mktemp("contracts")
    ignored = shutil.ignore_patterns("__pycache__", "shell", "documentation")
    shutil.copytree(REPOSITORY / "bluedot_assets", folder / "bluedot_assets", ignore=ignored)
    return folder


def lint(folder: Path) -> str:
    """What lint-imports prints of the package in `folder`, as one line."""
    done = subprocess.run(
        [BIN / "lint-imports", "--config", REPOSITORY / "setup.cfg"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{REPOSITORY}", "COLUMNS": "400"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == (" BROKEN" in done.stdout), done.stdout + done.stderr
    return " ".join(done.stdout.split())


@pytest.mark.parametrize(("contract", "file", "form", "line"), BROKEN)
def test_a_contract_that_somebody_breaks_fails(package: Path, contract: str, file: str, form: str, line: str) -> None:
    changed = package / "bluedot_assets" / file
    before = changed.read_text("utf-8") if changed.exists() else None
    changed.write_text((before or "") + form.format(line), "utf-8")
    try:
        said = lint(package)
    finally:
        changed.write_text(before, "utf-8") if before is not None else changed.unlink()
    state = said.partition(contract)[2].split(" BROKEN")[0].split(" KEPT")[0]
    assert f"{contract}{state} BROKEN" in said
    detail = said.partition("Broken contracts")[2].partition(contract)[2]
    assert file.removesuffix(".py").replace("/", ".").rpartition(".")[2] in detail
