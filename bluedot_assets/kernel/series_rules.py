"""TradingView's rules for the rows of a series CSV, checked on the bytes that are about to be stored or published.

Source: TradingView, Pine Seeds data format. Written against the bytes and not against our own tables, so that a
fault in the formatting is found as well."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

_NUMBER: Final = rb"\d+(?:\.\d+)?"
_ROW: Final = rb"\d{8}T(?:," + _NUMBER + rb"){5}"
_FILE: Final = re.compile(rb"(?:" + _ROW + rb"\n)+")
_LINE: Final = re.compile(_ROW)
_EARLIEST: Final = date(1900, 1, 1)
_COLUMNS: Final = ("date", "open", "high", "low", "close", "volume")


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
    found = []
    well_formed = {}
    for name, content in files.items():
        if _FILE.fullmatch(content):
            well_formed[name] = content
        else:
            found.append(_malformed(name, content))
    return found + _broken_values(well_formed, latest)


def _malformed(name: str, content: bytes) -> Violation:
    if not content:
        return Violation(name, 1, "the file is empty")
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not _LINE.fullmatch(line):
            last = number == content.count(b"\n") + 1
            what = "not YYYYMMDDT and five plain decimals, separated by commas"
            return Violation(name, number, "the last line has no end" if last and line == b"" else what)
    return Violation(name, content.count(b"\n") + 1, "the last line has no end")


def _broken_values(files: Mapping[str, bytes], latest: date) -> list[Violation]:
    if not files:
        return []
    names = list(files)
    rows = pl.read_csv(
        b"".join(files.values()),
        has_header=False,
        new_columns=list(_COLUMNS),
        schema_overrides=[pl.String] + [pl.Float64] * 5,
    )
    counts = [content.count(b"\n") for content in files.values()]
    frame = rows.with_columns(
        day=pl.col("date").str.to_date("%Y%m%dT", strict=False),
        file=pl.Series([place for place, count in enumerate(counts) for _ in range(count)], dtype=pl.Int64),
        line=pl.Series([number for count in counts for number in range(1, count + 1)], dtype=pl.Int64),
    )
    found: list[Violation] = []
    for rule, broken in _rules(latest):
        bad = frame.filter(broken).select("file", "line")
        found += [Violation(names[place], number, rule) for place, number in bad.iter_rows()]
    return found


def _rules(latest: date) -> Iterable[tuple[str, pl.Expr]]:
    """Each rule and the rows that break it."""
    earlier = pl.col("day").shift().over("file")
    yield "the date does not exist", pl.col("day").is_null()
    yield f"the date is before {_EARLIEST}", pl.col("day") < _EARLIEST
    yield f"the date is after {latest}", pl.col("day") > latest
    yield "dates are not ascending and unique", pl.col("day") <= earlier
    yield "low is above open, close or high", pl.col("low") > pl.min_horizontal("open", "close", "high")
    yield "high is below open or close", pl.col("high") < pl.max_horizontal("open", "close")
    yield "a number is not finite", ~pl.all_horizontal(pl.col(*_COLUMNS[1:]).is_finite())
