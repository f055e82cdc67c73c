"""The numbers of TradingView's Pine Seeds. Source: its documentation and the checker that runs in its repositories.

Those of a CSV's rows and of a symbol's name are in `series/tradingview_rows`."""

from datetime import timedelta
from typing import Final

MAX_SYMBOLS: Final = 6_000  # of one repository
MAX_FILES: Final = 3_000  # changed in a commit, all counted
MAX_PUSHES: Final = 5  # in a day
MAX_DESCRIPTION: Final = 128  # characters
MAX_ZEROS: Final = 22  # of a pricescale
INFO_IS_LIVE_AFTER: Final = timedelta(minutes=30)  # a new symbol's data must not be pushed before
REMOVED_AFTER: Final = timedelta(days=90)  # data that nobody updates
