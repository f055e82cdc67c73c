"""The table of stocks: views, order, filters, the address that keeps them, and downloads."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

pytest.importorskip("playwright", reason="needs playwright, which the development dependencies hold")

from bluedot_assets_tests.browser.site_pages import Site, many_stocks, stock
from bluedot_assets_tests.examples.tradingview_lists import symbols as text_symbols

if TYPE_CHECKING:
    from playwright.sync_api import Download, Page

pytestmark = pytest.mark.long


def symbols(page: "Page") -> list[str]:
    page.wait_for_selector(".said strong")
    return page.locator(".grid tbody th a").all_inner_texts()


def save(page: "Page", button: str) -> tuple[str, str]:
    """Name and text of what a button downloads."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button, exact=True).click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes().decode()


def test_today_shows_dots_on_the_as_of_bar_and_the_other_views_older_ones(page: "Page", site: Site) -> None:
    site.dashboard([stock(f"AGE{age}", dot_age=age) for age in (0, 4, 5, 19, 20)] + [stock("NONE", dot_age=None)])
    for view, expected in {"today": [0], "last5": [0, 4], "last20": [0, 4, 5, 19]}.items():
        page.goto(f"{site.address}?view={view}")
        assert symbols(page) == [f"AGE{age}" for age in expected]
    assert site.said == []
    assert site.foreign() == []


def test_a_stock_whose_last_bar_is_older_is_never_of_today_and_shows_its_own_date(page: "Page", site: Site) -> None:
    behind = {"last": "2024-07-31", "rlst": 99.0, "rlst_5": 1.0, "rlst_20": 1.0}
    site.dashboard([stock("NEW"), stock("OLD", dot_age=2, **behind), stock("LIAR", dot_age=0, **behind)])
    page.goto(site.address)
    assert symbols(page) == ["NEW"]
    page.get_by_role("button", name="Last 5 bars").click()
    assert sorted(symbols(page)) == ["LIAR", "NEW", "OLD"]
    assert page.locator("tr", has_text="OLD").locator(".tag.stale").inner_text() == "31 Jul 2024"
    page.get_by_role("button", name="RLST up, 5 bars").click()
    assert symbols(page) == ["NEW"]


def test_movers_rise_over_their_bars_and_new_entries_cross_eighty(page: "Page", site: Site) -> None:
    rows = [stock("UP", rlst=81.0, rlst_5=80.0, rlst_20=90.0), stock("WAS", rlst=85.0, rlst_5=82.0, rlst_20=10.0)]
    rows += [
        stock("DOWN", rlst=20.0, rlst_5=30.0, rlst_20=None),
        stock("UNKNOWN", rlst=95.0, rlst_5=None, rlst_20=None),
    ]
    site.dashboard(rows)
    for view, expected in {"rise5": ["WAS", "UP"], "rise20": ["WAS"], "above80": ["UP"]}.items():
        page.goto(f"{site.address}?view={view}")
        assert symbols(page) == expected


def test_a_heading_sorts_up_and_down_by_keyboard_too_and_no_value_comes_last(page: "Page", site: Site) -> None:
    page.goto(f"{site.address}?view=last5&sort=symbol")
    assert symbols(page) == ["ACC", "DIXON", "ZEE"]
    heading = page.get_by_role("columnheader", name="RLST")
    heading.get_by_role("button").click()
    assert symbols(page) == ["ACC", "DIXON", "ZEE"]
    assert page.get_by_role("columnheader", name="RLST").get_attribute("aria-sort") == "descending"
    page.keyboard.press("Enter")  # the heading that was pressed keeps the focus
    assert symbols(page) == ["DIXON", "ACC", "ZEE"]
    assert "sort=rlst" in page.url


def test_filters_narrow_the_table_and_the_address_keeps_them(page: "Page", site: Site) -> None:
    rows = [
        stock("HIGH", rlst=90.0),
        stock("LOW", rlst=10.0),
        stock("FUND", etf=1),
        stock("ASM", asm=1),
        stock("GSM", gsm=1),
    ]
    site.dashboard(rows)
    page.goto(site.address)
    assert len(symbols(page)) == 5
    page.get_by_label("RLST at least").fill("80")
    page.get_by_label("no ETFs").check()
    page.get_by_label("no flagged").check()
    assert symbols(page) == ["HIGH"]
    assert "4 hidden by the filters" in page.locator(".said").inner_text()
    page.get_by_label("Only").fill("nothing of this name")
    assert "Nothing to show" in page.locator(".said").inner_text()
    page.get_by_label("Only").fill("hig")
    page.goto(page.evaluate("location.href"))
    assert symbols(page) == ["HIGH"]
    assert page.get_by_label("RLST at least").input_value() == "80"
    assert page.get_by_label("no flagged").is_checked()


