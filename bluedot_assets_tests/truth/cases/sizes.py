"""Prices of any size are published with all their digits."""

from decimal import Decimal
from typing import Any, Final

from bluedot_assets_tests.examples.vendor_files import INDIA
from bluedot_assets_tests.truth.case import Case, Value, rows
from bluedot_assets_tests.truth.market import FRIDAY, Source, bar, daily, each_bar, edited, stocks

PRICES: Final = ("open", "high", "low", "close")


def _scaled(price: float, factor: str) -> float:
    return float(Decimal(str(price)) * Decimal(factor))


def _of(factor: str) -> Source:
    return daily(edited(stocks(), each_bar(**{name: lambda price: _scaled(price, factor) for name in PRICES}), "ABLE"))


def _row(factor: str) -> str:
    """The newest row of that stock, as decimals without an exponent."""
    values: dict[str, Any] = bar(FRIDAY, INDIA, 0)
    prices = ",".join(f"{Decimal(str(values[name])) * Decimal(factor):f}".rstrip("0") for name in PRICES)
    return f"20250801T,{prices},{values['volume']}"


def _case(name: str, factor: str) -> Case:
    return Case(
        name=name,
        source=_of(factor),
        shows=(
            rows("ABLE_PRICE_DATA.csv", _row(factor)),
            Value("daily/latest/dashboard.json", "stocks/0/4", _scaled(bar(FRIDAY, INDIA, 0)["close"], factor)),
        ),
    )


CASES: Final = (
    _case("Prices of a ten-thousandth", "0.00000046"),
    _case("Prices that programs like to write with an exponent", "0.0000000001"),
)
