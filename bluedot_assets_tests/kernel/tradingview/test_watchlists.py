"""Watchlists as TradingView reads them back."""

import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from bluedot_assets.kernel.site.dashboard import Dashboard, StockRow
from bluedot_assets.kernel.tradingview.watchlists import TITLES, Watchlist, make_watchlists, watchlist_files
from bluedot_assets_tests import REPOSITORY
from bluedot_assets_tests.examples.node import answer_of, needs_node
from bluedot_assets_tests.examples.tradingview_lists import sections, symbols

FRIDAY = date(2024, 8, 2)
THURSDAY = FRIDAY - timedelta(days=1)
FORM: Final = REPOSITORY / "docs_site/shell/js/data/watchlist_form.js"
IMPORTS: Final = 'import { watchlistTexts } from "./watchlist_form.mjs";'


def stock(symbol: str, dot_age: int | None = None, **values: Any) -> StockRow:
    good: dict[str, Any] = {
        "name": None,
        "zone": 0,
        "last": FRIDAY,
        "close": 1.0,
        "previous": None,
        "rlst": 50.0,
        "rlst_5": None,
        "rlst_20": None,
        "last_dot": None if dot_age is None else FRIDAY - timedelta(days=dot_age),
        "etf": 0,
        "asm": 0,
        "gsm": 0,
        "pattern": None,
        "ticker": f"NSE:{symbol}",
    }
    return StockRow(symbol=symbol, dot_age=dot_age, **good | values)


def folder(*stocks: StockRow, **values: Any) -> Dashboard:
    made = Dashboard(
        timeframe="daily", as_of="2024-08-02", session=FRIDAY, sample=False, indicators=[], stocks=list(stocks)
    )
    return msgspec.structs.replace(made, **values)


def files_of(dashboard: Dashboard, new: list[StockRow] | None = None, note: str = "") -> dict[str, str]:
    lists = make_watchlists(dashboard, new or [], note)
    made = [watchlist_files(one, dashboard) for one in lists]
    assert [one.name for one in lists] == list(TITLES)
    return {name: text for files in made for name, (text, _) in files.items()}


def test_each_list_holds_its_stocks_in_sections_of_their_date_the_strongest_first() -> None:
    made = files_of(
        folder(
            stock("ACC", 0, rlst=40.0),
            stock("DIXON", 0, rlst=95.0),
            stock("NULL", 0, rlst=None),
            stock("ZERO", 0, rlst=0.0),
            stock("OLD", 1),
            stock("FIVE", 5),
            stock("LONG", 20),
            stock("STRONG", None, rlst=90.0),
            stock("LATE", None, rlst=99.0, last=THURSDAY),
        ),
        [stock("ACC", 0)],
    )
    today = "###Blue dots 2024-08-02,NSE:DIXON,NSE:ACC,NSE:ZERO,NSE:NULL"
    assert made == {
        "dots_today.txt": today,
        "new_dots.txt": "###New blue dots 2024-08-02,NSE:ACC",
        "dots_5_bars.txt": f"{today},###Blue dots 2024-08-01,NSE:OLD",
        "dots_20_bars.txt": f"{today},###Blue dots 2024-08-01,NSE:OLD,###Blue dots 2024-07-28,NSE:FIVE",
        "rlst_90.txt": "###RLST 90 or more 2024-08-02,NSE:DIXON,NSE:STRONG,###RLST 90 or more 2024-08-01,NSE:LATE",
    }


def test_a_list_of_nothing_says_so_with_its_date() -> None:
    made = files_of(folder(stock("ACC")))
    assert made["dots_today.txt"] == "###Blue dots 2024-08-02 none"
    assert files_of(folder(session=None))["rlst_90.txt"] == "###RLST 90 or more none"
    assert symbols(made["dots_today.txt"]) == []


def test_funds_and_stocks_under_surveillance_take_part() -> None:
    made = files_of(folder(stock("FUND", 0, etf=1), stock("ASM", 0, asm=1), stock("GSM", 0, gsm=1)))
    assert symbols(made["dots_today.txt"]) == ["NSE:ASM", "NSE:FUND", "NSE:GSM"]


