"""The documentation as `make docs` builds it, once for all tests of a process."""

from pathlib import Path

import pytest

from docs_site.build import build


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built documentation; a dead link, a page outside of the navigation or a bad anchor fails it."""
    folder = tmp_path_factory.mktemp("docs") / "site"
    build(folder)
    return folder
