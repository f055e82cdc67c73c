"""The page of outcomes in Chromium: figures where there are enough, a sentence where not, and hindsight apart."""

import json
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("playwright", reason="needs playwright, which the development dependencies hold")

from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY
from bluedot_assets_tests.browser.history_files import bars_of, dot, publish_history
from bluedot_assets_tests.browser.site_pages import SESSION, Site, stock
from bluedot_assets_tests.examples.trees import Installation

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.long

NONE = "\N{EN DASH}"
FIGURES = {
    "median": 0.0123,
    "q10": -0.2,
    "q90": 0.31,
    "hit_rate": 0.546,
    "excess": 0.004,
    "excess_low": -0.011,
    "excess_high": 0.0187,
}


def row(origin: str, kind: str, horizon: int, n_eff: int, **more: Any) -> dict[str, Any]:
    counts = {"dots": 1500, "not_entered": 7, "entries": 1234, "ended": 3, "without_control": 2, "unfinished": 40}
    return {
        **{"origin": origin, "kind": kind, "horizon": horizon, "n_eff": n_eff, **counts, "unknown_basis": 5},
        "figures": FIGURES if n_eff >= 30 else None,
        **more,
    }


def write(site: Site, *rows: dict[str, Any], timeframe: str = "daily", **more: Any) -> None:
    content = {"schema_version": 1, "timeframe": timeframe, "first": "2023-06-01", "last": "2024-08-02", "fewest": 30}
    site.write(f"{timeframe}/history/outcomes.json", json.dumps({**content, "rows": rows, **more}))


def test_enough_entries_have_figures_and_too_few_a_sentence(page: "Page", site: Site) -> None:
    write(
        site,
        row("ledger", "first", 5, 30),
        row("ledger", "first", 20, 29),
        row("ledger", "first", 60, 9, figures=FIGURES),
    )
    page.goto(site.address)
    page.get_by_role("link", name="What became of stocks after a dot").click()
    shown = page.locator("[data-origin=ledger] [data-kind=first]")
    cells = shown.locator("tbody").first.locator("tr").first.inner_text().split("\t")
    assert cells == [
        *("5", "1,234", "30", "+1.23 %", "\N{MINUS SIGN}20.00 %", "+31.00 %"),
        *("54.6 %", "+0.40 %", "\N{MINUS SIGN}1.10 % to +1.87 %"),
    ]
    for at in (1, 2):  # a file that has figures all the same does not bring them here
        assert shown.locator("tbody").first.locator("tr").nth(at).inner_text().split("\t")[3:] == [NONE] * 6
    text = shown.inner_text()
    assert "No figures: only 29 of 20 bars, 9 of 60 bars do not overlap" in text
    shown.get_by_text("What was left out").click()
    left = shown.locator("details")
    assert left.locator("caption").inner_text() == "1,500 dots, 7 of them without a bar that follows."
    assert left.locator("tbody tr").first.inner_text().split("\t") == ["5", "40", "5", "3", "2"]
    assert "All sessions from 1 Jun 2023 to 2 Aug 2024." in page.locator("main").inner_text()
    assert site.said == []
    assert site.foreign() == []


def test_hindsight_stands_apart_below_a_banner_and_repeats_below_first_dots(page: "Page", site: Site) -> None:
    write(site, *(row(origin, kind, 5, 40) for origin in ("ledger", "hindsight") for kind in ("first", "repeat")))
    page.goto(f"{site.address}outcomes.html")
    banner = page.locator("[data-origin=hindsight] > .banner:first-child")
    assert "This proves nothing." in banner.inner_text()
    assert page.locator("[data-origin=ledger] .banner").count() == 0
    assert page.locator("[data-origin=ledger] [data-kind]").count() == 2
    tops = page.locator("[data-kind], .banner").evaluate_all(
        "all => all.map((one) => [one.getBoundingClientRect().top, one.dataset.kind ?? 'banner'])"
    )
    assert [kind for _, kind in sorted(tops)] == ["first", "repeat", "banner", "first", "repeat"]


