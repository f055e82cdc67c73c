"""A seed repository as it stands, what it should show, and the next step from one to the other: the types in which
`plan` decides, `rules` judges and the adapter carries out. What commits say of earlier steps is in `history`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bluedot_assets.kernel.tradingview.seeds.files import SymbolListing
from bluedot_assets.kernel.tradingview.seeds.history import SeedCommit


def info_path(repository: str) -> str:
    """Where a repository of that name lists its symbols."""
    return f"symbol_info/{repository}.json"


@dataclass(frozen=True)
class SeedState:
    """The default branch's tip, and as much of its history as decisions need."""

    repository: str
    info: bytes | None  # of symbol_info/<repository>.json
    data: Mapping[str, str]  # name of each file in data/ -> id of its content
    commits: Sequence[SeedCommit] = ()


@dataclass(frozen=True)
class SeedsWanted:
    """What a repository should show of a partition. `ids` says of each symbol which content its CSV has."""

    timeframe: str
    partition: str
    listings: Mapping[str, SymbolListing]
    ids: Mapping[str, str]
    endings: Sequence[str]  # of the series that are configured; symbols of other series go at once


@dataclass(frozen=True)
class Push:
    """One commit. `listed`: symbols that it lists first; `write` and `remove`: symbols whose CSVs it writes or takes
    away; `left`: changes that this push has no room for, or that must wait."""

    info: bytes | None  # None: symbol_info stays as it is
    listed: tuple[str, ...]
    write: tuple[str, ...]
    remove: tuple[str, ...]
    message: str
    left: int

    @property
    def files(self) -> int:
        """Changed files, all counted."""
        return (self.info is not None) + len(self.write) + len(self.remove)


@dataclass(frozen=True)
class Wait:
    """There is something to push, and a rule lets it go only later."""

    reason: str
    until: datetime


@dataclass(frozen=True)
class Nothing:
    """There is nothing to push."""

    reason: str


Step = Push | Wait | Nothing


def data_file(symbol: str) -> str:
    """The name of a symbol's CSV in data/."""
    return f"{symbol}.csv"
