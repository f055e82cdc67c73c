"""The page *Input files* against what the rules make of files: required is what a file is rejected without."""

import html
import json
import re
from pathlib import Path
from typing import Final

import pytest

from docs_site.pages.input_files import input_fields, input_page, judge, sample_document, without

REQUIRED: Final = {
    "chart",
    "chart.prices",
    *(f"chart.prices[].{name}" for name in ("priceDate", "open", "high", "low", "close")),
}


@pytest.fixture(scope="module")
def page() -> str:
    return input_page()


def test_a_file_without_a_field_is_what_the_page_says(page: str) -> None:
    for field in input_fields():
        shard = judge(without(sample_document(), field.path))
        row = next(line for line in page.splitlines() if line.startswith(f"| `{field.path}` |"))
        if field.path in REQUIRED:
            assert "**yes**" in row
            assert shard.bars.is_empty()
            assert plain(shard.rejected["reason"][0]) in plain(row)
        else:
            assert "| no |" in row
            assert shard.stocks.height == 1


def plain(text: str) -> str:
    return html.unescape(text).replace("\\", "")


def test_every_field_that_is_read_has_a_form_and_a_meaning() -> None:
    fields = list(input_fields())
    paths = [field.path for field in fields]
    assert len(paths) == len(set(paths)) > 30
    assert [field.path for field in fields if not field.form or not field.meaning.endswith(".")] == []


def test_a_field_of_the_sample_is_taken_out_of_every_bar() -> None:
    bars = without(sample_document(), "chart.prices[].rlst")["chart"]["prices"]
    assert bars
    assert not any("rlst" in bar for bar in bars)


def test_the_example_is_a_file_that_is_accepted_with_its_bars_and_dots(page: str) -> None:
    example = json.loads(re.findall(r"```json\n(.*?)```", page, re.DOTALL)[0])
    shard = judge(example)
    assert shard.bars.height == len(example["chart"]["prices"]) == 2
    assert shard.dots.height == 2


def test_every_kind_of_fault_stands_on_the_page_with_the_words_of_its_rejection(page: str) -> None:
    faults = page[page.index("## What rejects") :]
    assert len(re.findall(r"\| (?:one is )?rejected", faults)) >= 15
    assert "truncated: the JSON breaks off after" in faults
    assert "accepted: 5 dropped bars" in faults


def test_nothing_of_the_pages_frame_is_left_unfilled(built: Path, page: str) -> None:
    assert "{{" not in page
    assert "&lt;STOCK&gt;_daily.json" in (built / "input-files/index.html").read_text("utf-8")
