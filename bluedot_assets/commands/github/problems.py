"""What stopped a step of a CI job before its runs, from the command that found it to `bluedot notify --job`.

What people then read is in `kernel/alerts`; what a command prints itself, in `commands/console`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bluedot_assets.commands.console import sentence_of
from bluedot_assets.kernel.errors import BluedotError
from bluedot_assets.kernel.stored.json_reader import decode_json


@contextmanager
def handed_on(file: Path | None) -> Iterator[list[str]]:
    """Sentences that the block adds, and the error that ends it, as a JSON list in the file, if one is named."""
    problems: list[str] = []
    try:
        yield problems
    except (BluedotError, OSError) as error:
        problems.append(sentence_of(error))
        raise
    except BaseException as error:
        problems.append(f"the step ended unexpectedly ({type(error).__name__}): its log has the reason")
        raise
    finally:
        if file is not None:
            file.write_bytes(msgspec.json.encode(problems))


def read_problems(file: Path | None) -> list[str]:
    """What a step before handed on. An absent file holds nothing, for its step was never reached; nor does an empty
    one, which workflows of earlier versions leave on a good day."""
    content = file.read_bytes() if file is not None and file.is_file() else b""
    try:
        return decode_json(content, list[str]) if content.strip() else []
    except msgspec.DecodeError as error:  # at the end of a job people must be notified all the same
        return [
            f"the file of --problems is no list of problems ({error}): copy .github/workflows/pipeline.yml of this "
            "version, where bluedot partitions --ready --problems writes it"
        ]
