"""`dashboard.json`: the values of each stock, worked out by hand on a few bars."""

import json
import shutil
import subprocess
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from bluedot_assets.kernel.bars.ratings import KnownRating
from bluedot_assets.kernel.calendar.timeframes import WEEKLY
from bluedot_assets.kernel.site.dashboard import Dashboard, StockRow, decode_dashboard, make_dashboard, with_ratings
from bluedot_assets.kernel.site.index import Index, StockEntry
from bluedot_assets_tests.examples.publications import publication
from bluedot_assets_tests.examples.vendor_files import FRIDAY, NEW_YORK, bar, bars, document, judged, raw, tables_of

NODE: Final = shutil.which("node")
SESSIONS_OF_THE_PAGE: Final = Path(__file__).parents[3] / "docs_site" / "shell" / "js" / "data" / "sessions.js"


def dashboard_of(*files: tuple[str, Any], **rules: Any) -> Dashboard:
    shard = judged(*(raw(content, f"{symbol}_daily.json") for symbol, content in files), **rules)
    return make_dashboard("daily", "2024-08-02", sample=False, indicators=["PRICE_DATA"], **tables_of(shard))


def of(dashboard: Dashboard, symbol: str = "DIXON") -> StockRow:
    return next(stock for stock in dashboard.stocks if stock.symbol == symbol)


def days_back(days: int) -> str:
    return (FRIDAY - timedelta(days=days)).isoformat()


def test_the_change_comes_from_the_bar_before_and_the_rises_from_five_and_twenty_bars_ago() -> None:
    prices = [bar(FRIDAY - timedelta(days=back), close=103 - back / 100, rlst=90 - back) for back in range(25)]
    stock = of(dashboard_of(("DIXON", document(prices))))
    assert (stock.close, stock.previous) == (103.0, 102.99)
    assert (stock.rlst, stock.rlst_5, stock.rlst_20) == (90.0, 85.0, 70.0)
    assert (stock.etf, stock.asm, stock.gsm, stock.pattern, stock.name) == (0, 0, 1, "Consolidation", "Dixon")


def test_a_stock_with_few_bars_has_no_value_of_long_ago_and_null_ratings_stay_null() -> None:
    prices = bars(6)
    prices[5]["rlst"] = None
    stock = of(dashboard_of(("DIXON", document(prices)), ("ONE", document(bars(1)))))
    assert (stock.rlst, stock.rlst_5, stock.rlst_20) == (78.0, None, None)
    one = of(dashboard_of(("ONE", document(bars(1)))), "ONE")
    assert (one.previous, one.rlst_5, one.rlst_20, one.dot_age) == (None, None, None, None)


def test_the_age_of_a_dot_counts_bars_from_the_as_of_bar() -> None:
    for back in (0, 1, 4):
        assert of(dashboard_of(("DIXON", document(bars(5), dates=[{"blueDotDate": days_back(back)}])))).dot_age == back
    old = of(dashboard_of(("DIXON", document(bars(5), dates=[{"blueDotDate": "2020-01-02"}]))))
    assert (old.dot_age, old.last_dot) == (None, date(2020, 1, 2))


def test_a_stock_whose_last_bar_is_older_is_never_of_today_and_keeps_its_own_date() -> None:
    behind = document(bars(3, newest=FRIDAY - timedelta(days=2)), dates=[{"blueDotDate": days_back(2)}])
    dashboard = dashboard_of(("DIXON", behind), ("ACC", document(bars(5))))
    stock = of(dashboard)
    assert dashboard.session == FRIDAY
    assert (stock.last, stock.dot_age) == (FRIDAY - timedelta(days=2), 2)


def test_a_weekly_bar_has_the_dot_of_any_day_of_its_week() -> None:
    prices = [bar(FRIDAY - timedelta(weeks=back)) for back in range(3)]
    week = document(prices, dates=[{"blueDotDate": "2024-07-23"}], periodcity="Weekly")  # Tuesday of the week before
    shard = judged(raw(week, "DIXON_weekly.json"), timeframe=WEEKLY, last_day=FRIDAY + timedelta(days=2))
    dashboard = make_dashboard("weekly", "2024-W31", sample=True, indicators=[], **tables_of(shard))
    assert (dashboard.session, of(dashboard).dot_age, of(dashboard).last_dot) == (FRIDAY, 1, date(2024, 7, 23))
    read = decode_dashboard(dashboard.encoded())
    assert (read.columns[-1], of(read).dot_bar, of(read).dotted) == ("dot_bar", date(2024, 7, 26), date(2024, 7, 26))


