"""From a vendor's name of a stock to exchange and ticker as TradingView writes them: what vendors add to names, and
what separates the parts of a ticker at each exchange. The name alone decides; lists and settings are in `tickers`.

A name that could be two stocks, or a kind of paper whose form we do not know, is none: a ticker that is wrong shows
another company's chart."""

import re
from dataclasses import dataclass
from typing import Final

from bluedot_assets.kernel.source.nse_series import INDIAN_ZONES, without_series

_INDIAN: Final = frozenset({"NSE", "BSE"})
_AMERICAN: Final = frozenset({"NYSE", "NASDAQ", "AMEX", "BATS", "CBOE", "OTC"})
_OF_ZONE: Final = dict.fromkeys(INDIAN_ZONES, _INDIAN) | {"America/New_York": _AMERICAN}

_BEFORE: Final = re.compile(rf"({'|'.join(sorted(_INDIAN | _AMERICAN))})[:_-](.+)", re.ASCII)
# Yahoo writes RELIANCE.NS and RELIANCE.BO, others RELIANCE.NSE and RELIANCE.BSE. NSE_BSE is the stock BSE at NSE.
_BEHIND: Final = re.compile(r"(?!NSE[_-]BSE$)(.+)[._-](NSE?|BO|BSE)", re.ASCII)
_MEANT: Final = {"NS": "NSE", "BO": "BSE"}

_WRITTEN: Final = re.compile(r"[A-Z0-9._!/]{1,40}", re.ASCII)
_INDIAN_TICKER: Final = re.compile(r"[A-Z0-9](?:[A-Z0-9_]{0,38}[A-Z0-9!])?", re.ASCII)
_OTHER_SERIES: Final = re.compile(r".+[-_](?:[A-Z][0-9]|GB|GS|IV|RE|RR)", re.ASCII)  # bonds, rights, trusts, ...
_NUMBER: Final = re.compile(r"[0-9]+", re.ASCII)
_CODE_DIGITS: Final = 6  # BSE's number of a security
_UNWRITABLE: Final = "its name is not the form of a ticker"

_AMERICAN_WRITTEN: Final = re.compile(r"[A-Z0-9]+(?:[./][A-Z0-9]+)*", re.ASCII)
_AMERICAN_TICKER: Final = re.compile(r"([A-Z][A-Z0-9]{0,9})(?:([-._/])(.+))?", re.ASCII)
_CLASS: Final = re.compile(r"[A-OQSTVX-Z]", re.ASCII)  # P is a preferred; R, U and W are rights, units and warrants
_PREFERRED: Final = re.compile(r"P(?:R?[-._/]?([A-Z]))?", re.ASCII)  # -PL, -P-L, .PRL, .PR.L, /PL


@dataclass(frozen=True)
class Mapped:
    """`EXCHANGE:TICKER`, or None and why there is none. `exchange_unknown`: that is all that is missing."""

    ticker: str | None
    problem: str = ""
    exchange_unknown: bool = False


def mapped(stock: str, timezone: str, exchange: str | None) -> Mapped:
    """Of a stock by its own name; `exchange` is that of its timezone by the settings. An exchange in the name decides
    before it, where stocks of the timezone can trade there."""
    name, stated = _split(stock.upper())
    known = _OF_ZONE.get(timezone, frozenset()) | _family(exchange)
    if len(stated) > 1 or not known.issuperset(stated):
        return Mapped(None, f"its name says {' and '.join(sorted(stated))}, its timezone is {timezone}")
    exchange = next(iter(stated), exchange)
    if exchange is None:
        return Mapped(None, "no exchange is set for its timezone", exchange_unknown=True)
    bare = without_series(name)
    indian = timezone in INDIAN_ZONES or exchange in _INDIAN
    if indian and _NUMBER.fullmatch(bare) and (exchange != "BSE" or len(bare) != _CODE_DIGITS):
        return Mapped(None, f"{bare} can be a code of BSE alone, its exchange is {exchange}")
    if exchange in _INDIAN:
        ticker, problem = _indian(name, exchange)
    elif exchange in _AMERICAN:
        ticker, problem = _american(name)
    else:
        ticker = _with_underscores(name)
        problem = "" if _WRITTEN.fullmatch(ticker) else _UNWRITABLE
    return Mapped(None, problem) if problem else Mapped(f"{exchange}:{ticker}")


def without_exchange(symbol: str, timezone: str) -> str:
    """What a chart calls a stock of that timezone whose exchange nobody says, by its published name: BAC_P_L is
    `BAC/PL`. The name itself where that is not known."""
    ticker = mapped(symbol, timezone, min(_OF_ZONE[timezone])).ticker if timezone in _OF_ZONE else None
    return ticker.partition(":")[2] if ticker else symbol


def as_written(ticker: str, exchange: str) -> str | None:
    """The ticker that a person wrote, in the exchange's form; None for what no ticker can be. What it means is that
    person's affair: series, codes and units of shares stay."""
    name = ticker.upper()
    if exchange in _AMERICAN:
        form, problem = _american(name)
        return form if not problem else name if _AMERICAN_WRITTEN.fullmatch(name) else None
    form = _with_underscores(name)
    return form if _WRITTEN.fullmatch(form) else None


def _family(exchange: str | None) -> frozenset[str]:
    return next((family for family in (_INDIAN, _AMERICAN) if exchange in family), frozenset())


def _split(name: str) -> tuple[str, set[str]]:
    """The name without the exchanges that it says, and those."""
    stated: set[str] = set()
    if behind := _BEHIND.fullmatch(name):
        name = behind[1]
        stated.add(_MEANT.get(behind[2], behind[2]))
    # BSE-EQ is the stock BSE in its series, not EQ at BSE; so is BSE-N1.
    in_series = without_series(name) if not _OTHER_SERIES.fullmatch(name) else ""
    if (before := _BEFORE.fullmatch(name)) and _BEFORE.fullmatch(in_series):
        name = before[2]
        stated.add(before[1])
    return name, stated


def _with_underscores(name: str) -> str:
    return name.replace("&", "_").replace("-", "_")  # TradingView, watchlists


def _indian(name: str, exchange: str) -> tuple[str, str]:
    """Ticker and problem: `M&M` is `M_M`, `20MICRONS-BE` is `20MICRONS`."""
    name = without_series(name)
    if _OTHER_SERIES.fullmatch(name):
        return "", f"{name[-2:]} is a series of other papers than shares"
    ticker = _with_underscores(name)
    return (ticker, "") if _INDIAN_TICKER.fullmatch(ticker) else ("", f"{_UNWRITABLE} of {exchange}")


def _american(name: str) -> tuple[str, str]:
    """Ticker and problem: `BRK-B` is `BRK.B`, `BAC-PL` is `BAC/PL`."""
    found = _AMERICAN_TICKER.fullmatch(name)
    if found is None:
        return "", f"{_UNWRITABLE} of the USA"
    root, separator, rest = found.groups()
    if rest is None:
        return root, ""
    if rest == "PR" and separator not in "-/":
        return "", "PR is a preferred share of series R or of none"
    if _CLASS.fullmatch(rest):
        return f"{root}.{rest}", ""
    if preferred := _PREFERRED.fullmatch(rest):
        return f"{root}/P{preferred[1] or ''}", ""
    return "", f"{rest} is neither a class of shares nor a preferred one"
