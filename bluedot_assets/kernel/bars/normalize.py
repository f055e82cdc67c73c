"""Vendor files to the tables of one shard of stocks, by the source format's rules: which bars, dots and values hold,
and which files do not. Files are decoded one by one, their bars are then judged all at once, as columns. What the bars
of many stocks say together is in `checks`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Final

import polars as pl

from bluedot_assets.kernel.bars.dots import dots_off_bar, mark_bars, period_of, read_dots
from bluedot_assets.kernel.bars.tables import BARS, DOTS, EARLIEST_SESSION, REJECTED, STOCKS
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.source import vendor_file as vendor
from bluedot_assets.kernel.source.file_names import published_name, refusal, stock_of
from bluedot_assets.kernel.source.raw_file import RawFile, rejection
from bluedot_assets.kernel.source.session_dates import SessionDates

MAX_BAD_BARS: Final = 0.10  # share of a file's bars; beyond it the file itself is not to be trusted

_VALUES: Final = ("open", "high", "low", "close", "volume", "rlst", "bc")
_FATES: Final = ("kept", "holiday", "impossible", "future", "repeated", "conflicting")


@dataclass(frozen=True)
class NormalizeRules:
    """What a partition's files are judged by."""

    timeframe: Timeframe
    last_day: date  # the partition's end
    timezones: tuple[str, ...]  # candidates, in order of preference


@dataclass(frozen=True)
class Shard:
    """The tables of some files of a partition (columns as in `tables`), the dots that met no bar, and the rows that
    gave none."""

    bars: pl.DataFrame
    dots: pl.DataFrame
    stocks: pl.DataFrame
    rejected: pl.DataFrame
    off_bar: pl.DataFrame
    unkept: pl.DataFrame  # rows of accepted files that gave no bar: symbol, session, fate


@dataclass(frozen=True)
class _Decoded:
    """A readable file, and the dates of its bars."""

    file: RawFile
    read: vendor.VendorFile
    timezone: str
    sessions: list[date | None]


Rejected = list[dict[str, str | None]]  # rows of the rejected table


def normalize(files: Iterable[RawFile], rules: NormalizeRules) -> Shard:
    """Tables of the files, each stock's bars oldest first. No two files may map to one published name."""
    decoded, rejected = _decode(files, rules)
    bars = _judged_bars(decoded, rules)
    counts = _counts(len(decoded), bars)
    good = _accepted(decoded, counts, rejected)
    kept = bars.filter(pl.col("fate") == "kept", pl.col("stock").is_in(good))
    names = [published_name(stock_of(one.file.name, rules.timeframe)) for one in decoded]
    listed = [(number, decoded[number].read.dots.dates, decoded[number].timezone) for number in good]
    dots, dropped_dots = read_dots(listed, rules.last_day)
    marked = mark_bars(kept, dots, rules.timeframe)
    unkept = _unkept(bars, good)
    symbols = pl.DataFrame({"stock": range(len(names)), "symbol": names}, {"stock": pl.Int64, "symbol": pl.String})
    return Shard(
        bars=marked.join(symbols, on="stock", maintain_order="left").select(list(BARS.polars_schema)),
        dots=dots.join(symbols, on="stock").select(list(DOTS.polars_schema)).sort("symbol", "date"),
        stocks=_stocks(decoded, names, counts, dropped_dots, marked),
        rejected=pl.DataFrame(rejected, schema=REJECTED.polars_schema),
        off_bar=dots_off_bar(unkept, marked, dots, symbols, rules.timeframe),
        unkept=unkept.join(symbols, on="stock").select("symbol", "session", "fate"),
    )


def _decode(files: Iterable[RawFile], rules: NormalizeRules) -> tuple[list[_Decoded], Rejected]:
    """The files that can be read, by which a stock's number is its place, and the others with the reason."""
    decoded: list[_Decoded] = []
    rejected: Rejected = []
    dates = SessionDates(rules.timezones)
    for file in files:
        try:
            decoded.append(_decode_one(file, rules.timeframe, dates))
        except vendor.Unreadable as problem:
            rejected.append(rejection(file, problem.reason, problem.field))
    return decoded, rejected


