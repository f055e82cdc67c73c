"""Where Dagster keeps its runs: one folder for `bluedot`, `make dev` and everything else of this installation;
`python -m bluedot_assets.dagster_home` prints it, made ready. Where outputs are kept is in `adapters/storage`."""

import os
import sys
from pathlib import Path

import yaml

from bluedot_assets.adapters.local_folders import require_writable_folder
from bluedot_assets.kernel.errors import SettingsError

DEFAULT = Path(".dagster")
INSTANCE = Path(__file__).with_name("dagster.yaml")


def make_dagster_home() -> Path:
    """The folder of DAGSTER_HOME (default `.dagster` in the current folder), with an instance file; sets the variable
    for this process and its children. Raises SettingsError when Dagster could not work there."""
    home = Path(os.environ.get("DAGSTER_HOME") or DEFAULT).expanduser().absolute()
    require_writable_folder("DAGSTER_HOME", home)
    if not (home / "dagster.yaml").exists():
        (home / "dagster.yaml").write_bytes(INSTANCE.read_bytes())
    _require_mapping(home / "dagster.yaml")
    os.environ["DAGSTER_HOME"] = str(home)
    return home


def _require_mapping(file: Path) -> None:
    try:
        content = yaml.safe_load(file.read_bytes())
    except (yaml.YAMLError, UnicodeDecodeError, OSError):
        content = file
    if content is not None and not isinstance(content, dict):
        raise SettingsError(f"{file} (DAGSTER_HOME) is no YAML mapping: correct it, or remove it for a new one.")


if __name__ == "__main__":
    try:
        print(make_dagster_home())  # noqa: T201
    except SettingsError as refused:
        sys.exit(f"bluedot: {refused}")
