"""One vendor file, from bytes to typed records. Decides only whether the file can be read; what its values are
worth is decided in `bars/normalize`. Shape: the source format's section "One file"."""

import json
import math
from typing import Any, Final, TypeVar

import msgspec

SAMPLE_GENERATOR: Final = "bluedot-sample"  # in responseHeader.generator of every file that `bluedot sample` makes
_MOST_WORDS: Final = 200  # characters of the vendor's own words in a reason


class Unreadable(ValueError):
    """The file is no stock's data. `reason` in words, `field` the path of the field that it is about."""

    def __init__(self, reason: str, field: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


class Bar(msgspec.Struct, gc=False):
    """A record of chart.prices as it came; absent fields are None."""

    priceDate: float | None = None
    open: float | None = None
    high: float | None = None
    low: float | None = None
    close: float | None = None
    volume: float | None = None
    pdt: str | None = None
    rlst: float | None = None
    bc: float | None = None


class Peripheral(msgspec.Struct, gc=False):
    """chart.peripheralData, as far as it is used."""

    symbol: Any = None
    name: Any = None
    currencySymbol: Any = None
    periodcity: Any = None
    isETF: Any = None
    asOfDate: Any = None


class BlueDots(msgspec.Struct, gc=False):
    """chart.blueDotData, as far as it is used."""

    dates: Any = None
    isASM: Any = None
    isGSM: Any = None


class _Pattern(msgspec.Struct, gc=False):
    baseTypeName: Any = None


class _Header(msgspec.Struct, gc=False):
    error: Any = False
    errorCode: Any = None
    errorShortDesc: Any = None
    errorLongDesc: Any = None
    errorMessage: Any = None  # no real file has it; our own samples had
    generator: Any = None
    asOfDate: Any = None


class _Chart(msgspec.Struct, gc=False):
    prices: list[Bar] | dict[str, Bar] | None = None
    peripheralData: Peripheral | None = None
    blueDotData: BlueDots | None = None
    lastCompletedPattern: _Pattern | None = None


class _Document(msgspec.Struct, gc=False):
    chart: _Chart
    responseHeader: _Header | None = None


_Part = TypeVar("_Part", bound=msgspec.Struct)


class VendorFile(msgspec.Struct, gc=False):
    """A readable file: its bars as they stand in the file (newest first) and what it says of the stock."""

    bars: list[Bar]
    peripheral: Peripheral
    dots: BlueDots
    base_pattern: Any
    sample: bool
    answered: Any  # responseHeader.asOfDate: when the vendor answered


_DECODER: Final = msgspec.json.Decoder(_Document)


def decode(content: bytes) -> VendorFile:
    """Read one file. Raises Unreadable.

    Nearly every file takes the strict decoder; what it refuses is read leniently, because one wrong value
    (a NaN literal, a price in quotes) must cost its bar and not the stock."""
    try:
        document = _DECODER.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        document = _lenient(_any_json(content))
    return _checked(document)


def expect_periodcity(read: VendorFile, expected: str) -> None:
    """Raises Unreadable when the file says that its bars are of the other timeframe; its silence is no fault."""
    periodcity = str(read.peripheral.periodcity).capitalize()
    if periodcity in {"Daily", "Weekly"} and periodcity != expected:
        raise Unreadable(f"it holds {periodcity} bars, where {expected} ones belong", "chart.peripheralData.periodcity")


def storable(text: str) -> str:
    """Text as it came, without what no table or page can hold (lone surrogates)."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _checked(document: _Document) -> VendorFile:
    header = document.responseHeader or _Header()
    if header.error not in (None, False, 0):
        words = _error_words(header)
        raise Unreadable(f"the vendor answered with an error{words and f': {words}'}", "responseHeader.error")
    chart = document.chart
    if chart.prices is None:
        raise Unreadable("chart.prices is missing", "chart.prices")
    return VendorFile(
        bars=list(chart.prices.values()) if isinstance(chart.prices, dict) else chart.prices,
        peripheral=chart.peripheralData or Peripheral(),
        dots=chart.blueDotData or BlueDots(),
        base_pattern=chart.lastCompletedPattern.baseTypeName if chart.lastCompletedPattern else None,
        sample=header.generator == SAMPLE_GENERATOR,
        answered=header.asOfDate,
    )


def _error_words(header: _Header) -> str:
    """All that the vendor says of its error, each part once, on one line of at most 200 characters."""
    given = (header.errorCode, header.errorShortDesc, header.errorLongDesc, header.errorMessage)
    parts = (" ".join(str(one).split()) for one in given if one)
    return storable(", ".join(dict.fromkeys(part for part in parts if part))[:_MOST_WORDS])


def _any_json(content: bytes) -> object:
    if not content.strip():
        raise Unreadable("the file is empty")
    try:
        text = content.decode(json.detect_encoding(content))
    except UnicodeDecodeError as error:
        raise Unreadable(f"not text: byte {error.start} cannot be read as {error.encoding}") from None
    if "\0" in text[:1000]:
        raise Unreadable("not text: it holds NUL bytes")
    try:
        return json.loads(text.removeprefix("\ufeff"))
    except RecursionError:
        raise Unreadable("not JSON of this vendor: nested too deeply") from None
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) or "Unterminated" in error.msg:
            raise Unreadable(f"truncated: the JSON breaks off after {len(content)} bytes") from None
        raise Unreadable(f"not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from None
    except ValueError as error:
        raise Unreadable(f"not JSON: {error}") from None


def _lenient(value: object) -> _Document:
    top = _object(value, "the document")
    if "chart" not in top and "responseHeader" not in top:
        raise Unreadable("another shape of JSON: chart is missing", "chart")
    header = _part(top.get("responseHeader"), _Header)
    if header is not None and header.error not in (None, False, 0):
        return _Document(chart=_Chart(), responseHeader=header)
    chart = _object(top.get("chart"), "chart")
    peripheral, dots = _part(chart.get("peripheralData"), Peripheral), _part(chart.get("blueDotData"), BlueDots)
    pattern = _part(chart.get("lastCompletedPattern"), _Pattern)
    return _Document(_Chart(_bars(chart.get("prices")), peripheral, dots, pattern), header)


def _object(value: object, field: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unreadable(f"another shape of JSON: {field} is {_kind(value)}, not an object", field)
    return value


def _part(value: object, kind: type[_Part]) -> _Part | None:
    return msgspec.convert(value, kind) if isinstance(value, dict) else None


def _bars(value: object) -> list[Bar] | None:
    if value is None:
        return None
    if not isinstance(value, dict | list):
        raise Unreadable(f"another shape of JSON: chart.prices is {_kind(value)}, not a list", "chart.prices")
    return [_bar(record) for record in (value.values() if isinstance(value, dict) else value)]


def _bar(record: object) -> Bar:
    if not isinstance(record, dict):
        return Bar()
    pdt = record.get("pdt")
    numbers = {name: _number(record.get(name)) for name in Bar.__struct_fields__ if name != "pdt"}
    return Bar(pdt=pdt if isinstance(pdt, str) else None, **numbers)


def _number(value: object) -> float | None:
    """NaN for what is there but no number, so that it is counted as wrong and not taken for absent."""
    if value is None:
        return None
    try:
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    except OverflowError:
        return math.nan


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "a truth value", type(None): "null or missing"}
    return names.get(type(value), "a number")
