"""`bluedot dev`: Dagster's UI and daemon on the runs of this installation, as `dagster dev` starts them; of their lines
only warnings, and the address last. What they load is `definitions`."""

import ctypes
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Final
from urllib.request import urlopen

from bluedot_assets.commands.console import print_warning, settings_here
from bluedot_assets.commands.serve.ports import cannot_listen, choose_port, refusal
from bluedot_assets.dagster_home import make_dagster_home
from bluedot_assets.defs.instance.databases import make_databases

WORKSPACE: Final = Path(__file__).with_name("workspace.yaml")  # what Dagster loads
USUAL_PORT: Final = 3000
LONGEST_END_S: Final = 30
WATCH_S: Final = 2  # between two checks that the UI is still there
SOCKETS: Final = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
LISTENS: Final = "0A"  # as a state in them
# At its usual level Dagster says of each sensor at each tick that it is asked, which hides what matters.
LEVELS: Final = ("--log-level", "warning", "--code-server-log-level", "warning")
# Hundreds of lines of each run, which are in its log in the UI; and what a new home says once, where nothing is older.
HIDDEN: Final = (" - dagster - DEBUG - ", "EventLogConsumerDaemon - WARNING - No cursor for event type")
COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
SUPERSEDED: Final = "ignore:Function `dev_command` is superseded"  # `dg dev` is for developers, and not installed


def serve_dagster(host: str, port: int | None) -> int:
    """Serve until interrupted; 1 when Dagster ends by itself. Raises SettingsError, and UsageError when the named port
    is taken."""
    # A wrong setting is a sentence here, and a stack trace in the UI.
    if settings_here().source is None:
        print_warning(
            "BLUEDOT_SOURCE is not set: nothing can run here. `bluedot --sample dev` shows the sample's runs."
        )
    make_databases(home := make_dagster_home())
    _say(f"Dagster's UI starts on the runs in {home} (about ten seconds) ...")
    while (code := _serve(host, chosen := choose_port(host, port, USUAL_PORT))) is None:
        if port and (refused := refusal(host, port)):
            raise cannot_listen(host, port, refused)
        print_warning(f"Another program has taken port {chosen} meanwhile, so another port is used.")
    return code


def _serve(host: str, port: int) -> int | None:
    """The exit code; None when another program began to listen on the port before Dagster did."""
    command = [sys.executable, "-W", SUPERSEDED, "-m", "dagster", "dev", "--workspace", str(WORKSPACE), *LEVELS]
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it, and so its children
    # In a session of its own: an interrupt is for `dagster dev` alone, which ends its processes one after another.
    command += ["--host", host, "--port", str(port)]
    process = subprocess.Popen(
        command,
        start_new_session=True,
        preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509  no thread runs yet
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    ending = threading.Event()
    threading.Thread(target=_pass_on, args=(process, ending), daemon=True).start()
    with _interrupted_by_termination():
        try:
            while process.poll() is None and not (_listens(process.pid, port) and _answers(host, port)):
                if refusal(host, port) and not _listens(process.pid, port):
                    _end(process, ending)
                    return None
                time.sleep(0.5)
            if process.poll() is None:
                _say(f"Dagster's UI: http://{host}:{port}  (Ctrl-C ends it)")
            # Of a webserver that ends by itself `dagster dev` does not always know.
            while process.poll() is None and _listens(process.pid, port):
                time.sleep(WATCH_S)
            if process.poll() is None:
                print_warning("Dagster's UI has ended by itself, so its daemon is ended too: start it again.")
                _end(process, ending)
        except KeyboardInterrupt:
            with suppress(OSError):  # the terminal may be closed
                _say("Ending ...")
            _end(process, ending)
            return 0
    return 1


def _end_with_parent() -> None:
    """Linux interrupts this process when its parent ends, even by SIGKILL (1 is PR_SET_PDEATHSIG of prctl(2))."""
    ctypes.CDLL(None).prctl(1, int(signal.SIGINT))


def _listens(session: int, port: int) -> bool:
    """Whether a process of the session does. A system without `/proc` does not tell: then it counts as one."""
    tables = [table for table in SOCKETS if table.exists()]
    lines = [line.split() for table in tables for line in table.read_text().splitlines()]
    listening = {f"socket:[{line[9]}]" for line in lines if line[3] == LISTENS and line[1].endswith(f":{port:04X}")}
    return not tables or any(file in listening for file in _open_files(session))


def _open_files(session: int) -> Iterator[str]:
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended, or belongs to another user
            if os.getsid(int(process.name)) == session:
                yield from (str(file.readlink()) for file in (process / "fd").iterdir())


def _pass_on(process: subprocess.Popen[str], ending: threading.Event) -> None:
    """What the processes print, but for HIDDEN, and for the stack traces with which they end when we end them; Dagster
    colours its lines for a terminal, whatever it writes to."""
    for line in process.stdout or ():
        plain = COLOUR.sub("", line)
        if not ending.is_set() and not any(words in plain for words in HIDDEN):
            with suppress(OSError):  # the terminal may be closed
                sys.stderr.write(line if sys.stderr.isatty() else plain)
                sys.stderr.flush()


def _answers(host: str, port: int) -> bool:
    try:
        with urlopen(f"http://{host}:{port}/server_info", timeout=5):
            return True
    except OSError:
        return False


@contextmanager
def _interrupted_by_termination() -> Iterator[None]:
    """And by a terminal that is closed, but under `nohup`."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    numbers = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(process: subprocess.Popen[str], ending: threading.Event) -> None:
    ending.set()
    process.send_signal(signal.SIGINT)
    try:
        process.wait(LONGEST_END_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()
