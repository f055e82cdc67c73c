"""Values that came in another form than the source format's, and plainly mean one of it: read, and counted."""

import json
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import polars as pl
import pytest

from bluedot_assets.kernel.bars.normalize import Shard
from bluedot_assets.kernel.sample.tree import SamplePlan, sample_files
from bluedot_assets_tests.examples.vendor_files import (
    FRIDAY,
    INDIA,
    NEW_YORK,
    Record,
    bar,
    bars,
    bars_of,
    document,
    judged,
    midnight_ms,
    raw,
    stock_of,
)

THURSDAY = FRIDAY - timedelta(days=1)
DOTS = [{"blueDotDate": "2024-08-01"}, {"blueDotDate": "2021-03-12"}]
NUMBERS = "numbers came as text"
NOTHING = "text such as '-' or 'N/A' stood for no value"


def forms(shard: Shard) -> list[tuple[str, str]]:
    """The form and the fields of each row."""
    return shard.forms.select("form", "fields").rows()


def as_text(value: Any) -> Any:
    """The same JSON with every number and truth value as text."""
    if isinstance(value, dict):
        return {name: as_text(one) for name, one in value.items()}
    if isinstance(value, list):
        return [as_text(one) for one in value]
    return json.dumps(value) if isinstance(value, bool | int | float) else value


def parquet(table: pl.DataFrame) -> bytes:
    into = BytesIO()
    table.write_parquet(into)
    return into.getvalue()


def test_a_vendor_that_turns_all_numbers_into_text_gives_the_same_tables() -> None:
    plan = SamplePlan(stocks=12, days=1, weeks=0, seed=7, end=FRIDAY, exchange="mixed", fault_kinds=())
    files = [file for file in sample_files(plan) if file.path.endswith(".json")]
    names = [file.path.rsplit("/", 1)[1] for file in files]
    good = judged(*map(raw, (file.content for file in files), names))
    text = judged(*map(raw, (as_text(json.loads(file.content)) for file in files), names))
    for table in ("bars", "dots", "rejected", "off_bar", "unkept", "given"):
        assert parquet(getattr(text, table)) == parquet(getattr(good, table)), table
    assert parquet(text.stocks.drop("md5")) == parquet(good.stocks.drop("md5"))
    assert good.forms.is_empty()
    assert text.forms["form"].value_counts().sort("form").rows() == [
        (NUMBERS, len(files)),
        ("truth values came as text", len(files)),
    ]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("close", "103", 103.0),
        ("close", " 103.20 ", 103.2),
        ("close", "1.0320e2", 103.2),
        ("high", "1,234.50", 1234.5),
        ("high", "12,34,567.5", 1234567.5),
        ("high", "1,234,567", 1234567.0),
        ("volume", "341,381", 341381),
        ("volume", "341381.0", 341381),
        ("rlst", "78", 78.0),
        ("bc", "24565.35", 24565.35),
    ],
)
def test_a_number_in_text_is_read_where_only_one_is_meant(name: str, text: str, value: float) -> None:
    shard = judged(raw(document([bar(**{name: text})])))
    assert bars_of(shard)[0][name] == value
    assert forms(shard) == [(NUMBERS, f"chart.prices.{name}")]


@pytest.mark.parametrize("text", ["1,234", "1.234,5", "12,34", "1_000", "0x67", "103 INR", "₹103", "٣", "inf", "1e999"])
def test_a_number_in_text_that_may_mean_another_is_none(text: str) -> None:
    shard = judged(raw(document([*bars(30), bar(FRIDAY - timedelta(days=60), high=text)])))
    assert (stock_of(shard)["bars"], stock_of(shard)["dropped_bars"]) == (30, 1)


