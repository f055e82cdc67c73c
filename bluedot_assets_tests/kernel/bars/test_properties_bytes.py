"""No bytes whatever stop a shard: each file ends in exactly one of the tables `stocks` and `rejected`."""

import json
import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bluedot_assets.kernel.series.tradingview_rows import violations
from bluedot_assets_tests.examples.vendor_files import FRIDAY, Record, bars, document, encoded, judged, raw, series
from bluedot_assets_tests.examples.vendor_strategies import ANY_JSON, broken_shapes, damaged

THOROUGH = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
DOTS = [{"blueDotDate": "2024-08-01"}, {"blueDotDate": "2021-03-12"}]
VALID = encoded(document(bars(4), dates=DOTS))


def assert_each_has_one_fate(*contents: bytes) -> None:
    """The files, and a good neighbour that they must not harm."""
    names = [f"S{place}_daily.json" for place in range(len(contents))]
    shard = judged(*map(raw, contents, names), raw(VALID, "ZOMATO_daily.json"))
    fates = [*shard.stocks["file"], *shard.rejected["file"]]
    assert sorted(fates) == [*names, "ZOMATO_daily.json"]
    assert "ZOMATO" in shard.stocks["symbol"]
    assert all(shard.rejected["reason"].str.len_chars() > 10)
    assert violations(series(shard), FRIDAY) == []


@THOROUGH
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=8))
def test_arbitrary_bytes_are_rejected_one_by_one(contents: list[bytes]) -> None:
    assert_each_has_one_fate(*contents)


@THOROUGH
@given(st.lists(damaged(VALID), min_size=1, max_size=8))
def test_damaged_files_are_published_or_rejected_and_never_stop_the_others(contents: list[bytes]) -> None:
    assert_each_has_one_fate(*contents)


@THOROUGH
@given(st.lists(st.one_of(broken_shapes(), ANY_JSON), min_size=1, max_size=6))
def test_json_of_any_shape_is_published_or_rejected(documents: list[Record]) -> None:
    assert_each_has_one_fate(*(json.dumps(one).encode() for one in documents))


def test_a_file_cut_off_at_any_byte_is_rejected_as_truncated_or_unreadable() -> None:
    # The closing brace is the last byte, so that every shorter file lacks it.
    assert VALID.endswith(b"}")
    cuts = [VALID[:length] for length in range(0, len(VALID), 7)]
    shard = judged(*(raw(cut, f"S{place}_daily.json") for place, cut in enumerate(cuts)))
    assert shard.stocks.is_empty()
    assert shard.rejected.height == len(cuts)
    told = shard.rejected["reason"].str.contains("truncated|empty|not JSON|not text")
    assert told.all()


def test_json_nested_to_any_depth_is_rejected_and_raises_nothing() -> None:
    places = (
        '{"chart":{"prices":%s}}',
        '{"responseHeader":{"error":true,"errorMessage":%s}}',
        '{"chart":{"prices":[],"peripheralData":{"periodcity":%s,"x":NaN}}}',
        '{"chart":{"prices":[],"blueDotData":{"dates":%s}}}',
    )
    depths = [1, 10, 100, 400, 500, 900, 1000, 1100, 5000, 100_000]
    contents = [(place % ("[" * deep + "]" * deep)).encode() for place in places for deep in depths]
    shard = judged(*(raw(content, f"S{place}_daily.json") for place, content in enumerate(contents)))
    assert shard.rejected.height == len(contents)


def test_files_of_every_encoding_of_json_are_read_alike() -> None:
    text = VALID.decode()
    contents = [text.encode(name) for name in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32")]
    shard = judged(*(raw(content, f"S{place}_daily.json") for place, content in enumerate(contents)))
    assert shard.stocks["bars"].to_list() == [4] * 5
    assert shard.rejected.is_empty()


def test_the_order_of_files_does_not_change_what_becomes_of_each() -> None:
    contents = [VALID, VALID[:300], b"", encoded(document(bars(12))), encoded(document([]))]
    files = [raw(content, f"S{place}_daily.json") for place, content in enumerate(contents)]
    expected = series(judged(*files))
    for seed in range(5):
        shuffled = random.Random(seed).sample(files, len(files))
        shard = judged(*shuffled)
        assert series(shard) == expected
        assert sorted(shard.rejected["file"]) == ["S1_daily.json", "S2_daily.json", "S4_daily.json"]
