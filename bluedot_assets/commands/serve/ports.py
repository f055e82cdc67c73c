"""The port that a server of this machine listens on: the named one, else the usual one or any that is free."""

import errno
import socket

from bluedot_assets.commands.console import print_warning
from bluedot_assets.kernel.errors import UsageError


def choose_port(host: str, named: int | None, usual: int) -> int:
    """Raises UsageError for a named port, and for an address, that cannot be had."""
    wanted = usual if named is None else named
    refused = refusal(host, wanted)
    if refused is None:
        return wanted
    if named is not None or refused.errno != errno.EADDRINUSE:
        raise cannot_listen(host, wanted, refused)
    print_warning(f"Port {usual} is taken, so another is used; the address is below.")
    with socket.socket() as trial:
        trial.bind((host, 0))
        return int(trial.getsockname()[1])


def refusal(host: str, port: int) -> OSError | None:
    """Why nothing can listen there, None where something can."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            return error
        return None


def cannot_listen(host: str, port: int, refused: OSError) -> UsageError:
    """What to choose instead."""
    if refused.errno in {errno.EADDRINUSE, errno.EACCES}:
        return UsageError(f"Cannot listen on {host}:{port} ({refused.strerror}): choose another with --port.")
    return UsageError(f"Cannot listen on {host} ({refused.strerror}): choose an address of this machine with --host.")
