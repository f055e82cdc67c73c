"""Bad files for the sample, and what the pipeline must make of them: one kind for each case of source-format.md's last
table ("Bad input"). They are additional to the good stocks, which tree makes, and their stocks' names give the kind."""

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY, Timeframe
from bluedot_assets.kernel.sample.fault_kinds import FaultKind
from bluedot_assets.kernel.sample.vendor_file import Document, encode
from bluedot_assets.kernel.source.raw_file import MAX_FILE_BYTES
from bluedot_assets.kernel.source.vendor_fields import SAMPLE_GENERATOR

FaultOutcome = Literal["rejected", "repaired", "merged", "ignored"]


@dataclass(frozen=True)
class FaultFolder:
    """The partition folder that the faults go to. `document` makes a good vendor document for a stock name, fresh at
    each call; `next_bar_ms` is the epoch milliseconds of the first bar date after the partition's end."""

    timeframe: Timeframe
    document: Callable[[str], Document]
    next_bar_ms: int


@dataclass(frozen=True)
class Fault:
    """One kind of bad input. `outcome`: "rejected" (the file must be), "repaired" (published, something dropped or
    nulled, and counted), "merged" (one of two files is kept) or "ignored" (no stock file at all). `stocks` are the
    stock names its files bear; `strays` are whole names of files that are no stock files of that folder, where
    `{other}` stands for the other timeframe."""

    kind: FaultKind
    meaning: str
    outcome: FaultOutcome
    stocks: tuple[str, ...]
    content: Callable[[FaultFolder, str], bytes] = field(repr=False)
    strays: tuple[str, ...] = ()


def fault_files(fault: Fault, folder: FaultFolder) -> Iterator[tuple[str, bytes, int]]:
    """The fault's files: name, bytes, and how many seconds after the folder's first file it came; the later file of a
    pair is also the newer one."""
    for place, stock in enumerate(fault.stocks):
        yield f"{stock}{folder.timeframe.ending}", fault.content(folder, stock), 60 * place
    other = WEEKLY if folder.timeframe is DAILY else DAILY
    for stray in fault.strays:
        name = stray.format(other=other.name)
        yield name, fault.content(folder, name), 0


def _good(folder: FaultFolder, stock: str) -> bytes:
    return encode(folder.document(stock))


def _tampered(tamper: Callable[[Document, FaultFolder], None]) -> Callable[[FaultFolder, str], bytes]:
    """The content of a good file after `tamper` changed its document in place."""

    def content(folder: FaultFolder, stock: str) -> bytes:
        changed = folder.document(stock)
        tamper(changed, folder)
        return encode(changed)

    return content


def _trading_rows(changed: Document) -> list[Document]:
    return [row for row in changed["chart"]["prices"] if row["pdt"] == "TradingDate"]


def _insert_after(changed: Document, row: Document, inserted: Document) -> None:
    rows = changed["chart"]["prices"]
    rows.insert(rows.index(row) + 1, inserted)


