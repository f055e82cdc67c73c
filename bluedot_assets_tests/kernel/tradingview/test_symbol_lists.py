"""One table of cases for the two readers of a person's list: the kernel's, and that of the pages in Node."""

import json
import shutil
import subprocess
import time
from pathlib import Path
from typing import Final

import pytest

from bluedot_assets.kernel.tradingview.symbol_lists import symbols_in
from bluedot_assets_tests import REPOSITORY

CASES: Final[list[tuple[str, str, list[str]]]] = json.loads(
    Path(__file__).with_name("symbol_lists.json").read_text("utf-8")
)
READER: Final = REPOSITORY / "docs_site" / "shell" / "js" / "data" / "symbol_lists.js"
NODE: Final = shutil.which("node")
CALL: Final = """
import { symbolsIn } from "./symbol_lists.mjs";
let asked = "";
process.stdin.setEncoding("utf8");
for await (const part of process.stdin) asked += part;
process.stdout.write(JSON.stringify(JSON.parse(asked).map(symbolsIn)));
"""
# What a person may paste by mistake: many names, and texts on which a careless pattern would take hours.
LONG: Final = {
    "names": ",".join(f"NSE:S{number}" for number in range(50_000)),
    "one word": "A" * 500_000,
    "blanks": " " * 500_000 + "ABC",
    "signs": "#" * 500_000,
    "quotes": "ABC" + "'" * 100_000 + "X",
    "colons": ":" * 500_000,
}


@pytest.mark.parametrize(("text", "names"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_list_names_its_stocks(text: str, names: list[str]) -> None:
    assert symbols_in(text) == names


def test_a_list_of_any_length_is_read_at_once() -> None:
    started = time.monotonic()
    assert len(symbols_in(LONG["names"])) == 50_000
    assert [len(symbols_in(text)) for text in LONG.values()] == [50_000, 1, 1, 0, 1, 0]
    assert time.monotonic() - started < 10


@pytest.mark.skipif(
    NODE is None, reason="the pages' reader of lists is JavaScript and needs Node (apt-get install nodejs)"
)
def test_the_pages_read_every_list_as_the_kernel_does(tmp_path: Path) -> None:
    assert NODE is not None
    shutil.copy(READER, tmp_path / "symbol_lists.mjs")
    texts = [text for _, text, _ in CASES] + list(LONG.values())
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", CALL],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert dict(zip(texts, json.loads(done.stdout), strict=True)) == {text: symbols_in(text) for text in texts}
