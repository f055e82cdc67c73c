"""The rows of the source format's table "Bad input" that are about single bars, values and dots: each is counted."""

from datetime import date, timedelta
from typing import Any

import pytest

from bluedot_assets.kernel.calendar.timeframes import WEEKLY
from bluedot_assets.kernel.sample.faults import FAULT_KINDS
from bluedot_assets.kernel.sample.tree import SamplePlan, sample_files
from bluedot_assets_tests.examples.vendor_files import (
    FRIDAY,
    INDIA,
    NEW_YORK,
    bar,
    bars,
    bars_of,
    beside_a_good_one,
    document,
    judged,
    midnight_ms,
    raw,
    series,
    stock_of,
)

ENOUGH = 30  # so that one bad bar is far below a tenth
OLD = FRIDAY - timedelta(days=60)


@pytest.mark.parametrize(
    "price", [None, float("nan"), float("inf"), 0, -0.0, -1, -101.5, "1O1", "1,01", True, [], 10**400]
)
@pytest.mark.parametrize("name", ["open", "high", "low", "close"])
def test_a_bar_with_an_impossible_price_is_dropped_and_counted(name: str, price: Any) -> None:
    shard = beside_a_good_one(document([*bars(ENOUGH), bar(OLD, **{name: price})]))
    assert (stock_of(shard)["bars"], stock_of(shard)["dropped_bars"]) == (ENOUGH, 1)
    assert OLD not in shard.bars["session"]
    assert stock_of(shard, "ZOMATO")["dropped_bars"] == 0


@pytest.mark.parametrize(
    "prices",
    [
        {"high": 100, "low": 100.25},
        {"high": 100.9, "open": 101},
        {"high": 102.9, "close": 103},
        {"low": 101.5, "open": 101},
        {"low": 103.5, "open": 104, "close": 103},
    ],
)
def test_a_bar_with_high_and_low_out_of_order_is_dropped_and_counted(prices: dict[str, float]) -> None:
    shard = beside_a_good_one(document([*bars(ENOUGH), bar(OLD, **prices)]))
    assert (stock_of(shard)["bars"], stock_of(shard)["dropped_bars"]) == (ENOUGH, 1)


@pytest.mark.parametrize(
    "record", [{}, None, "bar", 7, [], {"priceDate": midnight_ms(OLD)}, bar() | {"priceDate": "x"}]
)
def test_a_record_that_is_no_bar_is_dropped_and_counted(record: Any) -> None:
    stock = stock_of(beside_a_good_one(document([*bars(ENOUGH), record])))
    undated = record != {"priceDate": midnight_ms(OLD)}
    assert (stock["bars"], stock["dropped_bars"], stock["undated_bars"]) == (ENOUGH, not undated, undated)


def test_a_stray_stamp_costs_its_bar_and_not_the_stock() -> None:
    stray = bar(priceDate=midnight_ms(OLD) + 40_320_000)
    stock = stock_of(beside_a_good_one(document([*bars(ENOUGH), stray])))
    assert (stock["bars"], stock["undated_bars"], stock["dropped_bars"]) == (ENOUGH, 1, 0)


def test_undated_and_impossible_bars_together_are_at_most_a_tenth() -> None:
    stray, bad = bar(priceDate=midnight_ms(OLD) + 40_320_000), bar(OLD, close=0)
    assert beside_a_good_one(document([*bars(18), stray, bad])).rejected.is_empty()
    rejected = beside_a_good_one(document([*bars(17), stray, bad])).rejected
    assert rejected["reason"].item().startswith("2 of 19 bars have impossible prices or dates")


def test_a_bar_dated_before_1900_is_dropped_and_counted() -> None:
    # TradingView refuses such a row, which would keep the whole partition from being published.
    shard = beside_a_good_one(document([*bars(ENOUGH), bar(date(1899, 12, 31)), bar(date(1900, 1, 1))]))
    assert (stock_of(shard)["bars"], stock_of(shard)["dropped_bars"]) == (ENOUGH + 1, 1)
    assert stock_of(shard)["first_session"] == date(1900, 1, 1)


