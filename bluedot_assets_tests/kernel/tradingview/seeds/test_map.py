"""Which repository holds which stock: stable for what is listed, ranges of names for what is new."""

import random
import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluedot_assets.kernel.errors import SeedsFull
from bluedot_assets.kernel.series.indicators import INDICATORS
from bluedot_assets.kernel.tradingview.seeds.limits import MAX_SYMBOLS
from bluedot_assets.kernel.tradingview.seeds.map import SeedMap, SeedRange, map_stocks
from bluedot_assets.kernel.tradingview.seeds.symbols import split_symbol, symbol_of

ENDINGS = ("BC_INDICATOR", "BLUE_DOTS", "PRICE_DATA", "RLST_RATING")
A, B, C = "seed_u_a", "seed_u_b", "seed_u_c"


def stocks(count: int) -> list[str]:
    return [f"S{number:04d}" for number in range(count)]


def wanted(names: list[str], endings: tuple[str, ...] = ENDINGS) -> dict[str, list[str]]:
    return {name: [symbol_of(name, ending) for ending in endings] for name in names}


def listing(made: SeedMap, want: dict[str, list[str]], *repositories: str) -> dict[str, set[str]]:
    """What the repositories list once the map is carried out."""
    found: dict[str, set[str]] = {name: set() for name in repositories}
    for stock, symbols in want.items():
        found[made.repository_of(stock)] |= set(symbols)
    return found


def test_one_repository_holds_everything() -> None:
    assert map_stocks({A: []}, wanted(stocks(3))) == SeedMap((SeedRange("", A),))
    assert map_stocks({A: []}, {}).repository_of("ANY") == A


def test_at_the_start_names_are_cut_into_even_ranges() -> None:
    made = map_stocks({A: [], B: []}, wanted(stocks(2_500)))
    assert made.ranges == (SeedRange("", A), SeedRange("S1250", B))
    assert made.elsewhere == {}
    assert [made.repository_of(one) for one in ("AAPL", "S1249", "S1250", "ZZZ")] == [A, A, B, B]


def test_a_repository_with_other_symbols_gets_the_smaller_share() -> None:
    other = [f"MY_OWN_{number}" for number in range(3_000)]
    made = map_stocks({A: other, B: []}, wanted(stocks(900)))
    assert made.ranges[1] == SeedRange("S0300", B)


def test_listed_symbols_stay_and_new_ones_go_by_range() -> None:
    before = wanted(stocks(10))
    listed = listing(map_stocks({A: [], B: []}, before), before, A, B)
    after = wanted([*stocks(10), "S0002X", "S0004X", "S0007X", "AAA", "ZZZ"])
    made = map_stocks(listed, after)
    assert made.elsewhere == {}
    assert {one: made.repository_of(one) for one in after if one not in before} == {
        "AAA": A,
        "S0002X": A,
        "S0004X": A,
        "S0007X": B,
        "ZZZ": B,
    }
    assert all(set(after[one]) <= listed[made.repository_of(one)] for one in before)


def test_the_order_in_the_settings_does_not_move_what_is_listed() -> None:
    want = wanted(stocks(10))
    listed = listing(map_stocks({A: [], B: []}, want), want, A, B)
    assert map_stocks({B: listed[B], A: listed[A]}, want) == map_stocks(listed, want)


@pytest.mark.parametrize("dead", [(A,), (B,), (C,), (A, B), (B, C), (A, C)])
def test_a_first_run_that_died_half_way_leaves_the_ranges_as_they_were_meant(dead: tuple[str, ...]) -> None:
    want = wanted(stocks(900))
    meant = map_stocks({A: [], B: [], C: []}, want)
    listed = listing(meant, want, A, B, C)
    assert map_stocks({**listed, **{name: set() for name in dead}}, want) == meant
    next_day = wanted([*stocks(900)[3:], "S0100X", "S0500X", "S0800X"])
    made = map_stocks({**listed, **{name: set() for name in dead}}, next_day)
    assert {one.repository for one in made.ranges} == {A, B, C}
    assert made.elsewhere == {}


def test_a_stock_listed_out_of_its_range_is_named_as_elsewhere() -> None:
    want = wanted(stocks(10))
    listed = listing(map_stocks({A: [], B: []}, want), want, A, B)
    listed[A] -= set(want["S0001"])
    listed[B] |= set(want["S0001"])
    assert map_stocks(listed, want).elsewhere == {"S0001": B}


def test_where_a_range_is_full_new_stocks_go_to_the_emptiest_repository() -> None:
    full = wanted(stocks(1_500))
    listed = {A: {symbol for symbols in full.values() for symbol in symbols}, B: set[str]()}
    made = map_stocks(listed, full | wanted(["S0700X"]))
    assert made.ranges == (SeedRange("", A),)
    assert made.elsewhere == {"S0700X": B}


def test_too_few_repositories_are_an_error_that_says_how_many_are_needed() -> None:
    with pytest.raises(SeedsFull, match=r"(?s)2,500 stocks have 10,000 symbols.*2 repositories are needed: name 1"):
        map_stocks({A: []}, wanted(stocks(2_500)))
    with pytest.raises(SeedsFull, match="5 repositories are needed: name 3 more in BLUEDOT_SEEDS"):
        map_stocks({A: [], B: []}, wanted(stocks(7_500)))


