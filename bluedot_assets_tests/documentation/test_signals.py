"""What is the vendor's and what is ours: nothing says that a blue dot follows from close / bc, which in the vendor's
files it does not."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from bluedot_assets.kernel.series.indicators import INDICATORS
from bluedot_assets_tests import REPOSITORY

PUBLIC: Final = ("bluedot_assets", "docs_site/docs", "docs_site/shell", "deploy", "README.md", "CHANGELOG.md")
ENDINGS: Final = {".py", ".md", ".js", ".html", ".j2", ".yml", ".example"}
DOT: Final = r"(?<!lighter )\bdots?\b"
CLAIM: Final = r"\b(?:leads?|leading|leaders?|outperforms?)\b"
BESIDE: Final = re.compile(rf"{DOT}.{{0,100}}{CLAIM}|{CLAIM}.{{0,100}}{DOT}", re.IGNORECASE | re.DOTALL)


def texts() -> Iterator[tuple[str, str]]:
    for root in map(REPOSITORY.__truediv__, PUBLIC):
        for file in sorted(root.rglob("*")) if root.is_dir() else [root]:
            if file.is_file() and file.suffix in ENDINGS and "vendor" not in file.parent.parts:
                yield str(file.relative_to(REPOSITORY)), file.read_text("utf-8")


def claims(text: str) -> list[str]:
    """Sentences that speak of dots and of leading at once."""
    return [found[0] for part in re.split(r"(?<=[.;])\s|\n\s*\n", text) if (found := BESIDE.search(part))]


def test_nothing_says_that_a_dot_marks_days_on_which_the_line_leads() -> None:
    read = dict(texts())
    assert {"README.md", "docs_site/docs/concepts.md", "bluedot_assets/kernel/series/indicators.py"} <= read.keys()
    assert {name: found for name, text in read.items() if (found := claims(text))} == {}


@pytest.mark.parametrize(
    "text",
    [
        "1 where the relative-strength line leads: a dot on the day",
        "A blue dot marks days on which close / bc leads.",
        "Leading stocks have\na blue dot.",
    ],
)
def test_such_a_sentence_would_be_found(text: str) -> None:
    assert claims(text) != []


def test_the_dot_is_called_the_vendors_and_the_line_ours() -> None:
    assert "vendor" in INDICATORS["BLUE_DOTS"].meaning
    assert INDICATORS["RS_LINE"].meaning.startswith("Our ")
    concepts = (REPOSITORY / "docs_site" / "docs" / "concepts.md").read_text("utf-8")
    assert (
        "**Blue dot.** The vendor's own signal. It does not follow from the line close / benchmark, which is ours"
        in concepts
    )


def test_the_indicators_own_mark_is_not_called_a_dot() -> None:
    templates = Path(REPOSITORY / "bluedot_assets/kernel/tradingview/pine/templates")
    script = (templates / "indicator.pine.j2").read_text("utf-8")
    marks = [line for line in script.splitlines() if line.startswith("plotshape(")]
    assert [re.findall(r'"([^"]+)"', line) for line in marks] == [["Blue dot"], ["RS line at its high"]]
    assert "shape.circle" not in marks[1]
