"""The documentation builds without a warning, loads nothing from elsewhere, and leaves nothing of the system out."""

import html
import re
from pathlib import Path

import dagster as dg
import pytest

from bluedot_assets.definitions import build_definitions
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.settings.fields import Settings
from bluedot_assets.settings.load import documented
from bluedot_assets_tests import REPOSITORY
from docs_site.build import PAGES
from docs_site.pages.commands import named_commands

DOCS = REPOSITORY / "docs_site" / "docs"


@pytest.fixture(scope="module")
def definitions() -> dg.RepositoryDefinition:
    settings = Settings(_env_file=None, BLUEDOT_SOURCE="source")
    return build_definitions(Platform(settings)).get_repository_def()


def text_of(page: Path) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", (page / "index.html").read_text("utf-8")))


def test_every_link_of_a_page_leads_to_a_file_of_the_documentation() -> None:
    """In the repository and on GitHub as on the site: no relative link leaves the folder."""
    dead = []
    for page in DOCS.rglob("*.md"):
        text = re.sub(r"^```.*?^```|`[^`\n]*`", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
        for link in re.findall(r"\]\(([^)\s]+)\)|\b(?:href|src)=[\"']([^\"']+)", text):
            path = "".join(link).partition("#")[0]
            target = (page.parent / path).resolve()
            if not path or re.match("https?:|mailto:", path):
                continue
            made = target.parent == DOCS and target.name in PAGES
            if not target.is_relative_to(DOCS) or not (made or target.is_file()):
                dead.append(f"{page.relative_to(DOCS)}: {path}")
    assert dead == []


def test_a_page_that_a_message_names_is_there_from_the_root_of_the_repository() -> None:
    named = {
        (file.name, found[0])
        for file in (REPOSITORY / "bluedot_assets").rglob("*.py")
        for found in re.finditer(r"(?:[\w.-]+/)+[\w-]+\.md\b", file.read_text("utf-8"))
    }
    assert ("calendar_ends.py", "docs_site/docs/tutorials/upgrading.md") in named
    assert [one for one in sorted(named) if not (REPOSITORY / one[1]).is_file()] == []


def test_nothing_is_loaded_from_another_host(built: Path) -> None:
    loaded = re.compile(r"<(?:script|link|img|iframe)\b[^>]*?(?:src|href)=[\"']?(https?:)?//", re.IGNORECASE)
    assert [page.name for page in built.rglob("*.html") if loaded.search(page.read_text("utf-8"))] == []


def test_every_setting_has_a_meaning_and_stands_on_the_settings_page(built: Path) -> None:
    page = text_of(built / "settings")
    assert [name for name, _, meaning in documented() if name not in page or not meaning] == []


def test_every_command_and_option_has_a_meaning_and_stands_on_the_commands_page(built: Path) -> None:
    page = text_of(built / "commands")
    missing = []
    for name, command in named_commands():
        missing += [name] if name not in page or not command.help else []
        missing += [f"{name} {one.name}" for one in command.params if not one.help]
    assert missing == []


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
