"""Prices and ratios as people read them in messages. The pages write prices by the same rule
(`docs_site/shell/js/page/format.js`); one table of cases holds both. Numbers of which every digit counts are written in
`series/csv_files`."""

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

SIGNIFICANT: Final = 4  # digits of a price below 1
FEWEST: Final = 2  # decimals
MOST: Final = 20  # decimals; browsers write no more
_ANY_FLOAT: Final = Context(prec=400, rounding=ROUND_HALF_UP)


def price_text(price: float) -> str:
    """`13,450.05`, `0.5213`, `0.000046`: two decimals from 1 on; below it four significant digits, of which zeros at
    the end go as far as two decimals stay. Rounded half up from the shortest decimal that reads back equal; never an
    exponent."""
    exact = Decimal(repr(price))
    decimals = FEWEST if abs(exact) >= 1 or not exact else min(MOST, SIGNIFICANT - 1 - exact.adjusted())
    rounded = exact.quantize(Decimal(1).scaleb(-decimals), context=_ANY_FLOAT)
    whole, _, behind = f"{rounded:,f}".partition(".")
    return f"{whole}.{behind.rstrip('0').ljust(FEWEST, '0')}"


def ratio_text(ratio: float) -> str:
    """Four significant digits without zeros at the end, never an exponent: `0.5`, `1.01`, `0.00002`."""
    return f"{Decimal(f'{ratio:.{SIGNIFICANT}g}'):f}"
