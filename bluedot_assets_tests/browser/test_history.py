"""The history on the page of a stock: what is read and when, what is drawn, said and explained, and what is said where
it cannot be read."""

import json
import re
import threading
from datetime import date, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("playwright", reason="needs playwright, which the development dependencies hold")

from bluedot_assets.kernel.history import ranges
from bluedot_assets_tests.browser import history_files
from bluedot_assets_tests.browser.history_files import (
    DAYS,
    at,
    bar,
    bars_of,
    dot,
    md5,
    publish_history,
    publish_stocks,
    split,
    stock_of,
)
from bluedot_assets_tests.browser.site_pages import SESSION, Site, csv, stock
from bluedot_assets_tests.browser.test_prices import LISTEN

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = pytest.mark.long

X = "\N{MULTIPLICATION SIGN}"
WINDOW = 60  # bars of the series
FIRST = SESSION - timedelta(DAYS - 1)


@pytest.fixture
def dixon(site: Site) -> Site:
    """A stock with sixty bars in its series and four years in the history."""
    site.series("DIXON", bars=WINDOW)
    publish_history(site, bars_of("DIXON"))
    return site


def open_page(page: "Page", site: Site, query: str = "") -> None:
    page.goto(f"{site.address}stock.html?symbol=DIXON&timeframe=daily{query}")
    page.wait_for_selector(".tools [aria-pressed]")