def test_stocks_without_a_ticker_are_left_out() -> None:
    made = files_of(folder(stock("ACC", 0), stock("NONE", 0, ticker=None)))
    assert symbols(made["dots_today.txt"]) == ["NSE:ACC"]
    assert files_of(folder(stock("NONE", 0, ticker=None)))["dots_today.txt"] == "###Blue dots 2024-08-02 none"


def test_sample_data_and_a_missing_comparison_are_said_in_the_section() -> None:
    dashboard = folder(stock("ACC", 0), sample=True)
    made = files_of(dashboard, [dashboard.stocks[0]], "not compared")
    assert made["dots_today.txt"] == "###Blue dots 2024-08-02 (sample data),NSE:ACC"
    assert made["new_dots.txt"] == "###New blue dots 2024-08-02 (sample data; not compared),NSE:ACC"


def test_a_further_file_repeats_the_section_that_it_goes_on_with() -> None:
    stocks = [stock(f"S{number:04d}", 0) for number in range(1500)] + [
        stock(f"T{number:04d}", 1) for number in range(700)
    ]
    dashboard = folder(*stocks)
    made = watchlist_files(make_watchlists(dashboard, [])[2], dashboard)
    assert {name: count for name, (_, count) in made.items()} == {
        "dots_5_bars.txt": 1000,
        "dots_5_bars_2.txt": 1000,
        "dots_5_bars_3.txt": 200,
    }
    assert [list(sections(text)) for text, _ in made.values()] == [
        ["Blue dots 2024-08-02"],
        ["Blue dots 2024-08-02", "Blue dots 2024-08-01"],
        ["Blue dots 2024-08-01"],
    ]


STOCKS = st.lists(
    st.tuples(
        st.sampled_from(["A", "BRK.B", "M_M", "20M", "X!"]),
        st.integers(0, 3000),
        st.booleans(),
        st.integers(0, 30),
        st.one_of(st.none(), st.floats(0, 99)),
    ),
    max_size=60,
)


@given(STOCKS, st.integers(0, 2600))
def test_every_ticker_of_a_list_stands_in_its_files_exactly_once_and_no_file_has_more_than_a_thousand(
    drawn: list[tuple[str, int, bool, int, float | None]], many: int
) -> None:
    rows = [
        (FRIDAY - timedelta(days=age), stock(f"S{place}", rlst=rlst, ticker=f"NSE:{base}{number}" if mapped else None))
        for place, (base, number, mapped, age, rlst) in enumerate(drawn)
    ]
    rows += [(FRIDAY, stock(f"MANY{number}")) for number in range(many)]
    made = watchlist_files(Watchlist("list", "A title, with a comma", rows), folder())
    listed = [symbol for text, _ in made.values() for symbol in symbols(text)]
    assert sorted(listed) == sorted({row.ticker for _, row in rows if row.ticker is not None})
    for text, count in made.values():
        assert count == len(symbols(text)) <= 1000
    days = [name[-10:] for text, _ in made.values() for name in sections(text) if not name.endswith("none")]
    assert days == sorted(days, reverse=True)
    again = watchlist_files(Watchlist("list", "A title, with a comma", rows[::-1]), folder())
    assert {name: sorted(symbols(text)) for name, (text, _) in again.items()} == {
        name: sorted(symbols(text)) for name, (text, _) in made.items()
    }


@needs_node
def test_the_page_writes_a_list_as_the_kernel_does(tmp_path: Path) -> None:
    shutil.copy(FORM, tmp_path / "watchlist_form.mjs")
    listed = [
        (FRIDAY - timedelta(days=number % 3), stock(f"S{number:04d}", rlst=[None, 0.0, 7.0, 99.5][number % 4]))
        for number in range(1100)
    ]
    listed += [(FRIDAY, stock("TWICE", rlst=1.0, ticker="NSE:S0003")), (THURSDAY, stock("NONE", ticker=None))]
    made = watchlist_files(Watchlist("list", "Up, 5 bars", listed, "not compared"), folder(sample=True))
    entries = [
        {"day": day.isoformat(), "rlst": one.rlst, "symbol": one.symbol, "ticker": one.ticker} for day, one in listed
    ]
    asked = ["Up, 5 bars", entries, ["sample data", "not compared"]]
    assert answer_of(IMPORTS, "watchlistTexts(...asked)", asked, tmp_path) == [text for text, _ in made.values()]
