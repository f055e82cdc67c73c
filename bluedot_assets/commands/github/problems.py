"""What stopped a step of a CI job before its runs, from the command that found it to `bluedot notify --job`.

What people then read is in `kernel/alerts`; what a command prints itself, in `commands/console`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bluedot_assets.commands.console import sentence_of
from bluedot_assets.kernel.errors import BluedotError


@contextmanager
def handed_on(file: Path | None) -> Iterator[list[str]]:
    """Sentences that the block adds, and the error that ends it, as a JSON list in the file, if one is named."""
    problems: list[str] = []
    try:
        yield problems
    except (BluedotError, OSError) as error:
        problems.append(sentence_of(error))
        raise
    finally:
        if file is not None:
            file.write_bytes(msgspec.json.encode(problems))


def read_problems(file: Path | None) -> list[str]:
    """What a step before handed on; an absent file holds nothing, for its step was never reached."""
    if file is None or not file.is_file():
        return []
    try:
        return msgspec.json.decode(file.read_bytes(), type=list[str])
    except msgspec.DecodeError as error:  # at the end of a job people must be notified all the same
        return [f"{file.name} is no list of problems ({error}): let bluedot partitions --ready --problems write it."]