def press(page: "Page", name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    status(page, "since")


def status(page: "Page", words: str) -> str:
    found = page.locator(".tools [role=status]", has_text=words)
    found.wait_for()
    return found.inner_text()


def warning(page: "Page") -> str:
    found = page.locator(".tools .sentence")
    found.wait_for()
    return found.inner_text()


def shown(page: "Page", name: str = "bars") -> int:
    return int(page.locator(".chart").get_attribute(f"data-{name}") or 0)


def choose(page: "Page", back: int) -> str:
    """The bar so many before the newest, by the keyboard; gives what the legend says of it."""
    page.mouse.move(0, 0)  # the chart may have moved under the pointer
    page.locator(".chart").press("End")
    for key, step in (("PageUp", 20), ("ArrowLeft", 1)):
        for _ in range(back // step):
            page.locator(".chart").press(key)
        back %= step
    page.wait_for_selector(".legend :text('source')")
    return page.locator(".legend").inner_text().replace("\n", " ")


def explain(page: "Page", back: int) -> str:
    choose(page, back)
    page.locator(".chart").press("Enter")
    return explained(page)


def explained(page: "Page") -> str:
    page.wait_for_selector(".explained dl")
    text = page.locator(".explained")
    text.filter(has_not_text="Reading").wait_for()
    return text.inner_text()


def asked_of(site: Site, name: str) -> int:
    return sum(url.endswith(name) for url in site.asked)


def day(of: date) -> str:
    return f"{of.day} {of:%b %Y}"


def test_a_site_without_a_history_has_the_page_without_its_buttons(page: "Page", site: Site) -> None:
    site.series("DIXON", bars=WINDOW)
    with page.expect_response(re.compile("history/history.json")):
        page.goto(f"{site.address}stock.html?symbol=DIXON&timeframe=daily&range=all")
    page.wait_for_selector(".chart[data-bars]")
    page.wait_for_timeout(300)
    assert shown(page) == WINDOW
    assert page.locator(".tools, .explained, .record, .charted .sentence").count() == 0
    page.locator(".chart").click(position={"x": 900, "y": 90})
    assert page.locator(".explained").count() == 0
    assert asked_of(site, "hyparquet.js") == 0
    assert site.said == []


def test_the_page_opens_from_the_series_and_reads_no_bar_of_the_history_unasked(page: "Page", dixon: Site) -> None:
    with page.expect_response(re.compile("adjustments.parquet")):
        open_page(page, dixon)
    page.wait_for_timeout(300)
    assert shown(page) == WINDOW
    assert not [url for url in dixon.asked if "/bars-" in url]
    assert dixon.said == []
    assert dixon.foreign() == []


def test_all_of_the_history_is_drawn_from_a_few_parts_of_its_files(page: "Page", dixon: Site) -> None:
    parts = []
    page.on("response", lambda one: parts.append((one.status, one.url)) if ".parquet" in one.url else None)
    open_page(page, dixon)
    press(page, "All")
    assert shown(page) == DAYS
    assert f"{DAYS:,} bars since {day(FIRST)}" in status(page, "since")
    years = range(FIRST.year, SESSION.year + 1)
    for year in years:
        assert 1 <= asked_of(dixon, f"bars-{year}.parquet") <= 2  # what it has, and the rows of one group
    assert {code for code, _ in parts} == {206}
    assert len(parts) <= 2 * (len(years) + 2)
    assert dixon.said == []


def test_where_series_and_history_differ_the_series_is_drawn_and_the_explanation_says_so(
    page: "Page", dixon: Site
) -> None:
    open_page(page, dixon, "&range=all")
    status(page, "since")
    assert "O 159.00 H 162.00 L 158.00 C 161.00" in choose(page, 0)
    assert "O 100.00 H 103.00 L 99.00 C 102.00" in choose(page, WINDOW - 1)  # the oldest bar of the series
    assert "O 1,540.00 H 1,543.00 L 1,539.00 C 1,542.00" in choose(page, WINDOW)  # the one before it, of the history
    text = explain(page, 0)
    assert "The series has the close 161.00, the history 1,602.00" in text


def test_only_ranges_that_the_history_reaches_are_offered_and_one_is_kept_in_the_link(
    page: "Page", dixon: Site
) -> None:
    open_page(page, dixon)
    names = page.locator(".tools .choice button")
    assert names.all_inner_texts() == ["3 months", "6 months", "1 year", "All"]  # and no 5 years of these four
    assert page.locator(".tools [aria-pressed=true]").count() == 0
    press(page, "1 year")
    assert "range=1y" in page.url
    assert shown(page) == (SESSION - date(SESSION.year - 1, 1, 1)).days + 1  # whole years are read
    page.goto(f"{dixon.address}stock.html?symbol=DIXON&timeframe=daily")  # the browser has kept it
    page.wait_for_selector(".tools [aria-pressed=true]")
    assert page.locator(".tools [aria-pressed=true]").inner_text() == "1 year"
    page.goto(f"{dixon.address}stock.html?symbol=DIXON&timeframe=daily&range=3m")  # and the link comes first
    page.wait_for_selector(".tools [aria-pressed=true]")
    assert page.locator(".tools [aria-pressed=true]").inner_text() == "3 months"


@pytest.mark.parametrize("asked", ["constructor", "10y"])
def test_a_range_that_is_none_leaves_the_chart_as_it_opens(page: "Page", site: Site, asked: str) -> None:
    site.series("DIXON", bars=300)
    publish_history(site, bars_of("DIXON"))

    def at_the_left(query: str) -> str:
        open_page(page, site, query)
        page.wait_for_timeout(300)
        page.mouse.move(0, 0)
        box = page.locator(".chart").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 20, box["y"] + 100)
        page.wait_for_selector(".legend :text('source')")
        return page.locator(".legend").inner_text()

    assert at_the_left(f"&range={asked}") == at_the_left("")
    assert site.said == []


@pytest.mark.parametrize(
    ("newest", "three_months", "a_year"),
    [
        ("2024-05-31", "2024-02-29", "2023-05-31"),
        ("2023-05-31", "2023-02-28", "2022-05-31"),
        ("2024-02-29", "2023-11-29", "2023-02-28"),
        ("2024-02-02", "2023-11-02", "2023-02-02"),
    ],
)
def test_a_range_begins_on_the_last_day_of_a_month_that_is_shorter(
    page: "Page", site: Site, newest: str, three_months: str, a_year: str
) -> None:
    page.goto(f"{site.address}stock.html?symbol=DIXON&timeframe=daily")
    script = "([path, newest]) => import(path).then((ranges) => ranges.rangesOf(newest, '2000-01-01'))"
    found = page.evaluate(script, [f"{site.address}js/stock/ranges.js", newest])
    assert (found["3m"], found["1y"]) == (three_months, a_year)


def test_what_was_read_is_not_asked_for_again(page: "Page", dixon: Site) -> None:
    open_page(page, dixon)
    press(page, "All")
    explain(page, 3)
    before = len(dixon.asked)
    for name in ("3 months", "1 year", "All"):
        press(page, name)
    explain(page, 3)
    explain(page, 1)
    assert len(dixon.asked) == before
    assert shown(page) == DAYS


def test_late_dots_are_hollow_withdrawn_ones_crossed_and_each_has_its_dates_in_words(page: "Page", site: Site) -> None:
    site.series("DIXON", bars=WINDOW)  # a dot on every fifth bar
    late, gone, old = (SESSION - timedelta(days) for days in (4, 7, WINDOW + 40))
    dots = [
        dot("DIXON", old, "hindsight", late=3),
        dot("DIXON", gone, withdrawn=2),
        dot("DIXON", SESSION - timedelta(8)),  # the series, which is newer, no longer has it
        dot("DIXON", late, "late", late=3),
        dot("DIXON", SESSION - timedelta(9)),
    ]
    publish_history(site, [row | {"blue_dot": row["session"] == old} for row in bars_of("DIXON")], dots)
    open_page(page, site)
    page.wait_for_selector(".record table")
    assert [shown(page, kind) for kind in ("markers", "late", "withdrawn")] == [12, 1, 1]
    press(page, "All")
    assert [shown(page, kind) for kind in ("markers", "late", "withdrawn")] == [13, 1, 1]
    words = {
        4: "blue dot came late, 1 Aug 2024, 13:51 UTC",
        7: "withdrawn dot: listed at once, 26 Jul 2024, 13:51 UTC; withdrawn 28 Jul 2024, 13:51 UTC",
        9: "blue dot listed at once, 24 Jul 2024, 13:51 UTC",
        WINDOW + 40: "blue dot there already when the stock was first seen, 27 Apr 2024, 13:51 UTC",
    }
    for back, said in words.items():
        assert said in choose(page, back)
    rows = page.get_by_role("region", name="Every dot").locator("tbody tr").all_inner_texts()
    assert [re.split(r"\t|\n", row.strip())[0] for row in rows] == [
        "29 Jul 2024",
        "26 Jul 2024",
        "25 Jul 2024",
        "24 Jul 2024",
        "24 Apr 2024",
    ]
    assert "28 Jul 2024, 13:51 UTC" in rows[1]
    assert site.said == []


def test_adjustments_are_flags_with_their_names_and_stand_in_a_list(page: "Page", site: Site) -> None:
    site.series("DIXON", bars=WINDOW)
    unknown = split("DIXON", SESSION - timedelta(900), 0.5, nearest=None, state="frozen") | {"ratio": None}
    by_hand = split("DIXON", SESSION - timedelta(400), 0.97, nearest=None, shares=False, state="by hand")
    publish_history(site, bars_of("DIXON"), [], [unknown, by_hand, split("DIXON", SESSION - timedelta(30), 0.2)])
    page.add_init_script(f"({LISTEN})()")
    open_page(page, site)
    page.wait_for_selector(".record table")
    assert shown(page, "flags") == 1
    press(page, "All")
    assert shown(page, "flags") == 3
    page.wait_for_function(
        "names => names.every((one) => drawn.has(one))", arg=["1:5 split", f"prices {X} 0.97", "undecided change"]
    )
    rows = page.get_by_role("region", name="Adjustments").locator("tbody tr").all_inner_texts()
    assert [" | ".join(re.split(r"\t|\n", row.strip())) for row in rows] == [
        f"3 Jul 2024 | 1:5 split, prices {X} 0.2 | 3 Jul 2024, 13:51 UTC",
        f"29 Jun 2023 | prices {X} 0.97, decided by hand | 29 Jun 2023, 13:51 UTC",
        "14 Feb 2022 | undecided change: older bars stay as they are | 14 Feb 2022, 13:51 UTC",
    ]
    assert "1:5 split, known 3 Jul 2024, 13:51 UTC" in choose(page, 30)


def test_a_click_on_a_bar_explains_where_its_values_come_from(page: "Page", site: Site) -> None:
    site.series("DIXON", bars=WINDOW)
    on = SESSION - timedelta(50)
    rows = [
        row | ({"revisions": 2, "first_known": row["first_known"]} if row["session"] == on else {})
        for row in bars_of("DIXON")
    ]
    publish_history(site, rows, [dot("DIXON", on, "late", late=3)], [split("DIXON", SESSION - timedelta(10), 0.2)])
    open_page(page, site)
    page.wait_for_selector(".record table")
    text = explain(page, 50)
    line = csv(WINDOW)["PRICE_DATA"].splitlines()[-51]
    for words in (
        "13 Jun 2024: where its values come from",
        f"{line} in DIXON_PRICE_DATA.csv",
        "in DIXON_RLST_RATING.csv",
        "13 Jun 2024, 13:51 UTC",
        "2 times",
        "2024-06-13 in daily/history/bars-2024.parquet",
        "1,552.00; as it was given first: 1,552.00",
        "s newest answer",
        "came late, 16 Jun 2024, 13:51 UTC; number 1 of its run; RLST then 87; base pattern then Cup With Handle",
        f"from 23 Jul 2024 on, prices {X} 0.2; restated by the vendor; known 23 Jul 2024, 13:51 UTC",
        "bluedot explain DIXON 2024-06-13",
    ):
        assert words in text
    links = page.locator(".explained a").evaluate_all("all => all.map((one) => one.getAttribute('href'))")
    assert links[0] == "daily/latest/DIXON_PRICE_DATA.csv"
    assert links[-1] == "daily/history/bars-2024.parquet"
    assert re.search(r"Vendor.s file of 2024-06-13\s+Not on this site any more: .* with --partition 2024-06-13", text)
    page.keyboard.press("Escape")
    assert page.locator(".explained dl").count() == 0
    page.mouse.move(0, 0)
    page.locator(".chart").click(position={"x": 900, "y": 90})
    page.wait_for_selector(".explained dl")
    assert page.evaluate("document.activeElement.tagName") == "H2"
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Explain this bar").click()
    page.wait_for_selector(".explained dl")
    assert site.said == []


def test_the_explanation_names_the_vendors_files_of_the_published_line_and_of_the_bar(
    page: "Page", dixon: Site
) -> None:
    on = SESSION - timedelta(3)
    touched = {"holiday_rows": 2, "nulled_values": 1, "unfinished_bars": 1}
    own = stock_of("DIXON", on, file="DIXON (1).json", known=None, **touched)
    publish_stocks(dixon, stock_of("DIXON", SESSION), own)
    open_page(page, dixon)
    text = explain(page, 3)
    newest, earlier = re.split(r"Vendor.s file of 2024-07-30", text.split("file of 2024-08-02")[1])
    for words in (
        f"DIXON.json, md5 {md5(f'DIXON {SESSION}')}",
        "answered 2 Aug 2024, 13:51 UTC",
        "timezone Asia/Kolkata, inferred from its bars",
        "60 bars kept, 4 Jun 2024 to 2 Aug 2024",
        "rules that touched the file: none of those that are counted",
        "daily/2024-08-02/tables/stocks.parquet",
    ):
        assert words in newest
    for words in (
        f"DIXON (1).json, md5 {md5(f'DIXON {on}')}",
        "it does not say when the vendor answered",
        "Holiday placeholders dropped: 2; bars whose session was not over: 1; values out of range taken as none: 1",
    ):
        assert words in earlier
    before = len(dixon.asked)
    explain(page, 0)  # of a folder that is read already
    assert len(dixon.asked) == before
    assert [asked_of(dixon, name) for name in ("status.json", f"{SESSION}/tables/stocks.parquet")] == [1, 1]
    assert dixon.said == []


def test_the_explanation_of_a_bar_whose_files_cannot_be_read_is_whole_and_says_so(page: "Page", dixon: Site) -> None:
    on = SESSION - timedelta(3)
    publish_stocks(dixon, stock_of("DIXON", SESSION), stock_of("ACC", on))  # a stock that had another name
    damaged = f"daily/{SESSION}/tables/stocks.parquet"
    content = (dixon.folder / damaged).read_bytes()
    dixon.write(damaged, b"PAR1")
    open_page(page, dixon)
    text = explain(page, 3)
    assert f"{damaged} cannot be read: it is not the table that it should be" in text
    assert re.search(r"file of 2024-07-30\s+Not on this site any more", text)
    assert "1,599.00; as it was given first" in text
    assert "bluedot explain DIXON 2024-07-30" in text
    dixon.write(damaged, content)
    assert md5(f"DIXON {SESSION}") in explain(page, 3)  # asked for again
    (dixon.folder / "status.json").unlink()
    open_page(page, dixon)
    assert "status.json cannot be read: the server answered 404." in explain(page, 0)


def test_of_two_bars_that_are_clicked_the_later_one_is_explained(page: "Page", site: Site) -> None:
    site.series("DIXON", bars=300)
    publish_history(site, bars_of("DIXON"))
    waiting: list[Route] = []

    def wait(route: "Route") -> None:
        waiting.append(route)

    page.route(re.compile("bars-2023"), wait)
    open_page(page, site)
    chart = page.locator(".chart")
    chart.press("End")
    for _ in range(12):
        chart.press("PageUp")
    chart.press("Enter")
    chart.press("End")
    chart.press("Enter")
    assert "2 Aug 2024: where its values come from" in explained(page)
    with page.expect_response(re.compile("bars-2023")):
        waiting[0].continue_()
    page.unroute(re.compile("bars-2023"))
    page.wait_for_timeout(300)
    assert "2 Aug 2024: where its values come from" in explained(page)
    assert page.locator(".legend").inner_text().startswith("2 Aug 2024")
    assert "6 Dec 2023: where" in explain(page, 240)


def test_a_bar_older_than_the_series_says_what_scaled_it(page: "Page", site: Site) -> None:
    site.series("DIXON", bars=WINDOW)
    scaled = {"factor": 0.2, "basis": "scaled", "close": 100.0, "close_traded": 500.0}
    rows = [row | (scaled if row["session"] < SESSION - timedelta(1000) else {}) for row in bars_of("DIXON")]
    one = split("DIXON", SESSION - timedelta(500), 0.2, restated_from=SESSION - timedelta(1000))
    earlier = split("DIXON", SESSION - timedelta(400), 0.1, known=at(FIRST))  # than the bar was given
    publish_history(site, rows, [], [one, split("DIXON", FIRST, 0.5), earlier])
    open_page(page, site, "&range=all")
    status(page, "since")
    text = explain(page, 1100)
    for words in (
        f"They begin on {day(SESSION - timedelta(WINDOW - 1))}; this bar is of the history alone.",
        "100.00; as it was given first: 500.00",
        f"scaled here, {X} 0.2",
        "older than what the vendor restated",
    ):
        assert words in text
    assert "1:5 split" in text
    assert not re.search("1:(2|10) split", text)


def test_a_server_that_knows_no_parts_gives_whole_files_and_the_page_is_the_same(
    browser: "Browser", dixon: Site
) -> None:
    with without_ranges(dixon) as dixon.address:
        page = dixon.listen(browser.new_page())
        open_page(page, dixon)
        press(page, "All")
        assert shown(page) == DAYS
        for year in range(FIRST.year, SESSION.year + 1):
            assert asked_of(dixon, f"bars-{year}.parquet") == 1
        page.close()
    assert dixon.said == []


class without_ranges:
    """The site by Python's own server, which answers a request for a part with the whole file."""

    def __init__(self, site: Site) -> None:
        handler = partial(SimpleHTTPRequestHandler, directory=str(site.folder.parent))
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)

    def __enter__(self) -> str:
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}/repository/"

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


