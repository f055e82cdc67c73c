"""One table of cases for the two that write prices: the kernel's messages, and the pages in Node."""

import json
import re
import shutil
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluedot_assets.kernel.bars.price_text import price_text, ratio_text
from bluedot_assets_tests import REPOSITORY
from bluedot_assets_tests.examples.node import answer_of, needs_node

CASES: Final[list[tuple[str, float, str]]] = json.loads(Path(__file__).with_name("price_texts.json").read_text("utf-8"))
FORMAT: Final = REPOSITORY / "docs_site" / "shell" / "js" / "page" / "format.js"
IMPORTS: Final = 'import { price, ratio, scaleDecimals } from "./format.mjs";'
CALL: Final = "[asked[0].map(price), asked[1].map(ratio), asked[2].map(scaleDecimals)]"


@pytest.mark.parametrize(("price", "text"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_price_has_the_digits_that_its_size_needs(price: float, text: str) -> None:
    assert price_text(price) == text


@given(st.floats(min_value=1e-16, max_value=1e12))
def test_no_price_has_an_exponent_and_none_is_shown_as_nothing(price: float) -> None:
    text = price_text(price)
    assert re.fullmatch(r"\d{1,3}(,\d{3})*\.\d{2,20}", text)
    assert float(text.replace(",", "")) == pytest.approx(price, rel=0.006)


@pytest.mark.parametrize(
    ("ratio", "text"), [(0.5, "0.5"), (1.01, "1.01"), (2.0, "2"), (1e-7, "0.0000001"), (1e5, "100000")]
)
def test_a_ratio_has_four_digits_and_no_exponent(ratio: float, text: str) -> None:
    assert ratio_text(ratio) == text


@needs_node
def test_the_pages_write_every_price_as_the_kernel_does(tmp_path: Path) -> None:
    shutil.copy(FORMAT, tmp_path / "format.mjs")
    prices = [price for _, price, _ in CASES] + [number / 997 for number in range(1, 2000)]
    ratios = {0.5475123: "0.54751", 0.5: "0.50000", 2.3e-9: "0.0000000023000", 120.0: "120.00"}
    scales = {
        0: [],
        2: [[100, 101.5], [1.2345]],
        4: [[0.1234, 100]],
        7: [[0.000046, 0.0000461]],
        8: [[0.00004605, 0.0001]],
    }
    scales[2] += [[0.85, 0.9]]
    asked = [prices, list(ratios), [values for listed in scales.values() for values in listed]]
    texts, shown, decimals = answer_of(IMPORTS, CALL, asked, tmp_path)
    assert dict(zip(prices, texts, strict=True)) == {price: price_text(price) for price in prices}
    assert shown == list(ratios.values())
    assert decimals == [count for count, listed in scales.items() for _ in listed]
