"""A git command as a process that ends: within its time, and whole, with all the processes that it starts. What git is
asked is in `branch`."""

import os
import signal
import subprocess
from contextlib import suppress
from typing import Any, BinaryIO, Final

from git import Git, GitCommandError

# A push of 2 GB, the most that GitHub takes, needs half an hour at 1 MB a second.
LONGEST_S: Final = {"push": 3600.0}
USUAL_S: Final = 300.0  # all else is some hundred KB, or on this machine


class TimedGit(Git):
    """GitPython's git, each command with an end. Its own time limit looks for children with a `ps` that not every
    machine has, and leaves those of theirs."""

    def execute(  # type: ignore[override]
        self,
        command: list[str],
        istream: BinaryIO | None = None,
        *,
        as_process: bool = False,
        stdout_as_string: bool = True,
        strip_newline_in_stdout: bool = True,
        **more: Any,
    ) -> Any:
        """Raises GitCommandError, also when the time is over."""
        # In a session of its own, so that its helpers (git-remote-https, ssh) end with it.
        started: Any = super().execute(command, istream, as_process=True, start_new_session=True, **more)
        if as_process:
            return started
        code, output, errors = _end(started.proc, LONGEST_S.get(command[1], USUAL_S))
        if code:
            raise GitCommandError(command, code, errors, output)
        output = output.removesuffix(b"\n") if strip_newline_in_stdout else output
        return output.decode("utf-8", "surrogateescape") if stdout_as_string else output


def _end(process: subprocess.Popen[bytes], seconds: float) -> tuple[int, bytes, bytes]:
    """Its exit code, and what it printed on both channels."""
    try:
        output, errors = process.communicate(timeout=seconds)
    except BaseException as error:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        output, errors = process.communicate()
        if not isinstance(error, subprocess.TimeoutExpired):
            raise
        errors += b"\nfatal: timed out: git did not end within %d s" % seconds
    return process.returncode, output, errors
