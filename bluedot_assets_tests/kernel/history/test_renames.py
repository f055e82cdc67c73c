"""What was answered under an old name is the new one's, whenever a person says so."""

from datetime import date

import polars as pl
import pytest

from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.kernel.history.decisions import Rename, read_renames
from bluedot_assets.kernel.history.merge import State, merge
from bluedot_assets.kernel.history.observations import Observed
from bluedot_assets.kernel.history.partition_facts import renames_of
from bluedot_assets.kernel.history.renames import due, moved, name_of, renamed_stocks, with_names
from bluedot_assets.kernel.history.tables import FIRST_SEEN, STATE
from bluedot_assets_tests.kernel.history.vendor import Event, Stock, observed_after, sessions, with_dots

COUNT = 90
CHANGED = 75  # the session from which the stock is called BA
DAYS = sessions(COUNT)
RENAMES = (Rename("AB", "BA", DAYS[CHANGED]),)


def answers(old: str, new: str) -> list[Observed]:
    """Of a stock with a split in between; the walk of both names is one."""
    events = [Event(70, 1 / 5, 72)]
    found = []
    for number in range(62, COUNT):
        name = old if number < CHANGED else new
        one = observed_after([Stock(name, events=events), Stock("C")], number, DAYS)
        found.append(with_dots(one, number))
    return found


def state_of(given: list[Observed]) -> State:
    state = State()
    for one in given:
        state = merge(state, one).state
    return state


def test_a_stock_that_is_renamed_later_is_what_it_had_been_under_one_name() -> None:
    apart, whole = state_of(answers("AB", "BA")), state_of(answers("BA", "BA"))
    assert due(apart[FIRST_SEEN], RENAMES) == {"AB", "BA"}
    joined = moved(apart, RENAMES)
    for table in STATE:
        assert joined[table].equals(whole[table]), table.name
    assert due(joined[FIRST_SEEN], RENAMES) == set()
    assert moved(joined, RENAMES)[FIRST_SEEN].equals(joined[FIRST_SEEN])


def test_names_follow_each_other_and_a_later_company_may_take_an_old_one() -> None:
    lines = (Rename("A", "B", date(2024, 1, 1)), Rename("B", "C", date(2024, 6, 1)))
    assert name_of("A", date(2023, 12, 29), lines) == "C"
    assert name_of("A", date(2024, 2, 1), lines) == "A"
    assert name_of("B", date(2024, 7, 1), lines) == "B"
    assert (
        name_of("A", date(2020, 1, 1), (Rename("A", "B", date(2024, 1, 1)), Rename("B", "A", date(2024, 1, 1)))) == "A"
    )


def test_of_a_partition_that_has_both_names_the_new_one_counts() -> None:
    stocks = pl.DataFrame({"symbol": ["A", "B", "C"], "last_session": [date(2023, 12, 29)] * 3})
    lines = [Rename("A", "D", date(2024, 1, 1)), Rename("B", "C", date(2024, 1, 1))]
    names = renamed_stocks(stocks, lines)
    assert names == {"A": "D", "B": "C"}
    assert with_names(stocks, names)["symbol"].to_list() == ["C", "D"]


def test_a_stock_that_comes_with_the_bars_of_one_that_went_is_proposed() -> None:
    old, new, other = (
        observed_after([Stock(name)], number, DAYS).bars.select("symbol", "session", "high", "close")
        for name, number in (("AB", 70), ("BA", 72), ("XY", 72))
    )
    found = renames_of(pl.concat([new, other]), old)
    assert found.rows() == [("AB", "BA", DAYS[71].isoformat())]
    assert renames_of(other, old).is_empty()
    assert renames_of(new, old.tail(25)).height == 1
    assert renames_of(new, old.tail(19)).is_empty()


@pytest.mark.parametrize("line", ["A,B", "A,B,2024-02-30", "A,A,2024-01-01", ",B,2024-01-01"])
def test_a_line_that_says_nothing_is_refused_with_its_number(line: str) -> None:
    assert read_renames("old,new,from\nA, B, 2024-01-01\n") == (Rename("A", "B", date(2024, 1, 1)),)
    with pytest.raises(SettingsError, match=r"BLUEDOT_RENAMES has in line 2 .*OLDNAME,NEWNAME,2024-08-27"):
        read_renames(f"old,new,from\n{line}\n")