def test_each_stock_names_the_timezone_of_its_exchange() -> None:
    american = document([bar(FRIDAY, NEW_YORK)])
    dashboard = dashboard_of(("DIXON", document(bars(2))), ("ACME", american))
    assert dashboard.timezones == ["America/New_York", "Asia/Kolkata"]
    assert [dashboard.timezones[stock.zone] for stock in dashboard.stocks] == ["America/New_York", "Asia/Kolkata"]


def test_a_stock_is_a_line_whose_values_stand_in_the_order_of_the_columns() -> None:
    dashboard = dashboard_of(("DIXON", document(bars(2))), ("ACC", document(bars(2))))
    read = json.loads(dashboard.encoded())
    assert dict(zip(read["columns"], read["stocks"][1], strict=True))["symbol"] == "DIXON"
    assert dashboard.encoded().count(b"\n") == 4
    assert msgspec.json.decode(dashboard.encoded(), type=Dashboard) == dashboard
    assert json.loads(msgspec.structs.replace(dashboard, stocks=[]).encoded())["stocks"] == []


def test_a_thousand_stocks_take_under_600_kb_of_index_and_160_kb_of_dashboard() -> None:
    entry = publication().index.stocks[0]
    full = msgspec.structs.replace(
        entry,
        name="Larsen & Toubro Infotech and Mindtree Limited",
        close=12345.65,
        last_dot=FRIDAY,
        pattern="Cup with handle",
        rows=300,
        sha256=["0" * 64] * 4,
        bytes=[12345] * 4,
    )
    stocks: list[StockEntry] = [
        msgspec.structs.replace(full, symbol=f"SYMBOL{number:05d}", md5=f"{number:032x}") for number in range(1000)
    ]
    index: Index = msgspec.structs.replace(publication().index, indicators=[*"abcd"], stocks=stocks)
    assert len(index.encoded()) < 600_000
    (row,) = dashboard_of(("DIXON", document(bars(25), dates=[{"blueDotDate": days_back(3)}]))).stocks
    long = msgspec.structs.replace(row, name=full.name, close=12345.65, previous=12299.95, pattern=full.pattern)
    rows = [msgspec.structs.replace(long, symbol=f"SYMBOL{number:05d}") for number in range(1000)]
    dashboard = msgspec.structs.replace(publication().dashboard, stocks=rows)
    assert len(dashboard.encoded()) < 160_000


def american(newest: date, *dots: date) -> Any:
    days = [newest - timedelta(days=back) for back in range(5)]
    return document([bar(day, NEW_YORK) for day in days], dates=[{"blueDotDate": str(day)} for day in dots])


def test_each_exchange_has_its_own_newest_session_and_ages_of_dots() -> None:
    thursday = FRIDAY - timedelta(days=1)
    dashboard = dashboard_of(("DIXON", document(bars(5))), ("ACME", american(thursday, thursday)))
    assert dashboard.sessions == {"America/New_York": thursday, "Asia/Kolkata": FRIDAY}
    assert (dashboard.session, of(dashboard, "ACME").dot_age) == (FRIDAY, 0)


def test_one_file_that_ran_ahead_makes_nobody_else_stale() -> None:
    wednesday = FRIDAY - timedelta(days=2)
    files = [(f"S{number}", american(wednesday, wednesday)) for number in range(3)]
    dashboard = dashboard_of(*files, ("AHEAD", american(FRIDAY, FRIDAY)))
    assert dashboard.newest == {"America/New_York": wednesday}
    assert [stock.dot_age for stock in dashboard.stocks] == [0, 0, 0, 0]


