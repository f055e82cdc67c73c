"""The files that a person keeps: the list of tickers, lists of symbols, holidays, adjustments and names. What stands
in them is read by `kernel/tradingview`, `kernel/calendar` and `kernel/history`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bluedot_assets.kernel.calendar.own_days import REMEDY, OwnDay, is_path, parse_own_days
from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.kernel.history.by_hand.decisions import (
    ADJUSTMENTS_SETTING,
    RENAMES_SETTING,
    Decision,
    Rename,
    read_decisions,
    read_renames,
)
from bluedot_assets.kernel.tradingview.symbol_lists import symbols_in
from bluedot_assets.kernel.tradingview.tickers import TickerList, read_ticker_list

_NO_FILE: Final = "names no file that can be read"


def load_ticker_list(path: Path | None) -> TickerList:
    """The list, an empty one where none is set. Raises SettingsError when the file cannot be read."""
    if path is None:
        return TickerList()
    return read_ticker_list(_text(path, "BLUEDOT_TICKERS names no file that can be read"))


def load_symbols(path: Path, problem: str = "BLUEDOT_WATCHLIST names no file that can be read") -> list[str]:
    """The published names of a list of symbols. Raises SettingsError, which begins with `problem`, when the file cannot
    be read."""
    return symbols_in(_text(path, problem))


def load_own_days(words: Sequence[str]) -> tuple[OwnDay, ...]:
    """The days of BLUEDOT_HOLIDAYS, which names them or their file: one on each line, `#` begins a remark. Raises
    SettingsError."""
    if not is_path(words):
        return parse_own_days(words)
    problem = "BLUEDOT_HOLIDAYS names no day and no file that can be read"
    text = _text(Path(words[0]), problem, REMEDY).removeprefix("\ufeff")
    lines = (line.partition("#")[0].replace(",", " ").split() for line in text.splitlines())
    return parse_own_days(word for line in lines for word in line)


def load_decisions(path: Path | None) -> tuple[Decision, ...] | None:
    """The adjustments that a person decides, None where no file is set. Raises SettingsError."""
    return None if path is None else read_decisions(_text(path, f"{ADJUSTMENTS_SETTING} {_NO_FILE}"))


def load_renames(path: Path | None) -> tuple[Rename, ...] | None:
    """The stocks that have another name, None where no file is set. Raises SettingsError."""
    return None if path is None else read_renames(_text(path, f"{RENAMES_SETTING} {_NO_FILE}"))


def _text(path: Path, problem: str, remedy: str = "correct the path, or unset it") -> str:
    try:
        return path.expanduser().read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        # Without the path: a person may have pasted anything there, an address with a token too.
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise SettingsError(f"{problem} ({reason}): {remedy}.") from None