@pytest.mark.parametrize("text", ["", " ", "-", "--", "N/A", "n/a", "NA", "null", "None"])
@pytest.mark.parametrize("name", ["rlst", "bc", "volume"])
def test_text_for_no_value_is_null_and_counts_as_no_wrong_value(name: str, text: str) -> None:
    shard = judged(raw(document([bar(**{name: text})])))
    assert bars_of(shard)[0][name] is None
    assert stock_of(shard)["nulled_values"] == 0
    assert forms(shard) == [(NOTHING, f"chart.prices.{name}")]


def test_no_price_is_made_of_text_for_no_value() -> None:
    shard = judged(raw(document([*bars(30), bar(FRIDAY - timedelta(days=60), close="-")])))
    assert (stock_of(shard)["bars"], stock_of(shard)["dropped_bars"]) == (30, 1)


@pytest.mark.parametrize(
    ("dates", "form"),
    [
        ({"0": DOTS[0], "1": DOTS[1]}, "dots came as an object instead of a list"),
        ({"a": "2024-08-01", "b": "2021-03-12"}, "dots came as an object instead of a list"),
        ([{"blueDotDate": "2024-08-01T00:00:00"}, *DOTS[1:]], "dates came as text in another form"),
        (["2024-08-01 00:00", "2021-03-12T00:00:00.000"], "dates came as text in another form"),
        (["2024-07-31T18:30:00Z", "2021-03-12T00:00:00+05:30"], "dates came as text in another form"),
        ([str(midnight_ms(THURSDAY)), "2021-03-12"], NUMBERS),
    ],
)
def test_dots_in_another_form_are_read(dates: Any, form: str) -> None:
    shard = judged(raw(document(bars(3), dates=dates)))
    assert shard.dots.rows() == [("DIXON", date(2021, 3, 12)), ("DIXON", THURSDAY)]
    assert stock_of(shard)["dropped_dots"] == 0
    assert forms(shard) == [(form, "chart.blueDotData.dates")]


@pytest.mark.parametrize(
    "dates", [DOTS[0], "2024-08-01", midnight_ms(THURSDAY), "2024-08-01T00:00:00", "2024-08-01T00:00:00Z"]
)
def test_one_dot_without_a_list_is_read(dates: Any) -> None:
    shard = judged(raw(document(bars(3), dates=dates)))
    assert shard.dots.rows() == [("DIXON", THURSDAY)]
    assert ("one dot came without a list", "chart.blueDotData.dates") in forms(shard)


@pytest.mark.parametrize("said", ["2024-08-01T09:15:00Z", "2024-08-01T09:15:00", "2024-08-01T00:00:00-04:00"])
def test_a_dot_at_another_time_than_the_exchanges_midnight_is_dropped(said: str) -> None:
    shard = judged(raw(document(bars(3), dates=[{"blueDotDate": said}])))
    assert (stock_of(shard)["dropped_dots"], shard.dots.height) == (1, 0)


def test_no_dots_as_empty_text_are_none() -> None:
    shard = judged(raw(document(bars(3), dates="")))
    assert (stock_of(shard)["dropped_dots"], shard.dots.height) == (0, 0)


@pytest.mark.parametrize("name", ["DIXON", "B"])
def test_one_bar_without_a_list_is_read(name: str) -> None:
    shard = judged(raw(document(bar()), f"{name}_daily.json"))
    assert shard.bars.select("symbol", "close").rows() == [(name, 103.0)]
    assert shard.forms.rows() == [(f"{name}_daily.json", "one bar came without a list", "chart.prices")]


@pytest.mark.parametrize(
    ("text", "flag"), [("true", True), ("Y", True), ("1", True), ("false", False), ("N", False), ("0", False)]
)
def test_truth_values_in_text_are_read(text: str, flag: bool) -> None:
    made = document(bars(3))
    made["chart"]["blueDotData"]["isGSM"] = text
    made["responseHeader"]["error"] = "false"
    shard = judged(raw(made))
    assert stock_of(shard)["is_gsm"] is flag
    assert forms(shard) == [("truth values came as text", "chart.blueDotData.isGSM, responseHeader.error")]


