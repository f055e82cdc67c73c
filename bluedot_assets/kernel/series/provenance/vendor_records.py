"""Single records of a vendor's file, as they stand in it. What they mean is read by `source/vendor_file`."""

import json
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

_NULL: Final = msgspec.Raw(b"null")
_PRICES: Final = "chart.prices"
_DOTS: Final = "chart.blueDotData.dates"
# Numbers that Python's JSON knows and msgspec does not: they become texts with a mark, until they are cut out.
_MARK: Final = "\ue000"
_STRANGE: Final = re.compile(r'"(?:[^"\\]|\\.)*"|NaN|-?Infinity')
_MARKED: Final = re.compile(f'"{_MARK}([^"]*)"')


class Text(NamedTuple):
    """A value in the file: where it stands, and how it is written."""

    path: str
    text: str


class FileTexts(NamedTuple):
    """The records of `chart.prices` and `chart.blueDotData.dates` in their order."""

    prices: list[Text]
    dots: list[Text]


class _Dots(msgspec.Struct):
    dates: msgspec.Raw = _NULL


class _Chart(msgspec.Struct):
    prices: msgspec.Raw = _NULL
    blueDotData: msgspec.Raw = _NULL


class _Document(msgspec.Struct):
    chart: _Chart


def texts_of(content: bytes) -> FileTexts:
    """Of a file that could be read."""
    text = content.decode(json.detect_encoding(content)).removeprefix("\ufeff")
    marked = _STRANGE.sub(lambda found: found[0] if found[0][0] == '"' else f'"{_MARK}{found[0]}"', text)
    chart = msgspec.json.decode(marked, type=_Document).chart
    dates = msgspec.json.decode(chart.blueDotData, type=_Dots).dates if _is_object(chart.blueDotData) else _NULL
    return FileTexts([*_records(chart.prices, _PRICES, "priceDate")], [*_records(dates, _DOTS, "blueDotDate")])


def _records(value: msgspec.Raw, path: str, own: str) -> Iterator[Text]:
    """Those of a list or an object. One that stands alone is an object with the field `own`, or none at all."""
    if bytes(value).strip() == b"null":
        return
    if bytes(value).lstrip().startswith(b"["):
        for place, one in enumerate(msgspec.json.decode(value, type=list[msgspec.Raw])):
            yield Text(f"{path}[{place}]", _written(one))
        return
    named = msgspec.json.decode(value, type=dict[str, msgspec.Raw]) if _is_object(value) else {own: value}
    if own in named:
        yield Text(path, _written(value))
    else:
        yield from (Text(f"{path}.{name}", _written(one)) for name, one in named.items())


def _is_object(value: msgspec.Raw) -> bool:
    return bytes(value).lstrip().startswith(b"{")


def _written(value: msgspec.Raw) -> str:
    return _MARKED.sub(r"\1", bytes(value).decode().strip())
