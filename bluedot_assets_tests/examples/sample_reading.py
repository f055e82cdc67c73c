"""Reads sample files back with plain json, knowing nothing of how they were made."""

import datetime as dt
import json
from pathlib import PurePosixPath
from typing import Any
from zoneinfo import ZoneInfo

from bluedot_assets.kernel.sample.market import EXCHANGES
from bluedot_assets.kernel.sample.tree import SampleFile, SamplePlan

FRIDAY = dt.date(2024, 8, 2)
PLAN = SamplePlan(stocks=60, days=3, weeks=2, seed=7, end=FRIDAY)
ZONES = {"₹": ZoneInfo("Asia/Kolkata"), "$": ZoneInfo("America/New_York")}


def parse(tree: dict[str, SampleFile]) -> dict[str, Any]:
    """The tree's JSON documents by path."""
    return {path: json.loads(file.content) for path, file in tree.items() if path.endswith(".json")}


def in_folder(parsed: dict[str, Any], folder: str) -> dict[str, Any]:
    """The folder's documents by file name."""
    return {PurePosixPath(path).name: doc for path, doc in parsed.items() if path.startswith(folder + "/")}


def rows_of(doc: Any) -> list[dict[str, Any]]:
    prices = doc["chart"]["prices"]
    return list(prices.values()) if isinstance(prices, dict) else prices


def zone_of(doc: Any) -> ZoneInfo:
    return ZONES[doc["chart"]["peripheralData"]["currencySymbol"]]


def instant(row: dict[str, Any], zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.fromtimestamp(row["priceDate"] / 1000, zone)


def dates_of(doc: Any) -> list[dt.date]:
    return [instant(row, zone_of(doc)).date() for row in rows_of(doc)]


def dots_of(doc: Any) -> list[dt.date]:
    dates = (doc["chart"].get("blueDotData") or {}).get("dates") or []
    if dates and isinstance(dates[0], int):
        return [dt.datetime.fromtimestamp(date / 1000, zone_of(doc)).date() for date in dates]
    return [dt.date.fromisoformat(date["blueDotDate"]) for date in dates]


def is_session(doc: Any, day: dt.date) -> bool:
    exchange = EXCHANGES["india" if zone_of(doc).key == "Asia/Kolkata" else "us"]
    return day.weekday() < 5 and f"{day:%m-%d}" not in exchange.holidays
