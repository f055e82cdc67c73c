"""One vendor file, from bytes to typed records. Decides only whether the file can be read; what its values are
worth is decided in `bars/normalize`, what one means that came as text in `plain_values`. Shape: the source format's
section "One file"."""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from bluedot_assets.kernel.source import plain_values as plain
from bluedot_assets.kernel.source.plain_values import Forms
from bluedot_assets.kernel.source.vendor_fields import (
    SAMPLE_GENERATOR,
    Bar,
    BlueDots,
    Chart,
    Document,
    Header,
    Pattern,
    Peripheral,
)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Unreadable(ValueError):
    """The file is no stock's data. `reason` in words, `field` the path of the field that it is about."""

    def __init__(self, reason: str, field: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


_Part = TypeVar("_Part", bound=msgspec.Struct)


class VendorFile(msgspec.Struct, gc=False):
    """A readable file: its bars as they stand in the file (newest first) and what it says of the stock."""

    bars: list[Bar]
    peripheral: Peripheral
    dots: BlueDots
    base_pattern: str | None
    sample: bool
    answered: float | None  # responseHeader.asOfDate, epoch milliseconds: when the vendor answered
    lost_dots: int = 0  # values of chart.blueDotData where it is no object
    forms: Forms = msgspec.field(default_factory=set)  # what was read in another form than the source format's


_DECODER: Final = msgspec.json.Decoder(Document)
_NUMBERS: Final = tuple(name for name in Bar.__struct_fields__ if name not in {"priceDate", "pdt"})


def decode(content: bytes, zone: ZoneInfo | None = None) -> VendorFile:
    """Read one file. `zone` is the exchange's where no other is possible: bars that name a day and no instant are of
    that day there. Raises Unreadable.

    Nearly every file takes the strict decoder; what it refuses is read leniently, because one wrong value
    (a NaN literal, a price in quotes) must cost its bar and not the stock."""
    try:
        document = _DECODER.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _lenient(_any_json(content), zone)
    return _checked(document, set())


def expect_periodcity(read: VendorFile, expected: str) -> None:
    """Raises Unreadable when the file says that its bars are of the other timeframe; its silence is no fault."""
    periodcity = str(read.peripheral.periodcity).capitalize()
    if periodcity in {"Daily", "Weekly"} and periodcity != expected:
        raise Unreadable(f"it holds {periodcity} bars, where {expected} ones belong", "chart.peripheralData.periodcity")


def _checked(document: Document, forms: Forms, lost_dots: int = 0) -> VendorFile:
    header, chart = document.responseHeader or Header(), document.chart
    _refuse_error(header, forms)
    if chart.prices is None:
        raise Unreadable("chart.prices is missing", "chart.prices")
    peripheral, dots = chart.peripheralData or Peripheral(), chart.blueDotData or BlueDots()
    pattern = chart.lastCompletedPattern or Pattern()
    _refuse_flood(chart.prices, "chart.prices")
    _refuse_flood(dots.dates, "chart.blueDotData.dates")
    for name in ("symbol", "name", "currencySymbol"):
        setattr(peripheral, name, plain.text(getattr(peripheral, name), f"chart.peripheralData.{name}", forms))
    peripheral.asOfDate = _instant(peripheral.asOfDate, "chart.peripheralData.asOfDate", forms)
    peripheral.isETF = plain.truth(peripheral.isETF, "chart.peripheralData.isETF", forms)
    dots.isASM = plain.truth(dots.isASM, "chart.blueDotData.isASM", forms)
    dots.isGSM = plain.truth(dots.isGSM, "chart.blueDotData.isGSM", forms)
    return VendorFile(
        bars=list(chart.prices.values()) if isinstance(chart.prices, dict) else chart.prices,
        peripheral=peripheral,
        dots=dots,
        base_pattern=plain.text(pattern.baseTypeName, "chart.lastCompletedPattern.baseTypeName", forms),
        sample=header.generator == SAMPLE_GENERATOR,
        answered=_instant(header.asOfDate, "responseHeader.asOfDate", forms),
        lost_dots=lost_dots,
        forms=forms,
    )


def _refuse_error(header: Header, forms: Forms) -> None:
    field = "responseHeader.error"
    if header.error is None or plain.is_nothing(header.error, field, forms):
        return
    if plain.truth(header.error, field, forms) is not False:
        words = _error_words(header)
        raise Unreadable(f"the vendor answered with an error{words and f': {words}'}", field)


def _refuse_flood(values: object, field: str) -> None:
    """What a file holds beyond this is no stock's data, and would take time and memory all the same."""
    if isinstance(values, dict | list) and len(values) > plain.MOST_DAYS:
        raise Unreadable(f"it has {len(values)} values, more than any stock has days ({plain.MOST_DAYS})", field)


def _error_words(header: Header) -> str:
    """All that the vendor says of its error, each part once, on one line, cut."""
    given = (header.errorCode, header.errorShortDesc, header.errorLongDesc, header.errorMessage)
    parts = (" ".join(str(one).split()) for one in given if one)
    return plain.storable(plain.cut(", ".join(dict.fromkeys(part for part in parts if part))))


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


def _lenient(value: object, zone: ZoneInfo | None) -> VendorFile:
    top, forms = _object(value, "the document"), Forms()
    if "chart" not in top and "responseHeader" not in top:
        raise Unreadable("another shape of JSON: chart is missing", "chart")
    header = _part(top.get("responseHeader"), Header)
    if header is not None:
        _refuse_error(header, forms)
    chart = _object(top.get("chart"), "chart")
    dots = chart.get("blueDotData")
    read = Chart(
        _bars(chart.get("prices"), zone, forms),
        _part(chart.get("peripheralData"), Peripheral),
        _part(dots, BlueDots),
        _part(chart.get("lastCompletedPattern"), Pattern),
    )
    lost_dots = 0 if isinstance(dots, dict) else plain.values_in(dots)
    return _checked(Document(read, header), forms, lost_dots)


def _object(value: object, field: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unreadable(f"another shape of JSON: {field} is {_kind(value)}, not an object", field)
    return value


def _part(value: object, kind: type[_Part]) -> _Part | None:
    """Only the fields that are read: of the others not even the names need be text."""
    if not isinstance(value, dict):
        return None
    return kind(**{name: value[name] for name in kind.__struct_fields__ if name in value})


def _bars(value: object, zone: ZoneInfo | None, forms: Forms) -> list[Bar] | None:
    if value is None:
        return None
    if not isinstance(value, dict | list):
        raise Unreadable(f"another shape of JSON: chart.prices is {_kind(value)}, not a list", "chart.prices")
    _refuse_flood(value, "chart.prices")
    records: Iterable[object] = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict) and "priceDate" in value:
        forms.add((plain.ONE_BAR, "chart.prices"))
        records = [value]
    if zone is None and value and all(_names_a_day(record) for record in records):
        raise Unreadable(
            "its bars name days without a timezone, which may be those of several exchanges: "
            "leave only the right one in BLUEDOT_EXCHANGE_TIMEZONES",
            "chart.prices.priceDate",
        )
    return [_bar(record, zone, forms) for record in records]


def _names_a_day(record: object) -> bool:
    return isinstance(record, dict) and isinstance(plain.moment(record.get("priceDate")), date)


def _bar(record: object, zone: ZoneInfo | None, forms: Forms) -> Bar:
    if not isinstance(record, dict):
        return Bar()
    pdt = record.get("pdt")
    numbers = {
        name: plain.number(record.get(name), f"chart.prices.{name}", forms, whole=name == "volume") for name in _NUMBERS
    }
    instant = _instant(record.get("priceDate"), "chart.prices.priceDate", forms, zone)
    return Bar(pdt=pdt if isinstance(pdt, str) else None, priceDate=instant, **numbers)


def _instant(value: object, field: str, forms: Forms, zone: ZoneInfo | None = None) -> float | None:
    """Epoch milliseconds: as a number, as text, or as a day or moment in ISO 8601."""
    read = plain.moment(value)
    if read is None or (isinstance(read, date) and zone is None):
        return plain.number(value, field, forms)
    forms.add((plain.DAY_AS_TEXT, field))
    if isinstance(read, date):
        return (datetime.combine(read, time(), zone) - _EPOCH) / timedelta(milliseconds=1)
    return read


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "a truth value", type(None): "null or missing"}
    return names.get(type(value), "a number")