def _truncated(folder: FaultFolder, stock: str) -> bytes:
    whole = _good(folder, stock)
    return whole[: len(whole) * 3 // 5]


def _binary(_: FaultFolder, __: str) -> bytes:
    # The head of a PNG and every byte value: neither UTF-8 nor JSON.
    return b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 16


def _not_json(_: FaultFolder, __: str) -> bytes:
    return b"<!DOCTYPE html>\n<html><body><h1>503 Service Unavailable</h1></body></html>\n"


def _wrong_shape(_: FaultFolder, __: str) -> bytes:
    return encode({"responseHeader": {"error": False, "generator": SAMPLE_GENERATOR}, "quotes": [[1, 2, 3]]})


def _vendor_error(changed: Document, _: FaultFolder) -> None:
    # The chart stays: a reader that ignores the flag would publish it.
    words = {"errorCode": 503, "errorShortDesc": "Unavailable", "errorLongDesc": "The data service is not available."}
    changed["responseHeader"] |= {"error": True} | words


def _no_bars(changed: Document, _: FaultFolder) -> None:
    changed["chart"]["prices"] = []


def _only_holidays(changed: Document, _: FaultFolder) -> None:
    for row in changed["chart"]["prices"]:
        row |= {"pdt": "Holiday", "volume": None, "rlst": None}


def _few_bad_bars(changed: Document, _: FaultFolder) -> None:
    rows = _trading_rows(changed)
    rows[3]["close"] = None
    rows[10]["low"] = -rows[10]["low"]
    rows[17]["open"] = 0
    rows[24]["high"], rows[24]["low"] = rows[24]["low"] - 1.0, rows[24]["high"]
    rows[31]["high"] = rows[31]["close"] * 0.5


def _many_bad_bars(changed: Document, _: FaultFolder) -> None:
    for row in _trading_rows(changed)[::6]:
        row["close"] = 0


def _nan_price(folder: FaultFolder, stock: str) -> bytes:
    # NaN is no JSON, but the word that Python's and Java's writers put there. 987654321 stands in until then.
    changed = folder.document(stock)
    _trading_rows(changed)[3]["close"] = 987654321
    return encode(changed).replace(b"987654321", b"NaN")


def _rlst_out_of_range(changed: Document, _: FaultFolder) -> None:
    for row, rlst in zip(_trading_rows(changed)[2:], (150, -3, 100), strict=False):
        row["rlst"] = rlst


def _bc_not_positive(changed: Document, _: FaultFolder) -> None:
    for row, bc in zip(_trading_rows(changed)[2:], (0, -24565.35), strict=False):
        row["bc"] = bc


def _same_bar_twice(changed: Document, _: FaultFolder) -> None:
    first = _trading_rows(changed)[4]
    _insert_after(changed, first, copy.deepcopy(first))


def _two_bars(changed: Document, _: FaultFolder) -> None:
    first = _trading_rows(changed)[4]
    _insert_after(changed, first, first | {"close": first["low"], "volume": (first["volume"] or 0) + 1000})


def _future_bar(changed: Document, folder: FaultFolder) -> None:
    newest = _trading_rows(changed)[0]
    changed["chart"]["prices"].insert(0, newest | {"priceDate": folder.next_bar_ms})


def _bad_dot_date(changed: Document, _: FaultFolder) -> None:
    changed["chart"]["blueDotData"]["dates"][2:2] = [{"blueDotDate": word} for word in ("2024-02-30", "soon", None)]


def _wrong_timezone(changed: Document, _: FaultFolder) -> None:
    # 7 minutes 13 seconds past midnight is midnight in no zone of our time, whatever zones are configured.
    for row in changed["chart"]["prices"]:
        row["priceDate"] += (7 * 60 + 13) * 1000


def _over_size(changed: Document, _: FaultFolder) -> None:
    changed["chart"]["padding"] = "x" * MAX_FILE_BYTES


def _of_first_twin(folder: FaultFolder, _: str) -> bytes:
    return _good(folder, _TWINS[0])


def _stray(folder: FaultFolder, name: str) -> bytes:
    return b"\x00\x00\x00\x01Bud1\x00" if name == ".DS_Store" else _good(folder, name)


_STRAYS: Final = (".DS_Store", "BAD_STRAY_{other}.json")
_TWINS: Final = ("BAD_TWINS&SAME", "BAD_TWINS_SAME")
_ALL: Final = (
    Fault("truncated", "the upload broke off", "rejected", ("BAD_TRUNCATED",), _truncated),
    Fault("empty", "no bytes", "rejected", ("BAD_EMPTY",), lambda _, __: b""),
    Fault("binary", "an image under a JSON name", "rejected", ("BAD_BINARY",), _binary),
    Fault("not-json", "an HTML error page", "rejected", ("BAD_NOT_JSON",), _not_json),
    Fault("wrong-shape", "JSON without a chart", "rejected", ("BAD_SHAPE",), _wrong_shape),
    Fault("vendor-error", "responseHeader.error is true", "rejected", ("BAD_VENDOR_ERROR",), _tampered(_vendor_error)),
    Fault("no-bars", "chart.prices is empty", "rejected", ("BAD_NO_BARS",), _tampered(_no_bars)),
    Fault("only-holidays", "only Holiday rows", "rejected", ("BAD_ONLY_HOLIDAYS",), _tampered(_only_holidays)),
    Fault("bad-bars-few", "five impossible bars", "repaired", ("BAD_FEW_BARS",), _tampered(_few_bad_bars)),
    Fault("bad-bars-many", "over 10 % impossible bars", "rejected", ("BAD_MANY_BARS",), _tampered(_many_bad_bars)),
    Fault("nan-price", "one close is the word NaN", "repaired", ("BAD_NAN_PRICE",), _nan_price),
    Fault("rlst-out-of-range", "rlst 150, -3 and 100", "repaired", ("BAD_RLST",), _tampered(_rlst_out_of_range)),
    Fault("bc-not-positive", "bc zero and negative", "repaired", ("BAD_BC",), _tampered(_bc_not_positive)),
    Fault("same-bar-twice", "one bar stands twice", "repaired", ("BAD_SAME_BAR",), _tampered(_same_bar_twice)),
    Fault("two-bars-one-date", "two different bars of one date", "repaired", ("BAD_TWO_BARS",), _tampered(_two_bars)),
    Fault("future-bar", "a bar after the partition's end", "repaired", ("BAD_FUTURE_BAR",), _tampered(_future_bar)),
    Fault("bad-dot-date", "three dots that are no dates", "repaired", ("BAD_DOT_DATE",), _tampered(_bad_dot_date)),
    Fault("name-clash", "two stocks, one published name", "merged", ("BAD_CLASH&NEW", "BAD_CLASH_NEW"), _good),
    Fault("name-clash-same-bytes", "the same file under two names", "merged", _TWINS, _of_first_twin),
    Fault("name-dots", "two dots in the stock name", "rejected", ("BAD..DOTS",), _good),
    Fault("name-control", "a control character in the name", "rejected", ("BAD\x07CONTROL",), _good),
    Fault("name-too-long", "a stock name of 60 characters", "rejected", ("BAD_LONG_".ljust(60, "A"),), _good),
    Fault("name-empty", "no stock name at all", "rejected", ("",), _good),
    Fault("over-size", "valid JSON, just over 32 MB", "rejected", ("BAD_OVER_SIZE",), _tampered(_over_size)),
    Fault("wrong-timezone", "bars at midnight in no zone", "rejected", ("BAD_TIMEZONE",), _tampered(_wrong_timezone)),
    Fault("stray-files", ".DS_Store, and a file of the other timeframe", "ignored", (), _stray, _STRAYS),
)

FAULT_KINDS: Final[Mapping[str, Fault]] = MappingProxyType({fault.kind: fault for fault in _ALL})
