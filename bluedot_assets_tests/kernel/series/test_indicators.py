"""The registry of series: six entries, four by default, and what a new one takes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.kernel.series.csv_files import csv_files
from bluedot_assets.kernel.series.indicators import DEFAULT_INDICATORS, INDICATORS, Indicator, enabled_indicators
from bluedot_assets.kernel.source.file_names import MAX_INDICATOR_NAME
from bluedot_assets_tests.examples.vendor_files import FRIDAY, bar, document, judged, raw, series

DAY = FRIDAY - timedelta(days=1)


def test_the_four_series_of_the_source_format_are_on_by_default_and_rs_line_is_off() -> None:
    assert DEFAULT_INDICATORS == ("PRICE_DATA", "RLST_RATING", "BC_INDICATOR", "BLUE_DOTS")
    assert set(INDICATORS) - set(DEFAULT_INDICATORS) == {"RS_LINE", "BLUE_DOTS_KNOWN"}
    assert all(name == one.name and one.asset == name.lower() for name, one in INDICATORS.items())
    assert all(one.meaning and one.unit and len(one.prices) in (1, 4) for one in INDICATORS.values())


@pytest.mark.parametrize("one", INDICATORS.values(), ids=lambda one: one.name)
def test_a_pricescale_is_a_power_of_ten_as_tradingview_wants_it(one: Indicator) -> None:
    assert str(one.pricescale).rstrip("0") == "1"


def test_names_are_taken_in_any_case_and_given_in_the_registrys_order() -> None:
    assert [one.name for one in enabled_indicators(["rs_line", "Price_Data", "RS_LINE"])] == ["PRICE_DATA", "RS_LINE"]
    assert [one.name for one in enabled_indicators(DEFAULT_INDICATORS)] == list(DEFAULT_INDICATORS)


@pytest.mark.parametrize(("names", "said"), [(["PRICE"], "PRICE"), (["RS_LINE", "X", "A"], "A, X"), ([], "nothing")])
def test_an_unknown_name_is_refused_with_the_names_there_are(names: list[str], said: str) -> None:
    with pytest.raises(SettingsError, match=f"BLUEDOT_INDICATORS names {said}: choose from PRICE_DATA, .*RS_LINE"):
        enabled_indicators(names)


def test_the_fifth_indicator_divides_close_by_the_benchmark_to_six_digits() -> None:
    # 103 / 24565.35 = 0.0041928977..., 3 / 7 = 0.42857142..., 500000 / 0.5 = 1000000
    days = [FRIDAY - timedelta(days=back) for back in range(4)]
    flat = [(103, 24565.35), (3, 7), (500000, 0.5), (3, None)]
    prices = [
        bar(day, open=close, high=close, low=close, close=close, bc=bc)
        for day, (close, bc) in zip(days, flat, strict=True)
    ]
    made = series(judged(raw(document(prices))), ["RS_LINE"])
    assert made == {
        "DIXON_RS_LINE.csv": b"20240731T,1000000,1000000,1000000,1000000,0\n"
        b"20240801T,0.428571,0.428571,0.428571,0.428571,0\n"
        b"20240802T,0.0041929,0.0041929,0.0041929,0.0041929,0\n"
    }


def test_a_quotient_beyond_all_floats_is_no_row() -> None:
    huge = dict.fromkeys(("open", "high", "low", "close"), 1e308)
    prices = [bar(FRIDAY, bc=1e-308, **huge), bar(DAY)]
    assert series(judged(raw(document(prices))), ["RS_LINE"])["DIXON_RS_LINE.csv"].count(b"\n") == 1
    assert series(judged(raw(document(prices[:1]))), ["RS_LINE"]) == {}


def test_a_stock_without_a_value_of_an_indicator_has_no_file_of_it() -> None:
    made = series(judged(raw(document([bar(rlst=None, bc=None), bar(DAY, rlst=None, bc=None)]))))
    assert sorted(made) == ["DIXON_BLUE_DOTS.csv", "DIXON_PRICE_DATA.csv"]


def test_a_new_indicator_is_one_entry() -> None:
    entry = Indicator("RANGE", "High minus low.", "currency", ("high - low",), volume="volume")
    shard = judged(raw(document([bar(), bar(DAY, volume=None)])))
    assert csv_files(shard.bars, entry) == {
        "DIXON": b"20240801T,4.25,4.25,4.25,4.25,0\n20240802T,4.25,4.25,4.25,4.25,341381\n"
    }
    assert csv_files(shard.bars, replace(entry, volume=None))["DIXON"].endswith(b",4.25,0\n")


def test_no_indicator_takes_the_room_that_stock_names_were_given() -> None:
    assert {name for name in INDICATORS if len(name) > MAX_INDICATOR_NAME} == {"BLUE_DOTS_KNOWN"}


def test_no_name_is_the_end_of_another() -> None:
    # AAPL_RLST_RATING would be the RATING of AAPL_RLST as well; D and W end the symbols of packed seeds.
    names = [*INDICATORS, "D", "W"]
    assert [one for one in names for other in names if one.endswith(f"_{other}")] == []
