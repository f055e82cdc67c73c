"""What `bluedot_assets.read` gives is what is stored, and what was known; and plain one-liners read the same."""

import json
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from bluedot_assets import read
from bluedot_assets.adapters.site import public_tables
from bluedot_assets.commands.serve.site import SiteHandler
from bluedot_assets.kernel.errors import OutputAbsent, PublicSiteUnreadable, UsageError
from bluedot_assets_tests.examples.trees import DAY, DAYS, STOCKS, Installation, write_tree
from bluedot_assets_tests.servers.git import TOKEN, GitServer


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The data folder of three days, of which the last but one corrected the first stock's past."""
    installation = Installation(tmp_path_factory.mktemp("read"))
    write_tree(installation.source, weeks=1)
    path = sorted((installation.source / "daily" / DAYS[1]).glob("*_daily.json"))[0]
    content = path.read_text()
    first = content.index('"close"', content.index('"close"') + 7)
    begin = content.index(":", first) + 1
    path.write_text(f"{content[:begin]} {CORRECTED}{content[min(content.index(x, begin) for x in ',}') :]}")
    for day in DAYS:
        assert installation.run("daily", day, "raw_json", "bars", "breadth", "history").success
    assert installation.run("weekly", None, "raw_json", "bars", "history").success
    return str(installation.data)


CORRECTED = 1.0  # it breaks low <= close: the bar is dropped on that day


def stored(data: str, day: str) -> pl.DataFrame:
    return pl.read_parquet(f"{data}/bars/daily/as_of={day}/part.parquet", hive_partitioning=False)


def test_what_was_known_by_each_day_is_what_a_reader_of_that_day_had(data: str) -> None:
    whole = pl.concat(stored(data, day).with_columns(day=pl.lit(day)) for day in DAYS)
    for number, day in enumerate(DAYS):
        knowledge: Any = read.stocks(as_of=day, data=data, engine="polars")["known"].max()
        now = read.bars(known_by=knowledge, data=data, engine="polars")
        until = whole.filter(pl.col("day").is_in(DAYS[: number + 1]))
        # The newest answer that has a session counts.
        newest = until.group_by("symbol", "session").agg(pl.col("day").max())
        expected = until.join(newest, on=["symbol", "session", "day"], how="semi").drop("day").sort("symbol", "session")
        assert now.select(expected.columns).equals(expected), day


def test_a_moment_is_a_day_a_text_or_a_time(data: str) -> None:
    forms: list[Any] = [
        "2024-08-02",
        date(2024, 8, 2),
        datetime(2024, 8, 2, 23, 59, 59, tzinfo=UTC),
        "2024-08-02T23:59:59",
        pd.Timestamp("2024-08-02T23:59:59"),
        np.datetime64("2024-08-02T23:59:59", "ns"),
    ]
    first, *others = (read.bars(known_by=form, data=data, engine="polars") for form in forms)
    assert first.height > 100
    assert all(other.equals(first) for other in others)


def test_as_of_gives_partitions_and_says_which(data: str) -> None:
    one = read.bars(as_of=DAY, data=data, engine="polars")
    assert one.drop("as_of").equals(stored(data, DAY))
    assert set(one["as_of"]) == {DAY}
    assert read.bars(as_of=pd.Timestamp(DAY), data=data, engine="polars").equals(one)
    assert set(read.bars(as_of=(DAYS[0], DAYS[1]), data=data)["as_of"]) == set(DAYS[:2])
    assert set(read.dots(as_of="all", data=data)["as_of"]) == set(DAYS)
    assert read.stocks(data=data).shape[0] == STOCKS


def test_breadth_is_that_of_stored_partitions(data: str) -> None:
    newest = read.breadth(data=data, engine="polars")
    assert set(newest["as_of"]) == {DAY}
    assert newest["stocks"].sum() == stored(data, DAY).height
    assert newest["dots"].sum() == stored(data, DAY)["blue_dot"].sum()
    assert set(read.breadth(as_of="all", data=data)["as_of"]) == set(DAYS)
    with pytest.raises(OutputAbsent, match="No weekly partition is stored with breadth: `bluedot run --timeframe week"):
        read.breadth("weekly", data=data)


def test_engines_and_symbols(data: str) -> None:
    symbol = str(read.stocks(data=data)["symbol"][0])
    frame = read.bars(symbols=symbol, data=data)
    assert isinstance(frame, pd.DataFrame)
    assert set(frame["symbol"]) == {symbol}
    assert isinstance(read.bars(data=data, engine="arrow"), pa.Table)
    table = read.wide("close", data=data)
    assert table.shape[1] == STOCKS
    assert table.index.is_monotonic_increasing
    assert table[symbol].dropna().tolist() == frame["close"].tolist()


def test_unadjusted_prices_are_the_first_that_were_given(data: str) -> None:
    traded = read.bars(adjusted=False, data=data, engine="polars")
    assert traded.select("symbol", "session", "close").equals(
        read.bars(data=data, engine="polars").select("symbol", "session", close="close_traded")
    )