def test_a_year_that_cannot_be_read_is_named_and_newer_ones_are_drawn(page: "Page", dixon: Site) -> None:
    (dixon.folder / "daily/history/bars-2021.parquet").unlink()
    open_page(page, dixon)
    page.get_by_role("button", name="All", exact=True).click()
    assert warning(page) == "daily/history/bars-2021.parquet cannot be read: the server answered 404."
    assert shown(page) == (SESSION - date(2022, 1, 1)).days + 1


def test_a_year_that_could_not_be_read_is_read_when_it_is_asked_for_again(page: "Page", dixon: Site) -> None:
    open_page(page, dixon)
    page.route(re.compile("bars-202[24]"), lambda route: route.abort())
    page.get_by_role("button", name="All", exact=True).click()
    assert warning(page).startswith("daily/history/bars-2024.parquet cannot be reached.")
    assert shown(page) == WINDOW
    before = asked_of(dixon, "bars-2024.parquet")
    for step in ("End", "ArrowLeft", "ArrowLeft", "ArrowLeft"):
        page.locator(".chart").press(step)
    assert asked_of(dixon, "bars-2024.parquet") <= before + 1  # and not with every bar that is pointed at
    page.unroute(re.compile("bars-202[24]"))
    page.route(re.compile("bars-2022"), lambda route: route.abort())
    press(page, "All")
    page.locator(".tools .sentence", has_text="bars-2022").wait_for()
    assert shown(page) == (SESSION - date(2023, 1, 1)).days + 1
    page.unroute(re.compile("bars-2022"))
    press(page, "All")
    page.wait_for_selector(f".chart[data-bars='{DAYS}']")
    assert page.locator(".tools .sentence").count() == 0
    page.locator(".chart").press("Enter")
    assert "in daily/history/bars-2024.parquet" in explained(page)


