"""`index.json`: what it says of each stock."""

import json
from datetime import date, timedelta

import msgspec
import pytest

from bluedot_assets.kernel.site.dashboard import make_dashboard, stock_entries
from bluedot_assets.kernel.site.index import decode_index
from bluedot_assets.kernel.stored.manifest import StoredObject
from bluedot_assets_tests.examples.publications import publication
from bluedot_assets_tests.examples.vendor_files import FRIDAY, bar, bars, document, judged, raw, tables_of


def test_an_index_reads_back_as_it_was_written_with_a_line_for_each_stock() -> None:
    index = publication().index
    two = msgspec.structs.replace(index, stocks=[*index.stocks, msgspec.structs.replace(index.stocks[0], symbol="ACC")])
    assert decode_index(two.encoded()) == two
    assert two.encoded().count(b"\n") == 4
    empty = msgspec.structs.replace(index, stocks=[])
    assert decode_index(empty.encoded()) == empty
    assert json.loads(two.encoded())["schema_version"] == 1


@pytest.mark.parametrize("content", [b"", b"{}", b"[]"])
def test_what_is_no_index_is_an_error(content: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_index(content)


def test_an_entry_tells_of_the_newest_bar_the_newest_dot_and_every_csv() -> None:
    newest = bar(FRIDAY, close=104, rlst=None)
    dixon = document([newest, *bars(3)[1:]], dates=[{"blueDotDate": "2024-07-31"}, {"blueDotDate": "2020-01-02"}])
    shard = judged(raw(dixon), raw(document(bars(2)), "ACC_daily.json"))
    csv = StoredObject("series/x.csv", 12, "f" * 64, 3)
    dashboard = make_dashboard("daily", "2024-08-02", sample=False, indicators=["A", "B"], **tables_of(shard))
    acc, dixon_entry = stock_entries(dashboard, shard.stocks, {"DIXON": [csv, None], "ACC": [None, csv]})
    assert (acc.symbol, acc.last_dot, acc.rlst) == ("ACC", None, 78.0)
    assert (acc.sha256, acc.bytes) == ([None, "f" * 64], [None, 12])
    assert (dixon_entry.first, dixon_entry.last, dixon_entry.rows) == (FRIDAY - timedelta(days=2), FRIDAY, 3)
    assert (dixon_entry.close, dixon_entry.rlst, dixon_entry.last_dot) == (104.0, 78.0, date(2024, 7, 31))
    assert dixon_entry.rlst_date == FRIDAY - timedelta(days=1)
    assert (dixon_entry.etf, dixon_entry.asm, dixon_entry.gsm) == (False, False, True)
    assert (dixon_entry.name, dixon_entry.pattern) == ("Dixon", "Consolidation")
    assert dixon_entry.md5 == raw(dixon).md5


def test_an_index_whose_stocks_have_other_indicators_is_none() -> None:
    index = json.loads(publication().index.encoded())
    index["stocks"][0]["sha256"].append("0" * 64)
    with pytest.raises(msgspec.DecodeError, match="'DIXON' has other indicators than the index"):
        decode_index(json.dumps(index).encode())
