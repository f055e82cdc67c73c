"""Watchlists as TradingView imports them: `###Section,EXCHANGE:TICKER,...`, at most 1,000 symbols in a file.

All stocks that have a ticker take part, funds and stocks under surveillance too; within a section the highest RLST
comes first. The page writes lists in the same form: docs_site/shell/js/data/watchlist_form.js. A list that a person
brings is read in `symbol_lists`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from bluedot_assets.kernel.site.dashboard import Dashboard, StockRow

MOST_SYMBOLS: Final = 1000  # TradingView, watchlists
HIGH_RLST: Final = 90
DOTS_TODAY: Final = "dots_today"
NEW_DOTS: Final = "new_dots"
# What the pages call each list, in their order.
TITLES: Final = {
    DOTS_TODAY: "Dots today",
    NEW_DOTS: "New dots",
    "dots_5_bars": "Dots, last 5 bars",
    "dots_20_bars": "Dots, last 20 bars",
    f"rlst_{HIGH_RLST}": f"RLST {HIGH_RLST} or more",
}
WEEKLY_TITLES: Final = TITLES | {
    DOTS_TODAY: "Dots this week",
    "dots_5_bars": "Dots, last 5 weeks",
    "dots_20_bars": "Dots, last 20 weeks",
}


@dataclass(frozen=True)
class Watchlist:
    """One list: what its sections are called, and its stocks, each with the session that it is listed for."""

    name: str
    title: str
    stocks: Sequence[tuple[date, StockRow]]
    note: str = ""  # what a reader of the list has to know


def make_watchlists(dashboard: Dashboard, new: Sequence[StockRow], note: str = "") -> list[Watchlist]:
    """The lists of a folder. `new` are the dots on the as-of bar that the publish before did not show, and `note`
    stands in their section's name."""

    def within(bars: int) -> list[tuple[date, StockRow]]:
        stocks = (stock for stock in dashboard.stocks if stock.dot_age is not None and stock.dot_age < bars)
        return [(stock.dotted, stock) for stock in stocks if stock.dotted]

    strong = [
        (stock.rlst_date or stock.last, stock)
        for stock in dashboard.stocks
        if stock.rlst is not None and stock.rlst >= HIGH_RLST
    ]
    return [
        Watchlist(DOTS_TODAY, "Blue dots", within(1)),
        Watchlist(NEW_DOTS, "New blue dots", [(stock.last, stock) for stock in new], note),
        Watchlist("dots_5_bars", "Blue dots", within(5)),
        Watchlist("dots_20_bars", "Blue dots", within(20)),
        Watchlist(f"rlst_{HIGH_RLST}", f"RLST {HIGH_RLST} or more", strong),
    ]


def watchlist_files(watchlist: Watchlist, dashboard: Dashboard) -> dict[str, tuple[str, int]]:
    """Text and number of symbols by file name: `dots_today.txt`, then `dots_today_2.txt`, ... A ticker stands in it
    once; a further file repeats the section that it goes on with. Nothing to list is a section that says so."""
    entries = list(_entries(watchlist.stocks))
    notes = "; ".join(part for part in ("sample data" if dashboard.sample else "", watchlist.note) if part)

    def section(day: date | None, more: str = "") -> str:
        parts = (watchlist.title, day.isoformat() if day else "", more, f"({notes})" if notes else "")
        # A comma would end the section's name.
        return "###" + " ".join(part for part in parts if part).replace(",", ";")

    if not entries:
        return {f"{watchlist.name}.txt": (section(dashboard.session, "none"), 0)}
    parts = [entries[start : start + MOST_SYMBOLS] for start in range(0, len(entries), MOST_SYMBOLS)]
    return {
        f"{watchlist.name}{f'_{place}' if place > 1 else ''}.txt": (_text(part, section), len(part))
        for place, part in enumerate(parts, 1)
    }


def _entries(stocks: Iterable[tuple[date, StockRow]]) -> Iterable[tuple[date, str]]:
    """Session and ticker, newest session first, each ticker once (two names may be one stock at TradingView)."""

    def place(one: tuple[date, StockRow]) -> tuple[int, float, str]:
        day, stock = one
        return -day.toordinal(), 1.0 if stock.rlst is None else -stock.rlst, stock.symbol

    seen: set[str] = set()
    for day, stock in sorted(stocks, key=place):
        if stock.ticker is not None and stock.ticker not in seen:
            seen.add(stock.ticker)
            yield day, stock.ticker


def _text(entries: Sequence[tuple[date, str]], section: Callable[[date], str]) -> str:
    sections = groupby(entries, key=lambda entry: entry[0])
    return ",".join(",".join([section(day), *(ticker for _, ticker in listed)]) for day, listed in sections)
