"""Which dots of a publish are news: those that the site did not show before."""

from bluedot_assets.kernel.dashboard import Dashboard, StockRow


def new_dots(now: Dashboard, before: Dashboard | None) -> list[StockRow]:
    """The stocks of `now` with a dot on the as-of bar, but for those whose same dot `before` (the newest folder that
    was public until then, of the same timeframe; None on a first publish) showed already."""
    known = {(stock.symbol, stock.last) for stock in before.stocks if stock.dot_age == 0} if before else set()
    return [stock for stock in now.stocks if stock.dot_age == 0 and (stock.symbol, stock.last) not in known]
