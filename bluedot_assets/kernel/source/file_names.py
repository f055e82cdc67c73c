"""From a file's name to the stock's published name, and which names are no stock files at all. Which of several files
with one published name is taken is in `duplicates`."""

import re
import unicodedata
from collections.abc import Iterable
from operator import itemgetter
from typing import Final

from bluedot_assets.kernel.calendar.misnamed_keys import plain
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.source.raw_file import SourceFile

# TradingView, Pine Seeds: a symbol has at most 42 characters, and ours are <STOCK>_<INDICATOR>.
MAX_SYMBOL: Final = 42
MAX_INDICATOR_NAME: Final = 12  # that every stock has room for; the seeds leave out what is longer than a symbol
MAX_STOCK_NAME: Final = MAX_SYMBOL - 1 - MAX_INDICATOR_NAME
_NOT_PUBLISHABLE: Final = re.compile(r"[^A-Z0-9]")
_LOOSE: Final = re.IGNORECASE | re.DOTALL
# Of Windows, macOS, Drive and browsers, in the languages of their users: `Copy of X`, `X - Copy (2)`, `X (1)`, `~$X`.
_COPY: Final = "copy|copie|kopie|copia|cópia|shortcut"
_COPY_BEFORE: Final = re.compile(rf"^(\.(?!\.)|~\$|({_COPY})( \(\d+\))?[ _](of|de|von|van|di|to)[ _])+", re.IGNORECASE)
_COPY_AFTER: Final = re.compile(rf"(\s*\(\d+\)|\s[\s_-]*({_COPY})( \d+)?)$", re.IGNORECASE)
_UNREADABLE: Final = ("C", "Zl", "Zp")  # of Unicode's categories: control characters, and ends of lines
_MARKED: Final = re.compile(rf"{_COPY_BEFORE.pattern}|{_COPY_AFTER.pattern}|^\s|\s$", re.IGNORECASE)


def is_stock_file(name: str, timeframe: Timeframe) -> bool:
    """Whether the file takes part in the partition. A hidden file and a copy do not, nor does a name with blanks around
    or letters that only resemble plain ones; what they are is in `tree_names`."""
    if not name.lower().endswith(timeframe.ending):
        return False
    stock = stock_of(name, timeframe)
    if stock.isascii():  # nearly every one, a thousand in each partition
        return not _MARKED.search(stock)
    # macOS writes letters and their accents apart.
    return without_copy_marks(stock) == unicodedata.normalize("NFC", stock)


def stock_of(name: str, timeframe: Timeframe) -> str:
    """The stock's own name: the file's name without its ending, split from the right."""
    return name[: -len(timeframe.ending)]


def without_copy_marks(name: str) -> str:
    """Without what programs put around the name of a copy, a temporary or a hidden file, and blanks."""
    name, before = plain(name), None
    while name != before:
        before, name = name, _COPY_AFTER.sub("", _COPY_BEFORE.sub("", name)).strip()
    return name


def meant_stock(name: str, timeframe: Timeframe) -> str:
    """The stock whose file a misspelled name was meant to be (`X_daily (1).json`, `X_daily.json.txt`, `X.json`), ""
    where none shows."""
    text = plain(name).strip()
    match = re.fullmatch(rf"(.+){timeframe.name}.*", text, _LOOSE) or re.fullmatch(
        rf"{timeframe.name}[ _.-]+(.+)\.json\b.*", text, _LOOSE
    )
    if match is None and (match := re.fullmatch(r"(.+)\.json\b.*", text, _LOOSE)) and match[1] != match[1].upper():
        return ""  # of a file in small letters, settings.json, nothing shows that it is a stock's
    stock = without_copy_marks(match[1].rstrip(" _.-")) if match else ""
    return "" if refusal(f"{stock}{timeframe.ending}", timeframe) else stock


def published_name(stock: str) -> str:
    """The name in CSV files and symbols: upper case, every character outside A-Z and 0-9 becomes `_`."""
    return _NOT_PUBLISHABLE.sub("_", stock.upper())


def stock_files(files: Iterable[SourceFile], timeframe: Timeframe) -> list[SourceFile]:
    """Those that take part in the partition, by published name, then by what makes files of one name differ."""
    named = [
        (published_stock(file.name, timeframe), file.name, file.origin_id, file) for file in files if not file.folder
    ]
    return [file for *_, file in sorted((one for one in named if one[0] is not None), key=itemgetter(0, 1, 2))]


def published_stock(file: str, timeframe: Timeframe) -> str | None:
    """The published name of a stock file's stock, None for another file."""
    return published_name(stock_of(file, timeframe)) if is_stock_file(file, timeframe) else None


def publishable_stock(file: str, timeframe: Timeframe) -> str | None:
    """The same, None also for a name that cannot be published."""
    return None if refusal(file, timeframe) else published_stock(file, timeframe)


def refusal(name: str, timeframe: Timeframe) -> str | None:
    """Why a stock file's name cannot be published, or None when it can."""
    stock = stock_of(name, timeframe)
    if "/" in name or "\\" in name or ".." in name:
        return "the file name holds '/', '\\' or '..'"
    if any(unicodedata.category(character).startswith(_UNREADABLE) for character in name):
        return "the file name holds control or unreadable characters"
    if not any(character.isascii() and character.isalnum() for character in stock):
        return "the file name holds no stock name (letters A-Z or digits)"
    if len(published_name(stock)) > MAX_STOCK_NAME:
        return f"the stock name has {len(published_name(stock))} characters, more than the {MAX_STOCK_NAME} allowed"
    return None
