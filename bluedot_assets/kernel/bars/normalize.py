"""Vendor files to the tables of one shard of stocks, by the source format's rules: which bars, dots and values hold,
and which files do not. Files are decoded one by one, their bars are then judged all at once, as columns. What the bars
of many stocks say together is in `checks`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import polars as pl

from bluedot_assets.kernel.bars.answers import Answer, AnswerRules, Answers, answers_of
from bluedot_assets.kernel.bars.closed_days import Closed, closed_days, shifted_dates
from bluedot_assets.kernel.bars.dots import (
    LOST_AS,
    ListedDots,
    dots_off_bar,
    mark_bars,
    read_dots,
    without_unfinished,
)
from bluedot_assets.kernel.bars.fates import FATES, DatedBars, FateRules, judge_bars
from bluedot_assets.kernel.bars.given_fields import FileFields, forms_of, given_fields
from bluedot_assets.kernel.bars.stated_values import stated_values
from bluedot_assets.kernel.bars.tables import BARS, DOTS, REJECTED, STOCKS
from bluedot_assets.kernel.bars.unforeseen import FAULTS, words_of
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.source import vendor_file as vendor
from bluedot_assets.kernel.source.file_names import published_name, refusal, stock_of
from bluedot_assets.kernel.source.raw_file import RawFile, rejection
from bluedot_assets.kernel.source.stamps.session_dates import SessionDates

MAX_BAD_BARS: Final = 0.10  # share of a file's bars; beyond it the file itself is not to be trusted


@dataclass(frozen=True)
class NormalizeRules:
    """What a partition's files are judged by."""

    timeframe: Timeframe
    last_day: date  # the partition's end
    timezones: tuple[str, ...]  # candidates, in order of preference
    answers: AnswerRules = field(default_factory=AnswerRules)


@dataclass(frozen=True)
class Shard:
    """The tables of some files of a partition (columns as in `tables`), the dots that met no bar, the rows that
    gave none, and what the files give at all and in which form (`given_fields`)."""

    bars: pl.DataFrame
    dots: pl.DataFrame
    stocks: pl.DataFrame
    rejected: pl.DataFrame
    off_bar: pl.DataFrame
    unkept: pl.DataFrame  # rows of accepted files that gave no bar: symbol, session, fate
    answers: pl.DataFrame  # of readable files, accepted or not
    given: pl.DataFrame
    forms: pl.DataFrame
    stated: pl.DataFrame  # what the files say of their own bars
    from_daily: int = 0  # weekly bars that were made of daily ones


@dataclass(frozen=True)
class DecodedFile:
    """A readable file, and the dates of its bars."""

    file: RawFile
    read: vendor.VendorFile
    timezone: str
    sessions: list[date | None]
    answer: Answer


Rejected = list[dict[str, str | None]]  # rows of the rejected table


def normalize(files: Iterable[RawFile], rules: NormalizeRules) -> Shard:
    """Tables of the files, each stock's bars oldest first. No two files may map to one published name."""
    decoded, rejected = _decode(files, rules)
    try:
        return _judged(decoded, rejected, rules)
    except FAULTS:
        sound, failed = _sound(decoded, rules)  # one of them stops the others
        return _judged(sound, [*rejected, *failed], rules)


def _sound(decoded: Sequence[DecodedFile], rules: NormalizeRules) -> tuple[list[DecodedFile], Rejected]:
    """The files that can be judged alone, and the others with the error that each raises."""
    sound: list[DecodedFile] = []
    failed: Rejected = []
    for one in decoded:
        try:
            _judged([one], [], rules)
        except FAULTS as error:
            failed.append(rejection(one.file, _unforeseen(error)))
        else:
            sound.append(one)
    return sound, failed


def _unforeseen(error: BaseException) -> str:
    """The reason for a file on which our own code fails."""
    return f"it holds what bluedot did not foresee ({words_of(error)}); please report it with the file"


