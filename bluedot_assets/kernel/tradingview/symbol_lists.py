"""The stocks that a list of a person names: a TradingView watchlist, or names on lines or between separators.

The pages read lists by the same rules (`docs_site/shell/js/data/symbol_lists.js`); one table of cases holds both.
Which stocks a setting chooses by conditions is in `pine/stocks`, the list of tickers in `tickers`."""

import re
from typing import Final

from bluedot_assets.kernel.source.file_names import published_name

# A section runs to the next comma: TradingView's format. A comment runs to the line's end.
_SECTION_OR_COMMENT: Final = re.compile(r"###[^,\r\n]*|#[^\r\n]*")
_BLANKS: Final = re.compile(r"[ \t]+")
# Characters that nobody sees come along when people copy from pages. Python and JavaScript disagree about \s.
_SEPARATORS: Final = re.compile(r"[\s,;\x1c-\x1f\x85\u200b-\u200f\u2060\ufeff]+")
_QUOTES: Final = "\"'`\u201c\u201d\u2018\u2019"


def symbols_in(text: str) -> list[str]:
    """Published names in the order of their first mention: `NSE:M&M`, `m&m` and `M_M` are all `M_M`. A stock whose own
    name has blanks is written in its published form."""
    plain = _BLANKS.sub(" ", _SECTION_OR_COMMENT.sub(",", text)).replace(" :", ":")
    words = (word.rpartition(":")[2].strip(_QUOTES) for word in _SEPARATORS.split(plain))
    return list(dict.fromkeys(name for name in map(published_name, words) if name.strip("_")))