@pytest.mark.parametrize("query", ["?view=nothing&rlst=abc&sort=%3Cscript%3E", "?timeframe=hourly&rlst=-4", "?q=%00"])
def test_an_address_that_nobody_understands_shows_the_page_all_the_same(page: "Page", site: Site, query: str) -> None:
    page.goto(site.address + query)
    page.wait_for_selector(".said strong")
    assert page.get_by_role("button", name="s dots").get_attribute("aria-pressed") == "true"
    assert site.said == []


def test_my_list_is_pasted_once_and_kept_by_the_browser(page: "Page", site: Site) -> None:
    page.goto(f"{site.address}?view=last5&mine=yes")
    assert symbols(page) == []
    page.get_by_text("My list and exchanges").click()
    page.locator("#mine").fill("###Mine,NSE:ZEE\nacc; M&M")
    page.get_by_role("button", name="Keep").click()
    assert sorted(symbols(page)) == ["ACC", "ZEE"]
    page.reload()
    assert sorted(symbols(page)) == ["ACC", "ZEE"]
    assert page.locator("#mine").input_value() == "ZEE, ACC, M_M"


def test_the_csv_holds_what_the_table_shows_with_quotes_and_no_formulas(page: "Page", site: Site) -> None:
    site.dashboard([stock("ACC", name='=HYPERLINK("x"), "Ltd"'), stock("ZEE", rlst=3.0)])
    page.goto(f"{site.address}?rlst=50")
    name, content = save(page, "CSV")
    assert name == "bluedot-daily-today-2024-08-02.csv"
    head, row = content.splitlines()
    assert head.startswith("symbol,name,exchange_timezone,last_bar,close,change_percent,rlst,rlst_5")
    assert row == (
        'ACC,"\'=HYPERLINK(""x""), ""Ltd""",Asia/Kolkata,2024-08-02,110,10,85,80,60,0,2024-08-02,Consolidation,0,0,0,'
    )


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quoted", [True, False])
def test_no_spreadsheet_takes_a_cell_of_the_csv_for_a_formula(
    page: "Page", site: Site, separator: str, quoted: bool
) -> None:
    signs = "=+-@\u2212\uff1d\uff0b\uff0d\uff20\ufe62\ufe63\ufe66\ufe6b"
    ways = [
        *("{}1+1", " {}1", "\u200b{}1", "\ufeff{}1", "\t{}1", "x;{}1+1", "x; {}1", "x|{}1", "x\t{}1"),
        *("x\r\n{}1", 'x";{}1', '"{}1'),
    ]
    names = [way.format(sign) for way in ways for sign in signs]
    site.dashboard([stock(f"S{place}", name=name, pattern=name, dot_age=0) for place, name in enumerate(names)])
    page.goto(site.address)
    content = save(page, "CSV")[1]
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    cells = [cell for row in csv.reader(content.splitlines(), delimiter=separator, quoting=quoting) for cell in row]
    assert len(content.splitlines()) == 1 + len(names)
    assert [cell for cell in cells if cell.strip('"\ufeff\u200b \t').startswith(tuple(signs))] == []


def test_the_watchlist_has_a_section_for_each_date_as_the_published_ones_have(page: "Page", site: Site) -> None:
    rows = [
        stock("ZEE", dot_age=3, last_dot="2024-07-30", ticker="NSE:ZEE"),
        stock("LATE", dot_age=9, last_dot="2024-07-24", dot_bar="2024-07-22", ticker="NSE:LATE"),
        stock("ACC", rlst=1.0, ticker="NSE:ACC"),
        stock("AAPL", zone=1, ticker="NASDAQ:AAPL"),
        stock("AAPL_TWICE", zone=1, rlst=0.0, ticker="NASDAQ:AAPL"),
    ]
    site.dashboard(rows, sample=True)
    page.goto(f"{site.address}?view=last20&sort=symbol")
    name, content = save(page, "Watchlist")
    assert name == "bluedot-daily-last20-2024-08-02.txt"
    assert content == (
        "###Blue dots 2024-08-02 (sample data),NASDAQ:AAPL,NSE:ACC,###Blue dots 2024-07-30 (sample data),NSE:ZEE,"
        "###Blue dots 2024-07-22 (sample data),NSE:LATE"
    )
    page.get_by_role("button", name="RLST up, 5 bars").click()
    assert save(page, "Watchlist")[1].startswith("###RLST up; 5 bars 2024-08-02 (sample data),NASDAQ:AAPL,")