def _judged(decoded: Sequence[DecodedFile], unreadable: Rejected, rules: NormalizeRules) -> Shard:
    rejected = [*unreadable]
    bars = _fates(decoded, rules)
    counts = _counts(len(decoded), bars)
    zones = [one.timezone for one in decoded]
    closed = closed_days(bars, zones, rules.answers.days) if rules.timeframe.days == 1 else {}
    good = _accepted(decoded, counts, closed, rejected)
    kept = bars.filter(pl.col("fate") == "kept", pl.col("stock").is_in(good))
    names = [published_name(stock_of(one.file.name, rules.timeframe)) for one in decoded]
    dots, dropped_dots = read_dots([_listed_dots(number, decoded[number]) for number in good], rules.last_day)
    dots = without_unfinished(dots, [one.answer.dots_until for one in decoded])
    marked = mark_bars(kept, dots, rules.timeframe)
    unkept = _unkept(bars, good)
    symbols = pl.DataFrame({"stock": range(len(names)), "symbol": names}, {"stock": pl.Int64, "symbol": pl.String})
    return Shard(
        bars=marked.with_columns(symbol=symbols["symbol"].gather(marked["stock"])).select(list(BARS.polars_schema)),
        dots=dots.join(symbols, on="stock").select(list(DOTS.polars_schema)).sort("symbol", "date"),
        stocks=_stocks(decoded, names, counts, dropped_dots, marked),
        rejected=pl.DataFrame(rejected, schema=REJECTED.polars_schema),
        off_bar=dots_off_bar(unkept, marked, dots, symbols, rules.timeframe),
        unkept=unkept.join(symbols, on="stock").select("symbol", "session", "fate"),
        answers=answers_of(names, zones, [one.answer for one in decoded], bars),
        given=given_fields([_fields_of(decoded[number]) for number in good]),
        forms=forms_of((decoded[number].file.name, decoded[number].read.forms) for number in good),
        stated=stated_values((names[number], decoded[number].read.peripheral) for number in good),
    )


def _fates(decoded: Sequence[DecodedFile], rules: NormalizeRules) -> pl.DataFrame:
    dated = [DatedBars(one.read.bars, one.sessions, one.answer.bars_until) for one in decoded]
    return judge_bars(dated, FateRules(rules.timeframe, rules.last_day, rules.answers.publish))


def judge_file(file: RawFile, rules: NormalizeRules) -> tuple[DecodedFile, pl.DataFrame]:
    """One file, and what becomes of each of its bars (`judge_bars`), in the file's order. Raises Unreadable."""
    answers = Answers(rules.timeframe, rules.last_day, rules.answers)
    decoded = _decode_one(file, rules.timeframe, SessionDates(rules.timezones), answers)
    return decoded, _fates([decoded], rules)


def _fields_of(one: DecodedFile) -> FileFields:
    return FileFields(one.timezone, one.read, one.answer.known)


def _listed_dots(number: int, one: DecodedFile) -> ListedDots:
    read = one.read
    return ListedDots(number, read.dots.dates, one.timezone, read.lost_dots, read.forms)


def _decode(files: Iterable[RawFile], rules: NormalizeRules) -> tuple[list[DecodedFile], Rejected]:
    """The files that can be read, by which a stock's number is its place, and the others with the reason."""
    decoded: list[DecodedFile] = []
    rejected: Rejected = []
    dates = SessionDates(rules.timezones)
    answers = Answers(rules.timeframe, rules.last_day, rules.answers)
    for file in files:
        try:
            decoded.append(_decode_one(file, rules.timeframe, dates, answers))
        except vendor.Unreadable as problem:
            rejected.append(rejection(file, problem.reason, problem.field))
        except FAULTS as error:
            rejected.append(rejection(file, _unforeseen(error)))
    return decoded, rejected


def _decode_one(file: RawFile, timeframe: Timeframe, dates: SessionDates, answers: Answers) -> DecodedFile:
    if (reason := refusal(file.name, timeframe)) is not None:
        raise vendor.Unreadable(reason, "file name")
    if file.content is None:
        raise vendor.Unreadable(file.problem or "its bytes were not stored")
    read = vendor.decode(file.content, dates.only_zone)
    vendor.expect_periodcity(read, timeframe.periodcity)
    timezone, sessions = dates.of([bar.priceDate for bar in read.bars])
    answer = answers.of(read.answered, read.peripheral.asOfDate, file.modified, timezone, sessions)
    return DecodedFile(file, read, timezone, sessions, answer)


