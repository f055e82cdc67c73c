"""One table of cases for the two readers of a person's list: the kernel's, and that of the pages in Node."""

import json
import shutil
import time
from pathlib import Path
from typing import Final

import pytest

from bluedot_assets.kernel.tradingview.symbol_lists import symbols_in
from bluedot_assets_tests import REPOSITORY
from bluedot_assets_tests.examples.node import answer_of, needs_node

CASES: Final[list[tuple[str, str, list[str]]]] = json.loads(
    Path(__file__).with_name("symbol_lists.json").read_text("utf-8")
)
READER: Final = REPOSITORY / "docs_site" / "shell" / "js" / "data" / "symbol_lists.js"
IMPORTS: Final = 'import { symbolsIn } from "./symbol_lists.mjs";'
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


@needs_node
def test_the_pages_read_every_list_as_the_kernel_does(tmp_path: Path) -> None:
    shutil.copy(READER, tmp_path / "symbol_lists.mjs")
    texts = [text for _, text, _ in CASES] + list(LONG.values())
    read = answer_of(IMPORTS, "asked.map(symbolsIn)", texts, tmp_path)
    assert dict(zip(texts, read, strict=True)) == {text: symbols_in(text) for text in texts}
