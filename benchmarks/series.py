"""Vendor JSON to series CSVs, 1,000 stocks: ours against a plain loop and against the least that could be done."""

import hashlib
import json
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pandas as pd

from bluedot_assets.adapters.workers.executor import Processes
from bluedot_assets.kernel.bars.normalize import NormalizeRules, normalize
from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.series.csv_files import csv_files
from bluedot_assets.kernel.series.indicators import INDICATORS
from bluedot_assets.kernel.series.tradingview_rows import violations
from bluedot_assets.kernel.source.raw_file import RawFile

ROUNDS = 5
BATCH = 100  # as BATCH_SIZE is by default
WORKERS = 2
ZONES = ("Asia/Kolkata", "America/New_York")
SERIES = [indicator for indicator in INDICATORS.values() if indicator.by_default]


def ours(task: tuple[list[Path], Path, date]) -> int:
    """A shard as the pipeline works: read, parse and judge, format, check the rules of TradingView, write."""
    paths, out, last_day = task
    files = []
    for path in paths:
        content = path.read_bytes()
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        files.append(RawFile(path.name, path.name, len(content), datetime.now(UTC), md5, content))
    shard = normalize(files, NormalizeRules(DAILY, last_day, ZONES))
    written = 0
    for indicator in SERIES:
        series = {f"{symbol}_{indicator.name}.csv": made for symbol, made in csv_files(shard.bars, indicator).items()}
        assert not violations(series, last_day)
        for name, content in series.items():
            (out / name).write_bytes(content)
        written += len(series)
    return written


def plain(path: Path, out: Path) -> int:
    """What one would write first: json, a loop over the bars, a data frame and to_csv for each series."""
    document = json.loads(path.read_bytes())
    prices = document["chart"]["prices"]
    rows = [row for row in (prices.values() if isinstance(prices, dict) else prices) if row["pdt"] != "Holiday"]
    zone = _zone(rows)
    frame = pd.DataFrame(rows)[["open", "high", "low", "close", "volume", "rlst", "bc"]]
    frame.insert(0, "day", [datetime.fromtimestamp(row["priceDate"] / 1000, zone).strftime("%Y%m%dT") for row in rows])
    dots = {dot["blueDotDate"] for dot in _dots(document) if isinstance(dot, dict)}
    frame["dot"] = [int(f"{day[:4]}-{day[4:6]}-{day[6:8]}" in dots) for day in frame["day"]]
    frame = frame.iloc[::-1]
    stock = path.name.removesuffix(DAILY.ending)
    for name, columns in (
        ("PRICE_DATA", ["open", "high", "low", "close"]),
        ("RLST_RATING", ["rlst"] * 4),
        ("BC_INDICATOR", ["bc"] * 4),
        ("BLUE_DOTS", ["dot"] * 4),
    ):
        series = frame[["day", *columns]].dropna()
        series = series.set_axis(["day", "open", "high", "low", "close"], axis=1)
        series["volume"] = frame["volume"].fillna(0).astype("int64") if name == "PRICE_DATA" else 0
        series.to_csv(out / f"{stock}_{name}.csv", header=False, index=False)
    return len(SERIES)


def _dots(document: dict[str, dict[str, dict[str, list[object]] | None]]) -> list[object]:
    return (document["chart"].get("blueDotData") or {}).get("dates") or []


def _zone(rows: Sequence[dict[str, int]]) -> ZoneInfo:
    for name in ZONES:
        if datetime.fromtimestamp(rows[0]["priceDate"] / 1000, ZoneInfo(name)).hour == 0:
            return ZoneInfo(name)
    raise ValueError(rows[0]["priceDate"])


def floor(task: tuple[list[Path], Path, dict[str, bytes]]) -> int:
    """The least: read the bytes, decode the JSON, write CSV bytes that are there already."""
    paths, out, made = task
    for path in paths:
        msgspec.json.decode(path.read_bytes())
    for name, content in made.items():
        (out / name).write_bytes(content)
    return len(made)


def measure(folder: Path, scratch: Path) -> list[str]:
    """Lines of figures for the daily files in `folder` (named by its date)."""
    paths = sorted(folder.glob(f"*{DAILY.ending}"))
    last_day = date.fromisoformat(folder.name)
    batches = [paths[start : start + BATCH] for start in range(0, len(paths), BATCH)]
    outs = {name: scratch / name for name in ("ours", "plain", "floor")}
    for out in outs.values():
        out.mkdir()
    pool = Processes(WORKERS)
    list(pool.map(ours, [(batch, outs["ours"], last_day) for batch in batches[:4]]))  # the workers' imports
    ours_s = _median(lambda: list(pool.map(ours, [(batch, outs["ours"], last_day) for batch in batches])))
    made = [
        {path.name: path.read_bytes() for path in sorted(outs["ours"].iterdir())[number :: len(batches)]}
        for number in range(len(batches))
    ]
    tasks = [(batch, outs["floor"], files) for batch, files in zip(batches, made, strict=True)]
    floor_s = _median(lambda: list(pool.map(floor, tasks)))
    pool.close()
    with ThreadPoolExecutor(4) as threads:
        plain_s = _median(lambda: list(threads.map(lambda path: plain(path, outs["plain"]), paths)), rounds=1)
    return [
        f"{len(paths)} stocks, {sum(map(len, made))} CSVs; median of {ROUNDS}, {WORKERS} processes",
        f"ours   {ours_s:6.2f} s",
        f"plain  {plain_s:6.2f} s   {plain_s / ours_s:.1f} times ours (aim: 10)",
        f"floor  {floor_s:6.2f} s   ours is {ours_s / floor_s:.2f} times the floor (aim: 2.5)",
    ]


def _median(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)
