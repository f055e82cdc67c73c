"""Invented stocks, their names and flags, and one of their files as the vendor writes it (source-format.md, "One
file"). The numbers come from market; damage is done in faults."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np

from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.sample.market import Bars, BoolArray, FloatArray, IntArray, Market
from bluedot_assets.kernel.source.vendor_fields import SAMPLE_GENERATOR

# When the vendor's upload of a session starts, the morning after: the day is over at both exchanges then, as it must be
# for a session that the real calendar does not have. The sample knows the holidays of one year.
UPLOAD_AFTER: Final = dt.timedelta(days=1, hours=5, minutes=30)
Document = dict[str, Any]

_SYLLABLES = [consonant + vowel for consonant in "BDFGHJKLMNPRSTVZ" for vowel in "AEIOU"]
_FIRST_PLACE = {"india": 271_828, "us": 31_416}
_LAST_LETTER = {"india": "N", "us": "X"}
_TRADES = ["Motors", "Foods", "Chemicals", "Systems", "Textiles", "Power", "Cement", "Laboratories", "& Daughters"]
_LEGAL = {"india": "Ltd.", "us": "Inc."}
_PATTERNS = [(6, "Consolidation"), (1, "Cup With Handle"), (4, "Flat Base"), (3, "Double Bottom")]


@dataclass(frozen=True, kw_only=True)
class SampleStock:
    """What stays the same in all files of a stock. `number` counts the stocks of its exchange from 0."""

    number: int
    name: str
    vendor_symbol: str
    company: str
    daily_rows: int = 300
    weekly_rows: int = 115
    prices_as_dict: bool = False
    dots: str = "strings"  # or "numbers", "null dates", "null", "absent"
    is_etf: bool = False
    is_asm: bool = False
    is_gsm: bool = False
    pattern: tuple[int, str] | None = None


def make_stock(exchange: str, number: int) -> SampleStock:
    """The exchange's stock of that number; its traits follow from the number, so small samples have them all."""
    base = _base_name(exchange, number)
    decorated = {3: f"{base}_AUTO", 7: f"{base[:3]}&{base[3:]}", 11: f"{base}-EQ"}.get(number % 16, base)
    dots = {4: "numbers", 9: "null dates", 16: "null", 24: "absent"}.get(number % 28, "strings")
    return SampleStock(
        number=number,
        name=decorated,
        vendor_symbol=f"{base[:3]}.{base[-2:]}" if number % 6 == 2 else decorated,
        company=f"{base.title()} {_TRADES[number % len(_TRADES)]} {_LEGAL[exchange]}",
        daily_rows=296 + number * 5 % 9,
        weekly_rows=112 + number * 5 % 7,
        prices_as_dict=number % 28 == 13,
        dots=dots,
        is_etf=number % 15 == 5,
        is_asm=number % 17 == 6,
        is_gsm=number % 23 == 8,
        pattern=None if number % 3 == 0 else _PATTERNS[number % len(_PATTERNS)],
    )


