"""Where Dagster keeps its runs: one folder for `bluedot`, `make dev` and everything else of this installation;
`python -m bluedot_assets.dagster_home` prints it, made ready. Where outputs are kept is in `adapters/storage`."""

import hashlib
import os
import sys
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Final

import yaml

from bluedot_assets.adapters.local_folders import require_writable_folder
from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.settings.load import value_in_file

NAME = "DAGSTER_HOME"
DEFAULT = Path(".dagster")  # in the current folder
INSTANCE = Path(__file__).with_name("dagster.yaml")
ABANDONED_S = 3600
# SHA-256 of every version of that file that was shipped before the present one.
EARLIER: Final = frozenset(
    {
        "f6f2e68cc96a0ecde3c58062e9841860b5641c79be7a5c9e503b67ce76898ba2",
        "c456166b7309c000ea692a462657a7986777d27f068e565a742f77b703a58de5",
        "15f53f7cbb1d79879659399d2039a993f132779a69ac166cee66d48494260754",
        "6d035b09adba26e584bf6062faeabb8e2224284e74f3172869d878ee9bcbe89d",
        "c2aca2c12612745f450c88364a60faff79b4572618d9c9bf6ab2e567e9915739",
    }
)


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
    file = home / "dagster.yaml"
    _remove_abandoned_parts(file)
    if not file.exists() or (file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() in EARLIER):
        _copy_instance(file)
    _require_mapping(file)
    os.environ[NAME] = str(home)
    return home


def is_of_database(name: str) -> bool:
    """Whether a module, or what begins with a module's name, is one of the libraries that read the database."""
    return name.partition(".")[0] in {"sqlite3", "sqlalchemy", "psycopg2"}


def database_failure(cause: str) -> str:
    """The sentence for whatever Dagster's own database raises."""
    return (
        f"Dagster's database (DAGSTER_HOME) failed ({cause}): see whether its folder is there, its disk has room and "
        "this user may write there, and run again."
    )


def _copy_instance(file: Path) -> None:
    """Whole or not at all: another process may read it at this moment."""
    part = file.with_name(f".{file.name}.{uuid.uuid4().hex}")
    try:
        part.write_bytes(INSTANCE.read_bytes())
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise SettingsError(
            f"{file} (DAGSTER_HOME) cannot be written ({error.strerror or error}): make room there and make it "
            "writable for this user, or name another folder."
        ) from None


def _remove_abandoned_parts(file: Path) -> None:
    """Of processes that were killed: one that lives writes for a moment."""
    for part in file.parent.glob(f".{file.name}.*"):
        with suppress(OSError):
            if part.stat().st_mtime < time.time() - ABANDONED_S:
                part.unlink()


def missing_from_instance(home: Path) -> list[str]:
    """What the file that is shipped configures, and a person's own `dagster.yaml` in that home does not."""
    own = yaml.safe_load((home / "dagster.yaml").read_bytes()) or {}
    return sorted(yaml.safe_load(INSTANCE.read_bytes()).keys() - own.keys())


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
