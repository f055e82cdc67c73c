"""One sample file as source-format.md describes it: bars, weekly bars and dots, parsed back with plain json."""

import datetime as dt
import json
import statistics
import types
from dataclasses import replace
from typing import Any

import pytest

from bluedot_assets.kernel.sample.market import DOT_WINDOW
from bluedot_assets.kernel.sample.tree import SampleFile, sample_files
from bluedot_assets.kernel.source.vendor_fields import SAMPLE_GENERATOR
from bluedot_assets_tests.examples.sample_reading import (
    FRIDAY,
    PLAN,
    ZONES,
    dates_of,
    dots_of,
    in_folder,
    instant,
    is_session,
    parse,
    rows_of,
    zone_of,
)


@pytest.fixture(scope="module")
def tree() -> dict[str, SampleFile]:
    return {file.path: file for file in sample_files(PLAN)}


@pytest.fixture(scope="module")
def parsed(tree: dict[str, SampleFile]) -> dict[str, Any]:
    return parse(tree)


@pytest.fixture(scope="module")
def newest_daily(parsed: dict[str, Any]) -> dict[str, Any]:
    return in_folder(parsed, "daily/2024-08-02")


@pytest.fixture(scope="module")
def newest_weekly(parsed: dict[str, Any]) -> dict[str, Any]:
    return in_folder(parsed, "weekly/2024-W31")


# One file


def test_files_are_indented_json_of_the_size_the_vendor_sends(tree: dict[str, SampleFile]) -> None:
    daily = [file.content for path, file in tree.items() if path.endswith("_daily.json")]
    assert all(50_000 < len(content) < 150_000 for content in daily)
    assert all(content.startswith(b'{\n  "responseHeader": {\n    "error": false') for content in daily)


def test_every_sample_json_says_that_it_is_invented(parsed: dict[str, Any]) -> None:
    assert {doc["responseHeader"]["generator"] for doc in parsed.values()} == {SAMPLE_GENERATOR}


def test_bars_are_newest_first_and_each_date_comes_once(parsed: dict[str, Any]) -> None:
    for doc in parsed.values():
        dates = dates_of(doc)
        assert dates == sorted(set(dates), reverse=True)


def test_every_bar_is_midnight_at_its_exchange_on_both_sides_of_daylight_saving(parsed: dict[str, Any]) -> None:
    utc_hours: dict[str, set[int]] = {zone.key: set() for zone in ZONES.values()}
    for doc in parsed.values():
        zone = zone_of(doc)
        moments = [instant(row, zone) for row in rows_of(doc)]
        assert {(at.hour, at.minute, at.second) for at in moments} == {(0, 0, 0)}
        utc_hours[zone.key] |= {at.astimezone(dt.UTC).hour for at in moments}
    assert utc_hours == {"Asia/Kolkata": {18}, "America/New_York": {4, 5}}


def test_daily_files_hold_about_300_bars_that_end_with_the_partition(newest_daily: dict[str, Any]) -> None:
    for doc in newest_daily.values():
        assert 295 <= len(rows_of(doc)) <= 305
        assert dates_of(doc)[0] == FRIDAY


def test_holiday_rows_copy_the_session_before_and_have_no_volume_and_no_rating(newest_daily: dict[str, Any]) -> None:
    for doc in newest_daily.values():
        rows = rows_of(doc)
        holidays = [place for place, row in enumerate(rows) if row["pdt"] == "Holiday"]
        assert 3 <= len(holidays) <= 12
        for place, day in enumerate(dates_of(doc)):
            assert (rows[place]["pdt"] == "TradingDate") == is_session(doc, day)
        for row, before in ((rows[place], rows[place + 1]) for place in holidays if place + 1 < len(rows)):
            assert (row["volume"], row["rlst"]) == (None, None)
            assert [row[name] for name in ("open", "high", "low", "close")] == [
                before[name] for name in ("open", "high", "low", "close")
            ]


def test_prices_are_possible_and_have_at_most_two_decimals(parsed: dict[str, Any]) -> None:
    for row in (row for doc in parsed.values() for row in rows_of(doc)):
        assert 0 < row["low"] <= min(row["open"], row["close"])
        assert max(row["open"], row["close"]) <= row["high"]
        assert all(round(row[name], 2) == row[name] for name in ("open", "high", "low", "close"))


def test_whole_prices_come_as_int_and_as_float(newest_daily: dict[str, Any]) -> None:
    closes = [row["close"] for doc in newest_daily.values() for row in rows_of(doc)]
    assert any(isinstance(close, int) for close in closes)
    assert any(isinstance(close, float) and close.is_integer() for close in closes)


def test_some_real_sessions_lack_a_rating_and_fewer_lack_volume_or_benchmark(newest_daily: dict[str, Any]) -> None:
    rows = [row for doc in newest_daily.values() for row in rows_of(doc) if row["pdt"] == "TradingDate"]
    null = {name: sum(row[name] is None for row in rows) / len(rows) for name in ("rlst", "volume", "bc")}
    assert 0.005 < null["rlst"] < 0.02
    assert 0 < null["volume"] < null["rlst"]
    assert 0 < null["bc"] < null["rlst"]
    assert all(0 <= row["rlst"] <= 99 and isinstance(row["rlst"], int) for row in rows if row["rlst"] is not None)