def test_a_bar_that_a_later_answer_lacks_stays_adjusted_or_not(data: str) -> None:
    lacking: Any = read.stocks(as_of=DAYS[1], data=data, engine="polars")["known"].max()
    known: Any = read.bars(known_by=lacking, data=data, engine="polars")
    traded: Any = read.bars(known_by=lacking, adjusted=False, data=data, engine="polars")
    place = ["symbol", "session"]
    assert traded.select(place).equals(known.select(place))
    stored_then = pl.concat(stored(data, day) for day in DAYS[:2])
    assert known.height == stored_then.select(place).unique().height
    assert known.join(stored(data, DAYS[1]), on=place, how="anti").height >= 1


def test_a_table_of_a_partition_has_the_sessions_and_stocks_of_it(data: str) -> None:
    bars = read.bars(as_of=DAYS[1], data=data)
    close = read.wide("close", as_of=DAYS[1], data=data)
    assert close.equals(bars.pivot(index="session", columns="symbol", values="close").rename_axis(columns=None))
    assert len(read.wide("rlst", as_of="latest", data=data, symbols=["NONE"])) == 0
    with pytest.raises(UsageError, match="is no column of bars: give one of open"):
        read.wide("close_traded", as_of=DAY, data=data)
    for several in ((DAYS[0], DAY), "all"):
        with pytest.raises(UsageError, match="of one partition: give its key as as_of"):
            read.wide("close", as_of=several, data=data)


def test_data_is_a_path_or_below_the_home_of_a_user_as_well(data: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(Path(data).parent))
    for form in (Path(data), "~/data", Path("~/data")):
        assert read.bars(data=form).equals(read.bars(data=data))
        assert read.stocks(data=form).equals(read.stocks(data=data))


@pytest.mark.long
def test_a_history_that_is_kept_on_a_branch_is_read_there(
    running: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = read.bars(data=running.data)
    shutil.rmtree(running.data / "history")
    with GitServer(tmp_path / "git") as serving:
        serving.create("site")
        branch = f"{serving.url('site')}#bluedot-history"
        running.set(BLUEDOT_HISTORY=branch, GITHUB_TOKEN=TOKEN)
        assert running.run("daily", DAY, "history").success
        with pytest.raises(
            OutputAbsent, match=r"in the place that BLUEDOT_HISTORY names .*; then give that one as data"
        ):
            read.bars(data=running.data)
        monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
        assert read.bars(data=branch).equals(expected)
        assert read.bars(data=branch, known_by=DAY).shape[1] == expected.shape[1]
    with pytest.raises(UsageError, match="A branch holds a history and no partitions: leave out as_of"):
        read.bars(data=branch, as_of=DAY)


def test_dots_known_by_a_day_are_those_that_were_listed(data: str) -> None:
    known = read.dots(known_by=DAYS[1], data=data, engine="polars")
    listed = read.dots(as_of=DAYS[0], data=data, engine="polars")
    assert (
        known.select("symbol", "date")
        .sort("symbol", "date")
        .equals(listed.select("symbol", "date").sort("symbol", "date"))
    )


def test_what_cannot_be_given_is_refused_with_a_form_that_works(data: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="leave out known_by"):
        read.bars(as_of=DAY, known_by=DAY, data=data)
    with pytest.raises(UsageError, match="is no column of bars: give one of open"):
        read.wide("price", data=data)
    with pytest.raises(UsageError, match="is no moment: write it like"):
        read.bars(known_by="yesterday", data=data)
    for no_partition in (["2024-07-31", DAY], 20240802):
        with pytest.raises(UsageError, match="is no partition and no range"):
            read.bars(as_of=no_partition, data=data)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="None is no partition"):
        read.stocks(as_of=None, data=data)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="is no engine"):
        read.bars(engine="spark", data=data)  # type: ignore[arg-type]
    with pytest.raises(OutputAbsent, match="the newest is 2024-08-02"):
        read.bars(as_of="2023-01-02", data=data)
    with pytest.raises(OutputAbsent, match="`bluedot run` begins it"):
        read.bars(data=str(tmp_path))


def test_plain_one_liners_read_a_partition_a_range_and_everything(data: str) -> None:
    folder = f"{data}/bars/daily"
    counts = {day: stored(data, day).height for day in DAYS}
    assert len(pd.read_parquet(f"{folder}/as_of={DAY}")) == counts[DAY]
    everything = pd.read_parquet(folder)
    assert everything.groupby("as_of", observed=True).size().to_dict() == counts
    some = pd.read_parquet(folder, filters=[("as_of", ">=", DAYS[1])])
    assert len(some) == counts[DAYS[1]] + counts[DAYS[2]]
    lazily = pl.scan_parquet(folder)
    assert lazily.select(pl.len()).collect().item() == sum(counts.values())
    newest = lazily.filter(pl.col("as_of") == date.fromisoformat(DAY))
    assert newest.select(pl.len()).collect().item() == counts[DAY]
    found = duckdb.execute(
        "SELECT as_of, count(*) FROM read_parquet($1) GROUP BY 1", [f"{folder}/*/*.parquet"]
    ).fetchall()
    assert {f"{day}": count for day, count in found} == counts


