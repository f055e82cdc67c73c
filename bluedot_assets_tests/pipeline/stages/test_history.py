"""The stage `history` over real runs: whatever partitions ran in whatever order, and wherever it is kept."""

import json
import os
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from bluedot_assets.adapters.site.schemas import schema_files
from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.errors import UsageError
from bluedot_assets.kernel.history import ranges
from bluedot_assets.kernel.history.adjustments import ADJUSTMENTS
from bluedot_assets.kernel.history.files import FileList
from bluedot_assets.kernel.history.outcomes.outcomes_file import Outcomes
from bluedot_assets.kernel.history.partition_facts import Brought
from bluedot_assets.kernel.history.published import HISTORY, LEDGER
from bluedot_assets.kernel.history.ranges import Stocks
from bluedot_assets.kernel.history.tables import FIRST_SEEN, SEEN, VERSIONS
from bluedot_assets.kernel.history.update import Book, File
from bluedot_assets.kernel.series.provenance.question import question_of
from bluedot_assets.kernel.site.publication import OUTCOMES
from bluedot_assets.kernel.stored.versions import decode
from bluedot_assets.pipeline.stage import Work
from bluedot_assets.pipeline.stages.history import Partition, merge_partition, rewriting, site_history
from bluedot_assets.pipeline.stages.site import prepare, publishable
from bluedot_assets.pipeline.stored.explanation import explain
from bluedot_assets.pipeline.upkeep.history import problems_of, rebuild_all
from bluedot_assets_tests.examples.trees import DAY, DAYS, STOCKS, Installation, hashes, stock_files, write_tree
from bluedot_assets_tests.servers.git import TOKEN, GitServer

UP_TO = ("raw_json", "bars", "history")


def files(installation: Installation, timeframe: str = "daily") -> dict[str, str]:
    """The digest of each file of the history by its name."""
    listed: FileList = installation.platform.history.snapshot(timeframe).listed
    return {name: entry.sha256 for name, entry in listed.files.items()}


def rows(installation: Installation, file: File) -> pl.DataFrame:
    return rewriting(installation.platform.history.snapshot("daily")).book(Stocks()).file(file)


def run_days(installation: Installation, *days: str) -> Installation:
    for day in days:
        assert installation.run("daily", day, *UP_TO).success
    return installation


