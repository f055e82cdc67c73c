"""The series of NSE at the end of a stock's name: `20MICRONS-BE` is the stock 20MICRONS while it is settled trade by
trade. What else vendors add to names is in `tradingview/vendor_names`."""

import re
from typing import Final

INDIAN_ZONES: Final = frozenset({"Asia/Kolkata", "Asia/Calcutta"})
# NSE, series of shares: EQ as usual, BE, BT and BZ trade by trade, BL blocks, SM, ST and SZ of small companies. Others
# (N1, GB, E1, RR, ...) are bonds, partly paid shares, rights and trusts: papers of their own.
_SERIES: Final = re.compile(r"(?<=[A-Z0-9])[-_](?:EQ|BE|BT|BZ|BL|SM|ST|SZ)(?=$|[._-]NSE?$)", re.IGNORECASE)


def without_series(stock: str) -> str:
    """The name of a stock without its series; the stock's own name and the published one are taken."""
    return _SERIES.sub("", stock)
