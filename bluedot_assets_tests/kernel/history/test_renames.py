"""What was answered under an old name is the new one's, whenever a person says so, until that is taken back."""

import random
from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl
import pytest

from bluedot_assets.kernel.calendar.sessions import TradingDays
from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.kernel.history.adjustments import ADJUSTMENTS
from bluedot_assets.kernel.history.by_hand.decisions import Decision, Rename, read_renames
from bluedot_assets.kernel.history.by_hand.renames import (
    OF_FILE,
    by_old_name,
    decisions_of,
    due,
    ends_of,
    moved,
    name_of,
    names_of,
    refused,
    with_answers,
    with_names,
)
from bluedot_assets.kernel.history.merge import State, merge
from bluedot_assets.kernel.history.observations import Observed
from bluedot_assets.kernel.history.partition_facts import Brought, renames_of
from bluedot_assets.kernel.history.tables import SEEN, STATE
from bluedot_assets.kernel.history.update import Book, File, update
from bluedot_assets_tests.kernel.history.vendor import Event, Stock, observed_after, sessions, with_dots

COUNT = 90
BEGIN = 71
CHANGED = 75  # the session from which the stock is called BA
DAYS = sessions(COUNT)
RENAMES = (Rename("AB", "BA", DAYS[CHANGED]),)
WALK = Stock("AB", events=[Event(70, 1 / 5, 73), Event(76, 1 / 2, 76)])  # the walk of both names is one


def under(name: str, given: Observed) -> Observed:
    """All of it as that stock's."""
    answers, bars, dots = (rows.with_columns(symbol=pl.lit(name)) for rows in (given.answers, given.bars, given.dots))
    return Observed(answers.with_columns(stated="symbol"), bars, dots)


def together(*given: Observed) -> Observed:
    return Observed(
        pl.concat([one.answers for one in given]).sort("symbol"),
        pl.concat([one.bars for one in given]).sort("symbol", "session"),
        pl.concat([one.dots for one in given]).sort("symbol", "date"),
    )


def partitions(old: str = "AB", new: str = "BA") -> list[Observed]:
    return [
        together(
            under(old if number < CHANGED else new, with_dots(observed_after([WALK], number, DAYS), number)),
            with_dots(observed_after([Stock("C")], number, DAYS), number),
        )
        for number in range(BEGIN, 80)
    ]


def with_dead_files() -> list[Observed]:
    """For some days the old name's last file is there too: as it was, and answered once more."""
    given = partitions()
    for number in (76, 77, 78):
        dead = under("AB", observed_after([WALK], CHANGED - 1, DAYS))
        answers = dead.answers.with_columns(partition=pl.lit(DAYS[number].isoformat()))
        if number == 77:
            answers = answers.with_columns(pl.col("known") + timedelta(days=3), md5=pl.lit("e" * 32))
        given[number - BEGIN] = together(given[number - BEGIN], Observed(answers, dead.bars, dead.dots))
    return given


def taken(state: State, given: Observed, lines: Sequence[Rename]) -> State:
    """The state with a partition, as the stage takes it (`with_renames`)."""
    seen = state[SEEN]
    ends = ends_of(seen, lines)
    wrong = refused(state, lines, *ends)
    files = pl.concat([seen.select(OF_FILE), given.answers.select(OF_FILE)])
    called, _ = names_of(files, [one for one in lines if one not in wrong])
    state = moved(state, due(seen, called))
    names: dict[str, str] = {}
    for file in given.answers.select("stated", "md5").iter_rows():  # as `Partition.call`
        if called[file] not in {*given.answers["symbol"], *names.values()}:
            names[file[0]] = called[file]
    return merge(state, Observed(*(with_names(rows, names) for rows in (given.answers, given.bars, given.dots)))).state


def state_of(given: Sequence[Observed], lines: Sequence[Rename] = (), since: int = 0) -> State:
    """After those partitions, and some once more, with the lines set from that number of them on."""
    state = State()
    for number, one in enumerate((*given, given[0])):
        state = taken(state, one, lines if number >= since else ())
    return state


def differences(one: State, other: State, *but: str) -> list[str]:
    tables = ((table, one[table].drop(*but, strict=False), other[table].drop(*but, strict=False)) for table in STATE)
    return [table.name for table, mine, others in tables if not mine.equals(others)]


def test_a_stock_that_is_renamed_later_is_what_it_had_been_under_one_name() -> None:
    apart, whole = state_of(partitions()), state_of(partitions("BA", "BA"))
    joined = taken(apart, partitions()[0], RENAMES)
    assert differences(joined, whole, "stated") == []
    assert {*joined[SEEN].filter(symbol="BA")["stated"]} == {"AB", "BA"}
    assert differences(taken(joined, partitions()[0], ()), apart) == []


@pytest.mark.long
@pytest.mark.parametrize("given", [partitions(), with_dead_files()], ids=["as it should be", "with dead files"])
def test_it_does_not_matter_when_the_line_is_set_nor_in_which_order_partitions_come(given: list[Observed]) -> None:
    before, shuffled = state_of(given, RENAMES), random.Random(3).sample(given, len(given))
    assert {*before[SEEN].filter(stated="AB")["symbol"]} >= {"BA"}
    for others, since in ((given, 5), (given[::-1], 0), (given, len(given)), (shuffled, 4)):
        assert differences(state_of(others, RENAMES, since), before) == []