@pytest.fixture(scope="module")
def ran(sample_tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    root = tmp_path_factory.mktemp("ran") / "here"
    shutil.copytree(sample_tree, root / "drive")
    return run_days(Installation(root), *DAYS)


@pytest.fixture
def three_days(ran: Installation, tmp_path: Path) -> Installation:
    return ran.copy(tmp_path / "here")


def test_any_order_of_days_comes_to_the_same_files(three_days: Installation, tmp_path: Path) -> None:
    other = Installation(tmp_path / "other", {"BLUEDOT_SOURCE": str(three_days.source)})
    assert files(run_days(other, *reversed(DAYS), DAYS[1])) == files(three_days)


def test_the_history_is_every_bar_of_every_day_with_its_knowledge_time(three_days: Installation) -> None:
    stored = [pl.read_parquet(three_days.data / f"bars/daily/as_of={day}/part.parquet") for day in DAYS]
    places = pl.concat(stored).select("symbol", "session").unique()
    bars = pl.concat([rows(three_days, File(HISTORY, year)) for year in (2023, 2024)])
    assert bars.select("symbol", "session").sort("symbol", "session").equals(places.sort("symbol", "session"))
    newest = bars.filter(session=date(2024, 8, 2))
    assert newest.height == STOCKS
    stocks = pl.read_parquet(three_days.data / f"stocks/daily/as_of={DAY}/part.parquet")
    assert newest.select("symbol", "first_known").rows() == stocks.select("symbol", "known").rows()
    assert set(newest["partition"]) == {DAY}
    assert rows(three_days, File(SEEN, 2024)).height == len(DAYS) * STOCKS
    assert set(rows(three_days, File(LEDGER))["origin"]) <= {"hindsight", "live"}


def test_outcomes_are_the_same_bytes_of_the_same_history_and_keep_to_their_schema(three_days: Installation) -> None:
    work = Work(three_days.platform, DAILY, DAY, "", three_days.clock(), print)
    first, second = (site_history(work, sample=True) for _ in range(2))
    assert first is not None
    assert second is not None
    content = first.outcomes()
    assert second.outcomes() == content
    assert second.made_of == first.made_of
    schema = json.loads(schema_files()[f"schemas/{OUTCOMES.replace('.json', '.schema.json')}"])
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(json.loads(content))
    made = decode(Outcomes, content, OUTCOMES)
    assert made.last == date(2024, 8, 2)
    dots = rows(three_days, File(LEDGER))
    assert sum(one.dots for one in made.rows if one.horizon == 5) == dots.height
    # Three days are no history to judge dots by: what the first file had already is shown apart, and nothing else.
    assert [one.figures for one in made.rows if one.origin == "ledger"] == [None] * 6
    assert any(one.figures for one in made.rows if one.origin == "hindsight")


def test_a_new_history_begins_with_all_that_is_stored(three_days: Installation) -> None:
    before = files(three_days)
    shutil.rmtree(three_days.data / "history")
    run_days(three_days, DAYS[1])
    assert files(three_days) == before


def test_what_a_run_could_not_put_in_comes_with_the_next(three_days: Installation, tmp_path: Path) -> None:
    place = tmp_path / "past"
    other = Installation(tmp_path / "other", {"BLUEDOT_SOURCE": str(three_days.source), "BLUEDOT_HISTORY": str(place)})
    run_days(other, DAYS[0])
    place.rename(tmp_path / "away")
    place.write_text("no folder")
    run_days(other, DAYS[1])
    assert other.manifest("history", key=DAYS[1]) is None
    place.unlink()
    (tmp_path / "away").rename(place)
    run_days(other, DAYS[2])
    assert files(other) == files(three_days)
    made = other.manifest("history", key=DAYS[1])
    assert made is not None
    assert made.facts["stocks"] == STOCKS


@pytest.mark.long
def test_a_site_keeps_the_larger_history_until_a_person_has_the_other_made_anew(
    sample_tree: Path, tmp_path: Path
) -> None:
    shutil.copytree(sample_tree, tmp_path / "drive")
    installation = Installation(tmp_path)
    for day in DAYS[1:]:
        assert installation.run("daily", day).success
    before = hashes(installation.site / "daily/history")
    shutil.rmtree(installation.data)
    installation.set()
    assert installation.run("daily", DAY).success
    said: list[str] = []
    work = Work(installation.platform, DAILY, DAY, "", installation.clock(), said.append)
    prepare(work, publishable(work), installation.platform.site_of(DAILY).snapshot())
    assert f"of {2 * STOCKS} files of the vendor: the one here is of {STOCKS}." in said[-1]
    assert hashes(installation.site / "daily/history") == before
    rebuild_all(installation.platform, DAILY)
    assert installation.run("daily", DAY).success
    assert hashes(installation.site / "daily/history") != before


def test_a_verdict_is_the_same_however_many_ranges_of_stocks_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "AT_ONCE", 2)
    installation = halved(tmp_path)
    made = installation.manifest("history")
    path = sorted((installation.source / "daily" / DAY).glob("*_daily.json"))[-1]
    document = json.loads(path.read_bytes())
    document["responseHeader"]["asOfDate"] += 60_000
    path.write_text(json.dumps(document))
    run_days(installation, DAY)
    again = installation.manifest("history")
    assert made is not None
    assert again is not None
    assert again.facts["adjustments"] == made.facts["adjustments"] == 1
    assert [one.passed for one in again.verdicts] == [one.passed for one in made.verdicts]