@pytest.mark.parametrize(("count", "repositories"), [(1_500, 1), (3_000, 2), (4_500, 3)])
def test_as_many_repositories_as_the_error_asks_for_suffice(count: int, repositories: int) -> None:
    want = wanted(stocks(count))
    made = map_stocks({f"r{number}": [] for number in range(repositories)}, want)
    assert made.elsewhere == {}
    assert len(made.ranges) == repositories


def test_another_series_of_listed_stocks_must_have_room_where_they_are() -> None:
    want = wanted(stocks(1_500))
    listed = listing(map_stocks({A: []}, want), want, A) | {B: set[str]()}
    made = map_stocks(listed, wanted(stocks(1_500), (*ENDINGS, "RS_LINE")))
    assert "seed_u_a lists would have 7,500 symbols there, and TradingView allows 6,000" in made.problem
    assert "1,500 symbols are left out" in made.problem


def test_what_is_begun_goes_on_when_new_stocks_find_no_room_and_says_what_is_missing() -> None:
    want = wanted(stocks(1_500))
    listed = listing(map_stocks({A: []}, want), want, A)
    made = map_stocks(listed, wanted([*stocks(1_500), "ZZZ"]))
    assert made.without_room == {"ZZZ"}
    assert "have no room for 1 stocks, first ZZZ. 2 repositories are needed" in made.problem
    assert not map_stocks(listed, want).problem


def test_series_that_are_switched_off_make_room() -> None:
    want = wanted(stocks(1_500))
    listed = listing(map_stocks({A: []}, want), want, A)
    packed = wanted(stocks(3_000), ("D",))
    assert map_stocks(listed, packed) == SeedMap((SeedRange("", A),))


def test_a_new_series_goes_where_its_stock_is() -> None:
    want = wanted(stocks(10))
    listed = listing(map_stocks({A: [], B: []}, want), want, A, B)
    assert map_stocks(listed, wanted(stocks(10), (*ENDINGS, "RS_LINE"))) == map_stocks(listed, want)


def test_symbols_split_into_stock_and_ending() -> None:
    assert split_symbol("M_M_BLUE_DOTS") == ("M_M", "BLUE_DOTS")
    assert split_symbol("AAPL_D") == ("AAPL", "D")
    assert split_symbol("A_PRICE_DATA_W") == ("A_PRICE_DATA", "W")
    assert split_symbol("MY_OWN") is None
    assert split_symbol("_D") is None
    assert split_symbol("BLUE_DOTS") is None


@pytest.mark.parametrize("name", ["EPS_RATING", "RATING", "MY_RLST_RATING", "NEW_DATA"])
def test_an_indicator_that_ends_like_another_hides_no_symbol(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(INDICATORS, name, replace(INDICATORS["RLST_RATING"], name=name))
    for ending in (*INDICATORS, "D", "W"):
        assert split_symbol(symbol_of("M_M", ending)) == ("M_M", ending)
    listed = {A: {f"AAPL_{name}", "AAPL_RLST_RATING"}}
    assert map_stocks(listed, wanted(["AAPL"], ("RLST_RATING",))) == SeedMap((SeedRange("", A),))


@given(st.integers(0, 2**32), st.integers(1, 4))
def test_whatever_comes_and_goes_nothing_listed_moves_and_the_map_is_true(seed: int, repositories: int) -> None:
    rng = random.Random(seed)
    names = tuple(f"seed_u_{number}" for number in range(repositories))
    pool = [f"{rng.choice('ABCXYZ')}{number}" for number in range(60)]
    listed: dict[str, set[str]] = {name: set() for name in names}
    for _ in range(6):
        want = wanted(sorted(rng.sample(pool, rng.randint(0, 40))))
        made = map_stocks(listed, want)
        for stock, symbols in want.items():
            homes = {name for name in names if listed[name] & set(symbols)}
            assert len(homes) <= 1
            assert homes <= {made.repository_of(stock)}
            listed[made.repository_of(stock)] |= set(symbols)
        firsts = [one.first for one in made.ranges]
        assert firsts[0] == ""
        assert all(a < b for a, b in pairwise(firsts))
        assert set(made.elsewhere) <= set(want)
        assert map_stocks(listed, want) == map_stocks(listed, want)


def test_no_repository_ever_gets_more_than_tradingview_allows() -> None:
    rng = random.Random(7)
    listed: dict[str, set[str]] = {A: set(), B: set(), C: set()}
    names: list[str] = []
    for _ in range(6):
        names += [f"{rng.choice('ABCDEFGH')}{rng.randint(0, 10**6)}" for _ in range(700)]
        names = sorted(set(names))
        made = map_stocks(listed, wanted(names))
        for stock, symbols in wanted(names).items():
            listed[made.repository_of(stock)] |= set(symbols)
        assert max(map(len, listed.values())) <= MAX_SYMBOLS
    more = map_stocks(listed, wanted([*names, *(f"Q{number}" for number in range(900))]))
    assert re.search(r"\d repositories are needed", more.problem)
