"""The doctor's checks of this machine and its workers: settings, files with secrets, Dagster's home and daemon, data,
disk and cluster. Which checks there are is in `checks`."""

import os
import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bluedot_assets.adapters.code_version import newest_release
from bluedot_assets.adapters.local_folders import require_writable_folder
from bluedot_assets.commands.doctor.checkup import Checkup, CheckupResult, ok, skipped, warning
from bluedot_assets.dagster_home import INSTANCE, make_dagster_home, missing_from_instance, named_home
from bluedot_assets.kernel.alerts.endings import HOUSEKEEPING, NEARLY_FULL, sentence_of
from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.pipeline.upkeep.endings import disk_endings, disks_here, package_endings
from bluedot_assets.settings.load import FIELDS, SECRETS, mistyped, named_in_file

if TYPE_CHECKING:
    import dagster as dg

ENV_FILE: Final = Path(".env")
NIGHTS: Final = 20  # runs of a shared home that are read
LONGEST_WITHOUT: Final = timedelta(days=3)  # housekeeping; a night in which runs were always at work is none of them
PROBE: Final = ".doctor"
PROBED: Final = b"of bluedot doctor"
# What `requirements/server.lock` adds to what a run needs: the page On a server has the same line.
ADD_OF_SERVER: Final = (
    ".venv/bin/uv pip install --python .venv/bin/python --require-hashes -r requirements/run.lock "
    "-r requirements/server.lock"
)
OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def settings(checkup: Checkup) -> CheckupResult:
    """Whether every setting has a form that can be used."""
    if checkup.wrong:
        raise SettingsError(" ".join(dict.fromkeys(checkup.wrong.values())))
    given = {name for name in FIELDS if checkup.environment.get(name)} | (named_in_file(ENV_FILE) & FIELDS.keys())
    return ok(f"{len(given)} of {len(FIELDS)} are set, the others have their default.")


def unknown_names(checkup: Checkup) -> CheckupResult:
    """Names that were meant to be settings and do nothing."""
    found = mistyped(checkup.environment)
    return warning(" ".join(found)) if found else ok("No name looks like a mistyped setting.")


def file_rights(checkup: Checkup) -> CheckupResult:
    """Whether files with secrets are readable for this user alone."""
    key = Path(checkup.settings.google_application_credentials or "").expanduser()
    files = [ENV_FILE] if ENV_FILE.is_file() and named_in_file(ENV_FILE) & SECRETS else []
    files += [key] if key.is_file() else []
    if not files:
        return skipped("No file here holds a secret.")
    # Windows has no such rights to ask for.
    names = " ".join(str(file) for file in files if os.name == "posix" and file.stat().st_mode & OTHERS)
    if names:
        return warning(f"Others on this machine may read the secrets in {names}: chmod 600 {names}")
    return ok(f"{' and '.join(map(str, files))} can be read by this user alone.")


def dagster_home(checkup: Checkup) -> CheckupResult:
    """Whether Dagster's runs can be kept, in a database too where `dagster.yaml` names one."""
    _, named_by = named_home()
    home = make_dagster_home()
    with _opened() as instance:
        runs = instance.get_runs_count()
    kept = f"{home} ({named_by}): {runs} run{'' if runs == 1 else 's'}"
    if missing := missing_from_instance(home):
        return warning(
            f"{kept}. Its dagster.yaml is your own without {', '.join(missing)}: take that from {INSTANCE}, "
            "or remove the file for a new one."
        )
    return ok(f"{kept}.")


def daemon(checkup: Checkup) -> CheckupResult:
    """Whether schedules and sensors run. Dagster counts a daemon as dead some minutes after its last heartbeat."""
    with _opened() as instance:
        statuses = [one for one in instance.get_daemon_statuses().values() if one.required]
    beats = [one.last_heartbeat.timestamp for one in statuses if one.last_heartbeat]
    if not beats:
        return skipped("None has run here yet; schedules and sensors need one (`make dev`, or a server).")
    last = datetime.fromtimestamp(max(beats), UTC)
    if any(one.last_heartbeat and not one.healthy for one in statuses):
        return warning(
            f"It does not run, or not well (last heartbeat {last:%Y-%m-%d %H:%M} UTC): no schedule and no sensor "
            "starts anything until it does; start it with `make dev`, on a server with `docker compose up -d`."
        )
    return ok(f"Last heartbeat {last:%H:%M:%S} UTC.")


