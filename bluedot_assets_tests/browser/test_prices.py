"""Prices of any size and the benchmark's name, as the table and the stock page show them."""

import re
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("playwright", reason="needs playwright, which the development dependencies hold")

from bluedot_assets_tests.browser.site_pages import Site, stock
from bluedot_assets_tests.browser.test_stocks_table import save

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.long

# What is drawn on a canvas is read where it is drawn.
LISTEN = """() => {
    window.drawn = new Set();
    const fill = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
        drawn.add(text);
        return fill.call(this, text, ...rest);
    };
}"""
TINY = {"close": 0.000046, "previous": 0.0000455, "ticker": "NYSE:BAC/PL"}


def open_stock(page: "Page", site: Site, symbol: str) -> set[str]:
    """The texts that its charts draw."""
    page.add_init_script(f"({LISTEN})()")
    page.goto(f"{site.address}stock.html?symbol={symbol}&timeframe=daily")
    page.wait_for_selector(".chart[data-bars]")
    page.wait_for_timeout(300)
    return set(page.evaluate("[...drawn]"))


@pytest.mark.parametrize(
    ("unit", "close", "ratio"),
    [("0.0000001", "0.0000161", "0.00000000080500"), ("0.01", "1.61", "0.000080500"), ("100", "16,100.00", "0.80500")],
)
def test_the_chart_and_its_readout_have_the_decimals_of_the_prices(
    page: "Page", site: Site, unit: str, close: str, ratio: str
) -> None:
    site.series("DIXON", bars=60, unit=unit)
    drawn = open_stock(page, site, "DIXON")
    legend = page.locator(".legend").inner_text().replace("\n", " ")
    assert f"C {close} " in legend
    assert f"close / benchmark {ratio}" in legend
    assert close.replace(",", "") in drawn  # the last value, on the axis
    assert ratio in drawn
    assert not [text for text in drawn if re.search(r"\de[-+]?\d", text)]
    axis = {text for text in drawn if re.fullmatch(r"\d+\.\d+", text)}
    assert len(axis) > 8
    assert not {text for text in axis if float(text) == 0} or unit == "100"
    assert site.said == []


def test_a_tiny_price_is_whole_in_the_table_the_heading_and_the_download(page: "Page", site: Site) -> None:
    site.dashboard([stock("BAC_P_L", **TINY), stock("DIXON", close=13450.05, previous=13450.0, zone=0)])
    site.series("BAC_P_L", unit="0.0000001")
    page.goto(f"{site.address}?sort=symbol")
    page.wait_for_selector(".said strong")
    assert page.locator(".grid tbody tr", has_text="BAC_P_L").locator("td").first.inner_text() == "0.000046"
    assert page.locator(".grid tbody tr", has_text="DIXON").locator("td").first.inner_text() == "13,450.05"
    rows = [line.split(",") for line in save(page, "CSV")[1].splitlines()]
    place = rows[0].index("close")
    assert [row[place] for row in rows[1:]] == ["0.000046", "13450.05"]
    assert rows[1][place + 1] == "1.0989"
    open_stock(page, site, "BAC_P_L")
    assert page.locator(".quote strong").inner_text() == "0.000046"
    link = page.locator("a.ticker")
    assert link.get_attribute("href") == "https://www.tradingview.com/chart/?symbol=NYSE%3ABAC%2FPL"
    assert link.inner_text() == "NYSE:BAC/PL at TradingView"


def test_the_benchmark_has_its_name_in_the_pane_the_readout_and_the_text(page: "Page", site: Site) -> None:
    name = "<b>NIFTY</b> & 500"
    site.registry(**{"Asia/Kolkata": name})
    site.dashboard([stock("DIXON"), stock("AAPL", zone=1)])
    page.goto(site.address)
    page.wait_for_selector(".lists p")
    assert page.locator(".lists p").all_inner_texts() == [f"Benchmark of Asia/Kolkata stocks (bc): {name}"]
    for symbol, line in {"DIXON": f"close / {name}", "AAPL": "close / benchmark"}.items():
        site.series(symbol)
        drawn = open_stock(page, site, symbol)
        assert f"{line} 0.00805" in page.locator(".legend").inner_text()
        assert f"RLST, {line}." in page.locator(".charted").inner_text()
        assert line in drawn
        assert page.locator("b b").count() == 0
    assert site.said == []
