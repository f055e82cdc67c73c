"""Seed repositories for tests, and runs on them. Module-level, so that another process can do the same."""

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime

from bluedot_assets.adapters.git.address import git_address
from bluedot_assets.adapters.git.branch import GitRemote, blob_id
from bluedot_assets.adapters.git.push import PushPolicy
from bluedot_assets.adapters.seeds.repository import Advanced, SeedRepository
from bluedot_assets.kernel.tradingview.seeds.files import SymbolListing
from bluedot_assets.kernel.tradingview.seeds.plan import next_step
from bluedot_assets.kernel.tradingview.seeds.state import SeedState, SeedsWanted, Step
from bluedot_assets_tests.servers.git import TOKEN

MORNING = datetime(2024, 7, 1, 9, tzinfo=UTC)
SYMBOLS = ("A_BLUE_DOTS", "B_BLUE_DOTS", "C_BLUE_DOTS")
DIES = ("before the commit", "within the commit", "before the push", "after the push")


def open_seeds(url: str, now: datetime, *, token: str | None = TOKEN, attempts: int = 2) -> SeedRepository:
    remote = GitRemote(git_address("BLUEDOT_SEEDS", url, token))
    return SeedRepository(remote, PushPolicy(attempts, lambda seconds: None), lambda: now)


def csv_of(symbol: str, partition: str) -> bytes:
    day = partition.replace("-", "")
    return f"20240601T,1,1,1,1,0\n{day}T,{len(symbol)},{len(symbol)},1,1,0\n".encode()


def wanted(partition: str, symbols: tuple[str, ...] = SYMBOLS) -> SeedsWanted:
    return SeedsWanted(
        "daily",
        partition,
        {symbol: SymbolListing(f"Series {symbol}", 1) for symbol in symbols},
        {symbol: blob_id(csv_of(symbol, partition)) for symbol in symbols},
        ["BLUE_DOTS"],
    )


def advance(
    repository: SeedRepository, partition: str, now: datetime, before: Callable[[], None] = lambda: None
) -> Advanced:
    """One run; `before` is called before each step."""

    def decide(state: SeedState) -> Step:
        before()
        return next_step(state, wanted(partition), now)

    return repository.advance(decide, lambda symbol: csv_of(symbol, partition))


def advance_and_die(url: str, partition: str, now: datetime, when: str) -> None:
    """A run whose process is killed at that moment of its first push."""
    repository, steps = open_seeds(url, now), 0

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def decide(state: SeedState) -> Step:
        nonlocal steps
        steps += 1
        if when == "before the commit" or (when == "after the push" and steps > 1):
            die()
        return next_step(state, wanted(partition), now)

    def read(symbol: str) -> bytes:
        if when == "within the commit" and symbol == SYMBOLS[1]:
            die()
        return csv_of(symbol, partition)

    if when == "before the push":
        _die_at_push(die)
    repository.advance(decide, read)


def _die_at_push(die: Callable[[], None]) -> None:
    from bluedot_assets.adapters.git.branch import RemoteBranch  # noqa: PLC0415  of the child alone

    RemoteBranch.push = lambda *words, **more: die()  # type: ignore[method-assign]