def test_a_dashboard_of_an_earlier_version_is_read() -> None:
    row = ["DIXON", None, 0, "2024-08-02", 1.0, None, 70.0, None, None, 0, "2024-08-02", 0, 0, 0, None]
    content = {"timeframe": "daily", "as_of": "2024-08-02", "session": "2024-08-02", "sample": False, "indicators": []}
    dashboard = decode_dashboard(json.dumps({**content, "timezones": ["Asia/Kolkata"], "stocks": [row]}).encode())
    assert (dashboard.newest, of(dashboard).rlst_date) == ({"Asia/Kolkata": FRIDAY}, None)


def test_a_rating_of_an_earlier_session_has_its_date() -> None:
    prices = bars(5)
    prices[0]["rlst"] = None
    stock = of(dashboard_of(("DIXON", document(prices))))
    assert (stock.rlst, stock.rlst_date) == (78.0, FRIDAY - timedelta(days=1))
    read = json.loads(dashboard_of(("DIXON", document(prices))).encoded())
    assert dict(zip(read["columns"], read["stocks"][0], strict=True))["rlst_date"] == "2024-08-01"
    better = with_ratings(dashboard_of(("DIXON", document(prices))), {"DIXON": KnownRating(99.0, FRIDAY, [1.0, None])})
    assert (of(better).rlst, of(better).rlst_date, of(better).rlst_5) == (99.0, FRIDAY, 1.0)


def test_a_folder_of_one_session_with_ratings_of_that_session_has_nothing_that_an_earlier_version_lacked() -> None:
    read = json.loads(dashboard_of(("DIXON", document(bars(5)))).encoded())
    assert "sessions" not in read
    assert read["columns"][-1] == "ticker"


STALE: Final = """
import { isStale, newestSessions } from '%s';
const stale = content.stocks.map((row) => isStale(content, content.timezones[row[2]], row[3]));
console.log(JSON.stringify([stale, newestSessions(content, (zone) => zone.slice(0, 2))]));
"""


@pytest.mark.skipif(NODE is None, reason="needs node (apt-get install nodejs)")
def test_the_page_takes_the_same_stocks_for_stale(tmp_path: Path) -> None:
    thursday = FRIDAY - timedelta(days=1)
    files = [("DIXON", document(bars(5))), ("LATE", document(bars(5, newest=thursday)))]
    files += [("ACME", american(thursday)), ("BEHIND", american(thursday - timedelta(days=1)))]
    dashboard = dashboard_of(*files)
    expected = [stock.last < dashboard.newest[dashboard.timezones[stock.zone]] for stock in dashboard.stocks]
    assert expected == [False, True, False, True]  # by name
    newest = [{"session": "2024-08-02", "exchanges": ["As"]}, {"session": "2024-08-01", "exchanges": ["Am"]}]
    assert page_says(tmp_path, dashboard) == [expected, newest]
    of_earlier_version = msgspec.structs.replace(dashboard, sessions=msgspec.UNSET)
    all_of_friday = [{"session": "2024-08-02", "exchanges": ["Am", "As"]}]
    assert page_says(tmp_path, of_earlier_version) == [[True, True, False, True], all_of_friday]


def page_says(folder: Path, dashboard: Dashboard) -> Any:
    (folder / "package.json").write_text('{"type": "module"}')
    shutil.copy(SESSIONS_OF_THE_PAGE, folder / "sessions.js")
    script = f"const content = {dashboard.encoded().decode()}; {STALE % './sessions.js'}"
    (folder / "asked.js").write_text(script)
    done = subprocess.run([str(NODE), str(folder / "asked.js")], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", ["", "open"])
def test_a_dashboard_whose_values_stand_in_other_places_is_none(name: str) -> None:
    content = publication().dashboard.encoded().replace(b'"close"', f'"{name}"'.encode())
    with pytest.raises(msgspec.DecodeError, match=f"its column '{name}' stands where another belongs"):
        decode_dashboard(content)


def test_a_column_of_a_later_version_stands_behind_ours() -> None:
    whole = msgspec.structs.replace(publication().dashboard, columns=[*StockRow.__struct_fields__, "later"])
    assert decode_dashboard(msgspec.json.encode(whole)).columns[-1] == "later"
