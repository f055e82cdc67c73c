"""Where Dagster keeps its runs: one folder for `bluedot`, `make dev` and everything else of this installation;
`python -m bluedot_assets.dagster_home` prints it, made ready. Where outputs are kept is in `adapters/storage`."""

import os
import sys
from pathlib import Path

import yaml

from bluedot_assets.adapters.local_folders import require_writable_folder
from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.settings.load import value_in_file

NAME = "DAGSTER_HOME"
DEFAULT = Path(".dagster")  # in the current folder
INSTANCE = Path(__file__).with_name("dagster.yaml")


def named_home() -> tuple[str, str]:
    """The folder of DAGSTER_HOME, and what names it: the environment, else `.env`, as with every setting of ours; else
    the default. Raises SettingsError where `.env` cannot be read."""
    if home := os.environ.get(NAME):
        return home, f"{NAME} of the environment"
    if home := value_in_file(NAME):
        return home, f"{NAME} of .env"
    return str(DEFAULT), f"the default, {NAME} is not set"


def make_dagster_home() -> Path:
    """The folder of DAGSTER_HOME, with an instance file; sets the variable for this process and its children. Raises
    SettingsError when Dagster could not work there."""
    home = Path(named_home()[0]).expanduser().absolute()
    require_writable_folder(NAME, home)
    if not (home / "dagster.yaml").exists():
        (home / "dagster.yaml").write_bytes(INSTANCE.read_bytes())
    _require_mapping(home / "dagster.yaml")
    os.environ[NAME] = str(home)
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