@pytest.fixture
def site(published: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[str]]]:
    """The address of a published site, and the paths that are asked for."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    asked: list[str] = []

    class Handler(SiteHandler):
        def do_GET(self) -> None:
            asked.append(self.path.partition("?")[0])
            super().do_GET()

    folder = tmp_path / "web"
    shutil.copytree(published.site, folder, symlinks=False)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", asked
        server.shutdown()


def test_a_site_gives_what_its_data_folder_gives_and_each_file_once(
    published: Installation, site: tuple[str, list[str]]
) -> None:
    (address, asked), data = site, str(published.data)
    for _ in range(2):
        for table in (read.bars, read.dots, read.adjustments):
            assert table(data=address, engine="polars").equals(table(data=data, engine="polars")), table
        for given in ("latest", DAY, (DAY, DAY), "all"):
            for table in (read.bars, read.dots, read.stocks):
                ours: Any = table(as_of=given, data=address, engine="polars")
                assert ours.equals(table(as_of=given, data=data, engine="polars")), (table, given)
        assert read.wide("close", data=address).equals(read.wide("close", data=data))
    tables = [path for path in asked if path.endswith(".parquet")]
    assert len(tables) == len({*tables}) == len([*published.site.glob("daily/history/*.parquet")]) + 3


def test_what_a_site_does_not_have_is_refused_with_a_remedy(site: tuple[str, list[str]], tmp_path: Path) -> None:
    address, _ = site
    for refused in (
        partial(read.bars, known_by=DAY),
        partial(read.bars, adjusted=False),
        partial(read.dots, known_by=DAY),
    ):
        with pytest.raises(UsageError, match="give the data folder, or its address in a bucket, as data"):
            refused(data=address)
    with pytest.raises(OutputAbsent, match="the newest is 2024-08-02"):
        read.bars(as_of="2024-07-01", data=address)
    path = tmp_path / "web/daily/history/bars-2024.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(PublicSiteUnreadable, match=r"history/bars-2024\.parquet differs from what the site lists"):
        read.bars(data=address)
    (tmp_path / "web/status.json").unlink()
    with pytest.raises(OutputAbsent, match="No daily partition is stored"):
        read.stocks(data=address)
    with pytest.raises(PublicSiteUnreadable, match="cannot be read"):
        read.bars(data="http://127.0.0.1:1/")


def test_folders_of_before_there_were_tables_are_left_out_of_a_range(
    site: tuple[str, list[str]], tmp_path: Path
) -> None:
    address, before = site[0], DAYS[1]
    (dated,) = (path for path in (tmp_path / "web/daily").iterdir() if path.name == DAY)
    older = shutil.copytree(dated, dated.with_name(before)) / "index.json"
    older.write_text(json.dumps({**json.loads(older.read_bytes()), "as_of": before, "tables": {}}))
    status = json.loads((tmp_path / "web/status.json").read_bytes())
    folders = status["timeframes"]["daily"]["folders"]
    folders[before] = folders[DAY]
    (tmp_path / "web/status.json").write_text(json.dumps(status))
    for several in ("all", (before, DAY)):
        assert set(read.bars(as_of=several, data=address)["as_of"]) == {DAY}
    for alone in (before, (before, before)):
        with pytest.raises(OutputAbsent, match=rf"/daily/{before} lists no tables/bars\.parquet: the site has no such"):
            read.bars(as_of=alone, data=address)


@pytest.mark.parametrize(("name", "as_of"), [("status.json", "all"), ("daily/history/history.json", None)])
def test_a_page_in_the_place_of_a_site_is_no_empty_site(
    site: tuple[str, list[str]], tmp_path: Path, name: str, as_of: Any
) -> None:
    for page in (b"<html>Log in</html>", b""):
        (tmp_path / "web" / name).write_bytes(page)
        with pytest.raises(PublicSiteUnreadable, match=rf"/{name} cannot be read \(.*\): see whether something else"):
            read.bars(as_of=as_of, data=site[0])


def test_a_user_without_a_home_reads_a_site_without_copies(
    site: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_tables, "user_cache_folder", lambda: None)
    assert read.bars(data=site[0]).equals(read.bars(data=site[0]))
    assert site[1].count("/daily/history/bars-2024.parquet") == 2


def test_what_a_site_calls_a_digest_is_compared_and_not_opened(site: tuple[str, list[str]], tmp_path: Path) -> None:
    listing = tmp_path / "web/daily/history/history.json"
    listed = json.loads(listing.read_bytes())
    listed["files"]["bars-2024.parquet"]["sha256"] = "../\0"
    listing.write_text(json.dumps(listed))
    with pytest.raises(PublicSiteUnreadable, match="differs from what the site lists"):
        read.bars(data=site[0])