def test_without_the_ledger_the_adjustments_are_still_there(page: "Page", site: Site) -> None:
    site.series("DIXON", bars=WINDOW)
    publish_history(site, bars_of("DIXON"), [], [split("DIXON", SESSION - timedelta(30), 0.2)])
    (site.folder / "daily/history/dots.parquet").unlink()
    open_page(page, site, "&range=all")
    status(page, "since")
    assert warning(page) == "daily/history/dots.parquet cannot be read: the server answered 404."
    assert (shown(page), shown(page, "flags"), shown(page, "markers")) == (DAYS, 1, 12)


def test_a_server_that_has_gone_is_a_sentence_said_once(page: "Page", dixon: Site) -> None:
    open_page(page, dixon)
    page.route(re.compile("/bars-"), lambda route: route.abort())
    for step in ("End", "ArrowLeft", "ArrowLeft"):
        page.locator(".chart").press(step)
    assert warning(page).startswith("daily/history/bars-2024.parquet cannot be reached.")
    page.locator(".chart").press("Enter")
    page.wait_for_selector(".explained dl")
    text = page.locator(".explained").inner_text()
    assert re.search(r"In the history\s+cannot be read", text)
    assert "bluedot explain DIXON 2024-07-31" in text


def test_what_says_what_a_table_has_may_be_larger_than_what_is_read_first(
    page: "Page", site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "GROUP_ROWS", 100)
    monkeypatch.setattr(history_files, "OTHERS", [f"S{number:03d}" for number in range(200)])
    site.series("DIXON", bars=WINDOW)
    publish_history(site, bars_of("DIXON"))
    open_page(page, site)
    press(page, "All")
    assert shown(page) == DAYS
    assert asked_of(site, "bars-2023.parquet") > 2