def housekeeping(checkup: Checkup) -> CheckupResult:
    """Whether a server still removes what is old, each night."""
    import dagster as dg  # noqa: PLC0415

    from bluedot_assets.defs.instance.old_runs import is_ours  # noqa: PLC0415

    with _opened() as instance:
        served = any(one.last_heartbeat for one in instance.get_daemon_statuses().values())
        found = instance.get_run_records(dg.RunsFilter(job_name=HOUSEKEEPING), limit=NIGHTS)
    last = next((one for one in found if is_ours(one.dagster_run)), None)
    if not served:
        return skipped("No daemon has run here; `bluedot prune` removes what is old.")
    if last is None:
        return skipped("It has not run yet: it does in the night, while the daemon runs.")
    began = f"{last.create_timestamp:%Y-%m-%d %H:%M} UTC"
    if last.dagster_run.status in {dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}:
        return warning(f"The last one, of {began}, did not succeed: its run in Dagster's UI says why.")
    if datetime.now(UTC) - last.create_timestamp > LONGEST_WITHOUT:
        return warning(
            f"The last one began {began}: see whether its schedule is on in Dagster's UI, and why it was skipped."
        )
    return ok(f"The last one began {began}.")


def _opened() -> "dg.DagsterInstance":
    """The instance of DAGSTER_HOME. Raises SettingsError for whatever keeps Dagster from opening it."""
    from bluedot_assets.defs.instance.connected import open_instance  # noqa: PLC0415

    try:
        return open_instance()
    except _refusals() as error:
        cause = error.__cause__ or error.__context__ or error
        reason = str(cause).partition("\n")[0].rstrip(".: ")
        raise SettingsError(f"Dagster cannot open its storage ({reason}): {_remedy(cause)}.") from None


def _remedy(cause: BaseException) -> str:
    correct = "correct dagster.yaml in DAGSTER_HOME"
    if isinstance(cause, ModuleNotFoundError):
        install = f" (`{ADD_OF_SERVER}`)" if cause.name == "dagster_postgres" else ""
        return f"install that package{install}, or {correct}"
    return f"{correct}, or start its database"


def _refusals() -> tuple[type[Exception], ...]:
    """Evaluated when something was raised: by then its package is loaded, if the instance uses it."""
    from dagster import DagsterError  # noqa: PLC0415
    from dagster_shared.check import CheckError  # noqa: PLC0415
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    postgres = sys.modules.get("dagster_postgres.utils")
    return (DagsterError, CheckError, SQLAlchemyError, *([postgres.DagsterPostgresException] if postgres else []))


def data(checkup: Checkup) -> CheckupResult:
    """Whether outputs can be stored: written, read and removed again."""
    store = checkup.platform.outputs.store
    folder = store.local_path("")
    if folder is not None:
        require_writable_folder("BLUEDOT_DATA", folder)
        return ok(f"{folder} can be written.")
    store.write(PROBE, PROBED)
    read = store.read(PROBE)
    store.delete(PROBE)
    if read != PROBED:
        raise SettingsError(f"BLUEDOT_DATA {store.address} gives back other bytes than were written: use another.")
    return ok(f"{store.address} can be written, read and cleared.")


def cluster(checkup: Checkup) -> CheckupResult:
    """Whether scheduler and workers of BLUEDOT_DASK run this code, and the workers read and write the data."""
    workers = checkup.platform.cluster
    if workers is None:
        return skipped("BLUEDOT_DASK is not set: the work is done by processes of this machine.")
    threads = workers.check()
    workers.close()
    return ok(
        f"{checkup.settings.dask}: workers: {len(threads)}, threads: {sum(threads.values())}; they run this code, and "
        "read and write BLUEDOT_DATA."
    )


def disk(checkup: Checkup) -> CheckupResult:
    """Whether the disks of data, site and Dagster's home have room, and for how long yet at the pace so far."""
    home = str(Path(named_home()[0], "storage"))  # as housekeeping, which measures it
    space = disks_here(checkup.platform, home)
    full = [disk for disk in space if disk.now.free < NEARLY_FULL]
    problems = " ".join(map(sentence_of, disk_endings(checkup.platform, home)))
    if full:
        raise SettingsError(problems)
    if problems:
        return warning(problems)
    return ok(" ".join(f"{disk.now.free / 1e9:.1f} GB are free at {disk.folder}." for disk in space))


def packages(checkup: Checkup) -> CheckupResult:
    """Whether what is installed still gets fixes: packages of a lock, and Python."""
    problems = package_endings(checkup.platform)
    if problems:
        return warning(" ".join(map(sentence_of, problems)))
    return ok(f"Python {sys.version_info[0]}.{sys.version_info[1]}, packages of {newest_release() or 'unknown age'}.")
