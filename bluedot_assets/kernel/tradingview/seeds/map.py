"""Which seed repository holds which stock: ranges of names, so that a Pine script can compute the repository.

A symbol stays where it is listed, for TradingView would take a move for a new symbol. Stocks that are not listed yet
go to the range that their name falls into; where that is full, elsewhere, and the map names them. When a symbol may be
pushed is decided in `plan`."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, groupby

from bluedot_assets.kernel.errors import SeedsFull
from bluedot_assets.kernel.tradingview.seeds.limits import MAX_SYMBOLS
from bluedot_assets.kernel.tradingview.seeds.symbols import split_symbol


@dataclass(frozen=True)
class SeedRange:
    """The stocks from `first` (a published name, in the order of its characters' codes; "" is the lowest) up to the
    next range's."""

    first: str
    repository: str


@dataclass(frozen=True)
class SeedMap:
    """Ranges in their order, and the stocks that are in another repository than the range that they fall into.
    `problem` says of symbols that no repository has room for how many repositories are needed."""

    ranges: tuple[SeedRange, ...]
    elsewhere: Mapping[str, str] = field(default_factory=dict)  # stock -> repository
    without_room: frozenset[str] = frozenset()  # stocks that are in no repository
    problem: str = ""

    def repository_of(self, stock: str) -> str:
        """Where the stock's symbols are, all of them."""
        place = bisect_right([one.first for one in self.ranges], stock) - 1
        return self.elsewhere.get(stock) or self.ranges[place].repository


# A repository's symbols by its name, in the order of the settings; the symbols that each stock should have.
Listed = Mapping[str, Collection[str]]
Wanted = Mapping[str, Sequence[str]]


def map_stocks(listed: Listed, wanted: Wanted) -> SeedMap:
    """The map of all `wanted` stocks, given what each repository lists now. Raises SeedsFull where nothing is listed
    yet and there are too few repositories: what is begun goes on, with a `problem`."""
    homes = _homes(listed, wanted)
    rooms = _rooms(listed, wanted)
    claims = _claims(homes, rooms, sorted(wanted))
    ranges = _ranges({**claims, **homes}, list(listed))
    started, made = bool(homes), SeedMap(ranges)
    known = {name: set(symbols) for name, symbols in listed.items()}
    for stock, home in homes.items():
        rooms[home] -= sum(symbol not in known[home] for symbol in wanted[stock])
    problems = [_crowded(name, -room) for name, room in rooms.items() if room < 0]
    without_room: list[str] = []
    for stock in sorted(wanted.keys() - homes.keys()):
        place = _place(made.repository_of(stock), rooms, len(wanted[stock]))
        if place is None:
            without_room.append(stock)
        else:
            homes[stock] = place
            rooms[place] -= len(wanted[stock])
    if without_room:
        problems.append(_too_few(listed, wanted, without_room))
        if not started:
            raise SeedsFull(problems[-1])
    elsewhere = {stock: home for stock, home in sorted(homes.items()) if made.repository_of(stock) != home}
    return SeedMap(ranges, elsewhere, frozenset(without_room), " ".join(problems))


def _rooms(listed: Listed, wanted: Wanted) -> dict[str, int]:
    """Symbols that each repository can take; those of series that nobody wants any more make room."""
    kept = {parts[1] for symbols in wanted.values() for symbol in symbols if (parts := split_symbol(symbol))}

    def stays(symbol: str) -> bool:
        return (parts := split_symbol(symbol)) is None or parts[1] in kept

    return {name: MAX_SYMBOLS - sum(map(stays, symbols)) for name, symbols in listed.items()}


def _homes(listed: Listed, wanted: Wanted) -> dict[str, str]:
    """The repository that lists symbols of a stock already; most of them, where there are several."""
    found: dict[str, Counter[str]] = {}
    for name, symbols in listed.items():
        for parts in filter(None, map(split_symbol, symbols)):
            if parts[0] in wanted:
                found.setdefault(parts[0], Counter())[name] += 1
    return {stock: found[stock].most_common(1)[0][0] for stock in sorted(found)}


def _claims(homes: Mapping[str, str], rooms: Mapping[str, int], stocks: Sequence[str]) -> dict[str, str]:
    """Stocks that an empty repository gets as its range: long runs of names that are listed nowhere, as at the very
    start, or after a run that died before it had begun all repositories."""
    runs = [list(run) for listed, run in groupby(stocks, homes.__contains__) if not listed]
    takers: list[list[str]] = [[] for _ in runs]
    for name in (name for name in rooms if name not in set(homes.values())):
        parts = [len(run) / (len(names) + 1) for run, names in zip(runs, takers, strict=True)]
        # Single newcomers among listed stocks are no range.
        if parts and max(parts) >= len(stocks) / len(rooms) / 2:
            takers[parts.index(max(parts))].append(name)
    return {
        stock: name
        for run, names in zip(runs, takers, strict=True)
        if names
        for stock, name in _shares(run, {name: rooms[name] for name in names})
    }


def _shares(stocks: Sequence[str], rooms: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    """The stocks cut into as many parts, each the same share of its repository's room."""
    reached, total = list(accumulate(max(1, room) for room in rooms.values())), sum(max(1, r) for r in rooms.values())
    names = list(rooms)
    for place, stock in enumerate(stocks):
        yield stock, names[bisect_right(reached, place * total // len(stocks))]


def _ranges(homes: Mapping[str, str], order: Sequence[str]) -> tuple[SeedRange, ...]:
    """The ranges that leave the fewest stocks elsewhere; a repository that nothing is in gets none."""
    stocks = sorted(homes)
    if not stocks:
        return (SeedRange("", order[0]),)
    places: dict[str, list[int]] = {}
    for place, stock in enumerate(stocks):
        places.setdefault(homes[stock], []).append(place)
    names = sorted(places, key=lambda name: places[name][len(places[name]) // 2])
    numbers = {name: number for number, name in enumerate(names)}
    firsts = _cuts([numbers[homes[stock]] for stock in stocks], len(names))
    return tuple(
        SeedRange("" if place == 0 else stocks[place], names[number])
        for number, place in sorted(firsts.items(), key=lambda one: one[1])
    )


def _cuts(numbers: Sequence[int], ranges: int) -> dict[int, int]:
    """Where each range starts: the way through `numbers`, never going back, that differs from the fewest of them."""
    # Of the cheapest way that is in that range now. The first stock may lie in any: ranges before it hold nothing.
    costs = [0] * ranges
    came_from: list[list[int]] = []
    for number in numbers:
        best = [place for _, place in accumulate(zip(costs, range(ranges), strict=True), min)]
        came_from.append(best)
        costs = [costs[before] + (one != number) for one, before in enumerate(best)]
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


def _crowded(name: str, beyond: int) -> str:
    return (
        f"The stocks that {name} lists would have {MAX_SYMBOLS + beyond:,} symbols there, and TradingView allows "
        f"{MAX_SYMBOLS:,} in a repository; they cannot move, and {beyond:,} symbols are left out. Take an indicator "
        "out of BLUEDOT_INDICATORS, or start with new repositories and BLUEDOT_SEED_LAYOUT=packed."
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