@pytest.mark.parametrize("error", ["true", "Y", "timeout", 7, {}])
def test_an_error_of_the_vendor_is_one_in_any_form(error: Any) -> None:
    made: Record = document(bars(3)) | {"responseHeader": {"error": error}}
    assert "the vendor answered with an error" in judged(raw(made)).rejected["reason"][0]


@pytest.mark.parametrize("zone", [INDIA, NEW_YORK])
@pytest.mark.parametrize("ending", ["", "T00:00:00", " 00:00"])
def test_bars_that_name_a_day_are_of_that_day_where_one_exchange_is_possible(zone: str, ending: str) -> None:
    days = [FRIDAY, THURSDAY]
    shard = judged(raw(document([bar(day, priceDate=f"{day}{ending}") for day in days])), zones=[zone])
    assert [row["session"] for row in bars_of(shard)] == [THURSDAY, FRIDAY]
    assert stock_of(shard)["timezone"] == zone
    assert forms(shard) == [("dates came as text in another form", "chart.prices.priceDate")]


def test_bars_that_name_a_day_are_of_no_exchange_where_several_are_possible() -> None:
    shard = judged(raw(document([bar(day, priceDate=str(day)) for day in (FRIDAY, THURSDAY)])))
    assert shard.rejected.select("reason", "field").rows() == [
        (
            "its bars name days without a timezone, which may be those of several exchanges: "
            "leave only the right one in BLUEDOT_EXCHANGE_TIMEZONES",
            "chart.prices.priceDate",
        )
    ]


def test_a_single_bar_that_names_a_day_costs_that_bar() -> None:
    shard = judged(raw(document([*bars(30), bar(priceDate="2024-05-01")])))
    assert (stock_of(shard)["bars"], stock_of(shard)["undated_bars"]) == (30, 1)


@pytest.mark.parametrize("said", ["2024-08-01T18:30:00Z", "2024-08-02T00:00:00+05:30", str(midnight_ms(FRIDAY))])
def test_bars_at_an_instant_in_text_are_of_the_exchange_where_it_is_midnight(said: str) -> None:
    shard = judged(raw(document([bar(priceDate=said)])))
    assert shard.stocks.select("timezone", "last_session").rows() == [(INDIA, FRIDAY)]


@pytest.mark.parametrize("said", ["0001-01-01", "9999-12-31", "0001-01-01T00:00:00+14:00", "2024-02-30"])
def test_days_at_the_ends_of_time_raise_nothing(said: str) -> None:
    shard = judged(raw(document([bar(priceDate=said)])), raw(document(bars(3), dates=[said]), "B_daily.json"))
    assert shard.rejected.height == 1
    assert stock_of(shard, "B")["dropped_dots"] == 1


def test_a_text_of_any_length_is_cut_and_counted() -> None:
    long = "x" * 5_000_000
    texts = {"symbol": long, "name": f" {long}", "currencySymbol": "\ud800" * 300, "periodcity": "Daily"}
    made = document(bars(3), peripheralData=texts, lastCompletedPattern={"baseTypeName": int("9" * 4000)})
    shard = judged(raw(json.dumps(made).encode()))
    stock = stock_of(shard)
    cut = {column: (len(stock[column]), stock[column][-2:]) for column in ("vendor_code", "name", "base_pattern")}
    assert cut == {"vendor_code": (200, "x…"), "name": (200, "x…"), "base_pattern": (200, "9…")}
    assert stock["currency"] == "?" * 199 + "…"
    fields = ", ".join(f"chart.peripheralData.{name}" for name in ("currencySymbol", "name", "symbol"))
    assert forms(shard) == [
        ("texts of more than 200 letters were cut", f"chart.lastCompletedPattern.baseTypeName, {fields}"),
    ]


def test_a_text_of_the_greatest_length_is_whole() -> None:
    shard = judged(raw(document(bars(3), peripheralData={"name": "x" * 200})))
    assert (stock_of(shard)["name"], forms(shard)) == ("x" * 200, [])
