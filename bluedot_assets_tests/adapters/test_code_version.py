"""What was made before is made again when the code that decides on it is another: modules and templates."""

import ast
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

import bluedot_assets
from bluedot_assets.adapters import code_version
from bluedot_assets.adapters.code_version import digest_of_sources, module_version


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


STAGES = "bluedot_assets.pipeline.stages"
PACKAGE = Path(bluedot_assets.__file__).parent


def parsed(file: Path) -> set[str]:
    """The modules of ours that a file imports, as the parser sees it."""
    found = set[str]()
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relatively, which is not followed"
            found |= {str(node.module), *(f"{node.module}.{one.name}" for one in node.names)}
    return only_modules(found)


def only_modules(names: Iterable[str]) -> set[str]:
    ours = {name for name in names if name.partition(".")[0] == PACKAGE.name}
    return {name for name in ours if code_version._module(name)[0]}


def test_the_imports_of_every_module_are_those_that_the_parser_finds() -> None:
    files = [file for file in PACKAGE.rglob("*.py") if file.name != "__init__.py"]
    assert len(files) > 200
    for file in files:
        name = ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts)
        assert only_modules(code_version._module(name)[1]) == parsed(file), name


@pytest.mark.parametrize(
    "words",
    [
        "import bluedot_assets.kernel.own",
        "import bluedot_assets.kernel.own as other",
        "from bluedot_assets.kernel import own",
        "from bluedot_assets.kernel import (\n    errors,  # (a word of it)\n    own,\n)",
        "def later():\n    from bluedot_assets.kernel.own import *",
    ],
)
def test_a_rule_counts_however_a_stage_imports_it(copied: Path, words: str) -> None:
    own, stage = copied / "kernel/own.py", copied / "pipeline/stages/watchlists.py"
    own.write_text("LEAST = 1")
    stage.write_text(f"{stage.read_text()}\n{words}\n")
    before = module_version(f"{STAGES}.watchlists")
    forget()
    own.write_text("LEAST = 2")
    assert module_version(f"{STAGES}.watchlists") != before


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of this package's code, which a test may change."""
    root = tmp_path / "bluedot_assets"
    shutil.copytree(Path(bluedot_assets.__file__).parent, root, ignore=shutil.ignore_patterns("documentation", "shell"))
    monkeypatch.setattr(bluedot_assets, "__file__", str(root / "__init__.py"))
    forget()
    yield root
    forget()


def forget() -> None:
    module_version.cache_clear()
    code_version._module.cache_clear()


@pytest.mark.parametrize(
    ("file", "changed"),
    [
        ("pipeline/stages/watchlists.py", {"watchlists", "pine_scripts", "site"}),
        ("kernel/tradingview/pine/templates/paste.pine.j2", {"pine_scripts"}),
        ("kernel/source/vendor_file.py", {"bars", "series", "watchlists", "pine_scripts", "site"}),
        ("adapters/notifier.py", set()),
        ("defs/assets.py", set()),
        ("cli.py", set()),
        ("__init__.py", set()),
    ],
)
def test_a_stage_has_another_version_when_what_it_makes_may_differ(copied: Path, file: str, changed: set[str]) -> None:
    names = ("raw_json", "bars", "series", "watchlists", "pine_scripts", "site")
    before = {name: module_version(f"{STAGES}.{name}") for name in names}
    forget()
    with (copied / file).open("a") as code:
        code.write("# another\n")
    after = {name: module_version(f"{STAGES}.{name}") for name in names}
    assert {name for name in names if before[name] != after[name]} == changed
