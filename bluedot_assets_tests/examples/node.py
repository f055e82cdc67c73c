"""JavaScript of the pages, called in Node by the tests that hold it against the kernel. The scripts for TradingView are
run by `pine/runs`."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

NODE: Final = shutil.which("node")
needs_node: Final = pytest.mark.skipif(
    NODE is None, reason="the pages are JavaScript and need Node (apt-get install nodejs)"
)
_READ: Final = """
let text = "";
process.stdin.setEncoding("utf8");
for await (const part of process.stdin) text += part;
const asked = JSON.parse(text);
"""


def answer_of(imports: str, expression: str, asked: Any, folder: Path) -> Any:
    """What the expression over `asked` gives; the imports are relative to `folder`. Both ways as JSON."""
    assert NODE is not None
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", f"{imports}{_READ}process.stdout.write(JSON.stringify({expression}));"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
