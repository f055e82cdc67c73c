"""Which seed repository holds which stock: ranges of names, so that a Pine script can compute the repository.

A symbol stays where it is listed, for TradingView would take a move for a new symbol. Stocks that are not listed yet
go to the range that their name falls into; where that is full, elsewhere, and the map names them."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final

from bluedot_assets.kernel.errors import SeedsFull
from bluedot_assets.kernel.seed_symbols import MAX_SYMBOLS, split_symbol


@dataclass(frozen=True)
class SeedRange:
    """The stocks from `first` (a published name, in the order of its characters' codes; "" is the lowest) up to the
    next range's."""

    first: str
    repository: str


@dataclass(frozen=True)
class SeedMap:
    """Ranges in their order, and the stocks that are in another repository than the range that they fall into."""

    ranges: tuple[SeedRange, ...]
    elsewhere: Mapping[str, str] = field(default_factory=dict)  # stock -> repository

    def repository_of(self, stock: str) -> str:
        """Where the stock's symbols are, all of them."""
        place = bisect_right([one.first for one in self.ranges], stock) - 1
        return self.elsewhere.get(stock) or self.ranges[place].repository


# A repository's symbols by its name, in the order of the settings; the symbols that each stock should have.
Listed = Mapping[str, Collection[str]]
Wanted = Mapping[str, Sequence[str]]


def map_stocks(listed: Listed, wanted: Wanted) -> SeedMap:
    """The map of all `wanted` stocks, given what each repository lists now. Raises SeedsFull, which says how many
    repositories are needed."""
    homes = _homes(listed, wanted)
    rooms = {name: MAX_SYMBOLS - len(symbols) for name, symbols in listed.items()}
    ranges = _ranges_of_homes(homes, list(listed)) if homes else _even_ranges(rooms, wanted)
    made = SeedMap(ranges)
    for stock, home in homes.items():
        rooms[home] -= len(set(wanted[stock]) - set(listed[home]))
    _require_room_at_home(rooms)
    unplaced: list[str] = []
    for stock in sorted(wanted.keys() - homes.keys()):
        place = _place(made.repository_of(stock), rooms, len(wanted[stock]))
        if place is None:
            unplaced.append(stock)
        else:
            homes[stock] = place
            rooms[place] -= len(wanted[stock])
    if unplaced:
        raise SeedsFull(_too_few(listed, wanted, unplaced))
    elsewhere = {stock: home for stock, home in sorted(homes.items()) if made.repository_of(stock) != home}
    return SeedMap(ranges, elsewhere)


def _homes(listed: Listed, wanted: Wanted) -> dict[str, str]:
    """The repository that lists symbols of a stock already; most of them, where there are several."""
    found: dict[str, Counter[str]] = {}
    for name, symbols in listed.items():
        for symbol in symbols:
            parts = split_symbol(symbol)
            if parts and parts[0] in wanted:
                found.setdefault(parts[0], Counter())[name] += 1
    return {stock: found[stock].most_common(1)[0][0] for stock in sorted(found)}


def _even_ranges(rooms: Mapping[str, int], wanted: Wanted) -> tuple[SeedRange, ...]:
    """At the very start: each repository the same share of its room, so that all have some left for later."""
    stocks, total = sorted(wanted), sum(rooms.values())
    ends = [len(stocks) * reached // total for reached in accumulate(rooms.values())] if total else [0] * len(rooms)
    starts = [0, *ends[:-1]]
    firsts = ["" if start == 0 else stocks[start] for start in starts if start < len(stocks)] or [""]
    made = dict(zip(firsts, rooms, strict=False))  # of two with the same first the later: the earlier is empty
    return tuple(SeedRange(first, name) for first, name in made.items())


def _ranges_of_homes(homes: Mapping[str, str], order: Sequence[str]) -> tuple[SeedRange, ...]:
    """The ranges that leave the fewest stocks elsewhere; a repository that nothing is in gets none."""
    stocks = sorted(homes)
    middles = {
        name: [place for place, stock in enumerate(stocks) if homes[stock] == name] for name in dict.fromkeys(order)
    }
    names = sorted((name for name in middles if middles[name]), key=lambda name: _middle(middles[name]))
    firsts = _cuts([names.index(homes[stock]) for stock in stocks], len(names))
    return tuple(
        SeedRange("" if place == 0 else stocks[place], names[number])
        for number, place in sorted(firsts.items(), key=lambda one: one[1])
    )


def _middle(places: Sequence[int]) -> int:
    return places[len(places) // 2]


_NEVER: Final = 1 << 60


def _cuts(numbers: Sequence[int], ranges: int) -> dict[int, int]:
    """Where each range starts: the way through `numbers`, never going back, that differs from the fewest of them."""
    costs = [0] + [_NEVER] * (ranges - 1)  # of the cheapest way that is in that range now
    came_from: list[list[int]] = []
    for number in numbers:
        best = [place for _, place in accumulate(zip(costs, range(ranges), strict=True), min)]
        # The first stock may lie in any range: ranges before it hold nothing.
        reach = [0 if not came_from else costs[best[one]] for one in range(ranges)]
        came_from.append(best if came_from else list(range(ranges)))
        costs = [reach[one] + (one != number) for one in range(ranges)]
    place, firsts = min(range(ranges), key=costs.__getitem__), {}
    for stock in range(len(numbers) - 1, -1, -1):
        firsts[place] = stock
        place = came_from[stock][place]
    return firsts


def _place(home: str, rooms: Mapping[str, int], symbols: int) -> str | None:
    """The range's repository while it has room, else the emptiest that has."""
    if rooms[home] >= symbols:
        return home
    emptiest = max(rooms, key=lambda name: rooms[name])
    return emptiest if rooms[emptiest] >= symbols else None


def _require_room_at_home(rooms: Mapping[str, int]) -> None:
    for name, room in rooms.items():
        if room < 0:
            raise SeedsFull(
                f"The stocks that {name} lists would have {MAX_SYMBOLS - room:,} symbols there, and TradingView allows "
                f"{MAX_SYMBOLS:,} in a repository; they cannot move. Take an indicator out of BLUEDOT_INDICATORS, or "
                "set BLUEDOT_SEED_LAYOUT=packed with new repositories."
            )


def _too_few(listed: Listed, wanted: Wanted, unplaced: Sequence[str]) -> str:
    each = max(len(wanted[stock]) for stock in unplaced)
    needed = len(listed) + -(-len(unplaced) // (MAX_SYMBOLS // each))
    symbols = sum(map(len, wanted.values()))
    return (
        f"{len(wanted):,} stocks have {symbols:,} symbols, and TradingView allows {MAX_SYMBOLS:,} in a repository: "
        f"{len(listed)} of them ({', '.join(listed)}) have no room for {len(unplaced):,} stocks, first {unplaced[0]}. "
        f"{needed} repositories are needed: name {needed - len(listed)} more in BLUEDOT_SEEDS, or set "
        "BLUEDOT_SEED_LAYOUT=packed, which takes one symbol for each stock."
    )
