"""What can be said of a value, of files and tables made by hand: verbatim records, and every rule that may have touched
one."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from bluedot_assets.kernel.bars.answers import AnswerRules
from bluedot_assets.kernel.bars.normalize import NormalizeRules, normalize
from bluedot_assets.kernel.calendar.own_days import own_days_of, parse_own_days
from bluedot_assets.kernel.calendar.sessions import EVERY_WEEKDAY, TradingDays
from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY, Timeframe
from bluedot_assets.kernel.errors import UsageError
from bluedot_assets.kernel.history.adjustments import ADJUSTMENTS
from bluedot_assets.kernel.history.published import HISTORY, bars_of
from bluedot_assets.kernel.history.tables import LISTED, RATINGS, VERSIONS, VOLUMES
from bluedot_assets.kernel.history.update import Book, File
from bluedot_assets.kernel.series.indicators import INDICATORS
from bluedot_assets.kernel.series.provenance.evidence import OfPartition, StoredSeries
from bluedot_assets.kernel.series.provenance.explanation import Explanation, explained
from bluedot_assets.kernel.series.provenance.kept import kept_of
from bluedot_assets.kernel.series.provenance.question import question_of
from bluedot_assets.kernel.series.provenance.vendor_records import texts_of
from bluedot_assets.kernel.source.raw_file import RawFile
from bluedot_assets_tests.examples.vendor_files import FRIDAY, ZONES, bar, bars, document, midnight_ms, raw

THURSDAY = FRIDAY - timedelta(days=1)


def of_file(
    file: RawFile, day: date = FRIDAY, field: str | None = None, *, timeframe: Timeframe = DAILY, **more: Any
) -> Explanation:
    """What is said of the one file of a partition that ends on FRIDAY; `more` replaces parts of what is stored."""
    answers = more.pop("answers", AnswerRules())
    rules = NormalizeRules(timeframe, timeframe.end(timeframe.key_of(FRIDAY)), ZONES, answers)
    shard, question = normalize([file], rules), question_of("DIXON", day.isoformat(), timeframe, field)
    rejected = shard.rejected.to_dicts()
    stored = question.of(shard.bars, "session").drop("symbol").to_dicts()
    stock = next(iter(shard.stocks.to_dicts()), None)
    of = OfPartition(timeframe.key_of(FRIDAY), stock, rejected, rules, stored, file)
    return explained(question, replace(of, **more), None, answers.days, [of.key])


def rules_of(found: Explanation) -> list[str]:
    return [one.rule for one in found.rules]


@pytest.mark.parametrize(
    ("content", "prices", "dots"),
    [
        ('[{"a": 1.00}, 7], "blueDotData": null', ['{"a": 1.00}', "7"], []),
        ('{"0": {"a": 1e2}}, "blueDotData": {"dates": ["2024-08-02"]}', ['{"a": 1e2}'], ['"2024-08-02"']),
        ('[{"a": NaN, "b": "NaN \\" -Infinity"}]', ['{"a": NaN, "b": "NaN \\" -Infinity"}'], []),
        ('[], "blueDotData": {"dates": {"blueDotDate": 5}}', [], ['{"blueDotDate": 5}']),
        ('null, "blueDotData": {"dates": {"x": 5, "y": null}}', [], ["5", "null"]),
        ('["₹"], "blueDotData": {"dates": "2024-08-02"}', ['"₹"'], ['"2024-08-02"']),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_records_are_cut_out_as_they_are_written(
    content: str, encoding: str, prices: list[str], dots: list[str]
) -> None:
    texts = texts_of(f'{{"chart": {{"prices": {content}}}}}'.encode(encoding))
    assert [one.text for one in texts.prices] == prices
    assert [one.text for one in texts.dots] == dots


def test_a_record_that_was_taken_as_it_came_met_no_rule() -> None:
    file = raw(document(bars(3), dates=[FRIDAY.isoformat()]))
    found = of_file(file, THURSDAY)
    assert found.file
    (record,) = found.file.records
    assert (record.path, record.fate, json.loads(record.text)) == ("chart.prices[1]", "kept", bar(THURSDAY))
    assert file.content is not None
    assert record.text.encode() in file.content
    assert (found.absent, rules_of(found), found.notes) == (None, [], [])
    assert found.file.timezone_because == "3 of the file's 3 priceDates are midnight there, 0 in America/New_York"


@pytest.mark.parametrize(
    ("record", "rule"),
    [
        (bar(THURSDAY, pdt="Holiday"), "holiday"),
        (bar(THURSDAY, open=0, high=0, low=0, volume=0), "suspended"),
        (bar(THURSDAY, close=None), "impossible"),
        (bar(THURSDAY, high=1), "impossible"),
    ],
)
def test_a_dropped_record_says_by_which_rule(record: dict[str, Any], rule: str) -> None:
    file = raw(document([bar(FRIDAY), record, *bars(20, newest=THURSDAY - timedelta(days=1))]))
    found = of_file(file, THURSDAY)
    assert (rules_of(found), found.bar) == ([rule], None)
    assert found.absent == found.rules[0].sentence
    assert found.absent.startswith("chart.prices[1] was dropped: ")


@pytest.mark.parametrize(("close", "rule"), [(103, "repeated"), (102, "conflicting")])
def test_of_two_records_of_a_day_the_second_is_dropped(close: float, rule: str) -> None:
    found = of_file(raw(document([bar(), bar(close=close), *bars(20, newest=THURSDAY)])))
    assert found.file
    assert [one.fate for one in found.file.records] == ["kept", rule]
    assert rules_of(found) == [rule]
    assert found.bar and found.bar["close"] == 103
    assert found.absent is None


def test_what_is_after_the_end_or_was_not_over_is_dropped() -> None:
    monday = FRIDAY + timedelta(days=3)
    found = of_file(raw(document([bar(monday), *bars(3)])), monday)
    assert (rules_of(found), found.partition) == (["future"], FRIDAY.isoformat())
    dot = of_file(raw(document(bars(3), dates=[monday.isoformat()])), monday, "dot")
    assert dot.file and [one.fate for one in dot.file.records] == ["future"]
    noon = {"error": False, "asOfDate": midnight_ms(FRIDAY) + 12 * 3600 * 1000}
    early = {**document(bars(3), dates=[FRIDAY.isoformat()]), "responseHeader": noon}
    found = of_file(raw(early))
    assert rules_of(found) == ["unfinished", "unfinished"]  # its bar and its dot
    dot = of_file(raw(early), field="dot")
    assert dot.absent == found.absent
    kept = of_file(raw(early), answers=AnswerRules(publish=True))
    assert (rules_of(kept), kept.absent) == (["unfinished"], None)


def test_values_that_are_kept_otherwise_than_they_came_are_named() -> None:
    record = bar(high=103.99999999, close=104, volume=10.4, rlst=150, bc=-1)
    found = of_file(raw(document([record, *bars(20, newest=THURSDAY)])))
    assert [(one.rule, one.sentence.split()[0]) for one in found.rules] == [
        ("clamped", "high"),
        ("rounded", "volume"),
        ("nulled", "rlst"),
        ("nulled", "bc"),
    ]
    alone = of_file(raw(document([record, *bars(20, newest=THURSDAY)])), field="rlst")
    assert [one.sentence for one in alone.rules] == ["rlst 150.0 is no number or out of range: taken as null."]
    assert alone.bar == {"session": FRIDAY, "rlst": None}


def test_another_form_is_named_where_it_is_about_what_is_asked() -> None:
    file = raw(document([bar(close="103"), *bars(3, newest=THURSDAY)]))
    assert rules_of(of_file(file, field="close")) == ["other_form"]
    assert rules_of(of_file(file, field="rlst")) == []
    dots = raw(document(bars(3), dates={"0": {"blueDotDate": FRIDAY.isoformat()}}))
    assert rules_of(of_file(dots, field="dot")) == ["other_form"]
    assert rules_of(of_file(dots, field="close")) == []


def test_a_file_whose_records_cannot_be_cut_out_is_named() -> None:
    good = json.dumps(document(bars(3)))
    file = raw(good.replace('"responseHeader"', '"\\ud800": 1, "responseHeader"', 1).encode())
    found = of_file(file)
    assert found.bar and found.file and found.file.md5
    assert (found.bar["close"], found.file.records, found.rules) == (103, [], [])
    assert found.notes[0].startswith("The records cannot be cut out of DIXON_daily.json: ")


def test_a_dot_on_no_bar_is_shown_with_why_there_is_no_bar() -> None:
    holiday = bar(THURSDAY, pdt="Holiday")
    file = raw(document([bar(), holiday, *bars(3, newest=THURSDAY - timedelta(days=1))], dates=[THURSDAY.isoformat()]))
    found = of_file(file, THURSDAY, "dot")
    assert found.file
    assert [(one.path, one.fate) for one in found.file.records] == [("chart.blueDotData.dates[0]", "kept")]
    assert found.absent and "a Holiday placeholder" in found.absent
    assert of_file(file, FRIDAY, "dot").absent == f"The vendor lists no dot of {FRIDAY}."


def test_a_weekly_bar_that_was_made_of_daily_ones_says_so() -> None:
    file = raw(document(bars(1), periodcity="Weekly", dates=["2024-07-31"]), "DIXON_weekly.json")
    (made,) = [{**bar(), "session": FRIDAY, "blue_dot": True, "close": 104.0}]
    found = of_file(file, FRIDAY, timeframe=WEEKLY, bars=[made], from_daily="those of daily/2024-08-02")
    assert rules_of(found) == ["from_daily"]
    assert found.file
    assert [one.day for one in found.file.records] == [FRIDAY, date(2024, 7, 31)]  # a dot of any day of the week
    other = of_file(file, FRIDAY, timeframe=WEEKLY, bars=[made])
    assert rules_of(other) == ["read_otherwise"]


def test_the_line_of_a_series_is_counted_and_only_those_of_the_value_are_given() -> None:
    csvs = [
        StoredSeries(INDICATORS[name], f"DIXON_{name}.csv", "zip", content)
        for name, content in (
            ("PRICE_DATA", b"20240801T,1,1,1,1,0\n20240802T,2,2,2,2,0\n"),
            ("RLST_RATING", b"20240801T,78,78,78,78,0\n"),
        )
    ]
    found = of_file(raw(document(bars(3))), series=csvs)
    lines = [(one.file, one.line, one.text) for one in found.published]
    assert lines == [("DIXON_PRICE_DATA.csv", 2, "20240802T,2,2,2,2,0"), ("DIXON_RLST_RATING.csv", None, None)]
    only = of_file(raw(document(bars(3))), field="rlst", series=[replace(one, outdated=True) for one in csvs])
    assert [one.file for one in only.published] == ["DIXON_RLST_RATING.csv"]
    assert "are of other bars than are stored now" in only.notes[0]


def test_files_that_gave_no_series_are_named() -> None:
    row = {"file": "DIX&ON_daily.json", "origin_id": "x", "reason": "older", "kind": "superseded"}
    found = of_file(raw(document(bars(3))), rejected=[row], rejected_since={"2024-08-05": row})
    assert rules_of(found) == ["superseded"]
    assert found.notes == ["2024-08-05 is newer, but its file DIX&ON_daily.json was rejected: older."]
    rejected = of_file(raw(b"nothing"))
    assert str(rejected.absent).startswith(f"The file DIXON_daily.json of {FRIDAY} was rejected: not JSON: ")
    assert rejected.file and rejected.file.md5
    assert rules_of(rejected) == []


def test_a_day_without_a_record_is_no_session_or_is_missing() -> None:
    few = raw(document([bar(), *bars(3, newest=FRIDAY - timedelta(days=3))]))
    saturday, closed = FRIDAY - timedelta(days=6), FRIDAY - timedelta(days=1)
    assert of_file(raw(document([bar(), bar(FRIDAY - timedelta(days=7))])), saturday).absent == (
        "Saturday, 2024-07-27 was no session by the weekdays (BLUEDOT_CALENDARS has none for Asia/Kolkata)."
    )
    missing = "The stored bars of DIXON_daily.json have none of it, though by the weekdays "
    assert of_file(few, closed).absent == f"{missing}(BLUEDOT_CALENDARS has none for Asia/Kolkata) it was a session."
    own = TradingDays(own=own_days_of(parse_own_days(["2024-08-01"])))
    found = of_file(few, closed, answers=AnswerRules(own))
    assert found.absent == "Thursday, 2024-08-01 was no session by BLUEDOT_HOLIDAYS."
    weeks = raw(document([bar(), bar(FRIDAY - timedelta(days=14))], periodcity="Weekly"), "DIXON_weekly.json")
    assert "have none of it" in str(of_file(weeks, FRIDAY - timedelta(days=7), timeframe=WEEKLY).absent)


def test_a_file_that_would_be_rejected_now_is_named_without_its_records() -> None:
    file = raw(document(bars(3)))
    rules = NormalizeRules(DAILY, FRIDAY, ("America/New_York",), AnswerRules())
    found = of_file(file, rules=rules)
    assert found.bar and found.file
    assert (found.file.records, found.file.timezone) == ([], None)
    assert rules_of(found) == []
    assert "DIXON_daily.json would be rejected now (its bars are midnight in none" in found.notes[0]


@pytest.mark.parametrize(
    ("day", "timeframe", "first", "last"),
    [
        ("2024-08-02", DAILY, "2024-08-02", "2024-08-02"),
        ("2024-W31", WEEKLY, "2024-07-29", "2024-08-04"),
        ("2024-08-04", WEEKLY, "2024-07-29", "2024-08-04"),
    ],
)
def test_a_question_is_about_a_day_or_a_week(day: str, timeframe: Timeframe, first: str, last: str) -> None:
    question = question_of("m&m", day, timeframe)
    assert (question.symbol, str(question.first), str(question.last)) == ("M_M", first, last)


@pytest.mark.parametrize(("day", "timeframe"), [("2024-W31", DAILY), ("2024-02-30", WEEKLY), ("today", DAILY)])
def test_a_question_about_no_day_is_refused(day: str, timeframe: Timeframe) -> None:
    with pytest.raises(UsageError, match=f"'{day}' is no "):
        question_of("DIXON", day, timeframe)


def test_without_any_partition_and_history_nothing_is_known() -> None:
    found = explained(question_of("DIXON", "2024-08-02", DAILY), None, None, EVERY_WEEKDAY, [])
    assert found.absent == "No stored partition that was searched has a bar of it, nor has the history."


@pytest.mark.parametrize(
    ("known", "restated_from", "state", "how"),
    [
        (datetime(2024, 8, 5, tzinfo=UTC), date(2024, 8, 1), "applied", "left"),
        (datetime(2024, 8, 5, tzinfo=UTC), date(2024, 8, 5), "applied", "scaled"),
        (datetime(2024, 8, 5, tzinfo=UTC), date(2024, 8, 5), "by hand", "scaled"),
        (datetime(2024, 8, 5, tzinfo=UTC), date(2024, 8, 5), "frozen", "undecided"),
        (datetime(2024, 8, 3, tzinfo=UTC), date(2024, 8, 1), "frozen", "restated"),
    ],
)
def test_what_an_adjustment_did_with_the_bar_is_what_the_history_did(
    known: datetime, restated_from: date, state: str, how: str
) -> None:
    given = {"open": 4.0, "high": 4.0, "low": 4.0, "close": 4.0, "bc": 1.0, "partition": FRIDAY.isoformat()}
    version = {"symbol": "DIXON", "session": FRIDAY, **given, "known_from": datetime(2024, 8, 3, tzinfo=UTC)}
    adjusted = {"symbol": "DIXON", "effective": date(2024, 8, 6), "ratio": None if state == "frozen" else 0.5}
    adjusted |= {"known": known, "restated_from": restated_from, "state": state, "bars": 20, "shares": False}
    tables = {
        VERSIONS: pl.DataFrame([version], VERSIONS.polars_schema),
        ADJUSTMENTS: pl.DataFrame([adjusted], ADJUSTMENTS.polars_schema),
    }
    bars = bars_of(tables[VERSIONS], RATINGS.empty(), VOLUMES.empty(), LISTED.empty(), tables[ADJUSTMENTS], DAILY)
    there = frozenset({File(VERSIONS, 2024), File(HISTORY, 2024), File(ADJUSTMENTS)})
    book = Book(there, lambda file: {**tables, HISTORY: bars}[file.table])
    kept = kept_of(book, question_of("DIXON", FRIDAY.isoformat(), DAILY, "close"))
    assert [one["how"] for one in kept.adjustments] == [how]
    assert kept.bar
    assert kept.bar["basis"] == {"scaled": "scaled", "undecided": "unknown"}.get(how, "same")
    assert kept.bar["close"] == (2.0 if how == "scaled" else 4.0)
    assert kept.prices == [
        {
            "session": FRIDAY,
            "close": 4.0,
            "partition": FRIDAY.isoformat(),
            "known_from": version["known_from"],
            "known_until": None,
        }
    ]