def test_a_file_that_stands_in_two_folders_is_in_the_history(three_days: Installation) -> None:
    path = sorted((three_days.source / "daily" / DAY).glob("*_daily.json"))[0]
    same = three_days.source / "daily" / DAYS[1] / path.name
    shutil.copy(path, same)
    os.utime(same, (path.stat().st_mtime + 60,) * 2)
    run_days(three_days, DAYS[1])
    assert list(problems_of(three_days.platform, DAILY)) == []


@pytest.mark.parametrize("answered", [True, False])
def test_a_folder_that_repeats_another_comes_to_the_same_history_in_any_order(
    sample_tree: Path, tmp_path: Path, answered: bool
) -> None:
    """The older folder has the files since later; where they do not say when they were answered, that is when they were
    known."""
    shutil.copytree(sample_tree, tmp_path / "drive")
    for path in stock_files(tmp_path / "drive/daily" / DAYS[0]):
        document = json.loads(path.read_bytes())
        if not answered:
            del document["responseHeader"]["asOfDate"]
        at = path.stat().st_mtime
        for minute, day in enumerate((DAYS[1], DAYS[0])):
            file = tmp_path / "drive/daily" / day / path.name
            file.write_text(json.dumps(document))
            os.utime(file, (at + 60 * minute,) * 2)
    orders = (DAYS, DAYS[::-1], (DAYS[1], DAYS[2], DAYS[0]))
    made = [
        run_days(Installation(tmp_path / f"in{number}", {"BLUEDOT_SOURCE": str(tmp_path / "drive")}), *order)
        for number, order in enumerate(orders)
    ]
    assert files(made[1]) == files(made[0])
    assert files(made[2]) == files(made[0])


def test_what_a_day_brought_is_found_in_the_years_of_its_window(three_days: Installation) -> None:
    snapshot = three_days.platform.history.snapshot("daily")
    stored = rewriting(snapshot).book(Stocks())

    def read(file: File) -> pl.DataFrame:
        assert file.year in {0, 2023, 2024}, file.name
        rows = stored.file(file)
        return rows.filter(pl.col("partition") != DAY) if file.table is SEEN else rows

    older = {File(table, year) for table in (VERSIONS, HISTORY, SEEN) for year in (2015, 2022)}
    book = Book(stored.there | older, read)
    partition = Partition(Work(three_days.platform, DAILY, DAY, "", three_days.clock(), print))
    assert not partition.is_in(book, Stocks())
    brought = Brought(partition.stocks)
    brought.add(book, stored.file(File(SEEN, 2024)).filter(partition=DAY))
    assert brought.facts.new_bars == STOCKS


def test_an_unchanged_run_writes_nothing(three_days: Installation) -> None:
    before = hashes(three_days.data / "history")
    run_days(three_days, DAY)
    assert hashes(three_days.data / "history") == before


def test_a_partition_that_is_stored_no_more_stays_in_the_history(three_days: Installation) -> None:
    before = files(three_days)
    three_days.platform.outputs.partition("daily", DAYS[0]).drop()
    run_days(three_days, DAY)
    assert files(three_days) == before


def halved(root: Path) -> Installation:
    """Two days, on the second of which the vendor has halved all older prices of one stock."""
    installation = Installation(root, {})
    write_tree(installation.source, days=2, weeks=0)
    path = sorted((installation.source / "daily" / DAY).glob("*_daily.json"))[0]
    document = json.loads(path.read_bytes())
    bars = document["chart"]["prices"]
    for bar in list(bars.values() if isinstance(bars, dict) else bars)[1:]:
        for name in ("open", "high", "low", "close"):
            bar[name] = round(bar[name] / 2, 2)
        bar["volume"] = bar["volume"] and 2 * bar["volume"]
    path.write_text(json.dumps(document))
    return run_days(installation, *DAYS[1:])


