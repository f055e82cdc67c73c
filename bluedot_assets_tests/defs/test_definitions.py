"""The code location: it loads anywhere, touches nothing while it loads, and its specs change only on purpose."""

import os
import re
import subprocess
import sys
from pathlib import Path

import bluedot_assets.definitions as location
from bluedot_assets_tests.defs.specs import SNAPSHOT, current

BIN = Path(sys.executable).parent
# Reading secrets and opening connections is what loading must not do; audit hooks see both.
LOAD_AND_WATCH = """
import sys
opened = []
def watch(event, args):
    if event in {"socket.connect", "socket.bind", "socket.getaddrinfo"}:
        opened.append((event, str(args)))
    if event == "open" and isinstance(args[0], str) and args[0].endswith((".env", "token.json", "credentials.json")):
        opened.append((event, args[0]))
sys.addaudithook(watch)
import bluedot_assets.definitions as location
assert location.defs().get_repository_def().asset_graph
print(opened)
"""


def python(code: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Python with an environment of nothing but this."""
    path = {"PYTHONPATH": os.environ["PYTHONPATH"]} if "PYTHONPATH" in os.environ else {}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=cwd,
        env={**path, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_definitions_load_with_an_empty_environment_and_touch_nothing(tmp_path: Path) -> None:
    result = python(LOAD_AND_WATCH, tmp_path)
    assert (result.returncode, result.stdout) == (0, "[]\n"), result.stderr
    assert list(tmp_path.iterdir()) == []


def test_importing_the_module_reads_no_setting_and_loading_says_what_is_wrong_in_a_sentence(tmp_path: Path) -> None:
    imported = python("import bluedot_assets.definitions", tmp_path, PARALLEL_WORKERS="many")
    assert (imported.returncode, imported.stdout, imported.stderr) == (0, "", "")
    loaded = python("import bluedot_assets.definitions as location; location.defs()", tmp_path, PARALLEL_WORKERS="many")
    assert loaded.returncode == 1
    assert "SettingsError: PARALLEL_WORKERS is 'many'" in loaded.stderr.splitlines()[-1]


def test_dagster_validates_the_definitions(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DAGSTER")}
    result = subprocess.run(
        [BIN / "dagster", "definitions", "validate", "-m", "bluedot_assets.definitions"],
        cwd=tmp_path,
        env={**environment, "DAGSTER_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert "Validation successful" in result.stdout + result.stderr


def test_the_specs_are_those_that_were_agreed_on() -> None:
    assert current() == SNAPSHOT.read_text("utf-8"), (
        "keys, dependencies, partitions, checks, jobs, schedules or sensors changed; if on purpose, run "
        "python -m bluedot_assets_tests.defs.specs and commit specs.txt"
    )


def test_names_that_dagster_keeps_to_itself_are_in_the_instance_and_in_one_module_more() -> None:
    package = Path(location.__file__).parent
    private = re.compile(r"dagster(\.\w+)*\._|from dagster\S* import _")
    found = {path.name for path in package.rglob("*.py") if private.search(path.read_text("utf-8"))}
    assert found == {"connected.py", "old_runs.py", "run_launcher.py", "jobs.py"}
