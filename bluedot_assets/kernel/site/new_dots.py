"""Which dots of a publish are news: those that the site did not show before. What a stock was called then is in
`tradingview/same_stock`, their message in `alerts/digest`."""

from collections.abc import Collection
from datetime import date
from typing import Any

from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.site.dashboard import Dashboard, StockRow

Dot = tuple[str, date]  # symbol and session


def shown_dots(dashboard: Dashboard) -> set[Dot]:
    """The dots on the as-of bar, the newest session of each exchange."""
    return {(stock.symbol, stock.last) for stock in dashboard.stocks if stock.dot_age == 0}


def unseen_dots(now: Dashboard, known: Collection[Dot]) -> list[StockRow]:
    """The stocks of `now` with a dot on the as-of bar that is not among `known`, the dots that were public until then
    under the names of now."""
    return [stock for stock in now.stocks if stock.dot_age == 0 and (stock.symbol, stock.last) not in known]


def dot_rows(now: Dashboard, new: Collection[str], most: int = 20) -> list[dict[str, Any]]:
    """The strongest stocks with a dot on the as-of bar, as a table, and which of these dots are new."""
    dotted = [stock for stock in now.stocks if stock.dot_age == 0]
    strongest = sorted(dotted, key=lambda stock: (stock.rlst is None, -(stock.rlst or 0), stock.symbol))
    return [
        {
            "symbol": stock.symbol,
            "new": "new" if stock.symbol in new else "",
            "session": stock.last,
            "close": stock.close,
            "rlst": stock.rlst,
            "ticker": stock.ticker,
        }
        for stock in strongest[:most]
    ]


def may_repeat(now: Dashboard, timeframe: Timeframe) -> bool:
    """Whether an earlier partition's folder can have shown some of these dots too: only where the newest session of an
    exchange lies before the partition itself (a holiday, or New York while India has its evening), for no bar is dated
    after its partition's end."""
    return any(session < timeframe.start(now.as_of) for session in now.newest.values())