@pytest.mark.parametrize(("good", "bad", "accepted"), [(9, 1, True), (90, 10, True), (89, 10, False), (8, 1, False)])
def test_a_tenth_of_bad_bars_is_accepted_and_more_is_not(good: int, bad: int, accepted: bool) -> None:
    spoiled = [bar(FRIDAY - timedelta(days=200 + back), close=0) for back in range(bad)]
    shard = beside_a_good_one(document([*bars(good), *spoiled]))
    if accepted:
        assert (stock_of(shard)["bars"], stock_of(shard)["dropped_bars"]) == (good, bad)
        return
    (row,) = shard.rejected.iter_rows(named=True)
    assert row["reason"].startswith(f"{bad} of {good + bad} bars have impossible prices or dates")
    assert row["reason"].endswith("more than 10%")
    assert row["field"] == "chart.prices"
    assert shard.bars["symbol"].unique().to_list() == ["ZOMATO"]


def test_holiday_rows_are_dropped_and_count_neither_as_good_nor_as_bad() -> None:
    holidays = [bar(FRIDAY - timedelta(days=300 + back), pdt="Holiday", volume=None, rlst=None) for back in range(50)]
    shard = beside_a_good_one(document([*bars(8), *holidays, bar(OLD, close=0)]))
    assert "1 of 9 bars" in shard.rejected["reason"][0]
    shard = beside_a_good_one(document([*bars(9), *holidays, bar(OLD, close=0)]))
    assert (stock_of(shard)["holiday_rows"], stock_of(shard)["dropped_bars"]) == (50, 1)


RLST_OUT: list[Any] = [100, 150, -1, -0.5, 99.5, float("nan"), float("inf"), "78%", True]
BC_OUT: list[Any] = [0, -24565.35, float("nan"), float("inf"), "24.565,35", []]
VOLUME_OUT: list[Any] = [-1, float("nan"), float("inf"), 1e30, "341381 shares", {}]


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, out in (("rlst", RLST_OUT), ("bc", BC_OUT), ("volume", VOLUME_OUT)) for value in out],
)
def test_a_value_out_of_its_range_becomes_null_and_is_counted(name: str, value: Any) -> None:
    shard = beside_a_good_one(document([bar(**{name: value}), *bars(3)[1:]]))
    newest = bars_of(shard)[-1]
    assert newest[name] is None
    assert (stock_of(shard)["bars"], stock_of(shard)["nulled_values"]) == (3, 1)
    assert [row[name] for row in bars_of(shard)[:-1]] == [bar()[name]] * 2


@pytest.mark.parametrize(("name", "value"), [("rlst", 0), ("rlst", 99), ("bc", 0.01), ("volume", 0), ("volume", 2**53)])
def test_a_value_at_the_end_of_its_range_is_kept(name: str, value: float) -> None:
    shard = beside_a_good_one(document([bar(**{name: value})]))
    assert bars_of(shard)[0][name] == value
    assert stock_of(shard)["nulled_values"] == 0


@pytest.mark.parametrize("name", ["rlst", "bc", "volume"])
def test_a_null_value_is_no_fault(name: str) -> None:
    shard = beside_a_good_one(document([bar(**{name: None})]))
    assert bars_of(shard)[0][name] is None
    assert stock_of(shard)["nulled_values"] == 0


def test_minus_zero_is_published_as_zero() -> None:
    shard = judged(raw(document([bar(rlst=-0.0, volume=-0.0)])))
    assert series(shard)["DIXON_RLST_RATING.csv"] == b"20240802T,0,0,0,0,0\n"


def test_two_identical_bars_of_one_date_are_kept_once_without_a_word() -> None:
    shard = beside_a_good_one(document([*bars(3), bar(FRIDAY), bar(FRIDAY - timedelta(days=1), open=101.0)]))
    assert (stock_of(shard)["bars"], stock_of(shard)["duplicate_bars"]) == (3, 0)