def test_what_has_no_ticker_is_left_out_and_named_until_a_visitor_sets_its_exchange(page: "Page", site: Site) -> None:
    names = ("AAPL", "IPO_WT", *(f"GAZ_X{number}" for number in range(5)))
    site.dashboard([*(stock(name, zone=1) for name in names), stock("ACC", ticker="NSE:ACC")])
    page.goto(f"{site.address}?sort=symbol")
    assert save(page, "Watchlist")[1] == "###Blue dots 2024-08-02,NSE:ACC"
    said = page.locator(".left").inner_text()
    assert said == (
        "The watchlist leaves out 7 without a ticker: AAPL, GAZ_X0, GAZ_X1, GAZ_X2, GAZ_X3 and 2 more. "
        "Their exchange can be set below the table."
    )
    page.get_by_text("My list and exchanges").click()
    exchange = page.locator("[data-zone]")
    assert (exchange.get_attribute("placeholder"), exchange.input_value()) == ("NASDAQ", "")
    effect = page.locator("[id='effect-America/New_York']")
    assert effect.inner_text().startswith(
        "7 stocks without a ticker: AAPL, IPO_WT, GAZ_X0, GAZ_X1, GAZ_X2 and 2 more. Watch"
    )
    exchange.fill("nyse")
    exchange.blur()
    assert effect.inner_text() == (
        "NYSE: 1 of 7 stocks got a ticker. No ticker of NYSE is written like IPO_WT, GAZ_X0, GAZ_X1, GAZ_X2, GAZ_X3 "
        "and 1 more: ask the person who runs the site to name their tickers."
    )
    page.get_by_text("leaves out 6 without a ticker: GAZ_X0, GAZ_X1, GAZ_X2, GAZ_X3, GAZ_X4 and 1 more.").wait_for()
    page.reload()
    assert save(page, "Watchlist")[1] == "###Blue dots 2024-08-02,NYSE:AAPL,NSE:ACC"
    page.get_by_label("Only").fill("GAZ")
    assert page.get_by_role("button", name="Watchlist", exact=True).is_disabled()
    assert page.get_by_role("button", name="CSV").is_enabled()


def test_my_list_says_which_of_its_names_no_stock_has(page: "Page", site: Site) -> None:
    site.dashboard([stock("ACC_BE", ticker="NSE:ACC"), stock("BAC_P_L", zone=1, ticker="NYSE:BAC/PL"), stock("DIXON")])
    page.goto(site.address)
    page.get_by_text("My list and exchanges").click()
    page.locator("#mine").fill("NSE:DIXON, ACC, NYSE:BAC/PL, NOSUCH, TYPPO")
    page.get_by_role("button", name="Keep").click()
    said = page.locator("#mine-said").inner_text()
    assert said == "5 symbols, kept in this browser only. Not among the daily stocks here: NOSUCH, TYPPO."


def test_a_watchlist_names_stocks_as_tradingview_does_and_the_prefix_is_for_those_without_a_ticker(
    page: "Page", site: Site
) -> None:
    rows = [
        stock("BRK_B", zone=1, ticker="NYSE:BRK.B"),
        stock("M_M", ticker="BSE:M_M"),
        stock("ZEE"),
        stock("EVIL", ticker="NSE:A,###B"),
    ]
    site.dashboard(rows)
    page.goto(f"{site.address}?sort=symbol")
    assert save(page, "Watchlist")[1].split(",") == ["###Blue dots 2024-08-02", "NYSE:BRK.B", "BSE:M_M"]
    page.get_by_text("My list and exchanges").click()
    assert page.locator("[data-zone]").count() == 1  # every stock of the other exchange has a ticker
    page.locator('[data-zone="Asia/Kolkata"]').fill("mcx")
    page.locator("#mine").fill("NYSE:BRK.B, BSE:M_M, ZEE")
    page.get_by_role("button", name="Keep").click()
    page.get_by_role("checkbox", name="my list").check()
    assert save(page, "Watchlist")[1].split(",")[1:] == ["NYSE:BRK.B", "BSE:M_M", "MCX:ZEE"]
    assert save(page, "CSV")[1].splitlines()[1].endswith(",NYSE:BRK.B")