@pytest.mark.parametrize("content", [b"", b"PAR1", b"x" * 100_000, None])
def test_a_damaged_table_is_a_sentence_and_the_chart_stays(page: "Page", dixon: Site, content: bytes | None) -> None:
    path = dixon.folder / "daily/history/bars-2024.parquet"
    whole = path.read_bytes()
    dixon.write(
        "daily/history/bars-2024.parquet",
        whole[:4] + bytes(len(whole) // 2) + whole[4 + len(whole) // 2 :] if content is None else content,
    )
    open_page(page, dixon, "&range=all")
    assert warning(page).startswith("daily/history/bars-2024.parquet cannot be read: ")
    assert shown(page) == WINDOW


def test_a_table_that_is_published_anew_while_it_is_read_asks_for_a_reload(page: "Page", dixon: Site) -> None:
    name = "daily/history/bars-2023.parquet"
    content = (dixon.folder / name).read_bytes()

    def publish(route: "Route") -> None:
        if not route.request.headers["range"].startswith("bytes=-"):
            dixon.write(name, content)
        route.continue_()

    page.route(re.compile("bars-2023"), publish)
    open_page(page, dixon, "&range=all")
    assert warning(page) == f"{name} cannot be read: it was published anew just now. Reload the page."


@pytest.mark.parametrize(
    ("index", "words"),
    [
        ("{", "it is not the JSON that it should be"),
        (json.dumps({"schema_version": 2, "files": {}}), "it is newer than this page"),
    ],
)
def test_an_index_that_cannot_be_read_is_a_sentence_below_the_chart(
    page: "Page", dixon: Site, index: str, words: str
) -> None:
    dixon.write("daily/history/history.json", index)
    page.goto(f"{dixon.address}stock.html?symbol=DIXON&timeframe=daily")
    page.wait_for_selector(".charted .sentence")
    assert f"daily/history/history.json cannot be read: {words}" in page.locator(".charted .sentence").inner_text()
    assert shown(page) == WINDOW


def test_a_stock_of_which_the_history_has_nothing_stays_as_its_series(page: "Page", site: Site) -> None:
    site.series("DIXON", bars=WINDOW)
    publish_history(site, bars_of("ACC"))
    open_page(page, site)
    press(page, "All")
    assert shown(page) == WINDOW
    assert page.locator(".record section").count() == 0
    page.get_by_role("button", name="Explain this bar").click()
    page.wait_for_selector(".explained dl")
    assert re.search(r"In the history\s+not yet", page.locator(".explained").inner_text())


def test_on_a_weekly_page_a_dot_belongs_to_the_bar_of_its_week(page: "Page", site: Site) -> None:
    fridays = [SESSION - timedelta(7 * back) for back in reversed(range(120))]
    site.weekly([stock("DIXON")], as_of="2024-W31", session=SESSION.isoformat())
    days = [f"{friday:%Y%m%d}T" for friday in fridays[-61:]]
    site.write("weekly/latest/DIXON_PRICE_DATA.csv", "".join(f"{one},100,103,99,102,1000\n" for one in days))
    site.write("weekly/latest/DIXON_RLST_RATING.csv", "".join(f"{one},70,70,70,70,0\n" for one in days))
    site.write("weekly/latest/DIXON_BC_INDICATOR.csv", "".join(f"{one},9,9,9,9,0\n" for one in days))
    dotted = "".join(f"{one},{','.join([str(int(one == days[-1]))] * 4)},0\n" for one in days)
    site.write("weekly/latest/DIXON_BLUE_DOTS.csv", dotted)
    tuesday = SESSION - timedelta(3)
    bars = [bar("DIXON", friday) for friday in fridays]
    publish_history(site, bars, [dot("DIXON", tuesday, "late", late=9)], timeframe="weekly")
    page.goto(f"{site.address}stock.html?symbol=DIXON&timeframe=weekly&range=all")
    page.wait_for_selector(".chart[data-late='1']")
    status(page, "120 weeks since")
    assert "2024-W31" in choose(page, 0)
    page.locator(".chart").press("Enter")
    page.wait_for_selector(".explained dl")
    assert "Dot of 30 Jul 2024" in page.locator(".explained").inner_text()
    assert "bluedot explain DIXON 2024-08-02 --timeframe weekly" in page.locator(".explained").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_ten_years_without_sideways_scrolling(browser: "Browser", site: Site, scheme: Any) -> None:
    site.series("DIXON", bars=WINDOW)
    publish_history(
        site,
        bars_of("DIXON", 3650),
        [dot("DIXON", SESSION, "late", late=1, withdrawn=2)],
        [split("DIXON", SESSION, 0.2)],
    )
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme, is_mobile=True)
    page = site.listen(context.new_page())
    open_page(page, site, "&range=all")
    status(page, "since")
    assert shown(page) == 3650
    page.get_by_role("button", name="Explain this bar").click()
    page.wait_for_selector(".explained dl")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()
    assert site.said == []


