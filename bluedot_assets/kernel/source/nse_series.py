"""The series of NSE at the end of a stock's name: `20MICRONS-BE` is the stock 20MICRONS while it is settled trade by
trade. What else vendors add to names is in `tradingview/vendor_names`."""

import re
from collections.abc import Collection, Iterable
from typing import Final

INDIAN_ZONES: Final = frozenset({"Asia/Kolkata", "Asia/Calcutta"})
# NSE, series of shares: EQ as usual, BE, BT and BZ trade by trade, BL blocks, SM, ST and SZ of small companies. Others
# (N1, GB, E1, RR, ...) are bonds, partly paid shares, rights and trusts: papers of their own.
_SERIES: Final = re.compile(r"(?<=[A-Z0-9])[-_](?:EQ|BE|BT|BZ|BL|SM|ST|SZ)(?=$|[._-]NSE?$)", re.IGNORECASE)


def without_series(stock: str) -> str:
    """The name of a stock without its series; the stock's own name and the published one are taken."""
    return _SERIES.sub("", stock)


def series_changes(now: Collection[str], history: Iterable[Collection[str]], indian: Collection[str]) -> dict[str, str]:
    """The published names of earlier partitions, newest first, that are not among those of `now`, each with the one
    that is the same stock of NSE in another series. `indian` are those of `now` with an Indian timezone. A name that
    stood beside the other one when it was last there has not become it."""
    by_stock = {without_series(symbol): symbol for symbol in now if symbol in indian}
    seen: set[str] = set()
    changed: dict[str, str] = {}
    for symbols in map(frozenset, history):
        for symbol in sorted(symbols - seen - frozenset(now)):
            successor = by_stock.get(without_series(symbol))
            if successor is not None and successor not in symbols:
                changed[symbol] = successor
        seen |= symbols
    return changed