def test_of_two_different_bars_of_one_date_the_first_in_the_file_is_kept_and_the_other_counted() -> None:
    day = FRIDAY - timedelta(days=1)
    prices = [bar(), bar(day, close=101.5), bar(day, close=102.5), bar(day, rlst=1), *bars(4)[2:]]
    shard = beside_a_good_one(document(prices))
    assert [row["close"] for row in bars_of(shard)] == [103, 103, 101.5, 103]
    assert (stock_of(shard)["bars"], stock_of(shard)["duplicate_bars"]) == (4, 2)


def test_an_impossible_bar_does_not_take_the_place_of_a_good_one_of_its_date() -> None:
    shard = beside_a_good_one(document([bar(OLD, close=None), bar(OLD), *bars(ENOUGH)]))
    row = stock_of(shard)
    assert (row["bars"], row["dropped_bars"], row["duplicate_bars"]) == (ENOUGH + 1, 1, 0)


def test_a_bar_after_the_partitions_end_is_dropped_and_counted() -> None:
    shard = beside_a_good_one(document([bar(FRIDAY + timedelta(days=1)), *bars(3)]))
    assert (stock_of(shard)["bars"], stock_of(shard)["future_bars"]) == (3, 1)
    assert stock_of(shard)["last_session"] == FRIDAY


def test_a_file_with_nothing_but_bars_after_the_partitions_end_is_rejected() -> None:
    shard = beside_a_good_one(document([bar(FRIDAY + timedelta(days=days)) for days in (2, 1)]))
    assert shard.rejected.select("reason", "field").rows() == [
        ("no bars: all are dated after the partition's end", "chart.prices.priceDate")
    ]


def test_a_weekly_bar_of_the_coming_friday_is_inside_its_week() -> None:
    # A Wednesday's partition run reads weekly bars that carry the Friday to come.
    prices = [bar(FRIDAY + timedelta(days=7)), bar(FRIDAY), bar(FRIDAY - timedelta(days=7))]
    file = raw(document(prices, periodcity="Weekly"), "DIXON_weekly.json")
    shard = judged(file, timeframe=WEEKLY, last_day=WEEKLY.end("2024-W31"))
    assert [row["session"] for row in bars_of(shard)] == [FRIDAY - timedelta(days=7), FRIDAY]
    assert stock_of(shard)["future_bars"] == 1


NO_DATE_TEXTS: list[Any] = [
    "2024-02-30",
    "soon",
    None,
    "",
    "2024-08-02T09:15:00",
    "02-08-2024",
    True,
    [],
]
NO_DATES: list[Any] = [
    *({"blueDotDate": said} for said in NO_DATE_TEXTS),
    *("2024-13-01", None, True, [], {}, float("nan"), float("inf"), 1e300, -1e300, 10**400),
]


@pytest.mark.parametrize("said", NO_DATES, ids=repr)
def test_a_dot_date_that_is_no_date_is_dropped_and_counted(said: Any) -> None:
    dates = [{"blueDotDate": "2024-08-01"}, said, {"blueDotDate": "2021-03-12"}]
    shard = beside_a_good_one(document(bars(3), dates=dates))
    assert stock_of(shard)["dropped_dots"] == 1
    assert shard.dots.rows() == [("DIXON", date(2021, 3, 12)), ("DIXON", date(2024, 8, 1))]
    assert [row["blue_dot"] for row in bars_of(shard)] == [False, True, False]


def test_a_dot_after_the_partitions_end_is_dropped_and_counted() -> None:
    shard = beside_a_good_one(document(bars(3), dates=[{"blueDotDate": "2024-08-03"}, {"blueDotDate": "2024-08-02"}]))
    assert stock_of(shard)["dropped_dots"] == 1
    assert [row["blue_dot"] for row in bars_of(shard)] == [False, False, True]


