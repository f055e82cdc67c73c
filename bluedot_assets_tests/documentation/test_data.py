"""The pages Data and Backtests: every line of Python and SQL on them is run, over http, from a folder and from a
bucket, and the backtests trade what they say they trade."""

import contextlib
import io
import json
import re
import runpy
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import duckdb
import fsspec
import pandas as pd
import polars as pl
import pytest
from fsspec.implementations.http import HTTPFileSystem

from bluedot_assets import read
from bluedot_assets.commands.serve.site import SiteServer
from bluedot_assets.kernel.history.files import named
from bluedot_assets.kernel.history.update import PUBLISHED
from bluedot_assets_tests import REPOSITORY
from bluedot_assets_tests.examples.trees import DAY, Installation, write_tree
from bluedot_assets_tests.servers.s3 import BUCKET, S3Server

PAGE: Final = (REPOSITORY / "docs_site/docs/data.md").read_text("utf-8")
EXAMPLES: Final = REPOSITORY / "docs_site/examples"
SITE: Final = "https://you.github.io/bluedot"
TODAY: Final = ("bars", "dots", "stocks", "breadth")
DAYS: Final = 12
STOCKS: Final = 8
HOLD: Final = 5

pytestmark = pytest.mark.long


@dataclass(frozen=True)
class Desk:
    """A folder with `data` and `site`, as a run leaves them, and the address of the site."""

    folder: Path
    url: str
    late: tuple[str, str]  # a stock with a dot that came a day late: its date
    withdrawn: tuple[str, str]

    @property
    def data(self) -> str:
        return str(self.folder / "data")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Twelve days that ran one by one. A dot came late, and the last day withdrew one."""
    here = Installation(tmp_path_factory.mktemp("desk"))
    write_tree(here.source, stocks=STOCKS, days=DAYS, weeks=1)
    days = sorted(path.name for path in (here.source / "daily").glob("20*"))
    late, withdrawn = _repaint(here.source / "daily", days)
    for day in days:
        assert here.run("daily", day, "raw_json", "bars", "breadth", "history").success
    assert here.run("weekly", None, "raw_json", "bars", "history").success
    for table in TODAY:
        target = here.root / f"site/daily/latest/tables/{table}.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(here.data / f"{table}/daily/as_of={days[-1]}/part.parquet", target)
    snapshot = here.platform.history.snapshot("daily")
    (here.root / "site/daily/history").mkdir()
    for name in snapshot.listed.files:
        if (file := named(name)) and file.table in PUBLISHED:
            (here.root / "site/daily/history" / name).write_bytes(snapshot.read(name))
    with SiteServer("127.0.0.1", 0, here.root / "site") as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Desk(here.root, f"http://127.0.0.1:{server.server_port}", late, withdrawn)
        server.shutdown()


def _repaint(source: Path, days: list[str]) -> tuple[tuple[str, str], tuple[str, str]]:
    """Take a dot of some day out of that day's file of one stock, and one of another stock out of the last day's."""
    late = withdrawn = ("", "")
    for number, day in enumerate(days[1:-3], 1):
        for path in sorted((source / day).glob("*_daily.json")):
            stock = path.name.removesuffix("_daily.json")
            before = _dots(source / days[number - 1] / path.name)
            new = [dot for dot in _dots(path) if dot not in before]
            if new and not late[0]:
                late = (stock, new[0])
                _take(path, new[0])
            elif new and not withdrawn[0] and stock != late[0]:
                withdrawn = (stock, new[0])
                _take(source / days[-1] / path.name, new[0])
    assert late[0] and withdrawn[0]
    return late, withdrawn


def _dots(path: Path) -> list[str]:
    content = json.loads(path.read_bytes())
    return [one["blueDotDate"] for one in ((content["chart"].get("blueDotData") or {}).get("dates") or ())]


def _take(path: Path, dot: str) -> None:
    content = json.loads(path.read_bytes())
    dates = content["chart"]["blueDotData"]["dates"]
    content["chart"]["blueDotData"]["dates"] = [one for one in dates if one["blueDotDate"] != dot]
    path.write_text(json.dumps(content))


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def for_here(text: str, desk: Desk) -> str:
    """A page's text with what its reader puts into it: the site's address, names of stocks."""
    first, last = sorted({*read.stocks(data=desk.data)["symbol"]})[:: STOCKS - 1]
    return text.replace(SITE, desk.url).replace("DIXON", first).replace("AAPL", last)


@pytest.fixture
def settings(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of who reads the page where the data folder is."""
    monkeypatch.setenv("BLUEDOT_SOURCE", str(desk.folder / "drive"))
    monkeypatch.setenv("BLUEDOT_DATA", desk.data)


