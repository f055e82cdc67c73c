"""Stocks with dots, and a reader of the texts that scripts get, made from their description. No test belongs here."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from bluedot_assets.kernel.tradingview.pine.data import StockDots, epoch_of, parts_of
from bluedot_assets.kernel.tradingview.pine.encoding import DIGITS, ESCAPE, FARTHEST
from bluedot_assets.kernel.tradingview.pine.scripts import (
    PASTE,
    Edition,
    embedded_name,
    embedded_script,
    paste_script,
    seed_scripts,
)
from bluedot_assets.kernel.tradingview.seeds.map import SeedMap, SeedRange

AS_OF: Final = date(2024, 8, 2)
INDIA: Final = "Asia/Kolkata"
NEW_YORK: Final = "America/New_York"
MAPS: Final = {
    "daily": SeedMap(
        (SeedRange("", "seed_user_daily_1"), SeedRange("CUPID", "seed_user_daily_2")), {"ZEE": "seed_user_daily_1"}
    ),
    "weekly": SeedMap((SeedRange("", "seed_user_weekly"),)),
}


def stock(symbol: str, dots: int = 3, **values: Any) -> StockDots:
    """A stock with a dot on the as-of date and on every ninth day before it."""
    days = tuple(AS_OF - timedelta(days=9 * back) for back in reversed(range(dots)))
    good: dict[str, Any] = {"symbol": symbol, "key": symbol, "zone": INDIA, "last": AS_OF, "rlst": 88.0, "dots": days}
    return StockDots(**(good | values))


def many(count: int, dots: int) -> list[StockDots]:
    """Stocks S0000, S0001, ... of two exchanges."""
    return [stock(f"S{number:04d}", dots, zone=(INDIA, NEW_YORK)[number % 2]) for number in range(count)]


def embedded(stocks: list[StockDots], edition: Edition | None = None) -> dict[str, str]:
    """The embedded scripts of those stocks by file name."""
    epoch = epoch_of(stocks, AS_OF)
    edition = edition or Edition(AS_OF, sample=False)
    return {
        embedded_name(part.number): embedded_script(part, edition, epoch) for part in parts_of(stocks, AS_OF, epoch)
    }


def every_script() -> dict[str, str]:
    """One of each kind."""
    seeds = seed_scripts(MAPS, "series", {"DIXON": "DIX_IN"})
    plain = seed_scripts({}, "packed", {})
    return {
        **embedded([stock("ACC"), stock("M_M", 0, rlst=None)]),
        PASTE: paste_script("https://user.github.io/site"),
        **seeds,
        **{f"plain_{name}": script for name, script in plain.items()},
    }


def decode_days(text: str, epoch: date) -> list[date]:
    """The days of a text, oldest first. Raises ValueError on what `encode_days` does not write."""
    days: list[date] = []
    at, place = epoch, 0
    while place < len(text):
        long = text[place] == ESCAPE
        place += 1 if long else 0
        digits = text[place : place + (2 if long else 1)]
        if len(digits) < 1 + long or not set(digits) <= set(DIGITS):
            raise ValueError(f"the dots {text!r} are cut short or damaged at character {place + 1}")
        gap = DIGITS.index(digits[0]) * len(DIGITS) + DIGITS.index(digits[1]) if long else DIGITS.index(digits)
        at += timedelta(days=gap)
        place += len(digits)
        if not (long and gap == FARTHEST):
            days.append(at)
    return days


def read(text: str, epoch: date) -> Mapping[tuple[str, str], tuple[str, int, list[date]]]:
    """(timezone, key) to (RLST, days behind, dots) of a literal, or of a pasted text without its head and end."""
    found = {}
    for section in text.split("#")[1:]:
        zone, *records = section.split("|")
        assert records.pop() == ""
        for record in records:
            key, rlst, behind, dots = record.split(":")
            assert (zone, key) not in found
            found[zone, key] = (rlst, int(behind), decode_days(dots, epoch))
    return found


FIELD = "Text from the stock's page (Copy as text for the paste script)"
