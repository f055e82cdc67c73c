"""The list of tickers that a person keeps in a file."""

from pathlib import Path

from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.kernel.tickers import TickerList, read_ticker_list


def load_ticker_list(path: Path | None) -> TickerList:
    """The list, an empty one where none is set. Raises SettingsError when the file cannot be read."""
    if path is None:
        return TickerList()
    try:
        return read_ticker_list(path.expanduser().read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"BLUEDOT_TICKERS {path} is not UTF-8 text (byte {error.start}): save it as UTF-8."
        ) from None
    except OSError as error:
        raise SettingsError(
            f"BLUEDOT_TICKERS {path} cannot be read ({error.strerror or error}): correct the path, or unset it."
        ) from None
