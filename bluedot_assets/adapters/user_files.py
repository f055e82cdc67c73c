"""The list of tickers that a person keeps in a file."""

from pathlib import Path

from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.kernel.tradingview.tickers import TickerList, read_ticker_list


def load_ticker_list(path: Path | None) -> TickerList:
    """The list, an empty one where none is set. Raises SettingsError when the file cannot be read."""
    if path is None:
        return TickerList()
    try:
        return read_ticker_list(path.expanduser().read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        # Without the path: a person may have pasted anything there, an address with a token too.
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise SettingsError(
            f"BLUEDOT_TICKERS names no file that can be read ({reason}): correct the path, or unset it."
        ) from None
