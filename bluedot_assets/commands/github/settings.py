"""`bluedot github settings`: from what GitHub gives a job to the environment of its next steps. What each setting means
is in `settings/fields`."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from bluedot_assets.commands.console import print_warning
from bluedot_assets.dagster_home import make_dagster_home
from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.kernel.site.addresses import is_repository
from bluedot_assets.kernel.stored.json_reader import decode_json
from bluedot_assets.settings.load import FIELDS, SECRETS, mistyped

VARIABLES: Final = "BLUEDOT_VARIABLES"  # the repository's variables as JSON, as the workflows hand them over
DAGSTER_HOME: Final = "dagster"  # below $RUNNER_TEMP
HISTORY_BRANCH: Final = "bluedot-history"


def export_settings() -> None:
    """Write the repository's variables that are settings of ours, and what GitHub itself knows, to $GITHUB_ENV: from
    the next step on they are the environment. What is set already, secrets among it, stays. Raises SettingsError."""
    given = dict(os.environ)
    variables = _variables(given.get(VARIABLES) or "{}")
    for sentence in mistyped(dict.fromkeys(variables, ""), Path(os.devnull)):
        print_warning(sentence)
    # The site is the repository's own, unless somebody names another.
    server, repository = given.get("GITHUB_SERVER_URL"), given.get("GITHUB_REPOSITORY")
    own = {"BLUEDOT_SITE": f"{server}/{repository}.git"} if server and repository else {}
    chosen = own | {name: value for name, value in variables.items() if name in FIELDS}
    # The machine's disk goes with the job. Whose repository may have the site may have its history: no other may.
    site, place = (given.get(name) or chosen.get(name, "") for name in ("BLUEDOT_SITE", "BLUEDOT_HISTORY"))
    if not (place or given.get("BLUEDOT_DATA") or chosen.get("BLUEDOT_DATA")):
        if is_repository(site):
            chosen["BLUEDOT_HISTORY"] = f"{site.rstrip('/')}#{HISTORY_BRANCH}"
        elif site:
            print_warning(
                "The history would stay in this machine's cache, which GitHub deletes after a week without a run: set "
                "the variable BLUEDOT_HISTORY, or BLUEDOT_DATA, to a place that lasts, like s3://<bucket>/<folder>."
            )
    lines = [f"{name}={value}\n" for name, value in chosen.items() if value and not given.get(name)]
    home = Path(_required(given, "RUNNER_TEMP")) / DAGSTER_HOME
    os.environ["DAGSTER_HOME"] = str(home)
    make_dagster_home()
    with Path(_required(given, "GITHUB_ENV")).open("a", encoding="utf-8") as file:
        file.writelines([*lines, f"DAGSTER_HOME={home}\n"])


def _variables(text: str) -> dict[str, str]:
    try:
        variables = decode_json(text, dict[str, str])
    except msgspec.DecodeError as error:
        raise SettingsError(f"{VARIABLES} is no JSON object of texts ({error}): give it toJSON(vars).") from None
    for name, value in variables.items():
        if name in SECRETS:
            raise SettingsError(
                f"{name} is a secret and stands among the repository's variables, which the log shows: delete it "
                "there, make a new one, and store that under Secrets."
            )
        if len(value.splitlines()) > 1:
            raise SettingsError(f"The repository's variable {name} has several lines: write it on one.")
    return {name: value.strip() for name, value in variables.items()}


def _required(given: Mapping[str, str], name: str) -> str:
    if not given.get(name):
        raise SettingsError(f"{name} is not set: this command is for jobs of GitHub Actions, which set it.")
    return given[name]