def test_a_split_between_two_days_is_found_and_said(tmp_path: Path) -> None:
    installation = halved(tmp_path)
    (found,) = rows(installation, File(ADJUSTMENTS)).rows(named=True)
    assert (found["effective"], found["nearest"], found["state"]) == (date(2024, 8, 2), "1:2 split", "applied")
    made = installation.manifest("history")
    assert made is not None
    assert made.facts["adjustments"] == 1
    assert made.facts["revised_bars"] > 250
    verdicts = {one.rule: one.passed for one in made.verdicts}
    # Only the past was halved, and the newest close was not: the join shows it.
    assert verdicts == {"history_continues": True, "history_covers": True, "adjustments_plausible": False}


@pytest.mark.long
def test_a_person_decides_and_takes_it_back(tmp_path: Path) -> None:
    """Of an adjustment that was found, though the partition is in the history already."""
    installation = halved(tmp_path / "halved")
    before = files(installation)
    symbol = rows(installation, File(ADJUSTMENTS))["symbol"][0]
    (tmp_path / "adjustments.csv").write_text(f"symbol,date,ratio\n{symbol},2024-08-02,0.25\n")
    installation.set(BLUEDOT_ADJUSTMENTS=str(tmp_path / "adjustments.csv"))
    run_days(installation, DAY)
    (found,) = rows(installation, File(ADJUSTMENTS)).rows(named=True)
    assert (found["ratio"], found["state"], found["nearest"]) == (0.25, "by hand", "1:4 split")
    decided = files(installation)
    installation.values.pop("BLUEDOT_ADJUSTMENTS")
    installation.set()
    run_days(installation, DAY)
    assert files(installation) == decided  # a machine that has no file decides nothing, and takes nothing back
    (tmp_path / "adjustments.csv").write_text("symbol,date,ratio\n")
    installation.set(BLUEDOT_ADJUSTMENTS=str(tmp_path / "adjustments.csv"))
    run_days(installation, DAY)
    assert files(installation) == before


def test_made_up_and_real_data_do_not_meet_in_a_history(three_days: Installation, tmp_path: Path) -> None:
    before = files(three_days)
    real = Installation(tmp_path / "real", {"BLUEDOT_HISTORY": str(three_days.data)})
    write_tree(real.source, days=1, weeks=0)
    for path in (real.source / "daily" / DAY).glob("*.json"):
        path.write_text(path.read_text().replace("bluedot-sample", "vendor"))
    result = real.run()
    assert result.success  # today's series do not wait for the past
    failed = [one for one in result.get_asset_check_evaluations() if not one.passed]
    assert any("takes in no mixture: it has made-up sample data" in f"{one.description}" for one in failed)
    assert files(three_days) == before
    assert not (real.site / "daily/history").exists()
    assert list((real.site / "daily/latest").glob("*_PRICE_DATA.csv"))


@pytest.mark.long
def test_a_stock_that_goes_on_under_another_name_is_proposed_and_joined(sample_tree: Path, tmp_path: Path) -> None:
    shutil.copytree(sample_tree, tmp_path / "here" / "drive")
    installation = Installation(tmp_path / "here")
    path = sorted((installation.source / "daily" / DAY).glob("*_daily.json"))[3]
    path.rename(path.with_name("NEWNAME_daily.json"))
    run_days(installation, *DAYS)
    old = rows(installation, File(FIRST_SEEN))["symbol"].to_list()
    made = installation.manifest("history")
    assert made is not None
    (verdict,) = [one for one in made.verdicts if one.rule == "history_continues"]
    line = verdict.message.partition("`")[2].partition("`")[0]
    assert not verdict.passed
    assert line.endswith(f",NEWNAME,{DAY}")
    name = line.partition(",")[0]
    (tmp_path / "renames.csv").write_text(f"old,new,from\n{line}\n")
    installation.set(BLUEDOT_RENAMES=str(tmp_path / "renames.csv"))
    run_days(installation, DAY)
    assert {*rows(installation, File(FIRST_SEEN))["symbol"]} == {*old} - {name}
    known = rows(installation, File(SEEN, 2024)).filter(symbol="NEWNAME")
    assert known["partition"].to_list() == [*DAYS]
    for _ in range(2):  # as it is, and from all that is stored
        fresh = Installation(
            tmp_path / "fresh", dict(installation.values) | {"BLUEDOT_SOURCE": str(installation.source)}
        )
        assert files(run_days(fresh, *reversed(DAYS))) == files(installation)
        shutil.rmtree(installation.data / "history")
        run_days(installation, DAYS[0])


