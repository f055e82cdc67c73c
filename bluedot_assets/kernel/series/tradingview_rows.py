"""TradingView's rules for a series CSV, its name and rows (Pine Seeds, data format), checked on the bytes that are to
be stored or published and not on our own tables, so that a fault in the formatting is found as well. The bytes are made
in `csv_files`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import polars as pl

from bluedot_assets.kernel.bars.tables import EARLIEST_SESSION
from bluedot_assets.kernel.checks.verdict import MAX_ROWS, ErrorRule, Numbers, Verdict

_NUMBER: Final = rb"\d+(?:\.\d+)?"
_ROW: Final = re.compile(rb"\d{8}T(?:," + _NUMBER + rb"){5}")
_SIGNED_ROW: Final = re.compile(rb"\d{8}T(?:,-?" + _NUMBER + rb"){5}")
_COLUMNS: Final = ("date", "open", "high", "low", "close", "volume")
_ALPHABET: Final = b"0123456789T,.\n"
MAX_SYMBOL: Final = 42  # characters
_SYMBOL: Final = re.compile(rf"[A-Z0-9_]{{1,{MAX_SYMBOL}}}", re.ASCII)
RULE: Final = ErrorRule("tradingview_rows", "Every CSV obeys TradingView's rules for rows.")


@dataclass(frozen=True)
class Violation:
    """A broken rule: in which file ("" where there is one alone), in which line (from 1; 0: all of it), and which."""

    file: str
    line: int
    rule: str

    def __str__(self) -> str:
        place = ", ".join(filter(None, (self.file, f"line {self.line}" if self.line else "")))
        return f"{place}: {self.rule}" if place else self.rule


def is_symbol(name: str) -> bool:
    """Whether TradingView takes it for a symbol, and its CSV's name for a file's. A dot would pass the first rule and
    break the second."""
    return _SYMBOL.fullmatch(name) is not None


def symbol_of_file(name: str) -> str | None:
    """The symbol whose CSV a file of that name is, None when TradingView would not take it for one."""
    symbol, point, ending = name.rpartition(".")
    return symbol if point and ending in {"csv", "CSV"} and is_symbol(symbol) else None


def violations(files: Mapping[str, bytes], latest: date, *, signed: bool = False) -> list[Violation]:
    """What `files` (`<SYMBOL>.csv` to bytes) break: of names, at most one per file by form, else all by value;
    `latest` is the last date that may appear. TradingView takes prices below zero, our own series have none: only
    `signed` files may."""
    rule = f"the name is not A-Z, 0-9 and _, at most {MAX_SYMBOL} of them, and .csv"
    found = [Violation(name, 0, rule) for name in files if symbol_of_file(name) is None]
    rows = _rows(files, signed)
    if rows is None:
        malformed = {name: one for name, content in files.items() if (one := _malformed(name, content, signed))}
        found += malformed.values()
        files = {name: content for name, content in files.items() if name not in malformed}
        rows = _rows(files, signed)
        if rows is None:
            # Each is well formed by itself and all together are not: whatever it is, it must not pass.
            return found + [Violation(name, 1, "the rows cannot be read") for name in files]
    return found + _broken_values(files, rows, latest)


def _rows(files: Mapping[str, bytes], signed: bool) -> pl.DataFrame | None:
    """The rows of all files, or None when any file is not of the form; decides for all at once what `_malformed`
    decides line by line, because a regular expression over every row costs more than making the rows."""
    content = b"".join(files.values())
    lines = content.count(b"\n")
    ends = all(one.endswith(b"\n") for one in files.values())
    alphabet = _ALPHABET + b"-" if signed else _ALPHABET
    if not files or not ends or content.count(b"T") != lines or content.translate(None, alphabet):
        return None
    if _lacks_digit(content, ".", -1, 1):
        return None
    if signed and (content.count(b"-") != content.count(b",-") or _lacks_digit(content, "-", 1)):
        return None
    try:
        rows = pl.read_csv(
            content,
            has_header=False,
            new_columns=list(_COLUMNS),
            schema_overrides=[pl.String] + [pl.Float64] * 5,
            truncate_ragged_lines=False,
        )
    except pl.exceptions.PolarsError:
        return None
    whole = rows.shape == (lines, len(_COLUMNS)) and not any(rows[name].null_count() for name in _COLUMNS)
    dated = whole and ((rows["date"].str.len_bytes() == len("20240802T")) & rows["date"].str.ends_with("T")).all()
    return rows if dated else None


def _lacks_digit(content: bytes, mark: str, *steps: int) -> bool:
    """Whether a point lacks a digit before or behind it, which reads as a number and is no plain decimal; or a sign."""
    text = np.frombuffer(content, np.uint8)
    marks = np.flatnonzero(text == ord(mark))
    around = np.concatenate([text[np.minimum(marks + step, len(text) - 1)] for step in steps])
    return bool(((around < ord("0")) | (around > ord("9"))).any())


def _malformed(name: str, content: bytes, signed: bool) -> Violation | None:
    if not content:
        return Violation(name, 1, "the file is empty")
    lines, form = content.split(b"\n"), _SIGNED_ROW if signed else _ROW
    for number, line in enumerate(lines[:-1], start=1):
        if not form.fullmatch(line):
            return Violation(name, number, "not YYYYMMDDT and five plain decimals, separated by commas")
    return Violation(name, len(lines), "the last line has no end") if lines[-1] else None


def _broken_values(files: Mapping[str, bytes], rows: pl.DataFrame, latest: date) -> list[Violation]:
    names = list(files)
    counts = [content.count(b"\n") for content in files.values()]
    frame = rows.with_columns(file=pl.Series(np.repeat(np.arange(len(names)), counts)))
    rules = dict(_rules(frame, latest))
    broken = frame.select(expression.any().alias(rule) for rule, expression in rules.items()).row(0, named=True)
    starts = np.cumsum([0, *counts])
    found: list[Violation] = []
    for rule in (rule for rule, is_broken in broken.items() if is_broken):
        bad = frame.with_row_index("row").filter(rules[rule]).select("file", "row")
        found += [Violation(names[place], row - int(starts[place]) + 1, rule) for place, row in bad.rows()]
    return found


def _rules(rows: pl.DataFrame, latest: date) -> Iterable[tuple[str, pl.Expr]]:
    """Each rule and the rows that break it. Dates of one form are in the order of their text."""
    distinct = rows["date"].unique()
    unknown = distinct.filter(distinct.str.to_date("%Y%m%dT", strict=False).is_null())
    again = (pl.col("file") == pl.col("file").shift()) & (pl.col("date") <= pl.col("date").shift())
    yield "the date does not exist", pl.col("date").is_in(unknown.implode())
    yield f"the date is before {EARLIEST_SESSION}", pl.col("date") < f"{EARLIEST_SESSION:%Y%m%d}T"
    yield f"the date is after {latest}", pl.col("date") > f"{latest:%Y%m%d}T"
    yield "dates are not ascending and unique", again
    yield "low is above open, close or high", pl.col("low") > pl.min_horizontal("open", "close", "high")
    yield "high is below open or close", pl.col("high") < pl.max_horizontal("open", "close")
    yield "volume is below zero", pl.col("volume") < 0
    yield "a number is not finite", ~pl.all_horizontal(pl.col(*_COLUMNS[1:]).is_finite())


def series_verdict(violations: Sequence[Violation], files: int) -> Verdict:
    """Every CSV obeys TradingView's rules for rows, and there is at least one."""
    if files and not violations:
        return RULE.passes(f"{files} CSVs obey TradingView's rules for rows.", Numbers(0, files))
    if not files and not violations:
        return RULE.fails("No stock has a single value of it. If that is right, leave it out of BLUEDOT_INDICATORS.")
    rows = [{"file": one.file, "line": one.line, "rule": one.rule} for one in violations[:MAX_ROWS]]
    broken = Numbers(len({one.file for one in violations}), files)
    return RULE.fails(f"{len(violations)} broken rules, first: {violations[0]}.", rows, broken)
