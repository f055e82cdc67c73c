"""Days on which nobody traded, and highs and lows that are off by the rounding of a float."""

from datetime import timedelta
from typing import Any

import pytest

from bluedot_assets_tests.examples.vendor_files import FRIDAY, bar, bars, bars_of, document, judged, raw, stock_of

OLD = FRIDAY - timedelta(days=60)
NO_TRADE: dict[str, Any] = {"open": None, "high": None, "low": None, "volume": 0}


@pytest.mark.parametrize("volume", [0, None])
@pytest.mark.parametrize("price", [0, None, 0.0])
def test_a_day_without_trade_is_dropped_and_counted_and_is_no_bad_bar(price: Any, volume: Any) -> None:
    suspended = bar(OLD, open=price, high=price, low=price, volume=volume)
    shard = judged(raw(document([*bars(3), suspended])))
    row = stock_of(shard)
    assert (row["bars"], row["suspended_bars"], row["dropped_bars"]) == (3, 1, 0)
    assert shard.unkept.rows() == [("DIXON", OLD, "suspended")]


def test_many_days_without_trade_reject_no_stock_and_a_dot_on_one_is_explained() -> None:
    days = [bar(FRIDAY - timedelta(days=back), **NO_TRADE) for back in range(1, 40)]
    dates = [{"blueDotDate": str(FRIDAY - timedelta(days=5))}]
    shard = judged(raw(document([bar(), *days, bar(OLD)], dates=dates)))
    assert (stock_of(shard)["bars"], stock_of(shard)["suspended_bars"]) == (2, 39)
    assert shard.off_bar["why"].to_list() == ["day without trade"]


def test_a_stock_that_was_never_traded_is_rejected_with_that_reason() -> None:
    shard = judged(raw(document([bar(**NO_TRADE), bar(OLD, pdt="Holiday", volume=None)])))
    assert shard.rejected.select("reason", "field").rows() == [
        (
            "no bars: on none of its days there was trade (open, high, low and volume are null or 0)",
            "chart.prices.open",
        )
    ]


@pytest.mark.parametrize(
    "values",
    [
        NO_TRADE | {"volume": 500},
        NO_TRADE | {"open": 101},
        NO_TRADE | {"close": 0},
        NO_TRADE | {"close": None},
        NO_TRADE | {"volume": -1},
        NO_TRADE | {"open": float("nan")},
        {"open": 0, "volume": 0},
    ],
)
def test_what_is_only_partly_a_day_without_trade_is_an_impossible_bar(values: dict[str, Any]) -> None:
    shard = judged(raw(document([*bars(30), bar(OLD, **values)])))
    assert (stock_of(shard)["suspended_bars"], stock_of(shard)["dropped_bars"]) == (0, 1)


def test_four_equal_prices_and_no_volume_are_a_bar() -> None:
    shard = judged(raw(document([bar(open=103, high=103, low=103, close=103, volume=0)])))
    assert (stock_of(shard)["bars"], stock_of(shard)["suspended_bars"], bars_of(shard)[0]["volume"]) == (1, 0, 0)


def test_a_holiday_without_trade_is_a_holiday() -> None:
    shard = judged(raw(document([bar(), bar(OLD, pdt="Holiday", **NO_TRADE)])))
    assert (stock_of(shard)["holiday_rows"], stock_of(shard)["suspended_bars"]) == (1, 0)


@pytest.mark.parametrize(
    ("values", "name", "price"),
    [
        ({"high": 103 * (1 - 1e-6)}, "high", 103),
        ({"high": 102.99999999999999}, "high", 103),
        ({"close": 104.5, "high": 104.49999999999999}, "high", 104.5),
        ({"low": 101.00000000000001}, "low", 101),
        ({"open": 104, "low": 103.00000000000001}, "low", 103),
    ],
)
def test_a_high_or_low_off_by_float_noise_is_clamped_and_counted(
    values: dict[str, float], name: str, price: float
) -> None:
    shard = judged(raw(document([bar(**values)], dates=["2024-08-02"])))
    assert (bars_of(shard)[0][name], bars_of(shard)[0]["blue_dot"]) == (price, True)
    assert (stock_of(shard)["clamped_bars"], stock_of(shard)["dropped_bars"]) == (1, 0)


def test_four_prices_that_are_equal_but_for_noise_are_in_order() -> None:
    shard = judged(raw(document([bar(open=603.2, high=603.2, low=603.2000000001, close=603.2)])))
    assert [bars_of(shard)[0][name] for name in ("low", "open", "high")] == [603.2] * 3


@pytest.mark.parametrize("values", [{"high": 103 * (1 - 2e-6)}, {"low": 101 * (1 + 2e-6)}, {"high": 102.95}])
def test_a_high_or_low_off_by_more_is_an_impossible_bar(values: dict[str, float]) -> None:
    shard = judged(raw(document([*bars(30), bar(OLD, **values)])))
    assert (stock_of(shard)["clamped_bars"], stock_of(shard)["dropped_bars"]) == (0, 1)


def test_a_good_bar_is_not_clamped() -> None:
    assert stock_of(judged(raw(document(bars(3)))))["clamped_bars"] == 0
