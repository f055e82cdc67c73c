"""The tutorials, followed to the letter: their blocks are run in their order."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import indent
from typing import Final

import duckdb
import pyarrow.parquet
import pytest

from bluedot_assets.kernel.bars.tables import TABLES
from bluedot_assets_tests import REPOSITORY
from bluedot_assets_tests.examples.trees import DAY, write_tree

TUTORIALS: Final = REPOSITORY / "docs_site/docs/tutorials"
BIN: Final = Path(sys.executable).parent


def blocks(name: str) -> list[tuple[str, str, str]]:
    """(language, file to save it as, text) of each block."""
    text = (TUTORIALS / f"{name}.md").read_text("utf-8")
    return re.findall(r"```(sh|python)(?: title=\"([^\"]+)\")?\n(.*?)```", text, re.DOTALL)


def follow(script: str, folder: Path, package: Path = REPOSITORY, **more: str) -> str:
    """Run a script of bash as a person in a checkout would."""
    (folder / ".venv").symlink_to(BIN.parent)
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(package), **more}
    command = ["bash", "-ec", script]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.mark.long
def test_a_source_of_ones_own_becomes_a_site_as_the_tutorial_says(tmp_path: Path) -> None:
    script = []
    for language, saved_as, text in blocks("own-source"):
        script += [f"cat > {saved_as} <<'TUTORIAL'\n{text}TUTORIAL" if language == "python" else text]
    said = follow("\n".join(script), tmp_path)
    assert "published" in said
    assert "NASDAQ:AAPL" in said
    assert "warning:" not in said
    assert set(re.findall(r"^check daily/\w+ (\w+)", said, re.MULTILINE)) == {
        "fields_given",
        "newest_expected_is_there",
    }
    site = tmp_path / "own/data/site/daily/latest"
    assert sorted(file.name for file in site.glob("*_*.csv")) == ["AAPL_PRICE_DATA.csv", "MSFT_PRICE_DATA.csv"]
    assert (site / "AAPL_PRICE_DATA.csv").read_text().splitlines()[-1] == "20240802T,198.5,202.3,197.7,201.6,900000"


def test_what_is_new_since_ones_own_commit_is_shown_as_upgrading_says(tmp_path: Path) -> None:
    shown = next(text for _, _, text in blocks("upgrading"))
    assert "CHANGELOG.md" in shown
    who = "git config user.name a; git config user.email a@example.org"
    script = f"""
    git init -q -b main first; cd first; {who}; echo '- old' > CHANGELOG.md; git add .; git commit -qm one
    git clone -q . ../mine; echo '- newer' >> CHANGELOG.md; echo x > code; git add .; git commit -qm two
    cd ../mine; {who}
    """
    assert [line for line in follow(script + shown, tmp_path).splitlines() if line[:2] == "+-"] == ["+- newer"]
    (tmp_path / ".venv").unlink()
    after = re.findall(r"`(git diff ORIG_HEAD[^`]*)`", (TUTORIALS / "upgrading.md").read_text("utf-8"))
    assert "+- newer" in follow(f"cd mine; git pull -q; {after[0]}", tmp_path)


@pytest.mark.long
def test_the_tables_are_read_as_the_tutorial_says(tmp_path: Path) -> None:
    source = write_tree(tmp_path / "drive", stocks=6, days=3, weeks=0, fault_kinds=("truncated",))
    run = ".venv/bin/bluedot run --timeframe daily --partition all"
    code = "\n".join(text for language, _, text in blocks("reading-the-tables") if language == "python")
    (tmp_path / "read.py").write_text(code)
    said = follow(f"{run}\n.venv/bin/python read.py", tmp_path, BLUEDOT_SOURCE=str(source), BLUEDOT_MIN_COMPLETE="50")
    assert "BAD_TRUNCATED_daily.json" in said
    assert "last_dot" in said
    (statement,) = re.findall(r"`(SELECT [^`]+)`", (TUTORIALS / "reading-the-tables.md").read_text("utf-8"))
    days = tmp_path / "data/bars/daily"
    stored = duckdb.execute(statement.replace("data/", f"{tmp_path}/data/")).fetchall()
    former = shutil.copytree(days / f"as_of={DAY}", days / "2024-07-01")  # as an earlier version stored a day
    (former / "part.parquet").rename(former / "bars.parquet")
    assert duckdb.execute(statement.replace("data/", f"{tmp_path}/data/")).fetchall() == stored


@pytest.mark.long
def test_the_tutorial_of_the_backfill_lists_its_days_of_which_the_newest_is_made(tmp_path: Path) -> None:
    prepared, _, without_the_ui = (text for _, _, text in blocks("backfill"))
    said = follow(prepared, tmp_path)
    days = sorted(path.name for path in (tmp_path / "sample/drive/daily").glob("20*"))
    assert len(days) == 10
    assert re.findall(r"│ daily +│ (\S+)", said.partition("Dagster's key")[2]) == days[::-1]
    assert [path.name for path in (tmp_path / "sample/site/daily").glob("20*")] == days[-1:]
    (tmp_path / ".venv").unlink()
    follow(without_the_ui, tmp_path)
    assert sorted(path.name for path in (tmp_path / "sample/site/daily").glob("20*")) == days


def test_the_paths_of_the_tables_are_those_of_the_data_folder() -> None:
    text = (TUTORIALS / "reading-the-tables.md").read_text("utf-8")
    assert [one.name for one in TABLES if f"data/{one.name}/daily/as_of=2024-08-02/part.parquet" not in text] == []


@pytest.mark.long
def test_an_indicator_is_added_as_the_tutorial_says(tmp_path: Path) -> None:
    entry, test = (text for language, _, text in blocks("adding-an-indicator") if language == "python")
    checkout = tmp_path / "checkout"
    for part in ("bluedot_assets", "bluedot_assets_tests", "docs_site/shell"):
        shutil.copytree(
            REPOSITORY / part,
            checkout / part,
            symlinks=True,
            ignore=shutil.ignore_patterns("node_modules", "__pycache__"),
        )
    registry = checkout / "bluedot_assets/kernel/series/indicators.py"
    added = indent(f"{entry.rstrip()},\n", " " * 8)
    before = '        Indicator(\n            "RS_LINE",'
    assert before in registry.read_text("utf-8")
    registry.write_text(registry.read_text("utf-8").replace(before, f"{added}{before}"), "utf-8")
    own = checkout / "bluedot_assets_tests/kernel/series/test_indicators.py"
    own.write_text(f"{own.read_text('utf-8')}\n\n{test}", "utf-8")
    chosen = f".venv/bin/pytest -q -p no:cacheprovider -c /dev/null --rootdir . -k day_range {own}"
    source = write_tree(tmp_path / "drive", days=1, weeks=0)
    run = next(
        text for language, _, text in blocks("adding-an-indicator") if language == "sh" and "BLUEDOT_INDICATORS" in text
    )
    said = follow(f"{chosen}\n{run}", checkout, package=checkout, BLUEDOT_SOURCE=str(source))
    assert "2 passed" in said  # that one, and the rule of every pricescale
    made = list((checkout / f"data/site/daily/{DAY}").glob("*_DAY_RANGE.csv"))
    assert len(made) == 4
    bars = pyarrow.parquet.read_table(checkout / f"data/bars/daily/as_of={DAY}/part.parquet").to_pylist()
    last = bars[-1]
    row = (checkout / f"data/site/daily/{DAY}/{last['symbol']}_DAY_RANGE.csv").read_text().splitlines()[-1]
    assert float(row.split(",")[1]) == pytest.approx(100 * (last["high"] - last["low"]) / last["close"], rel=1e-5)