def test_a_watchlist_of_the_page_writes_shares_of_the_usa_as_tradingview_does(page: "Page", site: Site) -> None:
    names = ("AAPL", "BAC_P_L", "BRK_B", "IPO_WT")
    site.dashboard([*(stock(name, zone=1) for name in names), stock("USB_P_A", zone=1, ticker="NYSE:USB/PA")])
    page.goto(f"{site.address}?sort=symbol")
    page.get_by_text("My list and exchanges").click()
    page.locator("[data-zone]").fill("nasdaq")
    page.locator("[data-zone]").blur()
    # What has no form that is sure is left out.
    assert save(page, "Watchlist")[1].split(",")[1:] == [
        "NASDAQ:AAPL", "NASDAQ:BAC/PL", "NASDAQ:BRK.B", "NYSE:USB/PA",
    ]  # fmt: skip
    page.locator("#mine").fill("NYSE:USB/PA")
    page.get_by_role("button", name="Keep").click()
    page.get_by_role("checkbox", name="my list").check()
    assert save(page, "Watchlist")[1].split(",")[1:] == ["NYSE:USB/PA"]


def test_my_list_keeps_a_stock_whose_name_got_another_series(page: "Page", site: Site) -> None:
    tickers = {"20MICRONS": "NSE:20MICRONS", "ACC_BE": "NSE:ACC", "BE": "NSE:BE", "OTHER": None}
    site.dashboard([stock(name, ticker=ticker) for name, ticker in tickers.items()])
    page.goto(f"{site.address}?sort=symbol")
    page.get_by_text("My list and exchanges").click()
    page.locator("#mine").fill("NSE:20MICRONS-BE, ACC")
    page.get_by_role("button", name="Keep").click()
    page.get_by_role("checkbox", name="my list").check()
    assert symbols(page) == ["20MICRONS", "ACC_BE"]


def test_the_published_watchlists_are_links_with_their_number_of_symbols(page: "Page", site: Site) -> None:
    site.dashboard([stock("ACC")], watchlists={"dots_today.txt": 1000, "dots_today_2.txt": 5, "rlst_90.txt": 0})
    site.write("daily/latest/watchlists/dots_today_2.txt", "###Blue dots 2024-08-02,NYSE:BRK.B,NSE:M_M")
    page.goto(site.address)
    symbols(page)
    links = page.locator(".lists a")
    assert links.all_inner_texts() == ["Dots today", "Dots today, file 2", "RLST 90 or more"]
    assert "Dots today (1,000) · Dots today, file 2 (5)" in page.locator(".lists").inner_text()
    with page.expect_download() as coming:
        links.nth(1).click()
    assert coming.value.suggested_filename == "bluedot-daily-2024-08-02-dots_today_2.txt"
    text = Path(coming.value.path()).read_text()
    assert text_symbols(text) == ["NYSE:BRK.B", "NSE:M_M"]
    site.dashboard([stock("ACC")])
    page.reload()
    symbols(page)
    assert page.locator(".lists a").count() == 0
    assert site.said == []


def test_the_stock_page_links_its_chart_at_tradingview_and_asks_nothing_there(page: "Page", site: Site) -> None:
    site.dashboard([stock("BRK_B", ticker="NYSE:BRK.B"), stock("ZEE")])
    site.series("BRK_B")
    page.goto(f"{site.address}stock.html?symbol=BRK_B")
    link = page.get_by_role("link", name="NYSE:BRK.B at TradingView")
    assert link.get_attribute("href") == "https://www.tradingview.com/chart/?symbol=NYSE%3ABRK.B"
    site.series("ZEE")
    page.goto(f"{site.address}stock.html?symbol=ZEE")
    page.wait_for_selector(".chart[data-bars]")
    assert page.locator("a.ticker").count() == 0
    assert site.foreign() == []


def test_a_watchlist_file_has_a_thousand_symbols_at_most(page: "Page", site: Site) -> None:
    site.dashboard([stock(f"S{number:05d}", ticker=f"NSE:S{number:05d}") for number in range(2300)])
    page.goto(site.address)
    symbols(page)
    found: list[Download] = []
    page.on("download", lambda one: found.append(one))  # noqa: PLW0108  playwright refuses a builtin
    page.get_by_role("button", name="Watchlist").click()
    page.wait_for_timeout(1500)
    texts = [Path(one.path()).read_text() for one in found]
    assert sorted(text.count("NSE:") for text in texts) == [300, 1000, 1000]
    assert all(text.startswith("###Blue dots 2024-08-02,") for text in texts)


