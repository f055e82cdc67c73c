"""Which stock stands in which script, under which key, and what the pasted text holds."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluedot_assets.kernel.tradingview.pine.data import (
    END,
    LITERAL_CHARACTERS,
    SCRIPT_CHARACTERS,
    StockDots,
    epoch_of,
    keys_of,
    parts_of,
    paste_text,
)
from bluedot_assets_tests.examples.pine_cases import AS_OF, INDIA, NEW_YORK, many, read, stock

STOCKS = st.builds(
    stock,
    st.from_regex(r"[A-Z0-9_]{1,12}", fullmatch=True),
    st.integers(0, 300),
    zone=st.sampled_from([INDIA, NEW_YORK]),
    rlst=st.one_of(st.none(), st.integers(0, 99).map(float)),
    last=st.integers(0, 400).map(lambda behind: AS_OF - timedelta(days=behind)),
)
SOME = st.lists(STOCKS, max_size=40, unique_by=lambda one: one.symbol)


def expected(one: StockDots) -> tuple[str, int, list[date]]:
    return "" if one.rlst is None else f"{one.rlst:g}", (AS_OF - one.last).days, list(one.dots)


@given(SOME)
def test_every_stock_stands_in_one_script_with_all_that_it_has(stocks: list[StockDots]) -> None:
    epoch = epoch_of(stocks, AS_OF)
    found = [
        one for part in parts_of(stocks, AS_OF, epoch) for text in part.literals for one in read(text, epoch).items()
    ]
    assert len(found) == len(stocks)
    assert dict(found) == {(one.zone, one.key): expected(one) for one in stocks}


@given(SOME)
def test_the_pasted_text_holds_every_stock(stocks: list[StockDots]) -> None:
    epoch = epoch_of(stocks, AS_OF)
    text = paste_text(stocks, AS_OF, epoch)
    head = f"BLUEDOT1;2024-08-02;{epoch.year}"
    assert text.startswith(head)
    assert text.endswith(END)
    found = read(text.removeprefix(head).removesuffix(END), epoch)
    assert found == {(one.zone, one.key): expected(one) for one in stocks}


@given(SOME, st.randoms())
def test_the_order_of_stocks_changes_nothing(stocks: list[StockDots], random: object) -> None:
    epoch = epoch_of(stocks, AS_OF)
    turned = stocks[::-1]
    assert parts_of(turned, AS_OF, epoch) == parts_of(stocks, AS_OF, epoch)
    assert paste_text(turned, AS_OF, epoch) == paste_text(stocks, AS_OF, epoch)


@pytest.mark.parametrize(("count", "dots"), [(1, 0), (10, 160), (1000, 36), (1000, 160), (3, 1000), (5000, 20)])
def test_scripts_and_literals_keep_to_their_sizes(count: int, dots: int) -> None:
    stocks = many(count, dots)
    parts = parts_of(stocks, AS_OF, epoch_of(stocks, AS_OF))
    assert sum(part.count for part in parts) == count
    for part in parts:
        assert sum(map(len, part.literals)) <= SCRIPT_CHARACTERS
        assert max(map(len, part.literals)) <= LITERAL_CHARACTERS
        assert part.of == len(parts)
    assert all(part.last < after.first for part, after in pairwise(parts))


def test_a_dot_more_moves_no_stock_to_another_script() -> None:
    stocks = many(600, 160)
    before = parts_of(stocks, AS_OF, date(2019, 1, 1))
    stocks[7] = stock("S0007", 161, zone=NEW_YORK)
    after = parts_of(stocks, AS_OF, date(2019, 1, 1))
    assert [(part.first, part.last) for part in after] == [(part.first, part.last) for part in before]
    assert [one.literals == other.literals for one, other in zip(before, after, strict=True)].count(False) == 1


def test_without_stocks_there_is_no_script() -> None:
    assert parts_of([], AS_OF, AS_OF) == []
    assert paste_text([], AS_OF, date(2024, 1, 1)) == "BLUEDOT1;2024-08-02;2024#END"


def test_the_epoch_is_the_year_of_the_oldest_dot() -> None:
    assert epoch_of([stock("A", 100), stock("B", 2), stock("C", 0)], AS_OF) == date(2022, 1, 1)
    assert epoch_of([stock("C", 0)], AS_OF) == date(2024, 1, 1)


def test_the_newest_dots_are_the_last_ones() -> None:
    one = stock("A", 5)
    assert one.newest(2).dots == one.dots[3:]
    assert one.newest(None) == one
    assert one.newest(9) == one


class TestKeys:
    ZONES = dict.fromkeys(("ABC", "ABC_BO", "BRK_B", "DIX_IN", "M_M"), INDIA)

    def keys(self, **tickers: str | None) -> tuple[dict[str, str], list[str]]:
        return keys_of(tickers, self.ZONES)

    def test_a_key_is_what_the_chart_calls_the_stock_in_letters_digits_and_underscores(self) -> None:
        found, left_out = self.keys(BRK_B="NYSE:BRK.B", DIX_IN="NSE:DIXON", M_M=None)
        assert found == {"BRK_B": "BRK_B", "DIX_IN": "DIXON", "M_M": "M_M"}
        assert left_out == []

    def test_a_slash_and_a_series_are_none_of_the_key_but_of_the_name(self) -> None:
        zones = {"BAC_P_L": NEW_YORK, "20MICRONS_BE": INDIA}
        found, left_out = keys_of({"BAC_P_L": "NYSE:BAC/PL", "20MICRONS_BE": "NSE:20MICRONS"}, zones)
        assert found == {"BAC_P_L": "BAC_PL", "20MICRONS_BE": "20MICRONS"}  # what publishedName makes of the chart's
        assert left_out == []

    def test_without_an_exchange_a_key_is_still_what_the_chart_calls_the_stock(self) -> None:
        zones = {"BAC_P_L": NEW_YORK, "BRK_B": NEW_YORK, "IPO_WT": NEW_YORK, "500325": INDIA, "BP_": "Europe/London"}
        found, _ = keys_of(dict.fromkeys(zones), zones)
        assert found == {symbol: symbol for symbol in zones} | {"BAC_P_L": "BAC_PL"}

    def test_one_ticker_on_two_exchanges_is_told_apart_by_the_exchange(self) -> None:
        found, left_out = self.keys(ABC="NSE:ABC", ABC_BO="BSE:ABC")
        assert found == {"ABC": "NSE.ABC", "ABC_BO": "BSE.ABC"}
        assert left_out == []

    def test_one_ticker_in_two_countries_needs_no_exchange(self) -> None:
        found, left_out = keys_of({"ABC": "NSE:ABC", "ABC_US": "NYSE:ABC"}, {"ABC": INDIA, "ABC_US": NEW_YORK})
        assert found == {"ABC": "ABC", "ABC_US": "ABC"}
        assert left_out == []

    def test_two_stocks_of_one_ticker_are_left_out_and_named(self) -> None:
        found, left_out = self.keys(ABC="NSE:ABC", ABC_BO="NSE:ABC", M_M=None)
        assert found == {"M_M": "M_M"}
        assert left_out == ["ABC", "ABC_BO"]
