"""The stocks of a partition against those of the partitions before it; their bars and dots in `rewritten_history`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bluedot_assets.kernel.checks.verdict import Verdict, warning
from bluedot_assets.kernel.source.nse_series import series_changes


@dataclass(frozen=True)
class Changes:
    """Symbols that came, went, or were made from other files than before."""

    came: list[str]
    went: list[str]
    changed: list[str]

    def __bool__(self) -> bool:
        return bool(self.came or self.went or self.changed)

    def __str__(self) -> str:
        named = (("came", self.came), ("went", self.went), ("changed", self.changed))
        return "; ".join(f"{len(symbols)} {word}: {some_of(symbols, 20)}" for word, symbols in named if symbols)


def some_of(names: Sequence[str], most: int) -> str:
    """The first names, and how many more there are."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def compare(before: Mapping[str, str], after: Mapping[str, str]) -> Changes:
    """What changed between two contents of a partition, each symbol to the md5 of its file."""
    both = before.keys() & after.keys()
    return Changes(
        came=sorted(after.keys() - before.keys()),
        went=sorted(before.keys() - after.keys()),
        changed=sorted(symbol for symbol in both if before[symbol] != after[symbol]),
    )


def uncompared_verdict(rule: str, problem: str | None) -> Verdict:
    """Where there is no earlier partition; a `problem` that kept it from being read is a warning."""
    return warning(rule, problem is None, problem or "There is no earlier partition to compare with.")


def absences(now: Collection[str], history: Sequence[tuple[str, Collection[str]]]) -> dict[str, int]:
    """The stocks that are absent, and were so in the partition before too: for how many partitions, this one included.
    `history` are earlier partitions' keys and symbols, newest first; who is in none of them is taken for delisted."""
    seen = set(now)
    absent: dict[str, int] = {}
    for times, (_, symbols) in enumerate(history, 1):
        absent |= dict.fromkeys(sorted(set(symbols) - seen), times)
        seen |= set(symbols)
    return {symbol: times for symbol, times in absent.items() if times > 1}


def continuity_verdict(
    now: Collection[str], history: Sequence[tuple[str, Collection[str]]], indian: Collection[str] = ()
) -> Verdict:
    """The partition's stocks against `history` (as for `absences`, not empty): a stock that vanished is a warning, one
    that is absent for longer too. A stock of NSE that changed its series is there under another name, which is reported
    once; `indian` are the stocks that have an Indian timezone now."""
    (before, known), absent = history[0], absences(now, history)
    changed = series_changes(now, [symbols for _, symbols in history], indian)
    absent = {symbol: times for symbol, times in absent.items() if symbol not in changed}
    moved = {new: old for old, new in reversed(changed.items()) if new not in known}
    went = sorted({*known} - {*now} - {*changed})
    came = sorted({*now} - {*known} - {*moved})
    rows = [
        *({"symbol": symbol, "change": "vanished"} for symbol in went),
        *({"symbol": symbol, "change": f"absent {times} times"} for symbol, times in absent.items()),
        *({"symbol": new, "change": f"series, was {old}"} for new, old in sorted(moved.items())),
        *({"symbol": symbol, "change": "new"} for symbol in came),
    ]
    still = f", {len(absent)} are absent for longer" if absent else ""
    message = f"Against {before}: {len(went)} stocks vanished{still}, {len(came)} are new."
    if moved:
        names = some_of([f"{old} is now {new}" for new, old in sorted(moved.items())], 5)
        message += f" {len(moved)} changed the series at NSE and are the same stocks: {names}."
    return warning("stocks_as_before", not went and not absent and not moved, message, rows)