def merged(installation: Installation, *days: str) -> list[str]:
    """The stage alone, over stored bars: what it warned of."""
    said: list[str] = []
    for day in days:
        merge_partition(Work(installation.platform, DAILY, day, "", installation.clock(), said.append))
    return said


def renamed_on_the_last_day(root: Path) -> tuple[Installation, str, str]:
    """Two days, on the second of which a stock comes as NEWNAME; its old name, and that of another stock."""
    installation = Installation(root)
    write_tree(installation.source, days=2, weeks=0)
    paths = sorted((installation.source / "daily" / DAY).glob("*_daily.json"))
    paths[1].rename(paths[1].with_name("NEWNAME_daily.json"))
    old, other = (paths[number].name.removesuffix("_daily.json") for number in (1, 0))
    return run_days(installation, *DAYS[1:]), old, other


@pytest.mark.long
def test_a_line_counts_on_all_machines_until_it_is_taken_back(tmp_path: Path) -> None:
    installation, old, other = renamed_on_the_last_day(tmp_path / "here")
    apart, lines = files(installation), tmp_path / "renames.csv"
    lines.write_text(f"{old},NEWNAME,{DAY}\n")
    installation.set(BLUEDOT_RENAMES=str(lines))
    assert merged(installation, DAY) == []
    joined = files(installation)
    assert old not in {*rows(installation, File(FIRST_SEEN))["symbol"]}
    installation.values.pop("BLUEDOT_RENAMES")
    installation.set()
    assert merged(installation, *DAYS[1:]) == []
    assert files(installation) == joined
    assert [*problems_of(installation.platform, DAILY)] == []

    lines.write_text(f"{other},NEWNAME,{DAY}\nNOSUCH,NEWNAME,{DAY}\n")
    installation.set(BLUEDOT_RENAMES=str(lines))
    wrong, nothing = merged(installation, DAY)
    assert f"BLUEDOT_RENAMES has {other},NEWNAME,{DAY}, which is ignored: {other} and NEWNAME have other" in wrong
    assert f"BLUEDOT_RENAMES has NOSUCH,NEWNAME,{DAY}, which is about nothing" in nothing
    assert [*problems_of(installation.platform, DAILY)] == [wrong, nothing]
    lines.write_text("")
    assert merged(installation, DAY) == []
    assert files(installation) == apart


@pytest.mark.long
def test_a_partition_with_both_names_comes_to_the_same_files_whenever_the_line_is_set(tmp_path: Path) -> None:
    here, old, _ = renamed_on_the_last_day(tmp_path / "here")
    first, last = (here.source / "daily" / day for day in DAYS[1:])
    shutil.copy(first / f"{old}_daily.json", last / f"{old}_daily.json")  # the vendor leaves it there
    (tmp_path / "renames.csv").write_text(f"{old},NEWNAME,{DAY}\n")
    found = []
    for number, orders in enumerate(
        ((DAYS[1], DAY), (DAY, DAYS[1]), (DAYS[1], "set", DAY), (DAY, DAYS[1], "set", DAY))
    ):
        machine = Installation(tmp_path / f"{number}", {"BLUEDOT_SOURCE": str(here.source)})
        for one in orders if "set" in orders else ("set", *orders):
            if one == "set":
                machine.set(BLUEDOT_RENAMES=str(tmp_path / "renames.csv"))
            else:
                run_days(machine, one)
        found.append(files(machine))
    assert found[1:] == found[:1] * 3


