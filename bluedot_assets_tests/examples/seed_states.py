"""Seed repositories that exist in memory alone, and TradingView as a referee that knows its limits by itself."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from bluedot_assets.kernel.tradingview.seeds.files import SymbolListing
from bluedot_assets.kernel.tradingview.seeds.history import SeedCommit
from bluedot_assets.kernel.tradingview.seeds.plan import next_step
from bluedot_assets.kernel.tradingview.seeds.state import Push, SeedState, SeedsWanted, Step, data_file

ENDINGS = ("BC_INDICATOR", "BLUE_DOTS", "PRICE_DATA", "RLST_RATING")
MORNING = datetime(2024, 7, 1, 9, tzinfo=UTC)


def wanted(
    symbols: Sequence[str], partition: str = "2024-07-01", *, pricescale: int = 100, endings: Sequence[str] = ENDINGS
) -> SeedsWanted:
    """Those symbols, each with content of that partition."""
    return SeedsWanted(
        "daily",
        partition,
        {symbol: SymbolListing(f"Series {symbol}", pricescale) for symbol in symbols},
        {symbol: f"{symbol} of {partition}" for symbol in symbols},
        endings,
    )


@dataclass
class Remote:
    """A repository that takes pushes, and remembers what TradingView would have refused."""

    name: str = "seed_u_daily"
    info: bytes | None = None
    data: dict[str, str] = field(default_factory=dict)
    commits: list[SeedCommit] = field(default_factory=list)
    live_from: dict[str, datetime] = field(default_factory=dict)  # symbol -> when its data may come
    refused: list[str] = field(default_factory=list)
    pushes: Counter[date] = field(default_factory=Counter)

    def state(self) -> SeedState:
        return SeedState(self.name, self.info, dict(self.data), tuple(self.commits))

    @property
    def symbols(self) -> set[str]:
        return set(json.loads(self.info)["symbol"]) if self.info else set()

    def foreign(self, at: datetime) -> None:
        """Somebody else commits something."""
        self.commits.append(SeedCommit(at, "Update README"))

    def take(self, push: Push, ids: Mapping[str, str], now: datetime) -> None:
        """Carry a push out, as the adapter does."""
        before = self.symbols
        self.info = push.info or self.info
        self._judge(push, before, now)
        for symbol in push.write:
            self.data[data_file(symbol)] = ids[symbol]
        for symbol in push.remove:
            del self.data[data_file(symbol)]
        self.commits.append(SeedCommit(now, push.message))
        self.pushes[now.date()] += 1

    def _judge(self, push: Push, before: set[str], now: datetime) -> None:
        for symbol in self.symbols - before:
            self.live_from[symbol] = now + timedelta(minutes=30)
        files = (push.info is not None) + len(push.write) + len(push.remove)
        early = [one for one in push.write if one not in self.live_from or now < self.live_from[one]]
        orphans = {*self.data, *map(data_file, push.write)} - {data_file(one) for one in push.remove}
        orphans -= {data_file(symbol) for symbol in self.symbols}
        rules = {
            f"{files} files": files > 3_000,
            f"{len(self.symbols)} symbols": len(self.symbols) > 6_000,
            f"push {self.pushes[now.date()] + 1} of {now.date()}": self.pushes[now.date()] >= 5,
            f"data of {early[:1]} before TradingView knows it": bool(early),
            f"data of {sorted(orphans)[:1]} without a listing": bool(orphans),
        }
        self.refused += [rule for rule, broken in rules.items() if broken]


def run(remote: Remote, want: SeedsWanted, now: datetime) -> list[Step]:
    """Push until nothing more may go, as a run does; the steps, of which the last is no push."""
    steps: list[Step] = []
    while True:
        step = next_step(remote.state(), want, now)
        steps.append(step)
        if not isinstance(step, Push):
            return steps
        remote.take(step, want.ids, now)
        now += timedelta(seconds=20)