def _decode_one(file: RawFile, timeframe: Timeframe, dates: SessionDates) -> _Decoded:
    if (reason := refusal(file.name, timeframe)) is not None:
        raise vendor.Unreadable(reason, "file name")
    if file.content is None:
        raise vendor.Unreadable(file.problem or "its bytes were not stored")
    read = vendor.decode(file.content)
    vendor.expect_periodcity(read, timeframe.periodcity)
    return _Decoded(file, read, *dates.of([bar.priceDate for bar in read.bars]))


def _judged_bars(decoded: Sequence[_Decoded], rules: NormalizeRules) -> pl.DataFrame:
    """Every bar of every file in the file's order, with its `fate`: kept, holiday, impossible, future, or one of
    two on a date (`repeated` when identical, `conflicting` when not); values out of range already null, counted in
    `nulled`. Columns: stock (number in `decoded`), session, open .. bc, fate, nulled."""
    records = [bar for one in decoded for bar in one.read.bars]
    numbers = [number for number, one in enumerate(decoded) for _ in one.sessions]
    values = list(zip(*map(attrgetter(*_VALUES), records), strict=True)) or [()] * len(_VALUES)
    columns = {name: pl.Series(name, of, pl.Float64) for name, of in zip(_VALUES, values, strict=True)}
    frame = pl.DataFrame(
        {
            "stock": pl.Series(numbers, dtype=pl.Int64),
            "session": pl.Series([day for one in decoded for day in one.sessions], dtype=pl.Date),
            "holiday": pl.Series([bar.pdt == "Holiday" for bar in records], dtype=pl.Boolean),
            **columns,
        }
    )
    return _without_repeats(_with_values(frame, rules.last_day), rules.timeframe)


def _with_values(frame: pl.DataFrame, last_day: date) -> pl.DataFrame:
    prices = [pl.col("open"), pl.col("high"), pl.col("low"), pl.col("close")]
    possible = pl.all_horizontal(
        # TradingView takes no date before 1900; nor does it exist in a market's data.
        (pl.col("session") >= EARLIEST_SESSION).fill_null(False),
        *[(price.is_finite() & (price > 0)).fill_null(False) for price in prices],
        (pl.col("high") >= pl.max_horizontal("open", "low", "close")).fill_null(False),
        (pl.col("low") <= pl.min_horizontal("open", "close")).fill_null(False),
    )
    in_range = {
        "rlst": pl.col("rlst").is_between(0, 99),
        "bc": pl.col("bc").is_finite() & (pl.col("bc") > 0),
        # int64 ends at 2**63; floats next to it would overflow in the cast.
        "volume": pl.col("volume").is_between(0, 2.0**62),
    }
    return frame.with_columns(
        fate=pl.when("holiday")
        .then(pl.lit("holiday"))
        .when(~possible)
        .then(pl.lit("impossible"))
        .when(pl.col("session") > last_day)
        .then(pl.lit("future"))
        .otherwise(pl.lit("kept")),
        nulled=pl.sum_horizontal(
            *[(pl.col(name).is_not_null() & ~good.fill_null(False)) for name, good in in_range.items()]
        ),
        **{name: pl.when(good).then(pl.col(name)) for name, good in in_range.items()},
        # -0.0 is within 0 to 99, and a minus sign breaks TradingView's rules for rows.
    ).with_columns(pl.col("volume").round().cast(pl.Int64), pl.col("rlst").abs())


def _without_repeats(frame: pl.DataFrame, timeframe: Timeframe) -> pl.DataFrame:
    """Of two kept bars on a date, or in a week of weekly bars, the one that stands first in the file stays (the
    vendor writes newest first)."""
    place = ["stock", "period"]
    rows = frame.with_columns(period=period_of("session", timeframe)).with_row_index("row")
    kept = rows.filter(pl.col("fate") == "kept")
    again = kept.filter(~pl.struct(place).is_first_distinct())
    if again.is_empty():
        return frame
    firsts = kept.unique(place, keep="first")
    identical = again.join(firsts, on=[*place, *_VALUES], how="semi", nulls_equal=True).select("row")
    return rows.with_columns(
        fate=pl.when(pl.col("row").is_in(identical["row"].implode()))
        .then(pl.lit("repeated"))
        .when(pl.col("row").is_in(again["row"].implode()))
        .then(pl.lit("conflicting"))
        .otherwise("fate")
    ).drop("row", "period")


