"""TESTS_NO_SKIP, which `.ci/run` sets: what is skipped there is a fault, and is named."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bluedot_assets_tests import REPOSITORY

TESTS = """
import pytest

def test_one():
    pytest.skip("needs what is not here")

def test_two():
    pass
"""
MODULE = 'import pytest\n\npytest.importorskip("no_such_module_of_ours", reason="needs that module")\n'


def session(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A session of its own over the tests of `folder`, with our conftest."""
    (folder / "conftest.py").write_text("from bluedot_assets_tests.no_skip import pytest_sessionfinish\n")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words, str(folder)],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "words",
    [pytest.param((), id="here"), pytest.param(("-n", "1"), id="in a worker", marks=pytest.mark.long)],
)
def test_a_skipped_test_fails_the_session_and_is_named(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "test_some.py").write_text(TESTS)
    strict = session(tmp_path, *words, TESTS_NO_SKIP="1")
    assert strict.returncode == 1
    assert "TESTS_NO_SKIP: test_some.py::test_one was skipped" in strict.stdout
    assert "needs what is not here" in strict.stdout


def test_a_module_that_skips_itself_is_named_too(tmp_path: Path) -> None:
    (tmp_path / "test_all.py").write_text(MODULE)
    (tmp_path / "test_some.py").write_text("def test_two():\n    pass\n")
    strict = session(tmp_path, TESTS_NO_SKIP="1")
    assert strict.returncode == 1
    assert "needs that module" in strict.stdout


def test_without_a_skip_or_without_the_variable_nothing_changes(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(TESTS)
    assert session(tmp_path).returncode == 0
    assert session(tmp_path, "-k", "two", TESTS_NO_SKIP="1").returncode == 0
