"""The doctor's look at this machine: settings, files with secrets, Dagster's home and daemon, data and disk."""

import os
import stat
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bluedot_assets.adapters.local_folders import free_bytes, require_writable_folder
from bluedot_assets.commands.doctor.checkup import Checkup, CheckupResult, ok, skipped, warning
from bluedot_assets.dagster_home import make_dagster_home
from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.kernel.site.addresses import is_address
from bluedot_assets.settings.load import SECRETS, documented, mistyped, named_in_file

if TYPE_CHECKING:
    import dagster as dg

ENV_FILE: Final = Path(".env")
LEAST_FREE: Final = 2_000_000_000  # bytes: some ten partitions of a thousand stocks with all that is made of them
PROBE: Final = ".doctor"
OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def settings(examined: Checkup) -> CheckupResult:
    """Whether every setting has a form that can be used."""
    if examined.wrong:
        raise SettingsError(" ".join(dict.fromkeys(examined.wrong.values())))
    names = {name for name, _, _ in documented()}
    given = {name for name in names if examined.environment.get(name)} | (named_in_file(ENV_FILE) & names)
    return ok(f"{len(given)} of {len(names)} are set, the others have their default.")


def unknown_names(examined: Checkup) -> CheckupResult:
    """Names that were meant to be settings and do nothing."""
    found = mistyped(examined.environment)
    return warning(" ".join(found)) if found else ok("No name looks like a mistyped setting.")


def file_rights(examined: Checkup) -> CheckupResult:
    """Whether files with secrets are readable for this user alone."""
    key = examined.platform.settings.google_application_credentials
    files = [ENV_FILE] if ENV_FILE.is_file() and named_in_file(ENV_FILE) & SECRETS else []
    if key and Path(key).expanduser().is_file():
        files.append(Path(key).expanduser())
    if not files:
        return skipped("No file here holds a secret.")
    # Windows has no such rights to ask for.
    open_ones = [str(file) for file in files if os.name == "posix" and file.stat().st_mode & OTHERS]
    if open_ones:
        names = " ".join(open_ones)
        return warning(f"Others on this machine may read the secrets in {names}: chmod 600 {names}")
    return ok(f"{' and '.join(map(str, files))} can be read by this user alone.")


def dagster_home(examined: Checkup) -> CheckupResult:
    """Whether Dagster's runs can be kept, in a database too where `dagster.yaml` names one."""
    home = make_dagster_home()
    with _opened() as instance:
        runs = instance.get_runs_count()
    return ok(f"{home}: {runs} runs so far.")


def daemon(examined: Checkup) -> CheckupResult:
    """Whether schedules and sensors run. Dagster counts a daemon as dead some minutes after its last heartbeat."""
    with _opened() as instance:
        beats = [one for one in instance.get_daemon_statuses().values() if one.required]
        alive = [one for one in beats if one.last_heartbeat]
        sick = [one for one in alive if not one.healthy]
    if not alive:
        return skipped("None has run here yet; schedules and sensors need one (`make dev`, or a server).")
    last = datetime.fromtimestamp(max(one.last_heartbeat.timestamp for one in alive if one.last_heartbeat), UTC)
    if sick:
        return warning(
            f"It does not run, or not well (last heartbeat {last:%Y-%m-%d %H:%M} UTC): no schedule and no sensor "
            "starts anything until it does; start it with `make dev`, on a server with `docker compose up -d`."
        )
    return ok(f"Last heartbeat {last:%H:%M:%S} UTC.")


def _opened() -> "dg.DagsterInstance":
    """The instance of DAGSTER_HOME. Raises SettingsError for whatever keeps Dagster from opening it."""
    import dagster as dg  # noqa: PLC0415
    from dagster_shared.check import CheckError  # noqa: PLC0415
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    refusals: tuple[type[Exception], ...] = (dg.DagsterError, CheckError, SQLAlchemyError)
    try:
        return dg.DagsterInstance.get()
    except (*refusals, *_refusals_of_postgres()) as error:
        reason = str(error.__cause__ or error.__context__ or error).partition("\n")[0].rstrip(".: ")
        raise SettingsError(
            f"Dagster cannot open its storage ({reason}): correct dagster.yaml in DAGSTER_HOME, or start its database."
        ) from None


def _refusals_of_postgres() -> tuple[type[Exception], ...]:
    """Evaluated when something was raised: by then the package is loaded, if the instance uses it."""
    if "dagster_postgres" not in sys.modules:
        return ()
    from dagster_postgres.utils import DagsterPostgresException  # noqa: PLC0415

    return (DagsterPostgresException,)


def data(examined: Checkup) -> CheckupResult:
    """Whether outputs can be stored: written, read and removed again."""
    store = examined.platform.outputs.store
    folder = store.local_path("")
    if folder is not None:
        require_writable_folder("BLUEDOT_DATA", folder)
        return ok(f"{folder} can be written.")
    store.write(PROBE, b"of bluedot doctor")
    read = store.read(PROBE)
    store.delete(PROBE)
    if read != b"of bluedot doctor":
        raise SettingsError(f"BLUEDOT_DATA {store.address} gives back other bytes than were written: use another.")
    return ok(f"{store.address} can be written, read and cleared.")


def disk(examined: Checkup) -> CheckupResult:
    """Whether the disks of data and site have room for some days."""
    settings = examined.platform.settings
    folder = examined.platform.outputs.store.local_path("")
    places = [] if folder is None else [folder]
    places += [
        Path(one).expanduser().absolute()
        for one in (settings.site, settings.site_weekly)
        if one and not is_address(one)
    ]
    if not places:
        return skipped("Nothing is kept on this machine.")
    free, place = min((free_bytes(place), place) for place in places)
    said = f"{free / 1e9:.1f} GB are free at {place}"
    return ok(f"{said}.") if free >= LEAST_FREE else warning(f"{said}: make room, for a full disk fails every run.")