def test_both_timeframes_have_theirs(page: "Page", site: Site) -> None:
    site.weekly([stock("ACC")], as_of="2024-W31")
    write(site, row("ledger", "first", 5, 31))
    write(site, row("ledger", "first", 5, 12, dots=77), timeframe="weekly")
    page.goto(f"{site.address}outcomes.html")
    page.get_by_role("button", name="weekly").click()
    page.get_by_text("77 dots, 7 of them").wait_for(state="attached")
    assert "timeframe=weekly" in page.url
    assert site.said == []


@pytest.mark.parametrize(
    ("content", "query", "words"),
    [
        (None, "", "daily/history/outcomes.json cannot be read: the server answered 404"),
        ("[]", "", "daily/history/outcomes.json cannot be read: it is not the JSON that it should be"),
        ('{"schema_version": 2}', "", "it is newer than this page"),
        ('{"schema_version": 1, "last": null, "rows": 7}', "", "The history is empty yet"),
        ("{}", "?timeframe=hourly", "names no timeframe"),
    ],
)
def test_outcomes_that_cannot_be_shown_get_a_sentence(
    page: "Page", site: Site, content: str | None, query: str, words: str
) -> None:
    if content is not None:
        site.write("daily/history/outcomes.json", content)
    page.goto(f"{site.address}outcomes.html{query}")
    page.get_by_text(words).first.wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_sideways_scrolling(browser: "Browser", site: Site, scheme: Any) -> None:
    write(site, *(row(origin, kind, 60, 40) for origin in ("ledger", "hindsight") for kind in ("first", "repeat")))
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme, is_mobile=True)
    page = site.listen(context.new_page())
    page.goto(f"{site.address}outcomes.html")
    page.wait_for_selector("[data-kind]")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()
    assert site.said == []


def test_what_the_pipeline_makes_is_what_the_page_shows(
    published: Installation, browser: "Browser", site: Site
) -> None:
    for timeframe in (DAILY, WEEKLY):
        content = (published.site / timeframe.name / "history/outcomes.json").read_bytes()
        site.write(f"{timeframe.name}/history/outcomes.json", content.decode())
        made = {(one["origin"], one["kind"], one["horizon"]): one for one in json.loads(content)["rows"]}
        page = site.listen(browser.new_page())
        page.goto(f"{site.address}outcomes.html?timeframe={timeframe.name}")
        rows = page.locator("[data-origin=hindsight] [data-kind=first] tbody tr")
        rows.first.wait_for()
        for at, horizon in enumerate((5, 20, 60)):
            one = made["hindsight", "first", horizon]
            cells = rows.nth(at).inner_text().split("\t")
            assert cells[:3] == [f"{horizon}", f"{one['entries']:,}", f"{one['n_eff']:,}"]
            assert (cells[3] == NONE) == (one["figures"] is None)
        page.close()
    assert site.said == []


def test_a_stock_with_dots_tells_in_one_line_what_became_of_all_of_them(page: "Page", site: Site) -> None:
    site.series("DIXON")
    publish_history(site, bars_of("DIXON"), [dot("DIXON", SESSION)])
    found = {}
    for n_eff in (30, 29):
        write(site, row("hindsight", "first", 20, 99), row("ledger", "first", 20, n_eff, figures=FIGURES))
        page.goto(f"{site.address}stock.html?symbol=DIXON&timeframe=daily")
        page.wait_for_selector(".record .outcome")
        found[n_eff] = page.locator(".record .outcome").inner_text()
    assert found[30].endswith(
        "all stocks: median +1.23 %, excess over stocks of the same strength +0.40 % "
        "(90 % interval \N{MINUS SIGN}1.10 % to +1.87 %, n_eff 30)."
    )
    assert found[29] == "What became of stocks after a dot: too few to tell yet, n_eff 29 of 30."
    page.locator(".record .outcome a").click()
    page.wait_for_selector("[data-kind=first]")
    assert "timeframe=daily" in page.url
