"""When the vendor answered: which answers count, and which bars and dots were over by then."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from bluedot_assets.kernel.bars.answers import AnswerRules, deciding_quotes
from bluedot_assets.kernel.bars.normalize import NormalizeRules, Shard, normalize
from bluedot_assets.kernel.calendar.sessions import Calendar, TradingDays
from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY, Timeframe
from bluedot_assets_tests.examples.vendor_files import (
    FRIDAY,
    INDIA,
    NEW_YORK,
    ZONES,
    bar,
    bars,
    bars_of,
    document,
    midnight_ms,
    raw,
    stock_of,
)

DAYS = TradingDays(closes={INDIA: time(15, 30), NEW_YORK: time(16)})
THURSDAY = FRIDAY - timedelta(days=1)
FRIDAYS = [FRIDAY - timedelta(days=7 * back) for back in range(12)]


def at(clock: str, zone: str = INDIA, day: date = FRIDAY) -> datetime:
    """That time of the day at an exchange, in UTC."""
    return datetime.combine(day, time.fromisoformat(clock), ZoneInfo(zone)).astimezone(UTC)


def ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def answered(value: Any, prices: Any = None, *, quoted: Any = None, zone: str = INDIA, **more: Any) -> dict[str, Any]:
    """A document that was answered, and its stock last quoted, at these values of asOfDate."""
    made = document(prices or bars(30, zone), **more)
    made["responseHeader"]["asOfDate"] = value
    made["chart"]["peripheralData"]["asOfDate"] = quoted
    return made


def judged(
    *documents: Any,
    timeframe: Timeframe = DAILY,
    last_day: date = FRIDAY,
    days: TradingDays = DAYS,
    modified: datetime = datetime(2024, 8, 4, tzinfo=UTC),
    **rules: Any,
) -> Shard:
    names = ["DIXON", "ZOMATO", "ACC"]
    files = [
        raw(one, f"{name}{timeframe.ending}", modified=modified) for name, one in zip(names, documents, strict=False)
    ]
    return normalize(files, NormalizeRules(timeframe, last_day, ZONES, AnswerRules(days, **rules)))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("second", "last"), [(-1, THURSDAY), (0, FRIDAY), (1, FRIDAY)])
def test_a_bar_is_final_from_the_close_of_its_session_on(zone: str, second: int, last: date) -> None:
    close = at("15:30" if zone == INDIA else "16:00", zone) + timedelta(seconds=second)
    stock = stock_of(judged(answered(ms(close), zone=zone)))
    assert (stock["last_session"], stock["unfinished_bars"], stock["known"]) == (last, last == THURSDAY, close)
    assert (stock["future_bars"], stock["dropped_bars"], stock["undated_bars"]) == (0, 0, 0)


@pytest.mark.parametrize("day", [date(2024, 3, 8), date(2024, 3, 11), date(2024, 11, 1), date(2024, 11, 4)])
def test_the_close_moves_with_the_clock_of_the_exchange(day: date) -> None:
    for minute, last in ((-1, day - timedelta(days=1)), (1, day)):
        known = at("16:00", NEW_YORK, day) + timedelta(minutes=minute)
        made = answered(ms(known), bars(30, NEW_YORK, day))
        assert stock_of(judged(made, last_day=day, modified=known))["last_session"] == last


def test_a_half_day_is_over_at_noon() -> None:
    half = Calendar(
        "H",
        INDIA,
        date(2024, 1, 1),
        date(2024, 12, 31),
        frozenset(FRIDAYS),
        special_closes={FRIDAY: timedelta(hours=12)},
    )
    made = answered(ms(at("12:01")), [bar(day) for day in FRIDAYS])
    assert stock_of(judged(made, days=TradingDays((half,))))["unfinished_bars"] == 0
    assert stock_of(judged(made))["unfinished_bars"] == 1


def test_an_answer_days_later_makes_every_bar_final() -> None:
    later = ms(datetime(2026, 1, 2, 9, 30, tzinfo=UTC))
    stock = stock_of(judged(answered(later), modified=datetime(2026, 1, 2, tzinfo=UTC)))
    assert (stock["last_session"], stock["unfinished_bars"]) == (FRIDAY, 0)


@pytest.mark.parametrize(
    ("known", "last"),
    [
        (at("11:00", day=FRIDAY - timedelta(days=2)), FRIDAYS[1]),  # a Wednesday
        (at("15:29"), FRIDAYS[1]),
        (at("15:30"), FRIDAY),
        (at("10:00", day=FRIDAY + timedelta(days=1)), FRIDAY),
    ],
)
def test_a_weekly_bar_is_final_from_the_close_of_its_weeks_last_session_on(known: datetime, last: date) -> None:
    made = answered(ms(known), [bar(day) for day in FRIDAYS], periodcity="Weekly")
    stock = stock_of(judged(made, timeframe=WEEKLY, last_day=FRIDAY + timedelta(days=2)))
    assert (stock["last_session"], stock["unfinished_bars"]) == (last, last != FRIDAY)


@pytest.mark.parametrize(
    ("own", "last_session"), [({FRIDAY: False}, THURSDAY), ({FRIDAY + timedelta(days=1): True}, None)]
)
def test_holidays_and_extra_sessions_move_the_end_of_the_week(own: dict[date, bool], last_session: date | None) -> None:
    days = TradingDays(own=own, closes=DAYS.closes)
    evening = answered(ms(at("18:00", day=THURSDAY)), [bar(day) for day in FRIDAYS], periodcity="Weekly")
    friday = answered(ms(at("18:00")), [bar(day) for day in FRIDAYS], periodcity="Weekly")
    shard = judged(evening, friday, timeframe=WEEKLY, last_day=FRIDAY + timedelta(days=2), days=days)
    finished = [stock_of(shard, name)["unfinished_bars"] == 0 for name in ("DIXON", "ZOMATO")]
    assert finished == ([True, True] if last_session else [False, False])


def test_dots_of_the_unfinished_session_go_with_its_bar_and_raise_no_alarm() -> None:
    dots = [{"blueDotDate": str(day)} for day in (FRIDAY, THURSDAY)]
    shard = judged(answered(ms(at("11:12")), dates=dots))
    assert shard.dots["date"].to_list() == [THURSDAY]
    assert shard.off_bar.is_empty()
    assert bars_of(shard)[-1] | {"blue_dot": True} == bars_of(shard)[-1]
    assert stock_of(shard)["dropped_dots"] == 0


def test_dots_of_the_finished_days_of_an_unfinished_week_stay() -> None:
    wednesday = FRIDAY - timedelta(days=2)
    dots = [{"blueDotDate": str(day)} for day in (wednesday, wednesday - timedelta(days=1))]
    made = answered(ms(at("11:00", day=wednesday)), [bar(day) for day in FRIDAYS], periodcity="Weekly", dates=dots)
    shard = judged(made, timeframe=WEEKLY, last_day=FRIDAY + timedelta(days=2))
    assert shard.dots["date"].to_list() == [wednesday - timedelta(days=1)]
    assert shard.off_bar.is_empty()


def test_published_all_the_same_they_are_counted() -> None:
    made = answered(ms(at("11:12")), dates=[{"blueDotDate": str(FRIDAY)}])
    shard = judged(made, publish=True)
    stock = stock_of(shard)
    assert (stock["last_session"], stock["unfinished_bars"], shard.dots["date"].to_list()) == (FRIDAY, 1, [FRIDAY])


def test_an_unfinished_bar_without_values_is_no_impossible_one() -> None:
    empty = bar(open=None, high=None, low=None, close=None, volume=None)
    stock = stock_of(judged(answered(ms(at("08:00")), [empty, *bars(5, newest=THURSDAY)])))
    assert (stock["bars"], stock["unfinished_bars"], stock["dropped_bars"]) == (5, 1, 0)


def test_a_stock_with_no_other_bar_is_rejected_with_the_reason() -> None:
    rejected = judged(answered(ms(at("11:12")), [bar()])).rejected
    assert rejected["reason"].item().startswith("no bars: the session of each was not over when the vendor answered")
    assert rejected["field"].item() == "responseHeader.asOfDate"


@pytest.mark.parametrize(
    "value",
    [
        None, 0, -1, True, "soon", [], {}, float("inf"), 10**400,
        pytest.param(int(at("18:00").timestamp()), id="seconds"),
        pytest.param(ms(at("18:00")) * 1000, id="microseconds"),
        pytest.param(midnight_ms(FRIDAY), id="midnight at the exchange"),
        pytest.param(midnight_ms(FRIDAY, "UTC"), id="midnight UTC"),
        pytest.param(ms(at("18:00", day=date(2024, 7, 10))), id="weeks before its newest bar"),
        pytest.param(ms(at("18:00", day=date(2031, 7, 10))), id="years after the file was written"),
    ],
)  # fmt: skip
def test_an_absurd_answer_is_none_and_judges_nothing(value: Any) -> None:
    stock = stock_of(judged(answered(value)))
    assert (stock["known"], stock["last_session"], stock["unfinished_bars"]) == (None, FRIDAY, 0)


def test_an_answer_as_text_counts_and_so_does_one_of_a_file_whose_time_was_lost() -> None:
    known = at("18:00")
    assert stock_of(judged(answered(str(ms(known)))))["known"] == known
    assert stock_of(judged(answered(ms(known)), modified=datetime(1980, 1, 1, tzinfo=UTC)))["known"] == known


def test_the_same_bytes_decide_the_same_whenever_they_are_read() -> None:
    made = answered(ms(at("11:12")))
    first, later = (judged(made, modified=datetime(2024, 8, day, tzinfo=UTC)) for day in (3, 30))
    assert first.bars.equals(later.bars) and first.stocks.equals(later.stocks)


# Where the header is silent


def test_a_quote_before_the_close_judges_nothing_by_itself() -> None:
    shard = judged(answered(None, quoted=ms(at("13:05"))))
    assert (stock_of(shard)["known"], stock_of(shard)["last_session"]) == (None, FRIDAY)


def test_the_latest_quote_of_the_exchange_decides_on_files_that_do_not_say() -> None:
    early = [answered(None, quoted=ms(at(clock))) for clock in ("09:20", "11:12")]
    quotes = deciding_quotes(judged(*early).answers, DAYS, DAILY)
    assert quotes == {INDIA: at("11:17")}  # the next one may take minutes
    assert set(judged(*early, quotes=quotes).stocks["last_session"]) == {THURSDAY}
    late = [*early, answered(None, quoted=ms(at("15:30:16")))]
    assert deciding_quotes(judged(*late).answers, DAYS, DAILY) == {}
    last = [*early, answered(None, quoted=ms(at("15:27")))]
    assert deciding_quotes(judged(*last).answers, DAYS, DAILY) == {}


def test_a_quote_is_asked_only_where_a_header_is_silent_and_of_its_own_exchange() -> None:
    said = answered(ms(at("18:00")), quoted=ms(at("11:12")))
    assert deciding_quotes(judged(said, said).answers, DAYS, DAILY) == {}
    abroad = answered(None, zone=NEW_YORK, quoted=ms(at("11:00", NEW_YORK)))
    shard = judged(said, abroad)
    assert deciding_quotes(shard.answers, DAYS, DAILY) == {NEW_YORK: at("11:05", NEW_YORK)}
    again = judged(said, abroad, quotes={NEW_YORK: at("11:00", NEW_YORK)})
    assert [stock_of(again, name)["unfinished_bars"] for name in ("DIXON", "ZOMATO")] == [0, 1]


def test_nothing_at_all_is_not_judged() -> None:
    shard = judged(answered(None), answered(None))
    assert deciding_quotes(shard.answers, DAYS, DAILY) == {}
    assert shard.answers["known"].null_count() == 2


def test_the_facts_of_each_file_have_its_newest_bar_and_whether_it_was_over() -> None:
    ahead = answered(ms(at("11:00", day=FRIDAY)), bars(30, newest=FRIDAY))
    (row,) = judged(ahead, last_day=THURSDAY).answers.rows(named=True)
    assert (row["newest"], row["finished"], row["unfinished"]) == (FRIDAY, THURSDAY, None)
    assert judged().answers.schema["newest"] == pl.Date()
