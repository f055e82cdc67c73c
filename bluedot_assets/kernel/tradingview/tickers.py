"""From a stock's own name to the symbol under which TradingView knows it, `EXCHANGE:TICKER`.

A list of one's own decides first, then the exchange that the name says, then that of the stock's timezone, then the
one for all others. How names become tickers is in `vendor_names`; lists of symbols without tickers are read in
`symbol_lists`."""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.checks.continuity import some_of
from bluedot_assets.kernel.checks.verdict import Numbers, Rule, Verdict
from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.kernel.source.file_names import published_name, stock_of
from bluedot_assets.kernel.source.nse_series import INDIAN_ZONES, without_series
from bluedot_assets.kernel.tradingview.vendor_names import Mapped, as_written, mapped

if TYPE_CHECKING:
    from bluedot_assets.kernel.series.tradingview_rows import Violation

RULE: Final = Rule("tickers_mapped", "Every stock has a ticker at TradingView; watchlists leave out the others.")
EXCHANGE: Final = re.compile(r"[A-Z0-9_]{1,20}", re.ASCII)
_FORM: Final = "write symbol,exchange,ticker or symbol,ticker with EXCHANGE:TICKER"
_COLUMNS: Final = ("symbol", "exchange", "ticker")


@dataclass(frozen=True)
class TickerList:
    """A list of one's own: published name to `EXCHANGE:TICKER`, and the lines that map nothing."""

    tickers: Mapping[str, str] = field(default_factory=dict)
    bad: "tuple[Violation, ...]" = ()


@dataclass(frozen=True)
class TickerRules:
    """`exchanges` by timezone; `other` is the exchange of stocks whose timezone has none."""

    listed: TickerList = field(default_factory=TickerList)
    exchanges: Mapping[str, str] = field(default_factory=dict)
    other: str | None = None

    def ticker(self, stock: str, timezone: str) -> Mapped:
        """Of a stock by its own name, as the file's name has it. A line of the list holds for all series of a stock
        of NSE."""
        names = [stock, *([without_series(stock)] if timezone in INDIAN_ZONES else [])]
        for name in map(published_name, names):
            if (listed := self.listed.tickers.get(name)) is not None:
                return Mapped(listed)
        return mapped(stock, timezone, self.exchanges.get(timezone, self.other))

    def of_stocks(self, stocks: Iterable[Mapping[str, Any]], timeframe: Timeframe) -> dict[str, Mapped]:
        """Of the rows of the table `stocks` (symbol, file, timezone), by published name."""
        return {one["symbol"]: self.ticker(stock_of(one["file"], timeframe), one["timezone"]) for one in stocks}


def read_ticker_list(text: str) -> TickerList:
    """A CSV with a heading: `symbol,exchange,ticker`, or `symbol,ticker` with EXCHANGE:TICKER. The symbol may be the
    published name or the stock's own. Rows without a ticker say nothing; others that cannot be used are named by line.
    Raises SettingsError without such a heading."""
    from bluedot_assets.kernel.series.tradingview_rows import Violation  # noqa: PLC0415  takes a fifth of a second

    rows = csv.reader(text.removeprefix("\ufeff").splitlines(), skipinitialspace=True)
    heads = [head.strip().lower() for head in next(rows, [])]
    if "symbol" not in heads or "ticker" not in heads:
        raise SettingsError(f"BLUEDOT_TICKERS has no columns symbol and ticker in its first line: {_FORM}.")
    places = [heads.index(name) if name in heads else None for name in _COLUMNS]
    tickers: dict[str, str] = {}
    bad: list[Violation] = []
    lines: dict[str, int] = {}  # of each name and of each ticker
    for row in rows:
        cells = [row[place].strip() if place is not None and place < len(row) else "" for place in places]
        if not cells[2]:
            continue  # an empty line, or a stock of the published tickers.csv that nobody has filled in
        name, ticker, reason = _read_row(*cells)
        if not reason:
            twice = next((one for one in (name, ticker) if one in lines), None)
            reason = f"{twice} stands in line {lines[twice]} already" if twice else ""
        if reason:
            bad.append(Violation("", rows.line_num, reason))
            continue
        tickers[name] = ticker
        lines |= {name: rows.line_num, ticker: rows.line_num}
    return TickerList(tickers, tuple(bad))


def _read_row(symbol: str, exchange: str, ticker: str) -> tuple[str, str, str]:
    """Published name, EXCHANGE:TICKER, and what is wrong with the row."""
    if not exchange:
        exchange, _, ticker = ticker.rpartition(":")
    own = as_written(ticker, exchange.upper())
    name = published_name(symbol)
    if not name.strip("_"):
        return name, "", f"{symbol!r} is no symbol"
    if not EXCHANGE.fullmatch(exchange.upper()):
        return name, "", f"{exchange!r} is no exchange; {_FORM}"
    if own is None:
        return name, "", f"{ticker!r} is no ticker"
    return name, f"{exchange.upper()}:{own}", ""


def tickers_verdict(found: Mapping[str, Mapped], listed: TickerList) -> Verdict:
    """A warning that names the stocks that nothing maps and why, and the rows of the list that could not be used."""
    unmapped = {symbol: one for symbol, one in sorted(found.items()) if one.ticker is None}
    rows = [{"symbol": symbol, "problem": one.problem} for symbol, one in unmapped.items()]
    rows += [{"symbol": "", "problem": f"BLUEDOT_TICKERS, {bad}"} for bad in listed.bad]
    message = f"{len(found) - len(unmapped)} of {len(found)} stocks have a ticker at TradingView."
    if homeless := [symbol for symbol, one in unmapped.items() if one.exchange_unknown]:
        message += f" Watchlists leave out {some_of(homeless, 5)}: set BLUEDOT_EXCHANGES, BLUEDOT_EXCHANGE_PREFIX or "
        message += "BLUEDOT_TICKERS."
    if unclear := [f"{symbol} ({one.problem})" for symbol, one in unmapped.items() if not one.exchange_unknown]:
        message += f" Watchlists leave out {some_of(unclear, 5)}: write their tickers into BLUEDOT_TICKERS."
    if listed.bad:
        message += f" BLUEDOT_TICKERS has {len(listed.bad)} rows that cannot be used, first {listed.bad[0]}."
    return RULE.judged(not rows, message, rows, Numbers(len(unmapped), len(found)))
