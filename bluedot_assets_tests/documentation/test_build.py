"""Building: the pages that are made of the code are made before, and nothing of an earlier build is left."""

import ast
from pathlib import Path

import pytest

from docs_site import build as building
from docs_site.build import LEFT_OUT, PAGES, BuildFailed, build, write_tree
from docs_site.pages.settings import ENV_EXAMPLE, env_example


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tree")
    write_tree(folder)
    return folder


def test_what_the_builder_reads_has_every_made_page_and_needs_no_hook(tree: Path) -> None:
    assert set(PAGES) <= {page.name for page in (tree / "docs").glob("*.md")}
    configuration = (tree / "mkdocs.yml").read_text("utf-8")
    assert "hooks" not in configuration
    assert all(f": {name}\n" in configuration for name in PAGES)


def test_no_made_page_is_kept_beside_the_written_ones(tree: Path) -> None:
    written = {page.name for page in (building.SOURCE / "docs").glob("*.md")}
    assert written & set(PAGES) == set()


def test_a_made_page_that_somebody_has_written_by_hand_stops_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("overrides", "docs", "examples"):
        (tmp_path / name).mkdir()
    (tmp_path / "docs/settings.md").write_text("# Settings of last year")
    (tmp_path / "mkdocs.yml").write_text("")
    monkeypatch.setattr(building, "SOURCE", tmp_path)
    (tmp_path / "out").mkdir()
    with pytest.raises(BuildFailed, match=r"docs_site/docs/settings\.md is made of the code: delete the file there"):
        write_tree(tmp_path / "out")


@pytest.mark.long
def test_a_page_of_an_earlier_build_does_not_stay(built: Path, tmp_path: Path) -> None:
    (tmp_path / "site/old-page").mkdir(parents=True)
    (tmp_path / "site/old-page/index.html").write_text("old")
    build(tmp_path / "site")
    assert not (tmp_path / "site/old-page").exists()
    names = [
        sorted(str(one.relative_to(root)) for root in [folder] for one in root.rglob("*"))
        for folder in (built, tmp_path / "site")
    ]
    assert names[0] == names[1]


@pytest.mark.long
def test_a_build_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PAGES, "commands.md", lambda: "# Commands\n\n[nowhere](absent.md)")
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").write_text("before")
    with pytest.raises(BuildFailed, match=r"absent\.md"):
        build(tmp_path / "site")
    assert (tmp_path / "site/index.html").read_text() == "before"


def test_what_nobody_needs_is_not_published(built: Path) -> None:
    assert [path for pattern in LEFT_OUT for path in built.glob(pattern)] == []


def test_the_builder_is_no_dependency_of_the_pages() -> None:
    for module in building.SOURCE.rglob("*.py"):
        imported = {one for node in ast.walk(ast.parse(module.read_bytes())) for one in _imports(node)}
        assert not {one for one in imported if one.split(".")[0] in ("mkdocs", "material", "zensical")}


def _imports(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [name.name for name in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def test_the_example_file_of_the_settings_is_what_is_made_of_them() -> None:
    assert ENV_EXAMPLE.read_text("utf-8") == env_example(), "run: python -m docs_site.pages.settings"
