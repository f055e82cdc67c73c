"""What TradingView calls a stock, by the name that a vendor gave its file."""

import json
import shutil
from pathlib import Path
from typing import Final

import pytest

from bluedot_assets.kernel.source.file_names import published_name
from bluedot_assets.kernel.tradingview.vendor_names import mapped
from bluedot_assets_tests import REPOSITORY
from bluedot_assets_tests.examples.node import answer_of, needs_node

INDIA, NEW_YORK = "Asia/Kolkata", "America/New_York"
CASES: Final[list[tuple[str, str, str | None, str | None]]] = json.loads(
    Path(__file__).with_name("vendor_names.json").read_text("utf-8")
)
FORMS: Final = REPOSITORY / "docs_site" / "shell" / "js" / "data" / "ticker_forms.js"
IMPORTS: Final = 'import { tickerAt } from "./ticker_forms.mjs";'
CALL: Final = "asked.map(([exchange, name]) => tickerAt(exchange, name))"


@pytest.mark.parametrize(("stock", "timezone", "exchange", "ticker"), CASES)
def test_a_name_is_mapped_rightly_or_not_at_all(
    stock: str, timezone: str, exchange: str | None, ticker: str | None
) -> None:
    found = mapped(stock, timezone, exchange)
    assert found.ticker == ticker
    assert bool(found.problem) == (ticker is None)


@pytest.mark.parametrize(
    ("stock", "timezone", "exchange", "problem"),
    [
        ("500325", INDIA, "NSE", "500325 can be a code of BSE alone, its exchange is NSE"),
        ("RELIANCE.NS", NEW_YORK, "NASDAQ", "its name says NSE, its timezone is America/New_York"),
        ("NSE_X.BO", INDIA, "NSE", "its name says BSE and NSE, its timezone is Asia/Kolkata"),
        ("IRFC-N2", INDIA, "NSE", "N2 is a series of other papers than shares"),
        ("NIFTY 50", INDIA, "NSE", "its name is not the form of a ticker of NSE"),
        ("IPO-WT", NEW_YORK, "NYSE", "WT is neither a class of shares nor a preferred one"),
        ("PSA.PR", NEW_YORK, "NYSE", "PR is a preferred share of series R or of none"),
        ("AAPL", NEW_YORK, None, "no exchange is set for its timezone"),
    ],
)
def test_what_has_no_ticker_has_a_reason(stock: str, timezone: str, exchange: str | None, problem: str) -> None:
    assert mapped(stock, timezone, exchange).problem == problem


@needs_node
def test_the_pages_write_the_tickers_of_published_names_as_the_kernel_does(tmp_path: Path) -> None:
    shutil.copy(FORMS, tmp_path / "ticker_forms.mjs")
    # The page does not know which exchange a vendor wrote into a name, so those cases are the kernel's alone.
    asked = [
        (exchange, stock, ticker)
        for stock, _, exchange, ticker in CASES
        if exchange
        and stock
        and stock == published_name(stock)
        and mapped(stock, "", exchange).ticker == ticker
        and "RELIANCE_" not in stock
        and not stock.startswith(("NSE_", "BSE_", "NYSE_"))
    ]
    assert len(asked) > 20
    assert answer_of(IMPORTS, CALL, [one[:2] for one in asked], tmp_path) == [ticker for *_, ticker in asked]