def test_the_benchmark_is_one_index_per_exchange(newest_daily: dict[str, Any]) -> None:
    levels: dict[tuple[str, dt.date], set[float]] = {}
    for doc in newest_daily.values():
        for day, row in zip(dates_of(doc), rows_of(doc), strict=True):
            if row["bc"] is not None:
                levels.setdefault((zone_of(doc).key, day), set()).add(row["bc"])
    assert all(len(level) == 1 and min(level) > 1000 for level in levels.values())


def test_a_small_sample_has_every_variant_of_the_format(newest_daily: dict[str, Any]) -> None:
    charts = [doc["chart"] for doc in newest_daily.values()]
    dot_data = [chart["blueDotData"] for chart in charts if chart.get("blueDotData")]
    assert {type(chart["prices"]) for chart in charts} == {list, dict}
    assert any("blueDotData" not in chart for chart in charts)
    assert any(chart.get("blueDotData", {}) is None for chart in charts)
    assert {type(data["dates"][0]) if data["dates"] else None for data in dot_data} == {dict, int, None}
    for flag in ("isASM", "isGSM"):
        assert {data[flag] for data in dot_data} == {0, 1}
    assert {chart["peripheralData"]["isETF"] for chart in charts} == {False, True}
    assert {type(chart["lastCompletedPattern"]) for chart in charts} == {dict, types.NoneType}
    assert any(
        doc["chart"]["peripheralData"]["symbol"] != name.removesuffix("_daily.json")
        for name, doc in newest_daily.items()
    )


# Weekly


def test_weekly_rows_are_trading_dates_on_the_weeks_friday(newest_weekly: dict[str, Any]) -> None:
    for doc in newest_weekly.values():
        dates = dates_of(doc)
        assert 110 <= len(dates) <= 120
        assert {day.weekday() for day in dates} == {4}
        assert {row["pdt"] for row in rows_of(doc)} == {"TradingDate"}
        assert any(not is_session(doc, day) for day in dates), "a Friday that was a holiday keeps its row"


def test_a_weekly_bar_is_made_of_its_weeks_sessions(
    newest_daily: dict[str, Any], newest_weekly: dict[str, Any]
) -> None:
    for name, daily in newest_daily.items():
        weekly = newest_weekly[name.replace("_daily", "_weekly")]
        sessions: dict[dt.date, list[dict[str, Any]]] = {}
        for day, row in zip(dates_of(daily), rows_of(daily), strict=True):
            if row["pdt"] == "TradingDate":
                sessions.setdefault(day + dt.timedelta(days=4 - day.weekday()), []).insert(0, row)
        for day, bar in list(zip(dates_of(weekly), rows_of(weekly), strict=True))[:50]:
            week = sessions[day]
            assert (bar["open"], bar["close"]) == (week[0]["open"], week[-1]["close"])
            assert bar["high"] == max(row["high"] for row in week)
            assert bar["low"] == min(row["low"] for row in week)
            assert bar["bc"] == week[-1]["bc"]


def test_a_week_that_goes_on_is_no_folder_yet() -> None:
    wednesday = replace(PLAN, stocks=1, days=0, weeks=1, end=dt.date(2024, 7, 31))
    (weekly,) = (json.loads(file.content) for file in sample_files(wednesday) if file.path.endswith(".json"))
    assert dates_of(weekly)[0] == FRIDAY - dt.timedelta(days=7)


def test_the_answer_comes_after_the_day_and_most_stocks_are_quoted_just_after_the_close(parsed: dict[str, Any]) -> None:
    quoted = []
    for doc in parsed.values():
        close, day = (15, 30) if zone_of(doc).key == "Asia/Kolkata" else (16, 0), dates_of(doc)[0]
        over = dt.datetime(day.year, day.month, day.day, *close, tzinfo=zone_of(doc)).timestamp() * 1000
        assert doc["responseHeader"]["asOfDate"] > over
        quoted.append(doc["chart"]["peripheralData"]["asOfDate"] - over)
    assert all(-7_200_000 <= late < 60_000 for late in quoted)
    assert 0.8 < sum(late > 0 for late in quoted) / len(quoted) < 1


# Dots


def test_about_160_dots_reach_back_four_years_newest_first(newest_daily: dict[str, Any]) -> None:
    dotted = [dots for dots in map(dots_of, newest_daily.values()) if dots]
    assert 145 <= statistics.median(map(len, dotted)) <= 175
    assert all(dots == sorted(set(dots), reverse=True) for dots in dotted)
    assert all((FRIDAY - dots[-1]).days > 4 * 365 for dots in dotted)


def test_made_up_dots_stand_exactly_on_highs_of_close_over_bc(newest_daily: dict[str, Any]) -> None:
    seen = 0
    for doc in newest_daily.values():
        rows = [
            (day, row["close"], row["bc"])
            for day, row in zip(dates_of(doc), rows_of(doc), strict=True)
            if row["pdt"] == "TradingDate"
        ]
        dots = set(dots_of(doc))
        for newest in range(len(rows) - DOT_WINDOW if dots else 0):
            window = rows[newest : newest + DOT_WINDOW + 1]
            if all(bc is not None for _, _, bc in window):
                line = [close / bc for _, close, bc in window]
                assert (window[0][0] in dots) == (line[0] > max(line[1:]))
                seen += 1
    assert seen > 5000


def test_weekly_dots_are_the_daily_dates(newest_daily: dict[str, Any], newest_weekly: dict[str, Any]) -> None:
    for name, daily in newest_daily.items():
        assert dots_of(newest_weekly[name.replace("_daily", "_weekly")]) == dots_of(daily)
    weekdays = {day.weekday() for doc in newest_weekly.values() for day in dots_of(doc)}
    assert weekdays == {0, 1, 2, 3, 4}