def test_five_thousand_stocks_hold_only_the_rows_in_sight_and_scroll_to_the_last(page: "Page", site: Site) -> None:
    site.dashboard([stock(f"S{number:05d}") for number in range(5000)])
    page.goto(f"{site.address}?sort=symbol")
    assert len(symbols(page)) < 60
    assert page.locator(".grid").get_attribute("aria-rowcount") == "5001"
    page.locator(".scroller").evaluate("one => { one.scrollTop = one.scrollHeight; }")
    page.get_by_role("link", name="S04999").wait_for()
    assert len(symbols(page)) < 60


def test_the_search_finds_any_stock_by_keyboard(page: "Page", site: Site) -> None:
    site.dashboard(many_stocks(5000))
    page.goto(site.address)
    symbols(page)
    page.keyboard.press("/")
    page.keyboard.type("s0432")
    page.locator("#found [role=option]").nth(9).wait_for()
    page.keyboard.press("ArrowDown")
    assert page.locator("#found [aria-selected=true]").inner_text().startswith("S04321")
    page.keyboard.press("Enter")
    page.wait_for_url("**/stock.html?symbol=S04321&timeframe=daily")


def two_markets(site: Site) -> None:
    """A folder of India's evening: New York's stocks end on the day before."""
    american = {"zone": 1, "last": "2024-08-01", "last_dot": "2024-08-01"}
    rows = [stock("DIXON", rlst=70.0, ticker="NSE:DIXON")]
    rows += [stock("ACME", rlst=90.0, ticker="NASDAQ:ACME", **american), stock("APEX", dot_age=None, **american)]
    late = american | {"last": "2024-07-31", "last_dot": "2024-07-31", "ticker": "NASDAQ:LATE"}
    rows += [stock("LATE", dot_age=1, rlst=60.0, **late)]
    rows += [stock("RATED", rlst=99.0, rlst_date="2024-07-31", dot_age=None)]
    site.dashboard(rows, sessions={"Asia/Kolkata": "2024-08-02", "America/New_York": "2024-08-01"})


def test_each_exchange_has_its_own_today(page: "Page", site: Site) -> None:
    two_markets(site)
    page.goto(site.address)
    assert symbols(page) == ["ACME", "DIXON"]
    assert "the newest session, 2 Aug 2024 (NSE), 1 Aug 2024 (NASDAQ)" in page.locator(".said").inner_text()
    page.get_by_role("button", name="Last 5 bars").click()
    assert sorted(symbols(page)) == ["ACME", "DIXON", "LATE"]
    assert page.locator(".tag.stale").all_inner_texts() == ["31 Jul 2024"]
    _, text = save(page, "Watchlist")
    assert text == (
        "###Blue dots 2024-08-02,NSE:DIXON,###Blue dots 2024-08-01,NASDAQ:ACME,###Blue dots 2024-07-31,NASDAQ:LATE"
    )
    assert site.said == []


def test_a_rating_of_an_earlier_session_shows_its_date(page: "Page", site: Site) -> None:
    two_markets(site)
    page.goto(f"{site.address}?view=rise5")
    assert page.locator("tr", has_text="RATED").locator(".tag.rated").inner_text() == "RLST of 31 Jul"
    assert page.locator(".tag.rated").count() == 1
    head, first = save(page, "CSV")[1].splitlines()[:2]
    assert (head.rpartition(",")[2], first.rpartition(",")[2]) == ("rlst_date", "2024-07-31")
    site.series("RATED")
    page.goto(f"{site.address}stock.html?symbol=RATED")
    assert page.locator(".facts div", has_text="RLST").first.inner_text().endswith("99 of 31 Jul 2024")