@pytest.mark.parametrize(
    ("dates", "values"),
    [
        (7, 1),
        (True, 1),
        ("soon", 1),
        ("2024-08-01, 2024-07-31, 2024-07-30", 3),
        ("2024-08-01\n2024-07-31", 2),
        ({"a": "soon", "b": None, "c": 7}, 3),
        ({"2024-08-01": True, "2024-07-31": True}, 2),
        ([["2024-08-01", "2024-07-31"], []], 3),
    ],
)
def test_dots_of_a_wrong_kind_are_dropped_as_many_times_as_there_are_values(dates: Any, values: int) -> None:
    shard = beside_a_good_one(document(bars(3), dates=dates))
    assert (stock_of(shard)["dropped_dots"], shard.dots.height) == (values, 0)


@pytest.mark.parametrize(
    ("data", "values"),
    [
        ([{"blueDotDate": "2024-08-01"}, {"blueDotDate": "2024-07-31"}], 2),
        ([], 1),
        ("2024-08-01,2024-07-31", 2),
        (7, 1),
        (None, 0),
    ],
)
def test_blue_dot_data_of_a_wrong_kind_is_dropped_as_many_times_as_it_has_values(data: Any, values: int) -> None:
    shard = beside_a_good_one(document(bars(3), blueDotData=data))
    assert (stock_of(shard)["dropped_dots"], shard.dots.height) == (values, 0)
    assert (stock_of(shard)["is_asm"], stock_of(shard)["is_gsm"]) == (False, False)


@pytest.mark.parametrize("zone", [INDIA, NEW_YORK])
def test_dots_as_epoch_milliseconds_are_days_at_the_exchange(zone: str) -> None:
    dates = [midnight_ms(FRIDAY, zone), float(midnight_ms(FRIDAY - timedelta(days=2), zone))]
    shard = beside_a_good_one(document(bars(3, zone), dates=dates))
    assert [row["blue_dot"] for row in bars_of(shard)] == [True, False, True]
    assert stock_of(shard)["timezone"] == zone


def test_a_dot_on_no_bar_is_listed_with_what_became_of_the_bar() -> None:
    days = [FRIDAY - timedelta(days=back) for back in range(30)]
    prices = [bar(day) for day in days if day not in (days[1], days[4])]
    prices += [bar(days[1], pdt="Holiday"), bar(days[2], close=0)]
    del prices[1]
    dates = [{"blueDotDate": days[back].isoformat()} for back in (0, 1, 2, 4)] + [{"blueDotDate": "2020-01-01"}]
    shard = beside_a_good_one(document(prices, dates=dates))
    assert shard.off_bar.rows() == [
        ("DIXON", days[4], "no bar"),
        ("DIXON", days[2], "dropped bar"),
        ("DIXON", days[1], "Holiday row"),
    ]


COUNTED = {
    "bad-bars-few": ("dropped_bars", 5),
    "nan-price": ("dropped_bars", 1),
    "rlst-out-of-range": ("nulled_values", 3),
    "bc-not-positive": ("nulled_values", 2),
    "same-bar-twice": ("duplicate_bars", 0),
    "two-bars-one-date": ("duplicate_bars", 1),
    "future-bar": ("future_bars", 1),
    "bad-dot-date": ("dropped_dots", 3),
}
COUNTS = ("dropped_bars", "nulled_values", "duplicate_bars", "future_bars", "dropped_dots")


def test_every_kind_that_the_sample_says_is_repaired_is_published_with_its_count_and_no_other() -> None:
    plan = SamplePlan(stocks=2, days=1, weeks=0, seed=7, end=FRIDAY, exchange="india", fault_kinds=tuple(COUNTED))
    files = [file for file in sample_files(plan) if file.path.endswith(".json")]
    shard = judged(*(raw(file.content, file.path.rsplit("/", 1)[1]) for file in files))
    assert shard.rejected.is_empty()
    assert shard.stocks.height == len(COUNTED) + 2
    for kind, (name, count) in COUNTED.items():
        row = stock_of(shard, FAULT_KINDS[kind].stocks[0])
        assert {name: row[name] for name in COUNTS} == dict.fromkeys(COUNTS, 0) | {name: count}
    assert set(COUNTED) == {kind for kind, one in FAULT_KINDS.items() if one.outcome == "repaired"}
