"""A made-up market and its folders, for the cases: good files first, then what is wrong about them. Nothing of the
package makes these values. What is expected of them is in `case`."""

import copy
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from bluedot_assets_tests.examples.vendor_files import INDIA, NEW_YORK, midnight_ms

FRIDAY: Final = date(2025, 8, 1)  # the newest session of nearly every case
DAY: Final = "2025-08-01"
WEEK: Final = "2025-W31"
UPLOADED: Final = datetime(2025, 8, 1, 23, 45, tzinfo=UTC)
NAMES: Final = {
    INDIA: ("ABLE", "BAKER", "CHARLIE", "DOG", "EASY", "FOX", "GEORGE", "HOW", "ITEM", "JIG", "KING", "LOVE"),
    NEW_YORK: ("ALFA", "BRAVO", "COCA", "DELTA", "ECHO", "FOXTROT", "GOLF", "HOTEL", "INDIGO", "JULIET"),
}
# As the exchanges published them.
HOLIDAYS: Final = {
    INDIA: (
        *(
            "2023-11-14",
            "2023-11-27",
            "2023-12-25",
            "2024-01-22",
            "2024-01-26",
            "2024-12-25",
            "2025-02-26",
            "2025-03-14",
        ),
        *(
            "2025-03-31",
            "2025-04-10",
            "2025-04-14",
            "2025-04-18",
            "2025-05-01",
            "2025-08-15",
            "2025-08-27",
            "2025-10-02",
        ),
    ),
    NEW_YORK: (
        *("2024-11-28", "2024-12-25", "2025-01-01", "2025-01-09", "2025-01-20", "2025-02-17"),
        *("2025-04-18", "2025-05-26", "2025-06-19", "2025-07-04", "2025-09-01"),
    ),
}
SPECIAL_SESSIONS: Final = {INDIA: ("2023-11-12", "2024-01-20", "2025-02-01"), NEW_YORK: ()}

YEAR_MS: Final = 364 * 86_400_000

Document = dict[str, Any]
Edit = Callable[[Document], object]


@dataclass(frozen=True)
class File:
    """A file that was uploaded at another time than the others."""

    content: Document | bytes
    uploaded: datetime


Content = Document | bytes | File
Files = dict[str, Content]  # by file name
Source = dict[str, Content]  # by path below the root; one that ends with / is an empty folder


def sessions(count: int, newest: date = FRIDAY, zone: str = INDIA) -> list[date]:
    """The last trading days up to `newest`, newest first; of the years that HOLIDAYS has."""
    days: list[date] = []
    day = newest
    while len(days) < count:
        days += [day] if is_session(day, zone) else []
        day -= timedelta(days=1)
    return days


def is_session(day: date, zone: str) -> bool:
    return (day.weekday() < 5 and str(day) not in HOLIDAYS[zone]) or str(day) in SPECIAL_SESSIONS[zone]


def bar(day: date, zone: str, number: int, /, **values: Any) -> Document:
    """The bar of stock `number` on a day: always the same one, in quiet prices."""
    place, base = day.toordinal(), 100 + 37 * number
    opened, close = (round(base * (1 + 0.02 * math.sin(0.7 * at + number)), 2) for at in (place - 0.5, place))
    good = {
        "priceDate": midnight_ms(day, zone),
        "open": opened,
        "high": round(max(opened, close) + 0.5, 2),
        "low": round(min(opened, close) - 0.5, 2),
        "close": close,
        "volume": 100_000 + place * (number + 1) % 1000,
        "pdt": "TradingDate",
        "rlst": 40 + (place * 7 + number * 13) % 50,
        "bc": 24_000 + place % 100 + 0.5,
    }
    return good | values


def holiday(day: date, zone: str, number: int) -> Document:
    """The placeholder that the vendor writes for a holiday: a copy of the prices before, no volume, no rating."""
    before = bar(sessions(1, day - timedelta(days=1), zone)[0], zone, number)
    return before | {"priceDate": midnight_ms(day, zone), "volume": None, "rlst": None, "pdt": "Holiday"}


def dot_dates(number: int, newest: date, zone: str) -> list[Document]:
    """The stock's blue dots up to `newest`, newest first: an old one, and one in three weeks if that is a session."""
    oldest = date(2023, 3, 2 + number)
    days = map(date.fromordinal, range(newest.toordinal(), oldest.toordinal(), -1))
    dotted = [day for day in days if day.toordinal() % 21 == number * 4 % 21 and is_session(day, zone)]
    return [{"blueDotDate": str(day)} for day in [*dotted, oldest]]


def stated(prices: list[Document]) -> Document:
    """What a file says of its own bars, newest first."""
    newest = prices[0]["priceDate"]
    year = [one for one in prices if one["priceDate"] > newest - YEAR_MS]
    highs, lows = ([one[name] for one in year if isinstance(one[name], int | float)] for name in ("high", "low"))
    volumes = [one["volume"] for one in prices[:50] if isinstance(one["volume"], int | float)]
    return {
        "rsRating": prices[0]["rlst"],
        "week52High": max(highs, default=None),
        "week52Low": min(lows, default=None),
        "vol50ma": sum(volumes) / 50 if len(volumes) == 50 else None,
        "prevPrice": next((one["close"] for one in prices if one["priceDate"] < newest), None),
    }


