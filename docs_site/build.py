"""Building the documentation: the written pages and those that are made of the code go into one folder, which the
builder then reads. So the builder needs no hook: mkdocs-material builds it today, and Zensical, which takes the same
mkdocs.yml, when that stands among the dependencies instead."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from docs_site.pages.commands import commands_page
from docs_site.pages.data_dictionary import data_page
from docs_site.pages.definitions import assets_page
from docs_site.pages.input_files import input_page
from docs_site.pages.settings import settings_page

SOURCE: Final = Path(__file__).parent
INTO_PACKAGE: Final = SOURCE.parent / "bluedot_assets/adapters/site/documentation"
PAGES: Final = {
    "settings.md": settings_page,
    "commands.md": commands_page,
    "assets.md": assets_page,
    "data-dictionary.md": data_page,
    "input-files.md": input_page,
}
# Not needed where it is published: maps of minified code, other languages' word lists, and what bears the build's time.
LEFT_OUT: Final = ("**/*.map", "sitemap.xml*", "404.html", "assets/javascripts/lunr/**/*.js")


class BuildFailed(Exception):
    """The builder found a fault in the pages; its own words."""


def write_tree(folder: Path) -> None:
    """mkdocs.yml, overrides/, docs/ and the examples that pages show, whole, into an empty folder."""
    shutil.copy(SOURCE / "mkdocs.yml", folder)
    for name in ("overrides", "docs", "examples"):
        shutil.copytree(SOURCE / name, folder / name)
    for name, page in PAGES.items():
        target = folder / "docs" / name
        if target.exists():
            raise BuildFailed(f"docs_site/docs/{name} is made of the code: delete the file there.")
        target.write_text(page() + "\n", "utf-8")


def build(out: Path = INTO_PACKAGE) -> None:
    """The documentation in `out`, in place of what is there. Raises BuildFailed, and leaves `out` as it was, for a dead
    link, a bad anchor, or a page outside of the navigation."""
    builder = next(name for name in ("mkdocs", "zensical") if find_spec(name))
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_tree(folder)
        done = subprocess.run(
            [sys.executable, "-m", builder, "build", "--strict", "--config-file", "mkdocs.yml"],
            cwd=folder,
            env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise BuildFailed(done.stdout + done.stderr)
        for pattern in LEFT_OUT:
            for path in (folder / "site").glob(pattern):
                path.unlink()
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(folder / "site", out)
