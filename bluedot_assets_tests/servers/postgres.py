"""A PostgreSQL server of the tests' own, as a user that is not root, which the server refuses to be."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bluedot_assets_tests.servers.processes import free_port

PASSWORD = "pg-secret-9c41"  # noqa: S105  of this server alone
USERS = ("postgres", "nobody")


@dataclass(frozen=True)
class Postgres:
    """A server with one user, `dagster`, and the databases that are asked for."""

    programs: Path
    port: int

    def url(self, database: str) -> str:
        return f"postgresql://dagster:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> str:
        """A new, empty database; its URL."""
        self._run("createdb", database)
        return self.url(database)

    def dump(self, database: str) -> bytes:
        return self._run("pg_dump", "--format=custom", database)

    def restore(self, dump: bytes, database: str) -> str:
        """A new database out of a dump; its URL."""
        url = self.create(database)
        self._run("pg_restore", f"--dbname={database}", "--clean", "--if-exists", given=dump)
        return url

    def answers(self) -> bool:
        ready = [str(self.programs / "pg_isready"), "--quiet", "--host=127.0.0.1", f"--port={self.port}"]
        return subprocess.run(ready, check=False).returncode == 0

    def _run(self, program: str, *more: str, given: bytes = b"") -> bytes:
        words = ["--host=127.0.0.1", f"--port={self.port}", "--username=dagster", *more]
        environment = {**os.environ, "PGPASSWORD": PASSWORD}
        return subprocess.run(
            [self.programs / program, *words], env=environment, check=True, capture_output=True, input=given
        ).stdout


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A server until the end of the block; the test is skipped where there is none."""
    programs, user = _programs(), _user()
    folder = Path(tempfile.mkdtemp(prefix="bluedot-postgres-"))
    folder.chmod(0o755)
    password = folder / "password"
    password.write_text(PASSWORD)
    if user is not None:
        for path in (folder, password):
            os.chown(path, user.pw_uid, user.pw_gid)
    as_user = _as(user)
    made = [str(programs / "initdb"), "--username=dagster", "--auth=scram-sha-256", f"--pwfile={password}", "--no-sync"]
    server = Postgres(programs, free_port())
    settings = (f"port={server.port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", "fsync=off")
    process = None
    try:
        subprocess.run([*as_user, *made, str(folder / "data")], cwd=folder, check=True, capture_output=True)
        with (folder / "log").open("wb") as log:
            options = [word for setting in settings for word in ("-c", setting)]
            process = subprocess.Popen(
                [*as_user, programs / "postgres", "-D", folder / "data", *options], cwd=folder, stdout=log, stderr=log
            )
        until = time.monotonic() + 30
        while not server.answers():
            assert process.poll() is None and time.monotonic() < until, (folder / "log").read_text()
            time.sleep(0.1)
        yield server
    finally:
        if process is not None:
            process.terminate()
            process.wait(30)
        shutil.rmtree(folder)


def _programs() -> Path:
    """The newest installed version's folder."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    if not versions:
        pytest.skip("PostgreSQL's server programs are not installed (Debian: postgresql)")
    return max(versions, key=lambda path: float(path.parent.name))


def _user() -> pwd.struct_passwd | None:
    """Whom the server runs as; None when that is who we are."""
    if os.geteuid() != 0:
        return None
    for name in USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    pytest.skip(f"PostgreSQL does not run as root, and there is no user {' or '.join(USERS)}")


def _as(user: pwd.struct_passwd | None) -> list[str]:
    if user is None:
        return []
    # The server must not outlive a test run that was killed.
    identity = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    return ["setpriv", *identity, "--pdeathsig", "TERM"]
