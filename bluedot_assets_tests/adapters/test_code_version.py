"""What was made before is made again when the code that decides on it is another: modules and templates."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bluedot_assets.adapters.code_version import digest_of_sources


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "kernel").mkdir()
    (tmp_path / "kernel/rules.py").write_text("LEAST = 1")
    (tmp_path / "kernel/script.pine.j2").write_text("{{ dots }}")
    (tmp_path / "page.html").write_text("a page")
    return tmp_path


@pytest.mark.parametrize(
    "change",
    [
        lambda package: (package / "kernel/rules.py").write_text("LEAST = 2"),
        lambda package: (package / "kernel/script.pine.j2").write_text("{{ dots }};"),
        lambda package: (package / "kernel/rules.py").rename(package / "kernel/other.py"),
        lambda package: (package / "kernel/more.py").touch(),
    ],
    ids=["module", "template", "renamed", "added"],
)
def test_each_change_of_the_code_is_another_version(package: Path, change: Callable[[Path], object]) -> None:
    before = digest_of_sources(package)
    change(package)
    assert digest_of_sources(package) != before


def test_a_page_decides_on_nothing_that_is_stored(package: Path) -> None:
    before = digest_of_sources(package)
    (package / "page.html").write_text("another")
    assert digest_of_sources(package) == before