def _base_name(exchange: str, number: int) -> str:
    """A pronounceable ticker that no real exchange lists: three syllables and the exchange's last letter."""
    kinds = len(_SYLLABLES)
    lap, place = divmod(number, kinds**3)
    # 123457 is prime to 80 cubed, so every place comes up once before any repeats.
    scattered = (place * 123_457 + _FIRST_PLACE[exchange]) % kinds**3
    syllables = [_SYLLABLES[scattered // kinds**power % kinds] for power in range(3)]
    return "".join(syllables) + _LAST_LETTER[exchange] + (str(lap) if lap else "")


def document(stock: SampleStock, market: Market, bars: Bars, dots: IntArray, answered: dt.datetime) -> Document:
    """One file as the vendor's JSON object. `dots` are weekday numbers, newest first; `answered` is aware."""
    records = _price_records(bars)
    answered_ms = int(answered.timestamp()) * 1000
    chart: Document = {
        "chartType": bars.timeframe.name,
        "prices": {str(place): row for place, row in enumerate(records)} if stock.prices_as_dict else records,
        "peripheralData": _peripheral_data(stock, market, bars),
        "lastCompletedPattern": stock.pattern and dict(zip(("baseTypeId", "baseTypeName"), stock.pattern, strict=True)),
        "annotations": [],
    }
    if stock.dots != "absent":
        chart["blueDotData"] = None if stock.dots == "null" else _blue_dot_data(stock, market, dots)
    header = {"error": False, "errorMessage": None, "asOfDate": answered_ms, "generator": SAMPLE_GENERATOR}
    return {"responseHeader": header, "chart": chart}


def encode(content: Document) -> bytes:
    """The document as indented JSON, UTF-8."""
    return msgspec.json.format(msgspec.json.encode(content), indent=2)


def _price_records(bars: Bars) -> list[Document]:
    # Three of four bars write a whole number as int: the vendor mixes 101 and 101.0, readers must take both.
    whole = bars.midnight_ms // 86_400_000 % 4 != 0
    columns: dict[str, list[Any]] = {
        "priceDate": bars.midnight_ms.tolist(),
        "open": _numbers(bars.open, whole),
        "high": _numbers(bars.high, whole),
        "low": _numbers(bars.low, whole),
        "close": _numbers(bars.close, whole),
        "volume": _nulled(bars.volume.tolist(), bars.no_volume),
        "pdt": ["TradingDate" if trading else "Holiday" for trading in bars.trading.tolist()],
        "rlst": _nulled(bars.rlst.tolist(), bars.no_rlst),
        "bc": _nulled(_numbers(bars.bc, whole), bars.no_bc),
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _numbers(values: FloatArray, whole: BoolArray) -> list[float]:
    pairs = zip(values.tolist(), whole.tolist(), strict=True)
    return [int(value) if as_int and value.is_integer() else value for value, as_int in pairs]


def _nulled(values: list[Any], missing: BoolArray) -> list[Any]:
    return [None if absent else value for value, absent in zip(values, missing.tolist(), strict=True)]


def _peripheral_data(stock: SampleStock, market: Market, bars: Bars) -> Document:
    year = 252 if bars.timeframe is DAILY else 52
    rated = np.flatnonzero(~bars.no_rlst)
    # The last quote: seconds after the close, of a stock that hardly trades hours before it.
    quoted_s = market.exchange.close_s + (-7200 if stock.number % 12 == 10 else 16) + stock.number % 30
    sessions, traded = np.flatnonzero(bars.trading), np.flatnonzero(bars.trading & ~bars.no_volume)
    current, previous = _nulled(bars.volume[sessions[:2]].tolist(), bars.no_volume[sessions[:2]])
    return {
        "symbol": stock.vendor_symbol,
        "name": stock.company,
        "currencySymbol": market.exchange.currency,
        "periodcity": bars.timeframe.periodcity,
        "rsRating": int(bars.rlst[rated[0]]) if len(rated) else None,
        "week52High": float(bars.high[:year].max()),
        "week52Low": float(bars.low[:year].min()),
        "vol50ma": float(bars.volume[traded[:50]].mean()),
        "currentVolume": current,
        "prevVolume": previous,
        "prevPrice": float(bars.close[sessions[1]]),
        "isETF": stock.is_etf,
        "instrumentType": "ETF" if stock.is_etf else "Stock",
        "asOfDate": int(bars.midnight_ms[bars.trading][0]) + quoted_s * 1000,
        "groupRank": stock.number % 197 + 1,
        "groupName": None if stock.is_etf else "Invented Industries",
        "lotSize": 1,
        "earningsDate": None,
    }


def _blue_dot_data(stock: SampleStock, market: Market, dots: IntArray) -> Document:
    dates: list[Any] | None = [{"blueDotDate": market.days[weekday].isoformat()} for weekday in dots.tolist()]
    if stock.dots == "numbers":
        dates = market.midnight_ms[dots].tolist()
    if stock.dots == "null dates":
        dates = None
    flags = {"isRSBlueDotSatisfied": int(bool(dates)), "isASM": int(stock.is_asm), "isGSM": int(stock.is_gsm)}
    return {"dates": dates, **flags}
