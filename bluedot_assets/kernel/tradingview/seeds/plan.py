"""The next push to a seed repository, or why it has to wait: a pure function of what the repository shows, what it
should show, and the time. All of TradingView's limits are kept here, and judged once more in `rules`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Final

from bluedot_assets.kernel.tradingview.seeds.files import SymbolListing, read_symbol_info, symbol_info
from bluedot_assets.kernel.tradingview.seeds.history import Note, SeedHistory, read_history
from bluedot_assets.kernel.tradingview.seeds.limits import INFO_IS_LIVE_AFTER, MAX_FILES, MAX_PUSHES, MAX_SYMBOLS
from bluedot_assets.kernel.tradingview.seeds.state import Nothing, Push, SeedState, SeedsWanted, Step, Wait, data_file
from bluedot_assets.kernel.tradingview.seeds.symbols import split_symbol

ABSENCES: Final = 5  # partitions in a row without a symbol, after which it is removed
NEAR_MIDNIGHT: Final = timedelta(minutes=2)  # a push that starts then may arrive, and count, on the next day


def next_step(state: SeedState, wanted: SeedsWanted, now: datetime) -> Step:
    """What to do next; ask again of the state that a push leaves behind, until it is no push. `state.info` is valid
    (`rules.info_violations`)."""
    history = read_history(state.commits, now)
    if history.partition is not None and wanted.partition < history.partition:
        return Nothing(f"it shows {history.partition}, which is newer")
    push = _push(state, wanted, history, now)
    if not push.files:
        if not push.left or history.listed_at is None:
            return Nothing("everything is there")
        message = f"data of {push.left:,} new symbols wait until TradingView knows them"
        return Wait(message, history.listed_at + INFO_IS_LIVE_AFTER)
    midnight = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)
    if history.pushes_today >= MAX_PUSHES:
        return Wait(f"{history.pushes_today} pushes today, and TradingView takes {MAX_PUSHES} a day", midnight)
    if now >= midnight - NEAR_MIDNIGHT:
        return Wait("a push just before midnight UTC may count for two days", midnight)
    return push


def _push(state: SeedState, wanted: SeedsWanted, history: SeedHistory, now: datetime) -> Push:
    """The push that the limits for one commit allow."""
    listed = read_symbol_info(state.info)
    absent = _absences(listed, wanted, history)
    gone = sorted(symbol for symbol in listed if _is_gone(symbol, wanted, absent))
    delisted = _with_room_for(gone, state.data)
    remove = tuple(symbol for symbol in delisted if data_file(symbol) in state.data)
    differing = [symbol for symbol in sorted(wanted.ids) if state.data.get(data_file(symbol)) != wanted.ids[symbol]]
    ready = _ready(differing, listed, state, history, now)
    unfilled = sum(data_file(symbol) not in state.data for symbol in ready)
    unlisted = sorted(wanted.listings.keys() - listed.keys())
    new = tuple(unlisted[: max(0, MAX_SYMBOLS - len(listed) + len(delisted))])
    if unfilled > MAX_FILES - 1 - len(remove):
        new = ()  # they would start the half hour anew for those that have waited already
    info = symbol_info(_listings(listed, wanted, new, delisted)) if new or listed else None
    info = None if info == state.info else info
    write = tuple(ready[: MAX_FILES - (info is not None) - len(remove)])
    staying = {symbol: count for symbol, count in absent.items() if symbol not in delisted}
    note = Note(wanted.partition, len(new), len(write), staying)
    left = len(differing) - len(write) + len(gone) - len(delisted)
    return Push(info, new, write, remove, note.message(_subject(wanted, note, len(delisted))), left)


def _ready(
    differing: Sequence[str], listed: Mapping[str, SymbolListing], state: SeedState, history: SeedHistory, now: datetime
) -> list[str]:
    """Symbols whose CSVs may be pushed, those without one first."""
    live = history.listed_at is None or now >= history.listed_at + INFO_IS_LIVE_AFTER
    known = [symbol for symbol in differing if symbol in listed]
    unfilled = [symbol for symbol in known if live and data_file(symbol) not in state.data]
    return unfilled + [symbol for symbol in known if data_file(symbol) in state.data]


def _absences(listed: Mapping[str, SymbolListing], wanted: SeedsWanted, history: SeedHistory) -> dict[str, int]:
    """How many partitions in a row each listed symbol of ours has been absent, this one included."""
    first_time = wanted.partition != history.partition
    return {
        symbol: max(1, history.absent.get(symbol, 0) + first_time)
        for symbol in listed
        if symbol not in wanted.listings and split_symbol(symbol)
    }


def _is_gone(symbol: str, wanted: SeedsWanted, absent: Mapping[str, int]) -> bool:
    """A series that somebody switched off goes at once, a stock that merely vanished only when it stays away."""
    parts = split_symbol(symbol)
    if parts is None or symbol in wanted.listings:
        return False
    return parts[1] not in wanted.endings or absent[symbol] >= ABSENCES


def _with_room_for(gone: list[str], data: Mapping[str, str]) -> set[str]:
    """Those whose CSVs, with symbol_info, one commit has room for: a CSV may not outlive its listing."""
    with_file = [symbol for symbol in gone if data_file(symbol) in data]
    return set(gone) - set(with_file[MAX_FILES - 1 :])


def _listings(
    listed: Mapping[str, SymbolListing], wanted: SeedsWanted, new: Sequence[str], delisted: set[str]
) -> dict[str, SymbolListing]:
    """A pricescale only grows: on the chart, fewer decimals would round the older values."""
    merged = {symbol: listing for symbol, listing in listed.items() if symbol not in delisted}
    for symbol in (*(merged.keys() & wanted.listings.keys()), *new):
        listing, known = wanted.listings[symbol], listed.get(symbol)
        finer = known is not None and known.pricescale > listing.pricescale
        merged[symbol] = replace(listing, pricescale=known.pricescale) if known and finer else listing
    return merged


def _subject(wanted: SeedsWanted, note: Note, removed: int) -> str:
    parts = {"new symbols": note.listed, "symbols removed": removed, "CSVs": note.data}
    message = ", ".join(f"{count} {what}" for what, count in parts.items() if count) or "symbol_info"
    return f"{wanted.timeframe} {wanted.partition}: {message}"
