"""Which names are one stock: a series of NSE, and what vendors add to names, come and go from day to day.

Two names are of one stock when they have one ticker. What a partition calls its stocks is compared in
`checks/continuity`; how a name becomes a ticker is in `tickers` and `vendor_names`."""

from collections.abc import Collection

from bluedot_assets.kernel.site.dashboard import Dashboard
from bluedot_assets.kernel.site.new_dots import Dot
from bluedot_assets.kernel.source.file_names import published_name
from bluedot_assets.kernel.source.nse_series import INDIAN_ZONES
from bluedot_assets.kernel.tradingview.tickers import TickerRules
from bluedot_assets.kernel.tradingview.vendor_names import mapped


def shared_by_names(rules: TickerRules, stock: str, timezone: str) -> str:
    """What all names of one stock share: its ticker; without one its published name, in its timezone. `stock` is its
    own name or the published one."""
    # A number alone is no ticker where the exchange is NSE, and yet no other paper than the one of that code at BSE.
    code = mapped(stock, timezone, "BSE").ticker if timezone in INDIAN_ZONES else None
    return rules.ticker(stock, timezone).ticker or code or f"{published_name(stock)} {timezone}"


def names_now(names: Collection[str], now: Dashboard) -> dict[str, str]:
    """Of the published `names`, those that no stock of `now` has, each with the name that its stock has there."""
    symbols = {stock.symbol for stock in now.stocks}
    by_ticker = {stock.ticker: stock.symbol for stock in reversed(now.stocks) if stock.ticker}
    zones = dict(enumerate(now.timezones))  # older files have none
    places = sorted({(zones.get(one.zone, ""), one.ticker.partition(":")[0]) for one in now.stocks if one.ticker})
    found: dict[str, str] = {}
    for name in sorted(frozenset(names) - symbols):
        tickers = [mapped(name, *place).ticker for place in places]
        if symbol := next((by_ticker[ticker] for ticker in tickers if ticker in by_ticker), None):
            found[name] = symbol
    return found


def dots_now(dots: Collection[Dot], now: Dashboard) -> set[Dot]:
    """The dots of another publish under the names that their stocks have in `now`: what was shown under an old name
    is no news."""
    names = names_now({symbol for symbol, _ in dots}, now)
    return {(names.get(symbol, symbol), day) for symbol, day in dots}
