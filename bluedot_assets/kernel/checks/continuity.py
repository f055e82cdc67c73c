"""The stocks of a partition against those of the partitions before it; their bars and dots in `rewritten_history`."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bluedot_assets.kernel.checks.verdict import Numbers, Rule, Verdict
from bluedot_assets.kernel.source.nse_series import without_series

RULE: Final = Rule(
    "stocks_as_before", "No stock of the partitions before is absent or changed its series. New: listed."
)


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


def uncompared_verdict(rule: Rule, problem: str | None) -> Verdict:
    """Where there is no earlier partition; a `problem` that kept it from being read is a warning."""
    return rule.warns(problem) if problem else rule.passes("There is no earlier partition to compare with.")


def absences(now: Collection[str], history: Sequence[tuple[str, Collection[str]]]) -> dict[str, int]:
    """The stocks that are absent, and were so in the partition before too: for how many partitions, this one included.
    `history` are earlier partitions' keys and symbols, newest first; who is in none of them is taken for delisted."""
    seen = set(now)
    absent: dict[str, int] = {}
    for times, (_, symbols) in enumerate(history, 1):
        absent |= dict.fromkeys(sorted(set(symbols) - seen), times)
        seen |= set(symbols)
    return {symbol: times for symbol, times in absent.items() if times > 1}


def renamed_stocks(now: Mapping[str, str], history: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The names of earlier partitions, newest first, that are not among those of `now`, each with the name that its
    stock has now. Both give for each name the stock, by whatever all names of a stock share. A name that stood beside
    another one when it was last there has not become it."""
    names: dict[str, list[str]] = {}
    for name, stock in now.items():
        names.setdefault(stock, []).append(name)
    seen: set[str] = set()
    renamed: dict[str, str] = {}
    for symbols in history:
        for symbol in sorted(symbols.keys() - seen - now.keys()):
            came = [name for name in names.get(symbols[symbol], ()) if name not in symbols]
            if len(came) == 1:
                renamed[symbol] = came[0]
        seen |= symbols.keys()
    return renamed


def continued(renamed: dict[str, str], known: Collection[str]) -> dict[str, str]:
    """Those of `renamed_stocks` that are `known`, one for each name of now: whose bars and dots go on under it."""
    first = {new: old for old, new in reversed(renamed.items()) if old in known}
    return {old: new for new, old in first.items()}


def continuity_verdict(now: Mapping[str, str], history: Sequence[tuple[str, Mapping[str, str]]]) -> Verdict:
    """The partition's stocks against `history` (keys of earlier partitions and their stocks, newest first, not empty):
    a stock that vanished is a warning, one that is absent for longer too. One that is there under another name is
    reported once. Stocks are as for `renamed_stocks`."""
    (before, known), absent = history[0], absences(now, history)
    renamed = renamed_stocks(now, [symbols for _, symbols in history])
    absent = {symbol: times for symbol, times in absent.items() if symbol not in renamed}
    moved = {new: old for old, new in reversed(renamed.items()) if new not in known}
    went = sorted({*known} - {*now} - {*renamed})
    came = sorted({*now} - {*known} - {*moved})
    series, others = (
        {new: old for new, old in sorted(moved.items()) if _is_series(old, new) == of_series}
        for of_series in (True, False)
    )
    rows = [
        *({"symbol": symbol, "change": "vanished"} for symbol in went),
        *({"symbol": symbol, "change": f"absent {times} times"} for symbol, times in absent.items()),
        *({"symbol": new, "change": f"series, was {old}"} for new, old in series.items()),
        *({"symbol": new, "change": f"name, was {old}"} for new, old in others.items()),
        *({"symbol": symbol, "change": "new"} for symbol in came),
    ]
    still = f", {len(absent)} are absent for longer" if absent else ""
    message = f"Against {before}: {len(went)} stocks vanished{still}, {len(came)} are new."
    for named, what in ((series, "changed the series at NSE"), (others, "have another name")):
        if named:
            names = some_of([f"{old} is now {new}" for new, old in named.items()], 5)
            message += f" {len(named)} {what} and are the same stocks: {names}."
    numbers = Numbers(len(went) + len(absent) + len(moved), len(known))
    return RULE.judged(not went and not absent and not moved, message, rows, numbers)


def _is_series(old: str, new: str) -> bool:
    return without_series(old) == without_series(new)