def _unkept(bars: pl.DataFrame, good: Sequence[int]) -> pl.DataFrame:
    lost = pl.col("fate").is_in(["holiday", "impossible", "future"]) & pl.col("session").is_not_null()
    return bars.filter(lost, pl.col("stock").is_in(good))


def _counts(stocks: int, bars: pl.DataFrame) -> list[dict[str, int]]:
    """For each stock's number: bars of each fate, and `nulled` values among the kept."""
    counted = bars.group_by("stock").agg(
        *[(pl.col("fate") == fate).sum().alias(fate) for fate in _FATES],
        pl.col("nulled").filter(pl.col("fate") == "kept").sum(),
    )
    rows = {row.pop("stock"): row for row in counted.iter_rows(named=True)}
    nothing = dict.fromkeys((*_FATES, "nulled"), 0)
    return [rows.get(number, nothing) for number in range(stocks)]


def _accepted(decoded: Sequence[_Decoded], counts: Sequence[dict[str, int]], rejected: Rejected) -> list[int]:
    """The numbers of the stocks that have series; the others become rows of `rejected`."""
    good = []
    for number, (one, count) in enumerate(zip(decoded, counts, strict=True)):
        if fault := _fault(one, count):
            rejected.append(rejection(one.file, *fault))
        else:
            good.append(number)
    return good


def _fault(one: _Decoded, count: dict[str, int]) -> tuple[str, str] | None:
    """Why a readable file gives no series, and the field that this is about."""
    trading = sum(count[fate] for fate in _FATES if fate != "holiday")
    if not one.read.bars:
        return "no bars: chart.prices is empty", "chart.prices"
    if trading == 0:
        return "no bars: every row is a Holiday placeholder", "chart.prices.pdt"
    if count["impossible"] > MAX_BAD_BARS * trading:
        reason = f"{count['impossible']} of {trading} bars have impossible prices or dates "
        reason += f"(null, not positive, high or low out of order), more than {MAX_BAD_BARS:.0%}"
        return reason, "chart.prices"
    if count["kept"] == 0:
        return "no bars: all are dated after the partition's end", "chart.prices.priceDate"
    return None


def _stocks(
    decoded: Sequence[_Decoded],
    names: Sequence[str],
    counts: Sequence[dict[str, int]],
    dropped_dots: dict[int, int],
    marked: pl.DataFrame,
) -> pl.DataFrame:
    rows = []
    sessions = marked.group_by("stock", maintain_order=True).agg(
        first=pl.col("session").first(), last=pl.col("session").last()
    )
    for number, first, last in sessions.iter_rows():
        file, read, count = decoded[number].file, decoded[number].read, counts[number]
        rows.append(
            {
                "symbol": names[number],
                "file": file.name,
                "md5": file.md5,
                "known": None,
                "timezone": decoded[number].timezone,
                "vendor_code": _text(read.peripheral.symbol),
                "name": _text(read.peripheral.name),
                "currency": _text(read.peripheral.currencySymbol),
                "is_etf": _flag(read.peripheral.isETF),
                "is_asm": _flag(read.dots.isASM),
                "is_gsm": _flag(read.dots.isGSM),
                "base_pattern": _text(read.base_pattern),
                "bars": count["kept"],
                "first_session": first,
                "last_session": last,
                "holiday_rows": count["holiday"],
                "dropped_bars": count["impossible"],
                "future_bars": count["future"],
                "duplicate_bars": count["conflicting"],
                "undated_bars": 0,
                "unfinished_bars": 0,
                "suspended_bars": 0,
                "clamped_bars": 0,
                "nulled_values": count["nulled"],
                "dropped_dots": dropped_dots[number],
                "sample": read.sample,
            }
        )
    return pl.DataFrame(rows, schema=STOCKS.polars_schema)


def _text(value: object) -> str | None:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    return vendor.storable(str(value).strip()) or None


def _flag(value: object) -> bool:
    return value in (True, 1, "1", "true", "True", "Y", "Yes")
