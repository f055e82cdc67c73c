"""Reading one vendor file: the strict decoder and the lenient one agree, and odd values cost what they should."""

import json
import math

import msgspec
import pytest
from hypothesis import given, settings

from bluedot_assets.kernel.source.vendor_file import Unreadable, decode, expect_periodcity
from bluedot_assets_tests.examples.vendor_files import Record, bar, bars, document, encoded
from bluedot_assets_tests.examples.vendor_strategies import good_documents


def forced_lenient(made: Record) -> bytes:
    """The document with a bare NaN where nobody looks, which the strict decoder refuses."""
    made = json.loads(json.dumps(made))
    made["chart"]["peripheralData"]["groupRank"] = float("nan")
    content = encoded(made)
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(content)
    return content


@settings(max_examples=40, deadline=None)
@given(good_documents())
def test_the_lenient_decoder_reads_valid_documents_as_the_strict_one_does(made: Record) -> None:
    assert decode(forced_lenient(made)) == decode(encoded(made))


def test_records_stand_in_the_order_of_the_file_in_a_list_and_in_a_dict() -> None:
    records = bars(3)
    as_dict = {"9": records[0], "1": records[1], "5": records[2]}
    assert decode(encoded(document(as_dict))) == decode(encoded(document(records)))
    assert [one.priceDate for one in decode(encoded(document(as_dict))).bars] == [one["priceDate"] for one in records]


def test_an_odd_value_costs_its_field_and_not_the_file() -> None:
    odd = [bar(open="1O1"), bar(high=True), bar(low=[1]), bar(close=10**400), bar(volume={}), bar(pdt=7), "no record"]
    read = decode(encoded(document([*odd, bar()]))).bars
    assert [math.isnan(value or 0) for value in (read[0].open, read[1].high, read[2].low, read[3].close)] == [True] * 4
    assert math.isnan(read[4].volume or 0)
    assert read[5].pdt is None
    assert read[6].priceDate is None
    assert read[7].close == 103


def test_absent_parts_are_survived() -> None:
    read = decode(encoded({"chart": {"prices": bars(2)}}))
    assert len(read.bars) == 2
    assert (read.dots.dates, read.peripheral.symbol, read.base_pattern, read.sample) == (None, None, None, False)


@pytest.mark.parametrize(
    ("content", "reason", "field"),
    [
        (b"", "the file is empty", None),
        (b" \r\n\t", "the file is empty", None),
        (b'{"chart": {"prices": [', "truncated: the JSON breaks off after 22 bytes", None),
        (b'{"chart": {"pri', "truncated: the JSON breaks off after 15 bytes", None),
        (b"\x89PNG\r\n\x1a\n\xff\xfe", "not text: byte 0 cannot be read as utf-8", None),
        (b"<html>\n<body>503</body></html>", "not JSON: Expecting value in line 1, column 1", None),
        (b'{"chart": {}} {}', "not JSON: Extra data in line 1, column 15", None),
        (b"[1, 2]", "another shape of JSON: the document is a list, not an object", "the document"),
        (b"null", "another shape of JSON: the document is null or missing, not an object", "the document"),
        (b"3.5", "another shape of JSON: the document is a number, not an object", "the document"),
        (b'{"quotes": []}', "another shape of JSON: chart is missing", "chart"),
        (b'{"chart": "x"}', "another shape of JSON: chart is text, not an object", "chart"),
        (b'{"chart": {"prices": 7}}', "another shape of JSON: chart.prices is a number, not a list", "chart.prices"),
        (b'{"chart": {"prices": null}}', "chart.prices is missing", "chart.prices"),
        (b'{"chart": {}}', "chart.prices is missing", "chart.prices"),
        (
            b'{"responseHeader": {"error": true, "errorMessage": "down"}}',
            "the vendor answered with an error: down",
            "responseHeader.error",
        ),
        (
            b'{"responseHeader": {"error": true}, "chart": {"prices": []}}',
            "the vendor answered with an error",
            "responseHeader.error",
        ),
    ],
)
def test_what_cannot_be_read_says_what_is_missing_or_wrong(content: bytes, reason: str, field: str | None) -> None:
    with pytest.raises(Unreadable) as refused:
        decode(content)
    assert (refused.value.reason, refused.value.field) == (reason, field)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({}, ""),
        ({"errorCode": 1007}, ": 1007"),
        ({"errorCode": "1007", "errorShortDesc": "No data"}, ": 1007, No data"),
        (
            {"errorCode": 1007, "errorShortDesc": "No data", "errorLongDesc": "No data for NSE:ABC,\r\nask again."},
            ": 1007, No data, No data for NSE:ABC, ask again.",
        ),
        ({"errorCode": None, "errorShortDesc": "", "errorLongDesc": "Session ended"}, ": Session ended"),
        ({"errorCode": 0, "errorShortDesc": " \n", "errorLongDesc": None}, ""),
        ({"errorShortDesc": "No data", "errorLongDesc": "No data", "errorMessage": "No data"}, ": No data"),
        ({"errorShortDesc": "No data", "errorMessage": "down"}, ": No data, down"),
        ({"errorCode": {"id": 7}, "errorShortDesc": ["a"]}, ": {'id': 7}, ['a']"),
        ({"errorLongDesc": "x" * 199 + "yz"}, ": " + "x" * 199 + "…"),
    ],
)
@pytest.mark.parametrize("lenient", [False, True])
def test_all_that_the_vendor_says_of_its_error_is_told(said: Record, told: str, lenient: bool) -> None:
    content = encoded({"responseHeader": {"error": True} | said})
    with pytest.raises(Unreadable) as refused:
        decode(content[:-1] + b', "chart": NaN}' if lenient else content)
    assert refused.value.reason == f"the vendor answered with an error{told}"


def test_an_error_of_no_error_is_none() -> None:
    made = document(bars(1))
    made["responseHeader"] |= {"error": False, "errorCode": 0, "errorShortDesc": "Success", "errorLongDesc": "Success"}
    assert len(decode(encoded(made)).bars) == 1


@pytest.mark.parametrize("field", ["errorShortDesc", "errorLongDesc", "errorMessage"])
def test_the_vendors_words_are_cut_and_can_be_stored(field: str) -> None:
    with pytest.raises(Unreadable) as refused:
        decode(encoded({"responseHeader": {"error": True, field: "\ud800" + "x" * 5000}}))
    assert refused.value.reason.startswith("the vendor answered with an error: ?xxx")
    assert len(refused.value.reason.encode()) < 300


@pytest.mark.parametrize(("said", "expected"), [("Daily", "Weekly"), ("WEEKLY", "Daily"), ("daily", "Weekly")])
def test_a_file_of_the_other_timeframe_is_refused(said: str, expected: str) -> None:
    read = decode(encoded(document(bars(1), periodcity=said)))
    with pytest.raises(Unreadable, match=f"it holds {said.capitalize()} bars, where {expected} ones belong"):
        expect_periodcity(read, expected)


@pytest.mark.parametrize("said", ["Daily", "daily", None, 5, "Monthly"])
def test_a_file_that_does_not_say_the_other_timeframe_is_taken(said: object) -> None:
    made = document(bars(1))
    made["chart"]["peripheralData"]["periodcity"] = said
    expect_periodcity(decode(encoded(made)), "Daily")


def test_sample_files_are_known_by_their_generator() -> None:
    made = document(bars(1))
    made["responseHeader"]["generator"] = "bluedot-sample"
    assert decode(encoded(made)).sample
    assert not decode(encoded(document(bars(1)))).sample
