"""Single files of a partition as `bluedot check` shows them: what of each would be published, what a run would say of
it, and why it would be rejected, with what to do. The judgement is that of a run (`bars/normalize`, the rules beside
this one); rules that need other partitions or most of the stocks are left out."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import msgspec
import polars as pl

from bluedot_assets.kernel.bars.answers import deciding_quotes
from bluedot_assets.kernel.bars.normalize import NormalizeRules, Shard, normalize
from bluedot_assets.kernel.bars.tables import STOCKS
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.checks.agreement.peripheral import peripheral_verdict, stated_against_bars
from bluedot_assets.kernel.checks.files.given_fields import FEWEST_STOCKS
from bluedot_assets.kernel.checks.files.left_out import bars_enough_verdict, forms_verdict
from bluedot_assets.kernel.checks.files.validity import dots_on_bars_verdict
from bluedot_assets.kernel.checks.price_jumps import jumps_of, jumps_verdict
from bluedot_assets.kernel.checks.verdict import Verdict
from bluedot_assets.kernel.source.duplicates import resolve_duplicates
from bluedot_assets.kernel.source.raw_file import RawFile

# What the table of stocks counts of a file and a person may want to put right, in the table's own words.
COUNTED: Final = (
    *("dropped_bars", "undated_bars", "future_bars", "duplicate_bars", "unfinished_bars", "suspended_bars"),
    *("clamped_bars", "nulled_values", "dropped_dots"),
)
VALUES: Final = ("rlst", "bc")  # of the bars, that may be null
NAMES: Final = {"blue_dot": "a blue dot"}
REMEDIES: Final[Mapping[str | None, str]] = {
    None: "Upload it again, whole, as the vendor made it.",
    "file name": "Rename it, or remove what is not needed.",
    "responseHeader.asOfDate": "Export it again once the session is over.",
    "chart.peripheralData.periodcity": "Name it, and put it into the folder, of the other timeframe.",
    "chart.prices.priceDate": "Have it exported again with the right dates.",
}
EXPORT_AGAIN: Final = "Have the vendor export it again."


class Judged(msgspec.Struct, frozen=True):
    """One file. Of a `usable` one what would be published; of another `reason`, `field` and `remedy`."""

    file: str
    timeframe: str
    partition: str
    usable: bool
    symbol: str | None = None
    timezone: str | None = None
    ticker: str | None = None
    bars: int = 0
    first_session: date | None = None
    last_session: date | None = None
    dots: int = 0
    absent: list[str] = []  # columns that series are made of and that none of its bars has a value of
    sample: bool = False
    warnings: list[str] = []
    reason: str | None = None
    field: str | None = None
    remedy: str | None = None


@dataclass(frozen=True)
class FileRules:
    """What the files of a partition are judged by."""

    normalize: NormalizeRules
    partition: str
    least_bars: int = 1

    @property
    def timeframe(self) -> Timeframe:
        return self.normalize.timeframe


def judge_files(files: Sequence[RawFile], rules: FileRules) -> list[Judged]:
    """Each of a partition's files, by name."""
    duplicates = resolve_duplicates(files, rules.timeframe)
    lost = {row["origin_id"] for row in duplicates.rejected}
    speaking = [file for file in files if file.origin_id not in lost]
    shard = _normalized(speaking, rules.normalize)
    origins = {file.name: file.origin_id for file in speaking}  # of one folder, where no name stands twice
    rejected = [*duplicates.rejected, *shard.rejected.rows(named=True)]
    judged = [_rejected(row, rules) for row in rejected]
    judged += [_accepted(row, origins[row["file"]], shard, rules) for row in shard.stocks.rows(named=True)]
    return sorted(judged, key=lambda one: one.file)


def _normalized(files: Sequence[RawFile], rules: NormalizeRules) -> Shard:
    """The tables of the files; once more where the latest quote decides for those that do not say when they were
    answered, as in a run."""
    shard = normalize(files, rules)
    quotes = deciding_quotes(shard.answers, rules.answers.days, rules.timeframe)
    return normalize(files, replace(rules, answers=replace(rules.answers, quotes=quotes))) if quotes else shard


def rejected_file(file: str, timeframe: str, partition: str, reason: str, field: str | None, remedy: str) -> Judged:
    """A file that gives no series."""
    return Judged(file, timeframe, partition, usable=False, reason=reason, field=field, remedy=remedy)


def remedy_of(field: str | None) -> str:
    """What to do about a file that was rejected for that field."""
    return REMEDIES.get(field, EXPORT_AGAIN)


def _rejected(row: Mapping[str, Any], rules: FileRules) -> Judged:
    names = (row["origin_id"], rules.timeframe.name, rules.partition)
    return rejected_file(*names, row["reason"], row["field"], remedy_of(row["field"]))


def _accepted(row: Mapping[str, Any], origin: str, shard: Shard, rules: FileRules) -> Judged:
    return Judged(
        origin,
        rules.timeframe.name,
        rules.partition,
        usable=True,
        **{name: row[name] for name in ("symbol", "timezone", "bars", "first_session", "last_session", "sample")},
        dots=shard.dots.filter(symbol=row["symbol"]).height,
        absent=_absent(shard.bars.filter(symbol=row["symbol"])),
        warnings=[*_counts(row), *(one.message for one in _verdicts(row, shard, rules) if not one.passed)],
    )


def _absent(bars: pl.DataFrame) -> list[str]:
    null = [name for name in VALUES if bars[name].null_count() == bars.height]
    return null if bars["blue_dot"].any() else [*null, "blue_dot"]


def unmade_series(judged: Iterable[Judged], series: Mapping[str, Collection[str]]) -> Iterable[str]:
    """A sentence for each series, given with its columns, that a run of these usable files, of one timeframe, would
    stop for: none has a value of it (the rule of `tradingview_rows`), or as many as `dots_given` takes for no chance
    have no dot."""
    usable = [one for one in judged if one.usable]
    for name, columns in series.items():
        for column in sorted({*columns} & {*VALUES, "blue_dot"}):
            enough = FEWEST_STOCKS if column == "blue_dot" else 1
            if len(usable) >= enough and all(column in one.absent for one in usable):
                yield f"No file has {NAMES.get(column, column)}: leave {name} out of BLUEDOT_INDICATORS."


def _counts(row: Mapping[str, Any]) -> Iterable[str]:
    meanings = {column.name: column.meaning.rstrip(".") for column in STOCKS.columns}
    return [f"{meanings[name]}: {row[name]}." for name in COUNTED if row[name]]


def _verdicts(row: Mapping[str, Any], shard: Shard, rules: FileRules) -> Iterable[Verdict]:
    """The rules that one stock's rows alone decide."""
    stock = shard.stocks.filter(symbol=row["symbol"])
    bars, unkept = (frame.filter(symbol=row["symbol"]) for frame in (shard.bars, shard.unkept))
    stated = stated_against_bars(shard.stated.filter(symbol=row["symbol"]), bars, stock, unkept, rules.timeframe)
    yield forms_verdict(shard.forms.filter(pl.col("file") == row["file"]))
    yield bars_enough_verdict(stock, rules.least_bars)
    yield dots_on_bars_verdict(shard.off_bar.filter(symbol=row["symbol"]))
    yield jumps_verdict(jumps_of(bars, None))
    yield peripheral_verdict(stated)
