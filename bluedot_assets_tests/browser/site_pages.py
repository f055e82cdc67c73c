"""A site served under a sub-path, as Pages has it, and Chromium pages that listen for errors. No test belongs here."""

import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright

from bluedot_assets.commands.serve.site import SiteServer
from bluedot_assets.kernel.tradingview.registry_file import REGISTRY, registry_file

CHROMIUM: Final = shutil.which("chromium")
FLAGS: Final = ("--no-sandbox", "--disable-quic", "--disable-background-networking")
SESSION: Final = date(2024, 8, 2)
COLUMNS: Final = (
    *("symbol", "name", "zone", "last", "close", "previous", "rlst", "rlst_5", "rlst_20", "dot_age", "last_dot"),
    *("etf", "asm", "gsm", "pattern", "ticker", "rlst_date", "dot_bar"),
)


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))


def stock(symbol: str, **values: Any) -> list[Any]:
    """A row of dashboard.json: a stock with a dot on the as-of bar, unless `values` say otherwise."""
    good = {
        "symbol": symbol,
        "name": f"{symbol.title()} Limited",
        "zone": 0,
        "last": SESSION.isoformat(),
        "close": 110.0,
        "previous": 100.0,
        "rlst": 85.0,
        "rlst_5": 80.0,
        "rlst_20": 60.0,
        "dot_age": 0,
        "last_dot": SESSION.isoformat(),
        "etf": 0,
        "asm": 0,
        "gsm": 0,
        "pattern": "Consolidation",
        "ticker": None,
        "rlst_date": None,
        "dot_bar": None,
    }
    return [(good | values)[column] for column in COLUMNS]


def many_stocks(count: int) -> list[list[Any]]:
    """Stocks S00000, S00001, ... every tenth of them with a dot on the as-of bar."""
    return [
        stock(
            f"S{number:05d}",
            rlst=number % 100,
            zone=number % 2,
            dot_age=0 if number % 10 == 0 else number % 60,
            close=100 + number / 7,
        )
        for number in range(count)
    ]


def csv(bars: int, dotted: int = 5, unit: Decimal = Decimal(1)) -> dict[str, str]:
    """The four series of a stock, its prices in multiples of `unit`; every `dotted`-th bar has a dot."""
    days = [(SESSION - timedelta(days=back)).strftime("%Y%m%dT") for back in reversed(range(bars))]
    rows = {
        "PRICE_DATA": [
            f"{day},{','.join(f'{(price + n) * unit:f}' for price in (100, 103, 99, 102))},{1000 + n}"
            for n, day in enumerate(days)
        ],
        "RLST_RATING": [f"{day},{n % 99},{n % 99},{n % 99},{n % 99},0" for n, day in enumerate(days)],
        "BC_INDICATOR": [f"{day},20000,20000,20000,20000,0" for day in days],
        "BLUE_DOTS": [f"{day},{','.join([str(int(n % dotted == 0))] * 4)},0" for n, day in enumerate(days)],
    }
    return {name: "\n".join(lines) + "\n" for name, lines in rows.items()}


@dataclass
class Site:
    """A made-up site of one daily folder; tests change its files."""

    folder: Path
    address: str = ""
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    newest: float = 0

    def dashboard(self, stocks: list[list[Any]], **more: Any) -> None:
        content = {
            "timeframe": "daily",
            "as_of": SESSION.isoformat(),
            "session": SESSION.isoformat(),
            "indicators": ["PRICE_DATA", "RLST_RATING", "BC_INDICATOR", "BLUE_DOTS"],
            "timezones": ["Asia/Kolkata", "America/New_York"],
            "columns": COLUMNS,
            "stocks": stocks,
        }
        self.write("daily/latest/dashboard.json", json.dumps(content | more))

    def weekly(self, stocks: list[list[Any]], **more: Any) -> None:
        """A weekly folder beside the daily one."""
        daily, status = (self.folder / name for name in ("daily/latest/dashboard.json", "status.json"))
        kept, states = daily.read_text(), json.loads(status.read_text())
        self.dashboard(stocks, timeframe="weekly", **more)
        self.write("weekly/latest/dashboard.json", daily.read_text())
        self.write("daily/latest/dashboard.json", kept)
        states["timeframes"]["weekly"] = states["timeframes"]["daily"] | {"as_of": more["as_of"]}
        self.write("status.json", json.dumps(states))

    def status(self, **daily: Any) -> None:
        state: dict[str, Any] = {
            "as_of": SESSION.isoformat(),
            "updated_at": "2024-08-02T12:00:00Z",
            "due_at": "2024-08-06T09:00:00Z",
            "late_after": "2024-08-06T15:00:00Z",
            "complete": True,
            "stocks": 3,
            "csvs": 12,
            "expected": 3,
            "runs": [],
        }
        self.write("status.json", json.dumps({"timeframes": {"daily": state | daily}}))

    def registry(self, **benchmarks: str) -> None:
        self.write(REGISTRY, registry_file({"Asia/Kolkata": "NSE"}, benchmarks).decode())

    def series(self, symbol: str, bars: int = 60, unit: str = "1") -> None:
        for name, content in csv(bars, unit=Decimal(unit)).items():
            self.write(f"daily/latest/{symbol}_{name}.csv", content)

    def write(self, path: str, content: str | bytes) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        # A browser asks by the second whether a file has changed, and tests write one twice within a second.
        self.newest = max(self.newest + 2, time.time())
        os.utime(target, (self.newest, self.newest))

    def listen(self, page: Page) -> Page:
        """Remember what the page complains of and every address that it asks for."""
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        # A site without a history: only by asking for it can a page know that, and every browser notes it down.
        if message.type == "error" and not message.location["url"].endswith("/history/history.json"):
            self.said.append(message.text)

    def foreign(self) -> list[str]:
        host = self.address.removesuffix("repository/")
        return [url for url in self.asked if not url.startswith((host, "data:", "blob:"))]


@contextmanager
def served(root: Path) -> Iterator[str]:
    """`root` on loopback; gives the address of its sub-path."""
    server = SiteServer("127.0.0.1", 0, root)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/repository/"
    server.shutdown()
    server.server_close()
