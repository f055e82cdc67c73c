"""TradingView's rules for the rows of a series CSV, checked on the bytes that are about to be stored or published.

Source: TradingView, Pine Seeds data format. Written against the bytes and not against our own tables, so that a
fault in the formatting is found as well."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import polars as pl

_NUMBER: Final = rb"\d+(?:\.\d+)?"
_ROW: Final = re.compile(rb"\d{8}T(?:," + _NUMBER + rb"){5}")
EARLIEST: Final = date(1900, 1, 1)
_COLUMNS: Final = ("date", "open", "high", "low", "close", "volume")
_ALPHABET: Final = b"0123456789T,.\n"


@dataclass(frozen=True)
class Violation:
    """A broken rule: in which file, in which line (from 1), and which rule."""

    file: str
    line: int
    rule: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.rule}"


def violations(files: Mapping[str, bytes], latest: date) -> list[Violation]:
    """What `files` (name to bytes) break: at most one per file by form, else all by value; `latest` is the last date
    that may appear."""
    rows = _rows(files)
    if rows is not None:
        return _broken_values(files, rows, latest)
    malformed = {name: found for name, content in files.items() if (found := _malformed(name, content))}
    well_formed = {name: content for name, content in files.items() if name not in malformed}
    rest = _rows(well_formed)
    if rest is None:
        # Each is well formed by itself and all together are not: whatever it is, it must not pass.
        return [*malformed.values(), *(Violation(name, 1, "the rows cannot be read") for name in well_formed)]
    return [*malformed.values(), *_broken_values(well_formed, rest, latest)]


def _rows(files: Mapping[str, bytes]) -> pl.DataFrame | None:
    """The rows of all files, or None when any file is not of the form; decides for all at once what `_malformed`
    decides line by line, because a regular expression over every row costs more than making the rows."""
    content = b"".join(files.values())
    lines = content.count(b"\n")
    ends = all(one.endswith(b"\n") for one in files.values())
    dates = content.count(b"T,") == content.count(b"T") == lines
    if not files or not ends or not dates or content.translate(None, _ALPHABET) or _has_bare_point(content):
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
    of_length = (rows["date"].str.len_bytes() == len("20240802T")).all()
    whole = rows.shape == (lines, len(_COLUMNS)) and not any(rows[name].null_count() for name in _COLUMNS)
    return rows if whole and of_length else None


def _has_bare_point(content: bytes) -> bool:
    """Whether a decimal point lacks a digit before or behind it, which reads as a number and is no plain decimal."""
    text = np.frombuffer(content, np.uint8)
    points = np.flatnonzero(text == ord("."))
    around = np.concatenate((text[points - 1], text[np.minimum(points + 1, len(text) - 1)]))
    return bool(((around < ord("0")) | (around > ord("9"))).any())


def _malformed(name: str, content: bytes) -> Violation | None:
    if not content:
        return Violation(name, 1, "the file is empty")
    lines = content.split(b"\n")
    for number, line in enumerate(lines[:-1], start=1):
        if not _ROW.fullmatch(line):
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
    yield f"the date is before {EARLIEST}", pl.col("date") < f"{EARLIEST:%Y%m%d}T"
    yield f"the date is after {latest}", pl.col("date") > f"{latest:%Y%m%d}T"
    yield "dates are not ascending and unique", again
    yield "low is above open, close or high", pl.col("low") > pl.min_horizontal("open", "close", "high")
    yield "high is below open or close", pl.col("high") < pl.max_horizontal("open", "close")
    yield "a number is not finite", ~pl.all_horizontal(pl.col(*_COLUMNS[1:]).is_finite())
