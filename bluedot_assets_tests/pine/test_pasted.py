"""What the pages cut out of the text of all dots is what the kernel writes of those stocks."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from bluedot_assets.adapters.site.pages import SHELL
from bluedot_assets.kernel.tradingview.pine.data import StockDots, epoch_of, paste_text
from bluedot_assets_tests.examples.node import answer_of, needs_node
from bluedot_assets_tests.examples.pine_cases import AS_OF, INDIA, NEW_YORK, many, stock

pytestmark = needs_node
IMPORTS = """
import { cut } from "./js/pine/pasted.js";
function cutOrError({ all, places }) {
  try { return cut(all, places); } catch (error) { return { error: error.message }; }
}
"""
STOCKS = [
    stock("ACC"),
    stock("ABC", 4, key="NSE.ABC"),
    stock("ABC_US", 7, key="ABC", zone=NEW_YORK),
    stock("BRK_B", 0, rlst=None, zone=NEW_YORK),
    stock("ZEE", 300),
]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    shutil.copytree(SHELL / "js", folder / "js")
    (folder / "package.json").write_text('{"type": "module"}')
    return folder


def cut(pages: Path, every: list[StockDots], wanted: list[StockDots], text: str | None = None) -> dict[str, Any]:
    whole = paste_text(every, AS_OF, epoch_of(every, AS_OF)) + "\n" if text is None else text
    asked = {"all": whole, "places": [{"zone": one.zone, "key": one.key} for one in wanted]}
    return dict(answer_of(IMPORTS, "cutOrError(asked)", asked, pages))


@pytest.mark.parametrize("places", [[0], [3], [2, 1], [4, 0, 3], [0, 1, 2, 3, 4]])
def test_the_text_of_some_stocks_is_the_kernels(pages: Path, places: list[int]) -> None:
    wanted = [STOCKS[place] for place in places]
    found = cut(pages, STOCKS, wanted)
    assert found["text"] == paste_text(wanted, AS_OF, epoch_of(STOCKS, AS_OF))
    assert (found["taken"], found["missing"]) == (len(places), 0)


def test_what_is_not_published_is_counted(pages: Path) -> None:
    found = cut(pages, STOCKS, [STOCKS[0], stock("GONE"), stock("ACC", zone=NEW_YORK)])
    assert found["text"] == paste_text(STOCKS[:1], AS_OF, epoch_of(STOCKS, AS_OF))
    assert (found["taken"], found["missing"]) == (1, 2)


def test_a_list_that_is_too_long_keeps_its_first_stocks(pages: Path) -> None:
    every = many(600, 160)
    wanted = every[::-1]
    found = cut(pages, every, wanted)
    assert found["text"] == paste_text(wanted[: found["taken"]], AS_OF, epoch_of(every, AS_OF))
    assert 39_500 < len(found["text"]) <= 40_000
    assert {one.zone for one in wanted[: found["taken"]]} == {INDIA, NEW_YORK}


@pytest.mark.parametrize("text", ["", "<!doctype html>", "BLUEDOT1;2024-08-02;2020#Asia/Kolkata|ACC:1:0:1|"])
def test_a_damaged_text_is_an_error_and_never_a_copy(pages: Path, text: str) -> None:
    assert "cannot be read" in cut(pages, STOCKS, STOCKS, text)["error"]
