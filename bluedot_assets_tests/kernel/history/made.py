"""Answers of an invented vendor for the history's tests, and the state that plain Python makes of all of them."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

import polars as pl

from bluedot_assets.kernel.bars.tables import BARS, DOTS, Table
from bluedot_assets.kernel.history.merge import State, merge
from bluedot_assets.kernel.history.observations import Observed
from bluedot_assets.kernel.history.tables import FIRST_SEEN, LISTED, RATINGS, SEEN, STATE, VERSIONS, VOLUMES

FIRST = date(2024, 1, 1)
START = datetime(2024, 3, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Answer:
    """One file: `closes`, `ratings` and `volumes` by day number (None: absent), `dots` as day numbers."""

    symbol: str
    known: int  # days after START
    closes: Mapping[int, float]
    ratings: Mapping[int, int | None]
    volumes: Mapping[int, int | None]
    dots: frozenset[int] = frozenset()
    partition: str = "2024-03-01"
    modified: int = 0
    timezone: str = "Asia/Kolkata"

    @cached_property
    def md5(self) -> str:
        content = (sorted(self.closes.items()), sorted(self.ratings.items()), sorted(self.volumes.items()))
        return hashlib.md5(
            repr((content, sorted(self.dots), self.timezone)).encode(), usedforsecurity=False
        ).hexdigest()

    @property
    def place(self) -> tuple[str, int]:
        return self.symbol, self.known

    @property
    def rank(self) -> tuple[int, str, str]:
        return self.modified, self.md5, self.partition

    @property
    def sessions(self) -> range:
        return range(min(self.closes), max(self.closes) + 1)

    @property
    def dates(self) -> range:
        return range(min(self.sessions[0], *self.dots, 10**6), max(self.sessions[-1], *self.dots, -1) + 1)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def moment(number: int) -> datetime:
    return START + timedelta(days=number)


def as_observed(answers: Sequence[Answer]) -> Observed:
    """Of one partition: no two of one stock."""
    bars = [
        (one.symbol, day(at), close, close, close, close, one.volumes.get(at), one.ratings.get(at), 1.0, False)
        for one in answers
        for at, close in sorted(one.closes.items())
    ]
    dots = [(one.symbol, day(at)) for one in answers for at in sorted(one.dots)]
    seen = [
        {
            "symbol": one.symbol,
            "stated": one.symbol,
            "known": moment(one.known),
            "partition": one.partition,
            "modified": moment(one.modified),
            "md5": one.md5,
            "timezone": one.timezone,
            "bars": len(one.closes),
            "first_session": day(one.sessions[0]),
            "last_session": day(one.sessions[-1]),
            "first_dot": day(min(one.dots)) if one.dots else None,
            "last_dot": day(max(one.dots)) if one.dots else None,
            "rlst_known": one.ratings.get(one.sessions[-1]),
            "is_etf": False,
            "is_asm": False,
            "is_gsm": False,
        }
        for one in answers
    ]
    return Observed(
        pl.DataFrame(seen, SEEN.polars_schema),
        pl.DataFrame(bars, BARS.polars_schema, orient="row"),
        pl.DataFrame(dots, DOTS.polars_schema, orient="row"),
    )


def merged(partitions: Iterable[Sequence[Answer]]) -> State:
    state = State()
    for answers in partitions:
        state = merge(state, as_observed(answers)).state
    return state


def plain(answers: Iterable[Answer]) -> dict[Table, list[tuple[object, ...]]]:
    """The rows of each table, from all answers at once."""
    winners: dict[tuple[str, int], Answer] = {}
    for one in answers:
        if one.place not in winners or one.rank > winners[one.place].rank:
            winners[one.place] = one
    found: dict[Table, list[tuple[object, ...]]] = {table: [] for table in STATE}
    for symbol in sorted({one.symbol for one in winners.values()}):
        mine = sorted((one for one in winners.values() if one.symbol == symbol), key=lambda one: one.known)
        found[FIRST_SEEN].append(
            (symbol, moment(mine[0].known), day(mine[0].sessions[-1]), mine[0].timezone, moment(mine[-1].known))
        )
        found[SEEN] += [(symbol, moment(one.known), one.partition) for one in mine]
        for at in sorted({at for one in mine for at in one.sessions}):
            covering = [one for one in mine if at in one.sessions]
            place = (symbol, day(at))
            for begins, until in _runs(covering, [one.closes.get(at) for one in covering]):
                found[VERSIONS].append((*place, begins.closes[at], moment(begins.known), until, begins.partition))
            for begins, until in _runs(covering, [one.ratings.get(at) for one in covering]):
                found[RATINGS].append((*place, begins.ratings[at], moment(begins.known), until))
            for begins, until in _runs(covering, [one.volumes.get(at) for one in covering]):
                found[VOLUMES].append((*place, begins.volumes[at], moment(begins.known), until))
        for at in sorted({at for one in mine for at in one.dates}):
            covering = [one for one in mine if at in one.dates]
            for begins, until in _runs(covering, [at in one.dots or None for one in covering]):
                rating = begins.ratings.get(begins.sessions[-1])
                found[LISTED].append((symbol, day(at), moment(begins.known), until, begins.partition, rating))
    return found


def _runs(covering: Sequence[Answer], values: Sequence[object]) -> Iterable[tuple[Answer, datetime | None]]:
    """Where a value begins and which answer ended it; None is no value."""
    for number, value in enumerate(values):
        if value is None or (number and values[number - 1] == value):
            continue
        end = next((at for at in range(number, len(values)) if values[at] != value), None)
        yield covering[number], None if end is None else moment(covering[end].known)


COLUMNS = {
    VERSIONS: ("symbol", "session", "close", "known_from", "known_until", "partition"),
    RATINGS: ("symbol", "session", "rlst", "known_from", "known_until"),
    VOLUMES: ("symbol", "session", "volume", "known_from", "known_until"),
    LISTED: ("symbol", "date", "known_from", "known_until", "partition", "rlst_known"),
    SEEN: ("symbol", "known", "partition"),
    FIRST_SEEN: ("symbol", "known", "last_session", "timezone", "last_known"),
}


def rows_of(state: State) -> dict[Table, list[tuple[object, ...]]]:
    return {table: state[table].select(columns).rows() for table, columns in COLUMNS.items()}
