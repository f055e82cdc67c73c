"""Where Dagster keeps its runs: one folder for `bluedot`, `make dev` and everything else of this installation.

`python -m bluedot_assets.dagster_home` prints it, made ready."""

import os
from pathlib import Path

DEFAULT = Path(".dagster")
INSTANCE = Path(__file__).with_name("dagster.yaml")


def make_dagster_home() -> Path:
    """The folder of DAGSTER_HOME (default `.dagster` in the current folder), with an instance file; sets the variable
    for this process and its children."""
    home = Path(os.environ.get("DAGSTER_HOME") or DEFAULT).expanduser().absolute()
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "dagster.yaml").exists():
        (home / "dagster.yaml").write_bytes(INSTANCE.read_bytes())
    os.environ["DAGSTER_HOME"] = str(home)
    return home


if __name__ == "__main__":
    print(make_dagster_home())  # noqa: T201