def restate(content: Document) -> None:
    """The file says of its bars what they are now, if it says anything and they have instants."""
    prices, says = content["chart"]["prices"], content["chart"].get("peripheralData")
    if prices and isinstance(says, dict) and all(isinstance(one["priceDate"], int | float) for one in prices):
        says.update(stated(prices))


def document(prices: list[Document], name: str, dots: list[Document], newest: date, periodcity: str) -> Document:
    """A whole good file of those bars (newest first), answered after the close of both exchanges."""
    answered = datetime(newest.year, newest.month, newest.day, 23, 30, tzinfo=UTC)
    return {
        "responseHeader": {
            "error": False,
            "errorCode": None,
            "errorShortDesc": None,
            "errorLongDesc": None,
            "asOfDate": int(answered.timestamp()) * 1000,
        },
        "chart": {
            "prices": prices,
            "peripheralData": {
                "symbol": f"{name[:3]}.X",
                "name": f"{name.title()} Works",
                "currencySymbol": "₹",
                "periodcity": periodcity,
                "isETF": False,
                **stated(prices),
                "asOfDate": int(answered.timestamp()) * 1000,
            },
            "blueDotData": {"dates": dots, "isRSBlueDotSatisfied": 0, "isASM": 0, "isGSM": 0},
            "lastCompletedPattern": {"baseTypeId": 6, "baseTypeName": "Consolidation"},
        },
    }


def stocks(count: int = 5, zone: str = INDIA, newest: date = FRIDAY, bars: int = 30) -> Files:
    """Good daily files of that many stocks of an exchange."""
    days = sessions(bars, newest, zone)
    return {
        f"{name}_daily.json": document(
            [bar(day, zone, number) for day in days], name, dot_dates(number, newest, zone), newest, "Daily"
        )
        for number, name in enumerate(NAMES[zone][:count])
    }


def weekly_stocks(count: int = 5, zone: str = INDIA, newest: date = FRIDAY, weeks: int = 12) -> Files:
    """Good weekly files of the same stocks: a bar holds what its week's daily bars do, and is dated on the Friday."""
    days = sessions(weeks * 5, newest, zone)
    fridays = sorted({day + timedelta(days=4 - day.weekday()) for day in days}, reverse=True)[:weeks]
    files: Files = {}
    for number, name in enumerate(NAMES[zone][:count]):
        prices = []
        for friday in fridays:
            week = [bar(day, zone, number) for day in days if 0 <= (friday - day).days < 5]
            prices.append(
                week[0]
                | {
                    "priceDate": midnight_ms(friday, zone),
                    "open": week[-1]["open"],
                    "high": max(one["high"] for one in week),
                    "low": min(one["low"] for one in week),
                    "volume": sum(one["volume"] for one in week),
                }
            )
        files[f"{name}_weekly.json"] = document(prices, name, dot_dates(number, newest, zone), newest, "Weekly")
    return files


def edited(files: Files, edit: Edit, *names: str) -> Files:
    """The files with one thing changed in those stocks' documents, or in all."""
    changed = copy.deepcopy(files)
    for file, content in changed.items():
        if isinstance(content, dict) and (not names or file.rpartition("_")[0] in names):
            edit(content)
    return changed


def put(path: str, value: Any) -> Edit:
    """An edit that sets a field, `chart.blueDotData.dates`."""
    *folders, field = path.split(".")

    def edit(content: Document) -> None:
        for folder in folders:
            content = content[folder]
        content[field] = value

    return edit


def take(path: str) -> Edit:
    """An edit that takes a field out."""
    *folders, field = path.split(".")

    def edit(content: Document) -> None:
        for folder in folders:
            content = content[folder]
        del content[field]

    return edit


def each_bar(first: int = 0, last: int | None = None, /, **values: Any) -> Edit:
    """An edit of bars by their place, newest first: those from `first` to before `last`. A value that can be called is
    called with the bar's own."""

    def edit(content: Document) -> None:
        for one in content["chart"]["prices"][first:last]:
            one.update({name: value(one[name]) if callable(value) else value for name, value in values.items()})
        restate(content)

    return edit


def without_bars(first: int = 0, last: int | None = None) -> Edit:
    """An edit that takes bars out, by their place."""

    def edit(content: Document) -> None:
        del content["chart"]["prices"][first:last]
        restate(content)

    return edit


def answered(at: str) -> Edit:
    """An edit of when the vendor answered, as `2025-08-01T11:12+05:30`."""
    return put("responseHeader.asOfDate", int(datetime.fromisoformat(at).timestamp()) * 1000)


def newer_bar(day: date, zone: str = INDIA, **values: Any) -> Edit:
    """An edit that puts a copy of the newest bar in front of it, on that day."""

    def edit(content: Document) -> None:
        prices = content["chart"]["prices"]
        prices.insert(0, prices[0] | {"priceDate": midnight_ms(day, zone)} | values)
        restate(content)

    return edit


def renamed(files: Files, names: Mapping[str, str]) -> Files:
    """Files under other names."""
    return {names.get(name, name): content for name, content in files.items()}


def daily(files: Files, key: str = DAY) -> Source:
    return {f"daily/{key}/{name}": content for name, content in files.items()}


def weekly(files: Files, key: str = WEEK) -> Source:
    return {f"weekly/{key}/{name}": content for name, content in files.items()}


def encoded(content: Content) -> bytes:
    content = content.content if isinstance(content, File) else content
    return content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