def test_the_weekly_view_speaks_of_weeks_in_its_tabs_counts_columns_lists_and_downloads(
    page: "Page", site: Site
) -> None:
    site.status()
    of_the_week = {"as_of": "2024-W31", "watchlists": {"dots_today.txt": 2, "dots_5_bars.txt": 3}}
    american = {"zone": 1, "last": "2024-08-01", "last_dot": "2024-08-01"}
    rows = [stock("ACC", ticker="NSE:ACC"), stock("ACME", ticker="NASDAQ:ACME", **american)]
    rows += [stock("PAST", dot_age=4, ticker="NSE:PAST"), stock("OLD", dot_age=1, last="2024-07-19")]
    # Both markets' newest sessions are of one week, which is named once.
    site.weekly(rows, sessions={"Asia/Kolkata": "2024-08-02", "America/New_York": "2024-08-01"}, **of_the_week)
    page.goto(f"{site.address}?timeframe=weekly")
    assert sorted(symbols(page)) == ["ACC", "ACME"]
    tabs = page.get_by_role("group", name="View").get_by_role("button").all_inner_texts()
    assert tabs == [
        *(
            "This week\u2019s dots",
            "Last 5 weeks",
            "Last 20 weeks",
            "RLST up, 5 weeks",
            "RLST up, 20 weeks",
            "New above 80",
        ),
    ]
    assert page.locator(".said").inner_text() == "2 stocks with a blue dot in the newest week, 2024-W31"
    assert page.locator(".grid caption").inner_text() == "This week\u2019s dots, weekly"
    assert page.locator(".lists a").all_inner_texts() == ["Dots this week", "Dots, last 5 weeks"]
    saved = page.locator(".lists a").evaluate_all("all => all.map((one) => one.download)")
    assert saved == [f"bluedot-weekly-2024-W31-dots_{name}.txt" for name in ("this_week", "5_weeks")]
    assert save(page, "CSV")[0] == "bluedot-weekly-this_week-2024-W31.csv"
    page.get_by_role("button", name="Last 5 weeks").click()
    said = page.locator(".said").inner_text()
    assert said == "4 stocks with a blue dot within the last 5 weeks · newest week 2024-W31"
    assert page.locator("tr", has_text="PAST").locator(".c-dot_age").inner_text() == "4 weeks"
    old = page.locator("tr", has_text="OLD")
    assert (old.locator(".c-last").inner_text(), old.locator(".tag.stale").inner_text()) == ("2024-W29", "2024-W29")
    assert old.locator(".tag.stale").get_attribute("title") == (
        "Its last bar is older than the newest week of its exchange"
    )
    page.get_by_role("button", name="RLST up, 20 weeks").click()
    assert "higher RLST than 20 weeks ago" in page.locator(".said").inner_text()
    assert page.get_by_role("columnheader", name="20 weeks ago").count() == 1
    seen = page.locator("#stocks").inner_text().lower()
    assert [word for word in ("today", "session", "bars", " day") if word in seen] == []


def test_what_was_copied_is_forgotten_when_the_table_changes_and_no_button_moves(page: "Page", site: Site) -> None:
    site.write("daily/latest/scripts/scripts.json", '{"scripts": []}')
    site.write("daily/latest/scripts/bluedot_dots.txt", "BLUEDOT1;2024-08-02#Asia/Kolkata|ACC:1|#END")
    page.goto(site.address)
    symbols(page)
    buttons = [page.get_by_role("button", name=name, exact=True) for name in ("Watchlist", "CSV")]
    placed = [button.bounding_box() for button in buttons]
    copy = page.get_by_role("button", name="Copy these stocks as text for the paste script")
    copy.click()
    page.locator(".copied", has_text="1 stock").wait_for()
    page.get_by_label("Only").fill("nothing of this name, which makes the sentence long")
    assert page.locator(".copied").inner_text() == ""
    assert copy.is_disabled()
    assert [button.bounding_box() for button in buttons] == placed


def test_on_a_phone_symbols_names_and_every_column_are_readable(page: "Page", site: Site) -> None:
    # As long as NSE has them.
    more = {"asm": 1, "rlst_date": "2024-07-31", "close": 123456.7, "previous": 120000.0}
    rows = [stock("MIRAEASSETNIFTY50", name="Mirae Asset Mutual Fund Nifty 50 Exchange", **more)]
    site.dashboard([*rows, stock("MUSOLEN", name="Musolen & Daughters Ltd.", gsm=1, rlst_5=60.0)])
    page.set_viewport_size({"width": 390, "height": 844})
    for query in ("?view=last20", "?view=rise20"):
        page.goto(site.address + query)
        symbols(page)
        cut = page.locator(".grid").evaluate(
            "grid => [...grid.querySelectorAll('th a, th bdi, td, thead button')].filter((one) =>"
            " one.scrollWidth > one.clientWidth && getComputedStyle(one).display !== 'inline' || !one.offsetWidth)"
            ".map((one) => one.textContent)"
        )
        assert cut == []
        assert page.locator("tbody .c-pattern").first.is_visible()
        assert page.locator("tbody .c-last").first.is_visible()
        heights = page.locator(".grid tbody tr:not(.space)").evaluate_all(
            "rows => rows.map((one) => [one.offsetHeight, one.scrollHeight <= one.clientHeight])"
        )
        assert heights == [[96, True]] * len(heights)  # --row, by which the table knows which rows are in sight
