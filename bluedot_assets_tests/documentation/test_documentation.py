"""The documentation builds without a warning, loads nothing from elsewhere, and leaves nothing of the system out."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import typer

from bluedot_assets.cli import app
from bluedot_assets.definitions import build_definitions
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.settings.fields import Settings
from bluedot_assets.settings.load import documented
from bluedot_assets_tests import REPOSITORY

DOCS = REPOSITORY / "docs_site" / "docs"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built documentation; a dead link, a page outside of the navigation or a bad anchor fails it."""
    folder = tmp_path_factory.mktemp("docs") / "site"
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    done = subprocess.run(
        [*command, "--config-file", str(REPOSITORY / "docs_site/mkdocs.yml"), "--site-dir", str(folder)],
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def definitions() -> dg.RepositoryDefinition:
    settings = Settings(_env_file=None, BLUEDOT_SOURCE="source")
    return build_definitions(Platform(settings)).get_repository_def()


def text_of(page: Path) -> str:
    return re.sub(r"<[^>]+>", "", (page / "index.html").read_text("utf-8"))


def test_nothing_is_loaded_from_another_host(built: Path) -> None:
    loaded = re.compile(r"<(?:script|link|img|iframe)\b[^>]*?(?:src|href)=[\"']?(https?:)?//", re.IGNORECASE)
    assert [page.name for page in built.rglob("*.html") if loaded.search(page.read_text("utf-8"))] == []


def test_every_setting_has_a_meaning_and_stands_on_the_settings_page(built: Path) -> None:
    page = text_of(built / "settings")
    assert [name for name, _, meaning in documented() if name not in page or not meaning] == []


def test_every_command_and_option_has_a_meaning_and_stands_on_the_commands_page(built: Path) -> None:
    page = text_of(built / "commands")
    missing = []
    for name, command in _commands(typer.main.get_command(app), "bluedot"):
        missing += [name] if name not in page or not command.help else []
        missing += [f"{name} {one.name}" for one in command.params if not one.help]
    assert missing == []


def _commands(command: Any, name: str) -> list[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        return [(name, command)]
    return [found for word, one in inner.items() for found in _commands(one, f"{name} {word}")]


def test_every_asset_and_check_has_a_meaning_and_stands_on_the_assets_page(
    built: Path, definitions: dg.RepositoryDefinition
) -> None:
    page = text_of(built / "assets")
    graph = definitions.asset_graph
    missing = [key.to_user_string() for key in graph.get_all_asset_keys() if not graph.get(key).description]
    missing += [key.to_user_string() for key in graph.get_all_asset_keys() if key.to_user_string() not in page]
    for key in graph.asset_check_keys:
        missing += [key.name] if key.name not in page or not graph.get_check_spec(key).description else []
    assert missing == []


def test_every_asset_is_explained_among_the_concepts(definitions: dg.RepositoryDefinition) -> None:
    page = (DOCS / "concepts.md").read_text("utf-8")
    names = {key.path[-1] for key in definitions.asset_graph.get_all_asset_keys()}
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []


def test_every_check_has_a_part_of_the_runbook(definitions: dg.RepositoryDefinition) -> None:
    page = (DOCS / "checks.md").read_text("utf-8")
    headings = " ".join(re.findall(r"^#+ (.*)$", page, re.MULTILINE))
    names = {key.name for key in definitions.asset_graph.asset_check_keys}
    assert [name for name in sorted(names) if name not in headings] == []
