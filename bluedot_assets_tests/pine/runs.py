"""Charts for pinets: bars of a stock at its exchange, seed series from CSV bytes, and what a script showed on them.

pinets is a development dependency of these tests (`npm ci` in this folder) and no part of what is shipped. It lacks
request.seed, which `run.mjs` replaces. No test belongs here."""

import json
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

FOLDER: Final = Path(__file__).parent
NODE: Final = shutil.which("node")
needs_pinets = pytest.mark.skipif(
    NODE is None or not (FOLDER / "node_modules" / "pinets").is_dir(),
    reason="needs Node and pinets (npm ci --prefix bluedot_assets_tests/pine)",
)
SESSIONS: Final = {"Asia/Kolkata": (time(9, 15), time(15, 30)), "America/New_York": (time(9, 30), time(16))}

# date, open, high, low, close, volume
Row = tuple[date, float, float, float, float, float]


@dataclass(frozen=True)
class Chart:
    """What a person has open: a symbol of an exchange, a timeframe (D, W, M, 2D, 60), and its bars by date."""

    ticker: str
    zone: str
    rows: Sequence[Row]
    timeframe: str = "D"
    prefix: str = "NSE"

    def open_ms(self, day: date, at: time | None = None) -> int:
        return self._ms(self.first_day(day), at or SESSIONS[self.zone][0])

    def first_day(self, day: date) -> date:
        """The day that a longer bar is dated: TradingView's weeks begin on Monday."""
        if self.timeframe.endswith("W"):
            return day - timedelta(days=day.weekday())
        return day.replace(day=1) if self.timeframe.endswith("M") else day

    def _ms(self, day: date, at: time) -> int:
        return int(datetime.combine(day, at, ZoneInfo(self.zone)).timestamp() * 1000)

    def bars(self, rows: Iterable[Row]) -> list[list[float]]:
        """As the provider of `run.mjs` gives them."""
        return [[self.open_ms(row[0]), *row[1:], self._ms(row[0], SESSIONS[self.zone][1])] for row in rows]


@dataclass(frozen=True)
class Shown:
    """What a script showed, bar by bar: plots by title, table cells, (title, bar) of alerts, trades."""

    plots: Mapping[str, list[Any]]
    tables: list[str]
    alerts: list[tuple[str, int]]
    closed: list[dict[str, Any]]
    open: list[dict[str, Any]]


@dataclass(frozen=True)
class Job:
    """A script on a chart. `seeds` are CSV bytes by (repository, symbol); `bars` replaces the chart's own bars."""

    script: str
    chart: Chart
    seeds: Mapping[tuple[str, str], bytes] = field(default_factory=dict)
    inputs: Mapping[str, object] = field(default_factory=dict)
    bars: list[list[float]] | None = None

    @property
    def lead(self) -> list[Row]:
        """A bar before the first, which pinets gives no value of a seed whatever its rows; `seen` leaves it out."""
        first = self.chart.rows[0]
        return [(first[0] - timedelta(days=7), *first[1:])] if self.seeds else []

    def seen(self, answer: Mapping[str, Any]) -> Shown:
        """The answer of `run.mjs`, counted from the chart's first bar. An error of the script fails the test."""
        assert "error" not in answer, answer["error"]
        skip = len(self.lead)
        places = ("entry_bar_index", "exit_bar_index")
        closed, open_ = (
            [{**one, **{key: one[key] - skip for key in places if one[key] is not None}} for one in answer[name]]
            for name in ("closed", "open")
        )
        return Shown(
            plots={title: values[skip:] for title, values in answer["plots"].items()},
            tables=answer["tables"],
            alerts=[(title, place - skip) for title, place in answer["alerts"]],
            closed=closed,
            open=open_,
        )

    def encoded(self) -> dict[str, Any]:
        symbol = f"{self.chart.prefix}:{self.chart.ticker}"
        series = {"/".join(name): self.chart.bars(rows_of(content)) for name, content in self.seeds.items()}
        return {
            "script": self.script,
            "chart": symbol,
            "timeframe": self.chart.timeframe,
            "symbol": {"ticker": self.chart.ticker, "prefix": self.chart.prefix, "timezone": self.chart.zone},
            "series": {**series, symbol: self.bars or self.chart.bars([*self.lead, *self.chart.rows])},
            "inputs": dict(self.inputs),
        }


def run_pine(*jobs: Job) -> list[Shown]:
    """What each job showed."""
    assert NODE is not None
    done = subprocess.run(
        [NODE, str(FOLDER / "run.mjs")],
        input=json.dumps([job.encoded() for job in jobs]),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [job.seen(answer) for job, answer in zip(jobs, json.loads(done.stdout), strict=True)]


def rows_of(content: bytes) -> list[Row]:
    """The rows of a published CSV."""
    found = []
    for line in content.decode().splitlines():
        day, *numbers = line.split(",")
        first, high, low, close, volume = map(float, numbers)
        found.append((datetime.strptime(day, "%Y%m%dT").date(), first, high, low, close, volume))  # noqa: DTZ007
    return found
