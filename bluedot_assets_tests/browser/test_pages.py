"""The dashboard and the stock page in Chromium: what they say, draw and refuse, on any screen."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("playwright", reason="needs playwright, which the development dependencies hold")

from bluedot_assets_tests.browser.site_pages import Site, served, stock
from bluedot_assets_tests.examples.trees import DAY, WEEK, Installation

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.long

RUN = {"partition": "2024-08-02", "outcome": "published", "at": "2024-08-02T12:00:00Z", "run_id": "r"}
HOSTILE = (
    "<script>document.title='taken'</script>",
    '"><img src=x onerror=alert(1)>',
    "\u202etxet desrever\u202c '&amp;'",
    "x" * 500,
)
COLOURS = """() => [...document.querySelectorAll('.chart canvas')].filter((one) => one.width).flatMap((one) => {
    const data = one.getContext('2d').getImageData(0, 0, one.width, one.height).data;
    const seen = new Set();
    for (let at = 0; at < data.length; at += 4) {
        if (data[at + 3]) seen.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
    }
    return [...seen];
})"""


def card(page: "Page") -> str:
    page.wait_for_selector(".card")
    return page.locator(".card").first.inner_text()


def test_what_the_pipeline_publishes_is_what_the_pages_show(
    published: Installation, browser: "Browser", site: Site
) -> None:
    root = site.folder.parent.parent / "real"
    root.mkdir()
    (root / "repository").symlink_to(published.site)
    with served(root) as site.address:
        page = site.listen(browser.new_page())
        page.goto(f"{site.address}?view=last20")
        page.wait_for_selector(".said strong")
        text = page.locator("body").inner_text()
        assert "healthy" in text.lower() or "late" in text.lower()
        assert WEEK in text
        assert f"{DAY}" in text
        assert "made-up sample data" in text
        symbol = json.loads((published.site / "daily/latest/dashboard.json").read_text())["stocks"][0][0]
        for timeframe in ("daily", "weekly"):
            page.goto(f"{site.address}?view=last20&timeframe={timeframe}")
            with page.expect_download() as saved:
                page.get_by_role("button", name="Watchlist", exact=True).click()
            ready = published.site / timeframe / "latest/watchlists/dots_20_bars.txt"
            assert Path(saved.value.path()).read_text() == ready.read_text()
            page.goto(f"{site.address}stock.html?symbol={symbol}&timeframe={timeframe}")
            page.wait_for_selector(".chart[data-bars]")
            assert int(page.locator(".chart").get_attribute("data-bars") or 0) > 50
        page.close()
    assert site.said == []
    assert site.foreign() == []


@pytest.mark.parametrize(
    ("now", "word"),
    [("2024-08-06T14:59:00Z", "healthy"), ("2024-08-06T15:01:00Z", "late"), ("2024-12-01T00:00:00Z", "late")],
)
def test_a_pipeline_that_has_stopped_shows_as_late_by_the_clock(page: "Page", site: Site, now: str, word: str) -> None:
    page.clock.set_fixed_time(now)
    page.goto(site.address)
    assert word in card(page)
    assert ("was due 6 Aug 2024, 09:00 UTC and has not come" in card(page)) == (word == "late")


@pytest.mark.parametrize(
    ("state", "word", "reason"),
    [
        ({}, "healthy", "The next publish is due 6 Aug 2024, 09:00 UTC"),
        ({"complete": False, "expected": 5}, "incomplete", "3 of 5 files gave series"),
        ({"failures": {"2024-08-05": {**RUN, "reason": "No files."}}}, "failed", "published nothing"),
        ({"failures": {"2024-07-30": {**RUN, "reason": "No files."}}}, "incomplete", "older dates failed: 2024-07-30"),
        (
            {"rolled_back": {"to": "2024-08-02", "withdrawn": "2024-08-05"}},
            "rolled back",
            "latest shows 2024-08-02 again, by hand, until 2024-08-05 is published again, or anything newer.",
        ),
        ({"as_of": None, "complete": False}, "empty", "Nothing is published yet"),
    ],
)
def test_the_card_says_the_state_and_its_reason(
    page: "Page", site: Site, state: dict[str, Any], word: str, reason: str
) -> None:
    site.status(**state)
    page.clock.set_fixed_time("2024-08-05T12:00:00Z")
    page.goto(site.address)
    assert page.locator(".pill").inner_text() == word or word in card(page)
    assert reason in card(page)
    assert site.said == []


def test_the_end_of_a_calendar_stands_behind_the_data_and_on_no_card(page: "Page", site: Site) -> None:
    site.status(calendars={"XBOM": "2024-09-30", "XNYS": None})
    page.clock.set_fixed_time("2024-08-05T12:00:00Z")
    page.goto(site.address)
    page.get_by_text("BSE Mumbai (XBOM): holidays are known only to 2024-09-30, 56 days from now.").wait_for()
    assert "holidays" not in card(page)


def test_a_calendar_of_both_timeframes_is_named_once_with_who_has_something_to_do(page: "Page", site: Site) -> None:
    site.status(calendars={"XBOM": "2024-09-30"})
    site.weekly([stock("ACC")], as_of="2024-W31")
    page.clock.set_fixed_time("2024-08-05T12:00:00Z")
    page.goto(site.address)
    page.get_by_text("holidays are known").first.wait_for()
    (one,) = page.get_by_text("holidays are known").all_inner_texts()
    assert one.startswith("BSE Mumbai (XBOM): ")
    assert "The person who runs this site has to update it" in one


@pytest.mark.parametrize("width", [390, 1280])
def test_no_table_scrolls_inside_the_page_and_a_long_one_is_shown_whole_on_demand(
    page: "Page", site: Site, width: int
) -> None:
    one = {"check": "daily/bars values_kept", "passed": True, "severity": "warning", "message": "Fine. " * 12}
    site.status(checks=[one | {"passed": False}, *[one] * 33], rejected=[{"file": "A_daily.json", "reason": "empty"}])
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(site.address)
    page.wait_for_selector("#behind .plain")
    boxes = "all => all.filter((one) => one.scrollHeight > one.clientHeight).length"
    rows = page.get_by_role("region", name="Checks of").locator("tbody tr")
    assert rows.locator("visible=true").count() > 0
    shown = "all => all.filter((one) => one.offsetHeight).length"
    assert rows.evaluate_all(shown) == 8
    assert page.locator(".plain").evaluate_all(boxes) == 0
    page.get_by_role("button", name="Show all 34").click()
    assert rows.evaluate_all(shown) == 34
    assert page.locator(".plain").evaluate_all(boxes) == 0


def test_the_words_of_a_card_are_explained_where_they_stand(page: "Page", site: Site) -> None:
    site.status(runs=[{**RUN, "stocks": 60, "rejected": 2, "duration_s": 0.6}])
    page.goto(site.address)
    text = card(page)
    assert [word for word in ("CSVs", "at most") if word in text] == []
    explained = page.locator(".card [title]").evaluate_all("all => all.map((one) => one.textContent)")
    for words in ("Series12", "stocks published", "files rejected", "time taken, the longest 0.6 s"):
        assert words in explained
    assert page.get_by_title("The tallest column is 62 files").count() == 1


def test_the_weekly_page_of_a_stock_speaks_of_weeks(page: "Page", site: Site) -> None:
    site.status()
    site.weekly([stock("ACC", dot_age=2)], as_of="2024-W31")
    site.series("ACC")
    for file in (site.folder / "daily/latest").glob("ACC_*.csv"):
        site.write(f"weekly/latest/{file.name}", file.read_text())
    page.goto(f"{site.address}stock.html?symbol=ACC&timeframe=weekly")
    page.wait_for_selector(".chart[data-bars]")
    heading = page.locator("header.stock").inner_text()
    for words in ("last bar 2024-W31", "5 weeks ago", "20 weeks ago", "2 weeks ago"):
        assert words in heading
    assert "bars ago" not in heading
    assert page.locator(".legend").inner_text().startswith("2024-W31")


def test_checks_that_did_not_pass_come_first_and_only_they_open_the_list(page: "Page", site: Site) -> None:
    good = {"check": "daily/bars values_kept", "passed": True, "severity": "warning", "message": "Fine."}
    bad = good | {"check": "daily/watchlists tickers_mapped", "passed": False, "message": "x " * 300}
    site.status(checks=[good, good, bad])
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(site.address)
    rows = page.locator("#behind tbody tr", has_text="daily/")
    rows.first.wait_for()
    assert [row.split("\t")[0] for row in rows.all_inner_texts()] == [bad["check"], good["check"], good["check"]]
    assert page.locator("#behind .steps").first.inner_html() == "daily/<wbr>watchlists tickers_<wbr>mapped"
    word = page.locator("#behind .steps").first.evaluate(
        "one => { const range = document.createRange(); range.selectNodeContents(one.childNodes[2]);"
        " range.setEnd(one.childNodes[2], 10); return range.getClientRects().length; }"
    )
    assert word == 1  # "watchlists" is in one line
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    site.status(checks=[good])
    page.reload()
    page.locator("#behind summary", has_text="Checks: 1 passed").wait_for()
    assert page.locator("#behind details", has_text="Checks: 1 passed").get_attribute("open") is None


@pytest.mark.parametrize("path", ["", "stock.html?symbol=DIXON", "pine/index.html", "docs/index.html"])
def test_every_page_has_one_header_whose_links_lead_somewhere(page: "Page", site: Site, path: str) -> None:
    page.goto(site.address + path)
    links = page.locator("header.top nav a")
    assert links.all_inner_texts() == ["Dots", "Scripts", "How to read this"]
    page.set_viewport_size({"width": 390, "height": 800})
    lines = page.locator("header.top .brand, header.top nav a").evaluate_all(
        "all => new Set(all.map((one) => Math.round(one.getBoundingClientRect().top / 20))).size"
    )
    assert lines == 1
    for address in links.evaluate_all("all => all.map((one) => one.href)"):
        assert address.startswith(site.address)
        assert page.request.get(address).ok


@pytest.mark.parametrize("sample", [True, False])
def test_the_page_of_a_stock_says_that_its_data_are_made_up_and_writes_its_days_in_one_form(
    page: "Page", site: Site, sample: bool
) -> None:
    site.dashboard([stock("ACC")], sample=sample)
    site.series("ACC")
    page.goto(f"{site.address}stock.html?symbol=ACC")
    page.wait_for_selector(".chart[data-bars]")
    assert page.get_by_text("made-up sample data").count() == int(sample)
    assert page.locator(".facts div", has_text="As of").inner_text().endswith("2 Aug 2024")
    assert "2024-08-02" not in page.locator("header.stock").inner_text()


@pytest.mark.parametrize("back", [{"to": "2024-08-02", "withdrawn": "2024-08-05"}, None])
def test_after_a_rollback_nothing_claims_that_no_file_was_rejected(page: "Page", site: Site, back: Any) -> None:
    site.status(rolled_back=back, folders={DAY: {"files": 14, "bytes": 10**6, "made_at": RUN["at"]}})
    page.goto(site.address)
    behind = page.locator("#behind")
    behind.get_by_text("The rejected files and checks of 2024-08-02 are not kept.").wait_for()
    text = behind.inner_text()
    assert "Checks" not in text
    assert "Downloads: 1 dated folder\n" in text
    assert site.said == []


def test_messages_that_nobody_took_are_shown_until_they_are_delivered(page: "Page", site: Site) -> None:
    page.goto(site.address)
    page.wait_for_selector("#behind .details")
    assert page.locator("#undelivered").count() == 0
    status = json.loads((site.folder / "status.json").read_text())
    waiting = {"title": "daily <b>late</b>", "since": "2024-08-02T12:00:00Z", "receivers": {"Slack": "it answered 404"}}
    site.write("status.json", json.dumps({**status, "undelivered": [waiting]}))
    page.reload()
    row = page.locator("#undelivered tbody tr")
    assert row.inner_text().split("\t") == ["daily <b>late</b>", "Slack", "it answered 404", "2 Aug 2024, 12:00 UTC"]
    assert site.said == []


def test_an_incomplete_folder_that_a_person_published_stands_in_a_banner(page: "Page", site: Site) -> None:
    missing = [f"STOCK{place}_daily.json" for place in range(50)]
    accepted = {"reason": HOSTILE[0], "expected": 100, "missing": missing, "unnamed": 7}
    site.status(stocks=43, expected=100, complete=False, folders={DAY: {"files": 1, "accepted": accepted}})
    page.goto(site.address)
    banner = page.locator("[role=alert]")
    said = banner.inner_text()
    assert said.startswith(
        f"daily {DAY} is incomplete: 43 of 100 files gave series. It was published by hand, because:"
    )
    assert HOSTILE[0] in said
    assert said.endswith("STOCK39_daily.json and 17 more.")
    assert banner.locator("script").count() == 0
    site.status(folders={DAY: {"files": 1, "accepted": None}})
    page.reload()
    page.wait_for_selector(".card")
    assert page.locator("[role=alert]").count() == 0


def test_the_last_sixty_runs_are_drawn_with_rejected_failed_and_duration(page: "Page", site: Site) -> None:
    runs = [{**RUN, "stocks": 1000, "rejected": 3, "duration_s": 9.5}] * 58
    runs += [{**RUN, "outcome": "failed", "reason": "x"}] * 2
    site.status(
        runs=runs,
        rejected=[{"file": "BAD_daily.json", "reason": "truncated"}],
        checks=[{"check": "daily/bars accepted", "passed": False, "severity": "warning", "message": "58 of 60"}],
    )
    page.goto(site.address)
    page.wait_for_selector("svg.runs")
    counted = {kind: page.locator(f"svg.runs .{kind}").count() for kind in ("stocks", "rejected", "failed", "duration")}
    assert counted == {"stocks": 58, "rejected": 58, "failed": 2, "duration": 1}
    behind = page.locator("#behind").inner_text()
    assert "BAD_daily.json" in behind
    assert "truncated" in behind
    assert "58 of 60" in behind


def test_names_from_the_data_are_text_and_never_markup(page: "Page", site: Site) -> None:
    site.dashboard([stock(f"BAD{place}", name=name, pattern=name) for place, name in enumerate(HOSTILE)])
    site.status(
        rejected=[{"file": name, "reason": name} for name in HOSTILE],
        checks=[{"check": name, "passed": False, "severity": name, "message": name} for name in HOSTILE],
        failures={"2024-08-05": {**RUN, "reason": HOSTILE[0]}},
    )
    page.goto(f"{site.address}?sort=symbol")
    page.wait_for_selector(".said strong")
    assert page.locator(".grid bdi.who").all_inner_texts() == list(HOSTILE)
    assert page.title() == "BlueDot"
    assert page.locator("main img, main script").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#search").fill("script")
    page.locator("#found [role=option]").first.wait_for()
    assert HOSTILE[0] in page.locator("#found").inner_text()
    site.series("BAD3")
    page.goto(f"{site.address}stock.html?symbol=BAD3")
    page.wait_for_selector(".chart[data-bars]")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert site.said == []


def test_the_stock_page_draws_bars_and_dots_and_links_its_series(page: "Page", site: Site) -> None:
    site.series("DIXON", bars=60)
    page.goto(f"{site.address}stock.html?symbol=DIXON&timeframe=daily")
    page.wait_for_selector(".chart[data-bars]")
    page.wait_for_timeout(300)
    host = page.locator(".chart")
    assert (host.get_attribute("data-bars"), host.get_attribute("data-markers")) == ("60", "12")
    painted = page.evaluate(COLOURS)
    assert {0x0F8A63, 0x2563EB, 0xB06A00} <= set(painted)  # candles, dots and strength line, rating
    assert page.locator("#tv-attr-logo").count() == 1
    links = page.locator(".files a").evaluate_all("all => all.map((one) => one.getAttribute('href'))")
    assert links == [
        f"daily/latest/DIXON_{name}.csv" for name in ("PRICE_DATA", "RLST_RATING", "BC_INDICATOR", "BLUE_DOTS")
    ]
    assert 'request.seed("seed_user_daily", "DIXON_BLUE_DOTS", close)' in page.locator("pre").inner_text()
    before = page.locator(".legend").inner_text()
    box = host.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 80)
    page.wait_for_function("was => document.querySelector('.legend').innerText !== was", arg=before)
    assert site.said == []
    assert site.foreign() == []


@pytest.mark.parametrize("path", ["", "?view=rise20", "stock.html?symbol=DIXON"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_sideways_scrolling_in_light_and_dark(
    browser: "Browser", site: Site, path: str, scheme: Any
) -> None:
    site.series("DIXON")
    site.status(runs=[{**RUN, "stocks": 3}], folders={DAY: {"files": 14, "bytes": 10**6, "made_at": RUN["at"]}})
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme, is_mobile=True)
    page = site.listen(context.new_page())
    page.goto(site.address + path)
    page.wait_for_selector(".chart[data-bars]" if "stock" in path else ".said strong")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == ("rgb(11, 16, 23)" if scheme == "dark" else "rgb(244, 246, 249)")
    context.close()
    assert site.said == []


def test_tables_have_headings_and_every_control_a_name(page: "Page", site: Site) -> None:
    page.goto(site.address)
    page.wait_for_selector(".said strong")
    assert page.locator("thead th:not([scope=col]), tbody th:not([scope=row])").count() == 0
    assert page.locator("table:not(:has(caption))").count() == 0
    nameless = page.evaluate(
        "() => [...document.querySelectorAll('input, textarea, button')].filter((one) =>"
        " !one.labels?.length && !one.ariaLabel && !one.textContent).length"
    )
    assert nameless == 0


@pytest.mark.parametrize("content", [None, "", "{", "[]", "{}", '{"timeframes": 7}'])
def test_without_a_readable_status_a_sentence_says_so_and_the_stocks_stay(
    page: "Page", site: Site, content: str | None
) -> None:
    (site.folder / "status.json").unlink()
    if content is not None:
        site.write("status.json", content)
    page.goto(site.address)
    page.wait_for_selector(".said strong")
    assert "status.json cannot be read" in page.locator("#cards").inner_text()
    assert page.get_by_role("link", name="DIXON").is_visible()


def test_a_page_that_is_older_than_its_data_asks_for_a_reload(page: "Page", site: Site) -> None:
    for name in ("status.json", "daily/latest/dashboard.json"):
        newer = json.loads((site.folder / name).read_text()) | {"schema_version": 2}
        site.write(name, json.dumps(newer))
        page.goto(site.address)
        page.get_by_text(f"{name} cannot be read: it is newer than this page. Reload the page").wait_for()


def test_a_site_on_which_nothing_is_published_says_so(page: "Page", site: Site) -> None:
    site.write("status.json", '{"timeframes": {}}')
    page.goto(site.address)
    page.get_by_text("Nothing is published yet").wait_for()
    page.get_by_text("There are no stocks to show yet").wait_for()
    assert site.said == []


def test_without_its_dashboard_file_a_timeframe_says_what_cannot_be_read(page: "Page", site: Site) -> None:
    for content in ("", "[]", '{"columns": 1}'):
        site.write("daily/latest/dashboard.json", content)
        page.goto(site.address)
        page.get_by_text("The daily stocks cannot be shown. daily/latest/dashboard.json cannot be read").wait_for()
        page.get_by_role("button", name="Last 5 bars").click()
        assert page.get_by_text("The daily stocks cannot be shown").is_visible()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?symbol=GONE", "GONE is not among the 3 daily stocks of 2 Aug 2024"),
        ("?symbol=..%2F..%2Fx", "This address names no stock"),
        ("", "This address names no stock"),
        ("?symbol=ACC&timeframe=hourly", "names no timeframe"),
        ("?symbol=ACC&timeframe=weekly", "weekly/latest/dashboard.json cannot be read: the server answered 404"),
        ("?symbol=ACC", "The prices of ACC cannot be drawn"),
    ],
)
def test_a_stock_that_cannot_be_shown_gets_a_sentence(page: "Page", site: Site, query: str, words: str) -> None:
    page.goto(f"{site.address}stock.html{query}")
    page.get_by_text(words).first.wait_for()


def test_a_missing_or_broken_series_is_named_and_the_others_are_drawn(page: "Page", site: Site) -> None:
    site.series("ACC")
    (site.folder / "daily/latest/ACC_RLST_RATING.csv").unlink()
    site.write("daily/latest/ACC_BC_INDICATOR.csv", "<!doctype html>\n")
    page.goto(f"{site.address}stock.html?symbol=ACC")
    page.wait_for_selector(".chart[data-bars]")
    text = page.locator("main").inner_text()
    assert "daily/latest/ACC_RLST_RATING.csv cannot be read: the server answered 404" in text
    assert "daily/latest/ACC_BC_INDICATOR.csv cannot be read: it holds a row that is none" in text


def test_an_indicator_that_only_the_registry_knows_is_drawn_listed_and_read_out(page: "Page", site: Site) -> None:
    indicators = ["PRICE_DATA", "RLST_RATING", "BC_INDICATOR", "BLUE_DOTS", "RS_LINE", "EPS_RATING"]
    entry = {"name": "EPS_RATING", "meaning": "Rating of the earnings.", "unit": "0 to 99", "decimals": 1}
    site.write("registry.json", json.dumps({"indicators": [entry], "watchlists": {"mine": "A new list"}}))
    site.dashboard([stock("ACC")], indicators=indicators, watchlists={"mine.txt": 3, "rlst_90.txt": 1})
    site.series("ACC")
    rows = [f"{day},{n},{n},{n},{n},0" for n, day in enumerate(("20240731T", "20240801T", "20240802T"))]
    site.write("daily/latest/ACC_EPS_RATING.csv", "\n".join(rows) + "\n")
    page.goto(f"{site.address}stock.html?symbol=ACC")
    page.wait_for_selector(".chart[data-bars]")
    assert "EPS_RATING 2.0" in page.locator(".legend").inner_text()
    assert "close / benchmark, EPS_RATING." in page.locator(".charted").inner_text()
    item = page.locator(".files li", has_text="ACC_EPS_RATING.csv")
    assert item.inner_text() == "ACC_EPS_RATING.csv Rating of the earnings. Unit: 0 to 99."
    assert page.locator(".files li").count() == len(indicators)
    page.goto(site.address)
    page.wait_for_selector(".lists a")
    assert page.locator(".lists a").all_inner_texts() == ["A new list", "rlst_90.txt"]
    assert site.said == []


def test_a_site_without_the_registry_shows_names_as_they_are(page: "Page", site: Site) -> None:
    (site.folder / "registry.json").unlink()
    site.series("ACC")
    site.dashboard([stock("ACC")], watchlists={"dots_today.txt": 1})
    page.goto(f"{site.address}stock.html?symbol=ACC")
    page.wait_for_selector(".chart[data-bars]")
    assert page.locator(".files li").first.inner_text() == "ACC_PRICE_DATA.csv"
    page.goto(site.address)
    page.wait_for_selector(".lists a")
    assert page.locator(".lists a").inner_text() == "dots_today.txt"