def _unkept(bars: pl.DataFrame, good: Sequence[int]) -> pl.DataFrame:
    lost = pl.col("fate").is_in(list(LOST_AS)) & pl.col("session").is_not_null()
    return bars.filter(lost, pl.col("stock").is_in(good))


def _counts(stocks: int, bars: pl.DataFrame) -> list[dict[str, int]]:
    """For each stock's number: bars of each fate, and among the kept `nulled` values and `clamped` bars."""
    counted = bars.group_by("stock").agg(
        *[(pl.col("fate") == fate).sum().alias(fate) for fate in FATES],
        pl.col("nulled", "clamped").filter(pl.col("fate") == "kept").sum(),
        not_over=(pl.col("unfinished") & pl.col("fate").is_in(["kept", "unfinished"])).sum(),
    )
    rows = {row.pop("stock"): row for row in counted.iter_rows(named=True)}
    nothing = dict.fromkeys((*FATES, "nulled", "clamped", "not_over"), 0)
    return [rows.get(number, nothing) for number in range(stocks)]


def _accepted(
    decoded: Sequence[DecodedFile], counts: Sequence[dict[str, int]], closed: Mapping[int, Closed], rejected: Rejected
) -> list[int]:
    """The numbers of the stocks that have series; the others become rows of `rejected`."""
    good = []
    for number, (one, count) in enumerate(zip(decoded, counts, strict=True)):
        if fault := _fault(one, count, closed.get(number)):
            rejected.append(rejection(one.file, *fault))
        else:
            good.append(number)
    return good


def _fault(one: DecodedFile, count: dict[str, int], closed: Closed | None) -> tuple[str, str] | None:
    """Why a readable file gives no series, and the field that this is about."""
    trading = sum(count[fate] for fate in FATES if fate not in {"holiday", "suspended"})
    if not one.read.bars:
        return "no bars: chart.prices is empty", "chart.prices"
    if trading == 0 and count["suspended"]:
        reason = "no bars: on none of its days there was trade (open, high, low and volume are null or 0)"
        return reason, "chart.prices.open"
    if trading == 0:
        return "no bars: every row is a Holiday placeholder", "chart.prices.pdt"
    bad = count["impossible"] + count["undated"]
    one_stray = count["undated"] == bad == 1
    if bad > MAX_BAD_BARS * trading and not one_stray:
        reason = f"{bad} of {trading} bars have impossible prices or dates "
        reason += f"(null, not positive, high or low out of order), more than {MAX_BAD_BARS:.0%}"
        return reason, "chart.prices"
    if not count["kept"]:
        return _none_kept(count)
    reason_of_dates = shifted_dates(closed, count["kept"])
    return (reason_of_dates, "chart.prices.priceDate") if reason_of_dates else None


def _none_kept(count: dict[str, int]) -> tuple[str, str]:
    if count["unfinished"]:
        reason = "no bars: the session of each was not over when the vendor answered, or is after the partition's end"
        return reason, "responseHeader.asOfDate"
    return "no bars: all are dated after the partition's end", "chart.prices.priceDate"


def _stocks(
    decoded: Sequence[DecodedFile],
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
                "known": decoded[number].answer.known,
                "timezone": decoded[number].timezone,
                "vendor_code": read.peripheral.symbol,
                "name": read.peripheral.name,
                "currency": read.peripheral.currencySymbol,
                "is_etf": bool(read.peripheral.isETF),
                "is_asm": bool(read.dots.isASM),
                "is_gsm": bool(read.dots.isGSM),
                "base_pattern": read.base_pattern,
                "bars": count["kept"],
                "first_session": first,
                "last_session": last,
                "holiday_rows": count["holiday"],
                "dropped_bars": count["impossible"],
                "future_bars": count["future"],
                "duplicate_bars": count["conflicting"],
                "undated_bars": count["undated"],
                "unfinished_bars": count["not_over"],
                "suspended_bars": count["suspended"],
                "clamped_bars": count["clamped"],
                "nulled_values": count["nulled"],
                "dropped_dots": dropped_dots[number],
                "sample": read.sample,
            }
        )
    return pl.DataFrame(rows, schema=STOCKS.polars_schema)
