"""The baseline: what one would write first to make the series of a vendor file, without any check."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

from bluedot_assets.kernel.calendar.timeframes import DAILY

ZONES = ("Asia/Kolkata", "America/New_York")


def plain(path: Path, out: Path) -> None:
    """json, a loop over the bars, a data frame and to_csv for each series."""
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


def _dots(document: dict[str, dict[str, dict[str, list[object]] | None]]) -> list[object]:
    return (document["chart"].get("blueDotData") or {}).get("dates") or []


def _zone(rows: Sequence[dict[str, int]]) -> ZoneInfo:
    for name in ZONES:
        if datetime.fromtimestamp(rows[0]["priceDate"] / 1000, ZoneInfo(name)).hour == 0:
            return ZoneInfo(name)
    raise ValueError(rows[0]["priceDate"])
