"""An attack, how it is tried again and again, and the row that comes of it. The attacks are in `attacks/`; how often
they are tried is decided in `test_attacks.py`."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Generic, TypeVar

import msgspec

# One try. It raises, by `assert` or otherwise, when anything was lost; its sentence says what. It returns what it did
# and observed, in the words of the page: {"killed": 1, "published states read": 20}.
Once = Callable[[random.Random], Mapping[str, int]]
# What the tries of an attack share, made in an empty folder: an installation, a server. Its end may raise as a try may.
Arena = Callable[[Path], AbstractContextManager[Once]]
MOST_FAILURES: Final = 3  # more of them say nothing new
FEW: Final = 4  # tries, of which none may come in time


_Item = TypeVar("_Item")


@dataclass
class Deal(Generic[_Item]):
    """All items in an order of chance, then all of them in another: enough tries leave none out."""

    items: Sequence[_Item]
    _left: list[_Item] = field(default_factory=list)

    def __call__(self, chance: random.Random) -> _Item:
        if not self._left:
            self._left = chance.sample(self.items, len(self.items))
        return self._left.pop()


@dataclass(frozen=True)
class Attack:
    """`group` is its heading and `words` its row, in Markdown. It is tried `long` times by `make torture`, dealt out to
    `parts` processes, and `short` times by `make test-all`. Where `meets` names an observation, half of the tries make
    it at least: those that come too late attack nothing."""

    name: str
    group: str
    words: str
    arena: Arena
    long: int
    short: int
    parts: int
    meets: str


class Row(msgspec.Struct, frozen=True):
    """What came of an attack. `lost` has a sentence for each failed try."""

    name: str
    group: str
    words: str
    tries: int
    lost: list[str]
    observed: dict[str, int]
    seconds: float

    def __add__(self, other: "Row") -> "Row":
        """Both parts of the same attack as one."""
        return msgspec.structs.replace(
            self,
            tries=self.tries + other.tries,
            lost=self.lost + other.lost,
            observed=dict(Counter(self.observed) + Counter(other.observed)),
            seconds=self.seconds + other.seconds,
        )


ATTACKS: Final[dict[str, Attack]] = {}


def attack(
    group: str, words: str, *, long: int, short: int, parts: int = 1, meets: str = ""
) -> Callable[[Callable[[Path], Iterator[Once]]], Attack]:
    """Declares the attack whose arena this generator makes: it yields the function that tries once."""

    def declared(arena: Callable[[Path], Iterator[Once]]) -> Attack:
        name = arena.__name__
        assert name not in ATTACKS, f"two attacks are named {name}"
        ATTACKS[name] = Attack(name, group, words, contextmanager(arena), long, short, parts, meets)
        return ATTACKS[name]

    return declared


def carry_out(tried: Attack, tries: int, seed: str, folder: Path) -> Row:
    """Tries it so often, each time with other random numbers of `seed`. After a failure comes a new arena."""
    began, done, arenas = time.monotonic(), 0, 0
    lost: list[str] = []
    observed: Counter[str] = Counter()
    while done < tries and len(lost) < MOST_FAILURES:
        arenas += 1
        place = folder / f"arena-{arenas}"
        place.mkdir()
        try:
            with tried.arena(place) as once:
                while done < tries:
                    done += 1
                    observed.update(once(random.Random(f"{tried.name} {seed} {done}")))
        except Exception as error:  # noqa: BLE001  whatever it is, this try has failed
            done = max(done, arenas)  # also where the arena itself could not be made
            lost.append(f"try {done} of seed {seed}: {type(error).__name__}: {error}"[:500])
    if tried.meets and done >= FEW and 2 * observed[tried.meets] < done:
        lost.append(f"{tried.meets}: {observed[tried.meets]} of {done} tries, the others came too late")
    return Row(tried.name, tried.group, tried.words, done, lost, dict(observed), round(time.monotonic() - began, 1))
