"""A history for the made-up site: four years of a stock among others, in the form in which it is published, and tables
of stocks in its dated folders. No test belongs here."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any, Final

import polars as pl
import pyarrow.parquet as pq

from bluedot_assets.kernel.bars.tables import STOCKS, Table
from bluedot_assets.kernel.history.adjustments import ADJUSTMENTS
from bluedot_assets.kernel.history.outcomes.outcomes_file import Outcomes
from bluedot_assets.kernel.history.published import HISTORY, LEDGER
from bluedot_assets.kernel.history.ranges import Encoder
from bluedot_assets_tests.browser.site_pages import SESSION, Site

DAYS: Final = 1500  # up to the site's session
OTHERS: Final = tuple(
    f"S{number:03d}" for number in range(40)
)  # of several row groups in a year, with the stock between
Row = dict[str, Any]
Rows = list[Row]


def at(day: date) -> datetime:
    """When the vendor answered of that day."""
    return datetime.combine(day, time(13, 51), UTC)


def bar(symbol: str, session: date, **values: Any) -> Row:
    """As the made-up series of the site have it."""
    number = (session - SESSION).days + DAYS
    return {
        "symbol": symbol,
        "session": session,
        **{"open": 100.0 + number, "high": 103.0 + number, "low": 99.0 + number, "close": 102.0 + number},
        "volume": 1000 + number,
        "rlst": float(number % 99),
        "bc": 20_000.0,
        "blue_dot": False,
        "close_traded": 102.0 + number,
        "factor": 1.0,
        "basis": "same",
        "first_known": at(session),
        "revisions": 0,
        "partition": session.isoformat(),
    } | values


def dot(symbol: str, day: date, origin: str = "live", late: int = 0, withdrawn: int | None = None) -> Row:
    """Known `late` days after its date, and withdrawn so many days after it."""
    return {
        "symbol": symbol,
        "date": day,
        "known": at(day + timedelta(late)),
        "withdrawn": None if withdrawn is None else at(day + timedelta(withdrawn)),
        "origin": origin,
        "run_day": 1,
        "rlst_known": 87.0,
        "pattern_known": "Cup With Handle",
    }


def split(symbol: str, effective: date, ratio: float, **values: Any) -> Row:
    return {
        "symbol": symbol,
        "effective": effective,
        "ratio": ratio,
        "shares": True,
        "nearest": f"1:{round(1 / ratio)} split",
        "bars": 250,
        "worst_ticks": 0.1,
        "volume_ratio": 1 / ratio,
        "known": at(effective),
        "restated_from": effective - timedelta(400),
        "state": "applied",
    } | values


def sessions(first: date, count: int) -> list[date]:
    return [first + timedelta(number) for number in range(count)]


def bars_of(symbol: str, count: int = DAYS) -> Rows:
    """One each day up to the site's session."""
    return [bar(symbol, day) for day in sessions(SESSION - timedelta(count - 1), count)]


def publish_history(
    site: Site, bars: Rows, dots: Sequence[Row] = (), adjustments: Sequence[Row] = (), timeframe: str = "daily"
) -> None:
    """Its `history`, in which other stocks have bars of every session too."""
    own = pl.DataFrame(bars, HISTORY.polars_schema)
    others = pl.DataFrame({"symbol": OTHERS}).join(own.drop("symbol"), how="cross")
    whole, year = pl.concat([own, others]).sort(HISTORY.unique), pl.col("session").dt.year()
    tables = {
        **{f"bars-{one}": (HISTORY, whole.filter(year == one)) for one in {row["session"].year for row in bars}},
        "dots": (LEDGER, pl.DataFrame([*dots, dot("ZZZ", SESSION)], LEDGER.polars_schema)),
        "adjustments": (
            ADJUSTMENTS,
            pl.DataFrame([*adjustments, split("ZZZ", SESSION, 0.5)], ADJUSTMENTS.polars_schema),
        ),
    }
    files = {}
    for name, (table, rows) in tables.items():
        content = encoded(table, rows.sort(table.unique))
        site.write(f"{timeframe}/history/{name}.parquet", content)
        files[f"{name}.parquet"] = {"bytes": len(content), "sha256": sha256(content).hexdigest(), "rows": rows.height}
    site.write(f"{timeframe}/history/history.json", json.dumps({"schema_version": 1, "files": files}))
    outcomes = Outcomes(timeframe=timeframe, first=min(own["session"]), last=SESSION, rows=[])
    site.write(f"{timeframe}/history/outcomes.json", outcomes.encoded())


def stock_of(symbol: str, partition: date, **values: Any) -> Row:
    """A row of the table of stocks."""
    counts = {one.name: 0 for one in STOCKS.columns if one.type == "integer"}
    flags = {one.name: False for one in STOCKS.columns if one.type == "flag"}
    return {
        **counts,
        **flags,
        "symbol": symbol,
        "file": f"{symbol}.json",
        "md5": md5(f"{symbol} {partition}"),
        "known": at(partition),
        "timezone": "Asia/Kolkata",
        "bars": 60,
        "first_session": partition - timedelta(59),
        "last_session": partition,
    } | values


def md5(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]  # as long as one, which is all that counts here


def publish_stocks(site: Site, *rows: Row) -> None:
    """The dated folders of those last sessions, each with its table of stocks."""
    days = {row["last_session"] for row in rows}
    for day in days:
        own = [row for row in rows if row["last_session"] == day]
        table = pl.DataFrame([*own, *(stock_of(one, day) for one in OTHERS)], STOCKS.polars_schema).sort("symbol")
        content = BytesIO()
        pq.write_table(table.to_arrow().cast(STOCKS.arrow_schema), content, compression="zstd")
        site.write(f"daily/{day}/tables/stocks.parquet", content.getvalue())
    site.status(folders={str(day): {} for day in days})


def encoded(table: Table, rows: pl.DataFrame) -> bytes:
    encoder = Encoder(table)
    encoder.add(rows)
    return encoder.content()
