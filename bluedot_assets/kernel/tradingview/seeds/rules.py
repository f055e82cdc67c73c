"""TradingView's rules for a whole seed repository and for a push to it, checked on what is about to be pushed.

Source: TradingView, Pine Seeds, and the checker that runs in such a repository. Written without regard to how `plan`
is made, so that a fault there is found as well. Rows are judged in `series/tradingview_rows`."""

import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from bluedot_assets.kernel.series.tradingview_rows import MAX_SYMBOL, Violation, is_symbol, symbol_of_file, violations
from bluedot_assets.kernel.tradingview.seeds.history import read_history
from bluedot_assets.kernel.tradingview.seeds.limits import (
    INFO_IS_LIVE_AFTER,
    MAX_DESCRIPTION,
    MAX_FILES,
    MAX_PUSHES,
    MAX_SYMBOLS,
    MAX_ZEROS,
)
from bluedot_assets.kernel.tradingview.seeds.state import Push, SeedState, data_file, info_path

KEYS: Final = {"symbol", "description", "pricescale"}


def info_violations(path: str, content: bytes | None) -> tuple[list[str], list[Violation]]:
    """The symbols that symbol_info lists, and what it breaks; no symbols where it names none."""
    if content is None:
        return [], [Violation(path, 0, "the file is missing")]
    try:
        found = json.loads(content)
    except ValueError as error:
        return [], [Violation(path, getattr(error, "lineno", 0), "it is no JSON")]
    if not isinstance(found, dict):
        return [], [Violation(path, 0, "it is no JSON object")]
    if wrong := sorted(KEYS ^ set(found)):
        rule = f"its keys are not exactly symbol, description and pricescale ({', '.join(wrong)})"
        return [], [Violation(path, 0, rule)]
    symbols = [found["symbol"]] if isinstance(found["symbol"], str) else found["symbol"]
    if not isinstance(symbols, list) or not all(isinstance(symbol, str) for symbol in symbols):
        return [], [Violation(path, 0, "symbol is no list of texts")]
    rules = [*_symbol_rules(symbols), *_description_rules(found["description"], len(symbols))]
    rules += _pricescale_rules(found["pricescale"], len(symbols))
    return symbols, [Violation(path, 0, rule) for rule in rules]


def _symbol_rules(symbols: list[str]) -> list[str]:
    bad = [symbol for symbol in symbols if not is_symbol(symbol)]
    twice = sorted(symbol for symbol, count in Counter(symbols).items() if count > 1)
    broken = {
        f"a symbol is not A-Z, 0-9 and _, at most {MAX_SYMBOL} of them (first {bad[:1]})": bool(bad),
        f"a symbol is listed twice (first {twice[:1]})": bool(twice),
        f"more than {MAX_SYMBOLS:,} symbols": len(symbols) > MAX_SYMBOLS,
    }
    return [rule for rule, is_broken in broken.items() if is_broken]


def _description_rules(value: Any, symbols: int) -> list[str]:
    texts = value if isinstance(value, list) else [value]
    if len(texts) != symbols:
        return ["not one description for each symbol"]
    if not all(isinstance(text, str) and 1 <= len(text) <= MAX_DESCRIPTION and "\n" not in text for text in texts):
        return [f"a description is not one line of 1 to {MAX_DESCRIPTION} characters"]
    return []


def _pricescale_rules(value: Any, symbols: int) -> list[str]:
    if isinstance(value, list) and len(value) != symbols:
        return ["neither one pricescale nor one for each symbol"]
    scales = value if isinstance(value, list) else [value]
    powers = {10**zeros for zeros in range(MAX_ZEROS + 1)}
    if not all(type(scale) is int and scale in powers for scale in scales):
        return [f"a pricescale is no power of ten with at most {MAX_ZEROS} zeros"]
    return []


def data_violations(symbols: Collection[str], names: Collection[str]) -> list[Violation]:
    """What the names of the files in data/ break. A listed symbol without a file is none of it."""
    listed, found, seen = set(symbols), [], set()
    # TradingView's checker lists data/* as a shell does, without hidden files.
    for name in sorted(name for name in names if not name.startswith(".")):
        symbol = symbol_of_file(name)
        if symbol is None:
            found.append(Violation(f"data/{name}", 0, "the name is not <SYMBOL>.csv"))
        elif symbol not in listed:
            found.append(Violation(f"data/{name}", 0, "symbol_info does not list it"))
        elif symbol in seen:
            found.append(Violation(f"data/{name}", 0, "another file has the same symbol"))
        else:
            seen.add(symbol)
    return found


def repository_violations(
    path: str, info: bytes | None, names: Collection[str], contents: Mapping[str, bytes], today: date
) -> list[Violation]:
    """What a repository breaks: `info` stands at `path`, `names` are all files of data/, and `contents` those of them
    whose rows are to be judged (the others were, when they were pushed)."""
    symbols, found = info_violations(path, info)
    readable = {name: content for name, content in contents.items() if symbol_of_file(name)}
    rows = violations(readable, today, signed=True)
    return [*found, *data_violations(symbols, names), *(replace(one, file=f"data/{one.file}") for one in rows)]


def push_violations(state: SeedState, push: Push, now: datetime) -> list[str]:
    """What the push itself breaks, whatever the files say."""
    history = read_history(state.commits, now)
    listed = set(info_violations(info_path(state.repository), state.info)[0])
    fresh = history.listed_at is not None and now < history.listed_at + INFO_IS_LIVE_AFTER
    unknown = [one for one in push.write if one not in listed or (fresh and data_file(one) not in state.data)]
    broken = {
        f"it changes {push.files:,} files, and {MAX_FILES:,} are allowed": push.files > MAX_FILES,
        f"it is push {history.pushes_today + 1} of the day, and {MAX_PUSHES} are allowed": history.pushes_today
        >= MAX_PUSHES,
        f"TradingView does not know {len(unknown)} of its symbols yet (first {unknown[:1]})": bool(unknown),
    }
    return [rule for rule, is_broken in broken.items() if is_broken]


def push_as_judged(state: SeedState, push: Push, contents: Mapping[str, bytes], now: datetime) -> list[Violation]:
    """Everything that the repository would break after the push, and the push itself. `contents` are the CSVs that it
    writes, by symbol."""
    names = {*state.data, *(data_file(symbol) for symbol in push.write)} - {data_file(one) for one in push.remove}
    written = {data_file(symbol): content for symbol, content in contents.items()}
    info = state.info if push.info is None else push.info
    found = repository_violations(info_path(state.repository), info, names, written, now.date())
    return found + [Violation("the push", 0, rule) for rule in push_violations(state, push, now)]