def test_names_follow_each_other_and_a_later_company_may_take_an_old_one() -> None:
    lines = by_old_name((Rename("B", "C", date(2024, 6, 1)), Rename("A", "B", date(2024, 1, 1))))
    assert name_of("A", date(2023, 12, 29), lines) == "C"
    assert name_of("A", date(2024, 2, 1), lines) == "A"
    assert name_of("B", date(2024, 7, 1), lines) == "B"
    swapped = by_old_name((Rename("A", "B", date(2024, 1, 1)), Rename("B", "A", date(2024, 1, 1))))
    assert name_of("A", date(2020, 1, 1), swapped) == "A"


def test_where_a_partition_has_both_names_the_old_one_stays_apart() -> None:
    day, stated, md5, keys = date(2023, 12, 29), [*"AABCC"], [*"abcde"], [*"12223"]
    files = pl.DataFrame({"stated": stated, "md5": md5, "partition": keys, "last_session": [day] * 5})
    lines = [Rename("A", "C", date(2024, 1, 1)), Rename("B", "D", date(2024, 1, 1)), Rename("X", "Y", day)]
    names, unused = names_of(files, lines)
    assert [names[file] for file in zip(stated, md5, strict=True)] == [*"CADCC"]
    assert unused == lines[2:]


@pytest.mark.parametrize("since", [0, 3, 20])
def test_a_line_about_two_stocks_is_refused_by_their_bars_and_changes_nothing(since: int) -> None:
    """Also where a partition lacks one of them, so that they could be taken for one."""
    given = [
        observed_after([Stock("C"), Stock("BA", missing=[67, 70])], number, DAYS) for number in (66, 67, 68, 69, 70, 71)
    ]
    line = Rename("C", "BA", DAYS[80])
    state = state_of(given, (line,), since)
    assert differences(state_of(given), state) == []
    (sentence,) = refused(state, (line,), *ends_of(state[SEEN], (line,))).values()
    assert f"BLUEDOT_RENAMES has C,BA,{DAYS[80]}, which is ignored: C and BA have other prices on" in sentence
    assert f"{DAYS[12]} to {DAYS[66]}" in sentence


def test_an_adjustment_goes_with_the_answer_that_had_it_and_a_decision_with_its_day() -> None:
    seen = partitions()[0].answers.filter(symbol="AB").with_columns(called=pl.lit("BA"))
    rows = [{"symbol": name, "known": seen["known"][0], "effective": DAYS[50]} for name in ("AB", "C")]
    named = with_answers(pl.DataFrame(rows, ADJUSTMENTS.polars_schema), seen)
    assert named["symbol"].to_list() == ["BA", "C"]
    decisions = (Decision("AB", DAYS[50], 0.5), Decision("AB", DAYS[80], 0.5), Decision("C", DAYS[50], 0.5))
    assert [one.symbol for one in decisions_of(decisions, RENAMES)] == ["BA", "AB", "C"]


def test_a_stock_that_comes_with_the_bars_of_one_that_went_is_proposed() -> None:
    old, new, other = (
        one.bars.select("symbol", "session", "high", "close", at=pl.lit(one.answers["known"][0]))
        for one in (
            observed_after([Stock(name)], number, DAYS) for name, number in (("AB", 70), ("BA", 72), ("XY", 72))
        )
    )
    found = renames_of(pl.concat([new, other]), old)
    assert found.rows() == [("AB", "BA", DAYS[71].isoformat())]
    assert renames_of(other, old).is_empty()
    assert renames_of(new, old.tail(25)).height == 1
    assert renames_of(new, old.tail(19)).is_empty()
    assert renames_of(new, old.with_columns(pl.col("at") - timedelta(days=60))).is_empty()
    assert renames_of(new, old.with_columns(pl.col("at") + timedelta(days=3))).is_empty()


def test_a_partition_with_an_old_file_of_another_stock_proposes_all_the_same() -> None:
    def run(given: Observed) -> Book:
        book = Book(frozenset(files), files.__getitem__)
        update(book, given, DAILY)
        files.update(book.changed)
        return Book(frozenset(files), files.__getitem__)

    files: dict[File, pl.DataFrame] = {}
    for number in (68, 69, 70):
        run(together(under("AB", observed_after([WALK], number, DAYS)), observed_after([Stock("C")], 67, DAYS)))
    new, stale = under("BA", observed_after([WALK], 71, DAYS)), observed_after([Stock("C")], 69, DAYS)
    given = together(new, stale)
    stocks = given.answers.select("symbol", "first_session", "last_session", timezone=pl.lit("Asia/Kolkata"))
    brought = Brought(stocks)
    brought.add(run(given), given.answers)
    verdict = brought.verdicts(TradingDays(), DAILY)[0]
    assert f"`AB,BA,{DAYS[71]}`" in verdict.message


@pytest.mark.parametrize("line", ["A,B", "A,B,2024-02-30", "A,A,2024-01-01", ",B,2024-01-01", "A&B,a_b,2024-01-01"])
def test_a_line_that_says_nothing_is_refused_with_its_number(line: str) -> None:
    text = "old,new,from\nA, M&M, 2024-01-01\nA, B, 2024-02-01\nA, C, 2024-02-01\n"
    assert read_renames(text) == (Rename("A", "M_M", date(2024, 1, 1)), Rename("A", "C", date(2024, 2, 1)))
    with pytest.raises(SettingsError, match=r"BLUEDOT_RENAMES has in line 2 .*OLDNAME,NEWNAME,2024-08-27"):
        read_renames(f"old,new,from\n{line}\n")
