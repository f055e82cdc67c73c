"""`bluedot`, with the moments of its run written to a file when it ends: `python -m benchmarks.run.marked_run FILE run
...`. Imports at the top what the command does and nothing else, for worker processes read this file first as well."""

import time

BEGAN = time.time()

import json  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

from bluedot_assets.cli import main, tune_memory  # noqa: E402


def marked(marks: dict[str, float]) -> None:
    """Run the command, and note when what began."""
    tune_memory()
    from bluedot_assets import definitions  # noqa: PLC0415
    from bluedot_assets.defs.instance import connected  # noqa: PLC0415

    build, execute = definitions.build_definitions, connected.execute_partition

    def timed_build(*words: Any, **named: Any) -> Any:
        marks["building"] = time.time()
        made = build(*words, **named)
        marks["built"] = time.time()
        return made

    def timed_execute(*words: Any, **named: Any) -> Any:
        marks["executing"] = time.time()
        try:
            return execute(*words, **named)
        finally:
            marks["executed"] = time.time()

    definitions.build_definitions = timed_build
    connected.execute_partition = timed_execute
    import bluedot_assets.commands.run.command  # noqa: F401, PLC0415  as the command will

    marks["imported"] = time.time()
    try:
        main()
    finally:
        marks["ended"] = time.time()


if __name__ == "__main__":
    file, moments = Path(sys.argv.pop(1)), {"began": BEGAN}
    try:
        marked(moments)
    finally:
        file.write_text(json.dumps(moments))
