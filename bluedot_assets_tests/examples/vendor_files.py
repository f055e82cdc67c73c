"""Vendor files made by hand, for tests of the kernel: bars, documents, raw files, and what becomes of them.

Nothing of the kernel makes these values; only `judged` and `series` call it."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from bluedot_assets.kernel.bars.normalize import NormalizeRules, Shard, normalize
from bluedot_assets.kernel.bars.ratings import newest_bars
from bluedot_assets.kernel.calendar.timeframes import DAILY, Timeframe
from bluedot_assets.kernel.series.csv_files import csv_files
from bluedot_assets.kernel.series.indicators import INDICATORS
from bluedot_assets.kernel.source.raw_file import RawFile

INDIA: Final = "Asia/Kolkata"
NEW_YORK: Final = "America/New_York"
ZONES: Final = (INDIA, NEW_YORK)
FRIDAY: Final = date(2024, 8, 2)
UPLOADED: Final = datetime(2024, 8, 2, 22, 5, tzinfo=UTC)
ANSWERED_MS: Final = 1722635460000  # 2024-08-02 21:51 UTC: after the close of both exchanges

Record = dict[str, Any]


def midnight_ms(day: date, zone: str = INDIA) -> int:
    """Epoch milliseconds of the day's midnight at an exchange of that zone."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return (midnight - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def bar(day: date = FRIDAY, zone: str = INDIA, /, **values: Any) -> Record:
    """A good bar of that day; `values` replace fields of it."""
    good = {
        "priceDate": midnight_ms(day, zone),
        "open": 101,
        "high": 104.5,
        "low": 100.25,
        "close": 103,
        "volume": 341381,
        "pdt": "TradingDate",
        "rlst": 78,
        "bc": 24565.35,
    }
    return good | values


def bars(count: int, zone: str = INDIA, newest: date = FRIDAY) -> list[Record]:
    """That many good bars on consecutive days, newest first."""
    return [bar(newest - timedelta(days=back), zone) for back in range(count)]


def document(prices: Any, *, dates: Any = None, periodcity: str = "Daily", **chart: Any) -> Record:
    """A whole document; `dates` go to blueDotData, `chart` replaces parts of the chart."""
    return {
        "responseHeader": {"error": False, "asOfDate": ANSWERED_MS},
        "chart": {
            "prices": prices,
            "peripheralData": {"symbol": "DIX.IN", "name": "Dixon", "currencySymbol": "₹", "periodcity": periodcity},
            "blueDotData": {"dates": dates, "isRSBlueDotSatisfied": 0, "isASM": 0, "isGSM": 1},
            "lastCompletedPattern": {"baseTypeId": 6, "baseTypeName": "Consolidation"},
            **chart,
        },
    }


def encoded(content: Any) -> bytes:
    """A document as indented JSON, bytes as they are."""
    return content if isinstance(content, bytes) else json.dumps(content, indent=2).encode()


def raw(
    content: Any, name: str = "DIXON_daily.json", *, origin: str | None = None, modified: datetime = UPLOADED
) -> RawFile:
    """A stored file of that document (or of those bytes)."""
    stored = encoded(content)
    md5 = hashlib.md5(stored, usedforsecurity=False).hexdigest()
    return RawFile(name, origin or name, len(stored), modified, md5, stored)


def unread(name: str, problem: str | None) -> RawFile:
    """A file whose bytes were not stored."""
    return RawFile(name, name, 33 << 20, UPLOADED, None, None, problem)


NO_FILES = normalize([], NormalizeRules(DAILY, FRIDAY, (INDIA,)))  # for shards whose tables a test makes itself


def judged(
    *files: RawFile, timeframe: Timeframe = DAILY, last_day: date = FRIDAY, zones: Sequence[str] = ZONES
) -> Shard:
    """The tables of those files."""
    return normalize(files, NormalizeRules(timeframe, last_day, tuple(zones)))


def tables_of(shard: Shard) -> dict[str, Any]:
    """What a dashboard is made of."""
    return {"stocks": shard.stocks, "bars": newest_bars([shard.bars], shard.stocks), "dots": shard.dots}


def beside_a_good_one(content: Any, **rules: Any) -> Shard:
    """The tables of a file DIXON and a good neighbour ZOMATO."""
    return judged(raw(content), raw(document(bars(3)), "ZOMATO_daily.json"), **rules)


def stock_of(shard: Shard, symbol: str = "DIXON") -> Record:
    """The row of that stock in the stocks table."""
    return shard.stocks.row(by_predicate=pl.col("symbol") == symbol, named=True)


def bars_of(shard: Shard, symbol: str = "DIXON") -> list[Record]:
    """The rows of that stock in the bars table."""
    return list(shard.bars.filter(pl.col("symbol") == symbol).iter_rows(named=True))


# Those that a file of the vendor has everything for.
OF_BARS: Final = tuple(name for name, indicator in INDICATORS.items() if not indicator.of_history)


def series(shard: Shard, names: Iterable[str] = OF_BARS) -> dict[str, bytes]:
    """The shard's CSVs by file name, of all indicators of bars or of those."""
    return {
        f"{symbol}_{name}.csv": content
        for name in names
        for symbol, content in csv_files(shard.bars, INDICATORS[name]).items()
    }
