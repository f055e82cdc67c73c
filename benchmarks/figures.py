"""A measured figure beside its aim, the report of one run of all benchmarks, and how both are printed. What is measured
is in the modules around; the page *Speed* is made of a report in `page`."""

import os
import platform
import subprocess
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import msgspec

ROOT: Final = Path(__file__).parent.parent


class Figure(msgspec.Struct, frozen=True, omit_defaults=True):
    """`measured` is None where it cannot be measured here; then `note` says why."""

    work: str
    measured: float | None
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    note: str = ""
    key: str = ""  # for those who need this figure and no other

    @property
    def value(self) -> str:
        return "not measured" if self.measured is None else f"{amount(self.measured)} {self.unit}"

    @property
    def aim(self) -> str:
        if self.at_most is not None:
            return f"at most {self.at_most:,g} {self.unit}"
        return f"at least {self.at_least:,g} {self.unit}" if self.at_least is not None else ""

    @property
    def reached(self) -> bool | None:
        """Whether the aim is; None without an aim or a measurement."""
        if self.measured is None or self.at_most is self.at_least is None:
            return None
        low, high = self.at_least or 0.0, float("inf") if self.at_most is None else self.at_most
        return low <= self.measured <= high


class Table(msgspec.Struct, frozen=True):
    """Figures under a heading."""

    title: str
    figures: list[Figure]

    def __str__(self) -> str:
        rows = [(one.work, one.value, one.aim, one.note) for one in self.figures]
        return f"\n{self.title}\n" + aligned([("work", "measured", "aim", ""), *rows])


class Part(msgspec.Struct, frozen=True):
    """A part of a run, in seconds of wall time."""

    name: str
    seconds: float


class Report(msgspec.Struct, frozen=True):
    """One run of the benchmarks. The parts of the budget are all the seconds of one `bluedot run`, in order."""

    date: date
    commit: str
    machine: str
    stocks: int
    took_s: float
    budget: list[Part]
    tables: list[Table]

    def figure(self, key: str) -> Figure:
        return next(figure for table in self.tables for figure in table.figures if figure.key == key)

    def encoded(self) -> bytes:
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"


def report_of(stocks: int, began: float, budget: list[Part], tables: list[Table]) -> Report:
    """With what is known of machine and commit; `began` is of `time.perf_counter`."""
    took_s = round(time.perf_counter() - began, 1)
    return Report(datetime.now(UTC).date(), commit(), machine(), stocks, took_s, budget, tables)


def budget_text(budget: list[Part]) -> str:
    whole = sum(part.seconds for part in budget)
    rows = [(part.name, f"{part.seconds:.2f} s") for part in budget]
    return "\nWhere the seconds of one run go\n" + aligned([*rows, ("the whole run", f"{whole:.2f} s")])


def aligned(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return "".join(f"  {line.rstrip()}\n" for line in lines)


def amount(number: float) -> str:
    """Three digits are more than such a figure holds."""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"


def commit() -> str:
    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=True, text=True).stdout.strip()

    try:
        return git("rev-parse", "--short", "HEAD") + (" with changes" if git("status", "--porcelain") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def machine() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    system, python = platform.system(), platform.python_version()
    return f"{_processor()}, {cores} cores, {memory_gb:.0f} GB of memory, {system}, Python {python}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())
