"""The symbols that a person watches, from a list of one on each line or from a TradingView watchlist."""

import re

from bluedot_assets.kernel.source.file_names import published_name

_SEPARATOR = re.compile(r"[,;\r\n]+")


def watched_symbols(text: str) -> frozenset[str]:
    """Published names: `NSE:M&M`, `m&m` and `M_M` are all `M_M`. Sections (`###Mine`) and comments (`# why`) name no
    stock."""
    words = (word.strip() for word in _SEPARATOR.split(text.removeprefix("\ufeff")))
    return frozenset(published_name(word.rpartition(":")[2].strip()) for word in words if word and word[0] != "#")