def run_python(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    exec(compile(text, "data.md", "exec"), found)  # noqa: S102  the page's own lines
    return found


@pytest.mark.usefixtures("settings")
def test_every_line_of_python_reads_rows_from_a_site_and_a_folder(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk.folder)
    found = run_python(for_here("\n".join(blocks("python")), desk))
    tables = {name: len(one) for name, one in found.items() if isinstance(one, pd.DataFrame | pl.DataFrame)}
    expected = {
        "bars",
        "dots",
        "then",
        "close",
        "that_day",
        "weeks",
        "traded",
        "loaded",
        "known_then",
        "known_now",
        "today",
        "breadth",
        "stocks",
        "history",
        "known",
        "one_day",
        "many_days",
    }
    assert tables.pop("splits") == 0  # none among the sample's stocks
    assert tables.keys() == {*expected, "one_stock", "recent"}
    assert 0 not in tables.values(), tables
    assert {"as_of"} <= {*found["many_days"].columns} & {*found["recent"].columns}
    assert len(found["dots"]) == len(found["known"])
    done = found["both"].resolve_job_def("own").execute_in_process(partition_key=DAY)
    assert len(done.output_for_node("above_mean")) == STOCKS


@pytest.mark.usefixtures("settings")
def test_every_line_of_python_reads_rows_from_a_bucket(
    desk: Desk, s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")  # of this server, for polars
    address = f"s3://{BUCKET}/desk"
    fsspec.filesystem("s3").put(desk.data, address, recursive=True)
    lines = "\n".join(blocks("python"))
    assert lines.count('DATA = "data"') == 1
    monkeypatch.setenv("BLUEDOT_DATA", address)
    found = run_python(for_here(lines.replace('DATA = "data"', f'DATA = "{address}"'), desk))
    read_there = ("bars", "then", "weeks", "breadth", "loaded", "known_then", "one_day", "many_days", "recent")
    assert all(len(found[name]) for name in read_there)


def test_every_statement_of_sql_reads_rows(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB's own reader of https is an extension that it fetches: here fsspec brings the bytes, range by range."""
    monkeypatch.chdir(desk.folder)
    counted: list[str] = []

    class Ranges(HTTPFileSystem):  # type: ignore[misc]
        def modified(self, path: str) -> datetime:
            counted.append(path)
            return datetime(2024, 8, 3, tzinfo=UTC)

    with duckdb.connect() as connection:
        connection.register_filesystem(Ranges(skip_instance_cache=True))
        (text,) = blocks("sql")
        statements = [one for one in for_here(text, desk).split(";") if one.strip()]
        rows = [connection.execute(statement).fetchall() for statement in statements]
    assert len(rows) == text.count(";") == 4
    assert all(rows), rows
    assert len({*counted}) == 4  # two years, the breadth, the dots
    assert desk.withdrawn in {(symbol, f"{day}") for symbol, day in rows[3]}  # among those that are too old by then


def test_every_table_that_is_named_is_published(desk: Desk) -> None:
    paths = set(re.findall(rf"{SITE}/([\w/.-]+\.parquet)", PAGE))
    assert len(paths) > 4
    assert [path for path in paths if not (desk.folder / "site" / path).is_file()] == []


def test_days_of_an_earlier_layout_are_left_out_by_the_lines_of_the_page_and_spoil_bare_ones(
    desk: Desk, tmp_path: Path
) -> None:
    folder = tmp_path / "bars/daily"
    shutil.copytree(desk.folder / "data/bars/daily", folder)
    before = len(pd.read_parquet(folder, filters=[("as_of", ">=", "2024-08-01")]))
    (folder / "2024-07-01").mkdir()
    (folder / "2024-07-02").mkdir()  # it stays empty when its partition has moved
    for table in ("bars", "dots", "stocks"):
        shutil.copy(desk.folder / f"site/daily/latest/tables/{table}.parquet", folder / "2024-07-01")
    assert len(pd.read_parquet(folder, filters=[("as_of", ">=", "2024-08-01")])) == before
    named_folders = f"{folder}/as_of=*/part.parquet"
    newer = pl.scan_parquet(named_folders, hive_partitioning=True).filter(pl.col("as_of") >= pl.date(2024, 8, 1))
    assert newer.collect().height == before
    sql = "SELECT count(*) FROM read_parquet($1) WHERE as_of >= '2024-08-01'"
    assert duckdb.execute(sql, [named_folders]).fetchall() == [(before,)]
    (listing,) = re.findall(r"`(ls data/[^`]+)`", PAGE)
    listed = subprocess.run(listing.replace("data/", f"{tmp_path}/"), shell=True, capture_output=True, check=True)  # noqa: S602
    assert listed.stdout.decode() == f"{folder}/2024-07-01/bars.parquet\n"
    assert pd.read_parquet(folder)["as_of"].isna().any()
    with pytest.raises(pl.exceptions.SchemaError):
        pl.read_parquet(folder)
    with duckdb.connect() as connection:
        connection.execute("SELECT * FROM read_parquet($1, union_by_name=true)", [f"{folder}/*/*.parquet"])
        assert "as_of" not in [name for name, *_ in connection.description or ()]


def executed(example: str, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, Any], str]:
    """What the names of an example are once it has run in the folder, and what it printed."""
    monkeypatch.chdir(desk.folder)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        return runpy.run_path(str(EXAMPLES / example)), printed.getvalue()


def test_the_notebook_runs_and_shows_what_is_there(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    names, printed = executed("notebook.py", desk, monkeypatch)
    assert "withdrawn: 1\n" in printed
    assert {"live", "late", "hindsight"} == {*names["dots"]["origin"]}
    assert len(names["returns"].columns) == STOCKS


@pytest.mark.skipif(not find_spec("backtesting"), reason="backtesting.py is not installed: pip install backtesting")
@pytest.mark.filterwarnings("ignore")
def test_a_history_that_has_just_begun_has_nothing_to_test(
    published: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(published.root)
    with pytest.raises(SystemExit, match="the history has just begun"):
        runpy.run_path(str(EXAMPLES / "backtest_stock_by_stock.py"))


Trade = tuple[str, Any, float, Any, float]


def expected_trades(desk: Desk, *, own_bars: bool) -> list[Trade]:
    """(stock, entry, its open, exit, its open) of all trades that were closed: stock by stock, dot by dot. Sessions are
    counted by the stock's `own_bars`, or by those of all stocks."""
    bars: Any = read.bars(data=desk.data, engine="polars")
    dots: Any = read.dots(data=desk.data, engine="polars")
    everyone = sorted(set(bars["session"]))
    trades = []
    for symbol in sorted(set(bars["symbol"])):
        opens = dict(bars.filter(pl.col("symbol") == symbol).select("session", "open").iter_rows())
        sessions = sorted(opens) if own_bars else everyone
        known = dots.filter(pl.col("symbol") == symbol, pl.col("origin").is_in(["live", "late"]))["known"]
        days = [moment.astimezone(ZoneInfo("Asia/Kolkata")).date() for moment in known]
        entries = sorted({min(later) for day in days if (later := [one for one in opens if one > day])})
        free = -1
        for entry in entries:
            place = sessions.index(entry)
            if place <= free:
                continue
            free = place + HOLD
            if free < len(sessions):
                sold = min(one for one in opens if one >= sessions[free])
                trades.append((symbol, entry, opens[entry], sessions[free], opens[sold]))
    return trades


def made_trades(table: pd.DataFrame) -> list[Trade]:
    rows = sorted(table.itertuples(index=False, name=None), key=lambda row: (row[0], row[1]))
    return [(symbol, begin.date(), bought, end.date(), sold) for symbol, begin, bought, end, sold in rows]


def assert_same_trades(made: list[Trade], expected: list[Trade], desk: Desk) -> None:
    assert [(one[:2], one[3]) for one in made] == [(one[:2], one[3]) for one in expected]
    for one, other in zip(made, expected, strict=True):
        assert (one[2], one[4]) == pytest.approx((other[2], other[4]))
    assert len(expected) > 2
    late: Any = read.dots(data=desk.data, symbols=desk.late[0], engine="polars").filter(pl.col("origin") == "late")
    assert [str(one) for one in late["date"]] == [desk.late[1]]
    begun = {symbol: begin for symbol, begin, *_ in expected[::-1]}
    assert begun[desk.late[0]] > late["known"][0].date() > datetime.fromisoformat(desk.late[1]).date()


@pytest.mark.skipif(not find_spec("backtesting"), reason="backtesting.py is not installed: pip install backtesting")
@pytest.mark.filterwarnings("ignore")
def test_stock_by_stock_it_trades_what_was_known(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    names, printed = executed("backtest_stock_by_stock.py", desk, monkeypatch)
    trades = names["trades"]
    closed = trades[trades["ExitBar"] - trades["EntryBar"] == names["HOLD"]]
    made = made_trades(closed[["symbol", "EntryTime", "EntryPrice", "ExitTime", "ExitPrice"]])
    assert_same_trades(made, expected_trades(desk, own_bars=True), desk)
    assert f"{len(trades)} trades" in printed


@pytest.mark.skipif(not find_spec("vectorbt"), reason="vectorbt is not installed: pip install vectorbt")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.timeout(300)
def test_all_at_once_it_trades_what_was_known(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    names, printed = executed("backtest_all_at_once.py", desk, monkeypatch)
    trades = names["trades"]
    closed = trades[trades["Status"] == "Closed"]
    columns = ["Column", "Entry Timestamp", "Avg Entry Price", "Exit Timestamp", "Avg Exit Price"]
    assert_same_trades(made_trades(closed[columns]), expected_trades(desk, own_bars=False), desk)
    assert f"{len(trades)} trades" in printed