def test_who_moves_the_chart_beyond_its_oldest_bar_gets_the_year_before_it(page: "Page", dixon: Site) -> None:
    open_page(page, dixon)
    box = page.locator(".chart").bounding_box()
    assert box is not None
    assert not [url for url in dixon.asked if "/bars-" in url]
    page.mouse.move(box["x"] + 300, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 340, box["y"] + 100, steps=4)
    page.mouse.up()
    status(page, f"since {day(date(2024, 1, 1))}")
    for _ in range(60):
        if shown(page) > (SESSION - date(2024, 1, 1)).days + 1:
            break
        page.mouse.wheel(0, 2000)
        page.wait_for_timeout(50)
    status(page, f"since {day(date(2023, 1, 1))}")
    assert shown(page) == (SESSION - date(2023, 1, 1)).days + 1
    assert not asked_of(dixon, "bars-2021.parquet")
    assert dixon.said == []


def test_who_moves_the_chart_asks_once_for_a_year_that_cannot_be_read(page: "Page", dixon: Site) -> None:
    open_page(page, dixon)
    page.route(re.compile("bars-2024"), lambda route: route.abort())
    box = page.locator(".chart").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 300, box["y"] + 100)
    for _ in range(3):
        page.mouse.down()
        page.mouse.move(box["x"] + 340, box["y"] + 100, steps=4)
        page.mouse.up()
        assert "bars-2024" in warning(page)
        page.mouse.move(box["x"] + 300, box["y"] + 100, steps=4)
    page.wait_for_timeout(100)
    assert asked_of(dixon, "bars-2024.parquet") <= 2  # for the bar under the pointer, and for those before the oldest
    assert shown(page) == WINDOW