@pytest.mark.long
def test_what_a_person_decided_of_a_stock_goes_with_it_under_its_new_name(tmp_path: Path) -> None:
    installation = halved(tmp_path / "halved")
    symbol = rows(installation, File(ADJUSTMENTS))["symbol"][0]
    (tmp_path / "adjustments.csv").write_text(f"{symbol},{DAY},0.25\nM&M,{DAY},0.5\n")
    (tmp_path / "renames.csv").write_text(f"{symbol},NEWNAME,2024-08-05\n")
    installation.set(BLUEDOT_ADJUSTMENTS=str(tmp_path / "adjustments.csv"))
    (nothing,) = merged(installation, DAY)
    assert nothing.startswith(f"BLUEDOT_ADJUSTMENTS has M_M,{DAY}, which changes no bar")
    before = files(installation)
    kept = Installation(installation.root, {"BLUEDOT_RENAMES": str(tmp_path / "renames.csv")})
    merged(kept, DAY)  # by a machine without the adjustments
    renamed = files(kept)
    (found,) = rows(kept, File(ADJUSTMENTS)).rows(named=True)
    assert (found["symbol"], found["ratio"], found["state"]) == ("NEWNAME", 0.25, "by hand")
    assert merged(installation, DAY) == [nothing]
    assert files(installation) == renamed
    (tmp_path / "renames.csv").write_text("")
    merged(kept, DAY)
    assert files(kept) == before


@pytest.mark.long
def test_a_value_of_a_renamed_stock_is_explained_under_both_names(tmp_path: Path) -> None:
    installation, old, _ = renamed_on_the_last_day(tmp_path / "here")
    (tmp_path / "renames.csv").write_text(f"{old},NEWNAME,{DAY}\n")
    installation.set(BLUEDOT_RENAMES=str(tmp_path / "renames.csv"))
    merged(installation, DAY)
    installation.platform.outputs.partition("daily", DAY).drop()
    by_old, by_new = (explain(installation.platform, question_of(name, DAYS[1], DAILY)) for name in (old, "NEWNAME"))
    (note,) = by_old.notes
    assert (by_old.partition, by_old.absent) == (DAYS[1], None)
    assert f"It is called NEWNAME since {DAY} (BLUEDOT_RENAMES)" in note
    assert f"`bluedot explain NEWNAME {DAYS[1]}`" in note
    assert by_new.history is not None
    assert by_new.history.bar is not None
    assert f"It was called {old} until {DAY}" in by_new.notes[-1]
    installation.platform.outputs.partition("daily", DAYS[1]).drop()
    with pytest.raises(UsageError, match=f"It is called NEWNAME since {DAY}"):
        explain(installation.platform, question_of(old, DAYS[1], DAILY))


def test_a_day_that_no_partition_has_is_a_gap(sample_tree: Path, tmp_path: Path) -> None:
    installation = Installation(tmp_path, {})
    write_tree(installation.source, days=2, weeks=0, end=date(2023, 4, 14))
    run_days(installation, "2023-04-14")
    write_tree(tmp_path / "later", days=1, weeks=0)
    shutil.copytree(tmp_path / "later/daily" / DAY, installation.source / "daily" / DAY)
    run_days(installation, DAY)
    made = installation.manifest("history")
    assert made is not None
    (verdict,) = [one for one in made.verdicts if one.rule == "history_covers"]
    assert not verdict.passed
    assert "The history has no bars of" in verdict.message


@pytest.mark.long
def test_a_branch_of_a_repository_holds_it_for_machines_without_a_disk(
    three_days: Installation, tmp_path: Path
) -> None:
    with GitServer(tmp_path / "git") as server:
        repository = server.create("site")
        address = f"{server.url('site')}#bluedot-history"
        for number, day in enumerate(DAYS):
            machine = Installation(
                tmp_path / f"machine{number}",
                {"BLUEDOT_SOURCE": str(three_days.source), "BLUEDOT_HISTORY": address, "GITHUB_TOKEN": TOKEN},
            )
            run_days(machine, day)
        assert files(machine) == files(three_days)
        assert repository.commits("bluedot-history") == 1
    assert rows(three_days, File(VERSIONS, 2024)).height
