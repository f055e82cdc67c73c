"""`bluedot explain`: each number of it against what a vendor gave who misbehaved in all ways over three days."""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from bluedot_assets.adapters.storage.layout import Slot
from bluedot_assets.kernel.series.provenance.question import FIELDS
from bluedot_assets_tests.examples.command_line import Bluedot, Called
from bluedot_assets_tests.examples.trees import DAY, DAYS, SERIES, WEEK, Installation, stock_files

STAGES: Final = ("raw_json", "bars", "history", *SERIES)
CORRECTED: Final = "2024-07-29"  # whose close of the first stock is another from the second day on
DAMAGED: Final = "2024-07-26"  # whose record of the fourth stock is impossible on the last day
WITHDRAWN, LATE = "2024-07-24", "2024-07-25"  # dots of the third stock
Prices = list[dict[str, Any]]


def path_of(here: Installation, number: int, day: str = DAY, timeframe: str = "daily") -> Path:
    return stock_files(here.source / timeframe / day)[number]


def prices_of(document: Any) -> Prices:
    prices = document["chart"]["prices"]
    return list(prices.values() if isinstance(prices, dict) else prices)


def changed(path: Path, change: Callable[[Any, Prices], None]) -> None:
    document = json.loads(path.read_bytes())
    change(document, prices_of(document))
    path.write_text(json.dumps(document))


def session_of(record: Any, zone: str) -> str:
    return datetime.fromtimestamp(record["priceDate"] / 1000, ZoneInfo(zone)).date().isoformat()


def zone_of(records: Prices) -> str:
    at = datetime.fromtimestamp(records[0]["priceDate"] / 1000, UTC)
    return "Asia/Kolkata" if (at.hour, at.minute) == (18, 30) else "America/New_York"


def record_of(records: Prices, day: str) -> dict[str, Any]:
    zone = zone_of(records)
    (found,) = [one for one in records if session_of(one, zone) == day]
    return found


def correct(document: Any, records: Prices) -> None:
    record_of(records, CORRECTED)["close"] = record_of(records, CORRECTED)["low"]


def split(document: Any, records: Prices) -> None:
    """1:2, of all but the newest session."""
    for record in records[1:]:
        for name in ("open", "high", "low", "close"):
            record[name] = round(record[name] / 2, 2)
        record["volume"] = record["volume"] and 2 * record["volume"]


def damage(document: Any, records: Prices) -> None:
    record_of(records, DAMAGED)["high"] = 0


def dots(*days: str) -> Callable[[Any, Prices], None]:
    def change(document: Any, records: Prices) -> None:
        document["chart"]["blueDotData"] = {"dates": [{"blueDotDate": day} for day in days]}

    return change


@pytest.fixture(scope="module")
def lived(sample_tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    root = tmp_path_factory.mktemp("lived") / "here"
    shutil.copytree(sample_tree, root / "drive", symlinks=True)
    here = Installation(root)
    for day in DAYS[1:]:
        changed(path_of(here, 0, day), correct)
    changed(path_of(here, 1), split)
    for day, listed in zip(DAYS, ([WITHDRAWN], [], [LATE]), strict=True):
        changed(path_of(here, 2, day), dots(*listed))
    changed(path_of(here, 3), damage)
    shutil.copy(path_of(here, 3, DAYS[0]), here.source / "daily" / DAYS[0] / "ZBAD_daily.json")
    (here.source / "daily" / DAY / "ZBAD_daily.json").write_text("no JSON")
    week = path_of(here, 0, WEEK, "weekly")
    changed(week, lambda _, records: records[0].update(volume=1 + records[0]["volume"]))
    here.set(BLUEDOT_WEEKLY_FROM="daily")
    here.set(BLUEDOT_MIN_COMPLETE=50)
    for day in DAYS:
        assert here.run("daily", day, *STAGES).success
    assert here.run("weekly", WEEK, *STAGES).success
    return here


def named(number: int, here: Installation) -> str:
    return path_of(here, number).name.removesuffix("_daily.json").replace("&", "_")


@pytest.fixture
def of_lived(bluedot: Bluedot, lived: Installation, monkeypatch: pytest.MonkeyPatch) -> Bluedot:
    """The command on it."""
    return calling(bluedot, lived, monkeypatch)


def calling(bluedot: Bluedot, here: Installation, monkeypatch: pytest.MonkeyPatch) -> Bluedot:
    for name in ("source", "data", "site"):
        monkeypatch.setenv(f"BLUEDOT_{name.upper()}", str(getattr(here, name)))

    def call(*words: str, **settings: str) -> Called:
        called = bluedot("explain", *words, **settings)
        assert called.code in {0, 2}, called.err
        return called

    return call


def answer(call: Bluedot, *words: str) -> Any:
    called = call(*words, "--json")
    assert (called.code, called.err) == (0, "")
    return json.loads(called.text)


def test_every_number_is_that_of_the_vendors_file(of_lived: Bluedot, lived: Installation) -> None:
    path, symbol = path_of(lived, 0), named(0, lived)
    text = path.read_text()
    given = record_of(prices_of(json.loads(text)), "2024-07-30")
    found = answer(of_lived, symbol, "2024-07-30")
    (record,) = found["file"]["records"]
    assert (json.loads(record["text"]), record["text"] in text, record["fate"]) == (given, True, "kept")
    assert at_path(json.loads(text), record["path"]) == given
    numbers = {name: given[name] for name in ("open", "high", "low", "close", "volume", "rlst", "bc")}
    assert found["bar"] == {"session": "2024-07-30", **numbers, "blue_dot": False}
    assert found["file"]["md5"] == md5_of(path)
    assert (found["file"]["name"], found["file"]["origin_id"]) == (path.name, f"daily/{DAY}/{path.name}")
    assert (found["partition"], found["absent"], found["rules"], found["notes"]) == (DAY, None, [], [])
    series = {one["file"]: one for one in found["published"]}
    assert series[f"{symbol}_PRICE_DATA.csv"]["text"].split(",") == [
        "20240730T",
        *(f"{given[name]:.10g}" for name in ("open", "high", "low", "close", "volume")),
    ]
    for one in series.values():
        csv = of_csv(lived, one["file"]).splitlines()
        assert csv[one["line"] - 1] == one["text"]


def md5_of(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def at_path(document: Any, path: str) -> Any:
    for part in path.replace("[", ".").replace("]", "").split("."):
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document


def of_csv(here: Installation, name: str) -> str:
    for path in (here.data / "series/daily" / DAY).glob("*.zip"):
        with zipfile.ZipFile(path) as archive:
            if name in archive.namelist():
                return archive.read(name).decode()
    raise AssertionError(name)


def first_of(here: Installation, number: int) -> str:
    records = prices_of(json.loads(path_of(here, number, DAYS[0]).read_bytes()))
    return session_of(records[-1], zone_of(records))


def moment(day: str, zone: str = "Asia/Kolkata") -> str:
    """When the sample's vendor answers with that day's files."""
    over = datetime.combine(date.fromisoformat(day) + timedelta(days=1), time(0, 25), ZoneInfo(zone))
    return f"{over.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def test_a_corrected_price_has_two_versions_with_their_knowledge_times(of_lived: Bluedot, lived: Installation) -> None:
    before, after = (
        record_of(prices_of(json.loads(path_of(lived, 0, day).read_bytes())), CORRECTED)["close"] for day in DAYS[:2]
    )
    assert before != after
    found = answer(of_lived, named(0, lived), CORRECTED, "--field", "close")
    first = {"close": before, "partition": DAYS[0], "known_from": moment(DAYS[0]), "known_until": moment(DAYS[1])}
    second = {"close": after, "partition": DAYS[1], "known_from": moment(DAYS[1]), "known_until": None}
    assert found["history"]["prices"] == [{"session": CORRECTED, **one} for one in (first, second)]
    assert found["history"]["bar"]["revisions"] == 1
    assert found["history"]["bar"]["close_traded"] == before
    assert [one["file"] for one in found["published"]] == [f"{named(0, lived)}_PRICE_DATA.csv"]
    assert found["bar"] == {"session": CORRECTED, "close": after}
    high = answer(of_lived, named(0, lived), CORRECTED, "--field", "high")  # the same, all the time
    assert [one["known_until"] for one in high["history"]["prices"]] == [None]
    assert (high["history"]["volumes"], high["history"]["ratings"], high["history"]["ledger"]) == ([], [], [])


def test_a_split_is_restated_by_the_vendor_or_scaled_beyond_his_window(of_lived: Bluedot, lived: Installation) -> None:
    (inside,) = answer(of_lived, named(1, lived), "2024-07-30")["history"]["adjustments"]
    assert (inside["nearest"], inside["effective"], inside["how"]) == ("1:2 split", DAY, "restated")
    assert answer(of_lived, named(1, lived), DAY)["history"]["adjustments"] == []  # on the new basis from the start
    first = first_of(lived, 1)
    given = record_of(prices_of(json.loads(path_of(lived, 1, DAYS[0]).read_bytes())), first)
    found = answer(of_lived, named(1, lived), first)
    (outside,) = found["history"]["adjustments"]
    bar = found["history"]["bar"]
    assert (found["partition"], outside["how"], bar["basis"]) == (DAYS[0], "scaled", "scaled")
    assert found["bar"]["close"] == bar["close_traded"] == given["close"]
    assert bar["close"] == pytest.approx(given["close"] * outside["ratio"], abs=1e-6)
    assert bar["volume"] == round(given["volume"] / outside["ratio"])
    assert bar["factor"] == outside["ratio"]
    assert "the history scales the bar by it" in of_lived(named(1, lived), first).text


@pytest.mark.parametrize(
    ("day", "origin", "known", "withdrawn", "listed"),
    [(WITHDRAWN, "hindsight", DAYS[0], DAYS[1], False), (LATE, "late", DAYS[2], None, True)],
)
def test_a_dot_comes_with_its_row_of_the_ledger(
    of_lived: Bluedot, lived: Installation, day: str, origin: str, known: str, withdrawn: str | None, listed: bool
) -> None:
    found = answer(of_lived, named(2, lived), day, "--field", "dot")
    (row,) = found["history"]["ledger"]
    until = withdrawn and moment(withdrawn)
    assert (row["origin"], row["known"], row["withdrawn"], row["run_day"]) == (origin, moment(known), until, 1)
    (listed_then,) = found["history"]["listed"]
    assert (listed_then["partition"], listed_then["known_from"], listed_then["known_until"]) == (
        known,
        moment(known),
        until,
    )
    assert [json.loads(one["text"]) for one in found["file"]["records"]] == [{"blueDotDate": day}] * listed
    assert found["absent"] == (None if listed else f"The vendor lists no dot of {day} any more: it was withdrawn.")
    (line,) = found["published"]
    assert line["text"] == f"{day.replace('-', '')}T," + ",".join([str(int(listed))] * 4) + ",0"


def test_a_dropped_record_is_named_with_its_rule_and_what_was_known_before(
    of_lived: Bluedot, lived: Installation
) -> None:
    found = answer(of_lived, named(3, lived), DAMAGED)
    (record,) = found["file"]["records"]
    assert (record["fate"], json.loads(record["text"])["high"]) == ("impossible", 0)
    assert [one["rule"] for one in found["rules"]] == ["impossible"]
    assert found["absent"].startswith(f"{record['path']} was dropped: a price is null or not above 0")
    assert found["bar"] is None
    assert found["history"]["bar"]["partition"] == DAYS[0]  # as it was given last
    assert [one["known_until"] for one in found["history"]["prices"]] == [moment(DAY, "America/New_York")]
    earlier = answer(of_lived, named(3, lived), DAMAGED, "--partition", DAYS[1])
    assert (earlier["partition"], earlier["bar"]["session"], earlier["absent"]) == (DAYS[1], DAMAGED, None)


def test_a_newer_file_that_was_rejected_is_named(of_lived: Bluedot) -> None:
    found = answer(of_lived, "ZBAD", DAYS[0])
    assert (found["partition"], found["bar"]["session"]) == (DAYS[0], DAYS[0])
    (note,) = found["notes"]
    assert note.startswith(f"{DAY} is newer, but its file ZBAD_daily.json was rejected: not JSON")


def test_a_week_is_asked_by_its_key_or_a_day_of_it(of_lived: Bluedot, lived: Installation) -> None:
    given = prices_of(json.loads(path_of(lived, 0, WEEK, "weekly").read_bytes()))[0]
    by_key, by_day = (answer(of_lived, named(0, lived), day, "--timeframe", "weekly") for day in (WEEK, "2024-07-31"))
    assert by_key == by_day
    assert (by_key["session"], by_key["partition"], by_key["bar"]["session"]) == (WEEK, WEEK, DAY)
    assert json.loads(by_key["file"]["records"][0]["text"]) == given
    days = [one for one in prices_of(json.loads(path_of(lived, 0).read_bytes()))[:5] if one["pdt"] == "TradingDate"]
    assert by_key["bar"]["volume"] == sum(one["volume"] for one in days) == given["volume"] - 1
    (rule,) = by_key["rules"]
    assert rule["sentence"].startswith(f"The bar was made of the daily bars of its week, those of daily/{DAY}, and")


@pytest.mark.parametrize(
    ("stock", "day", "why"),
    [
        (0, "2024-07-28", "Sunday, 2024-07-28 was no session by the calendar XBOM (Asia/Kolkata)."),
        (0, "2023-08-15", "was dropped: a Holiday placeholder (pdt), no day of trade."),
        (0, "2022-08-08", "It is before the first bar of "),
        (0, "2024-08-05", f"It is after {DAY}, and no newer partition that is stored has the stock."),
        ("ZBAD", DAY, f"The file ZBAD_daily.json of {DAY} was rejected: not JSON"),
    ],
)
def test_where_there_is_no_bar_it_says_why(
    of_lived: Bluedot, lived: Installation, stock: int | str, day: str, why: str
) -> None:
    words = (named(stock, lived) if isinstance(stock, int) else stock, day)
    found = answer(of_lived, *words)
    assert why in found["absent"]
    assert found["bar"] is None
    called = of_lived(*words)
    assert (called.code, why in called.text, called.err) == (0, True, "")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("NOBODY", DAY), "No daily partition has a stock NOBODY: give a published name, as "),
        (("AAPL", "2024-8-2"), "'2024-8-2' is no session: write it like 2024-08-02 (did you mean 2024-08-02?)."),
        (("AAPL", WEEK), "'2024-W31' is no session: write it like 2024-08-02 (a week goes with --timeframe weekly)."),
        (
            ("AAPL", DAY, "--partition", "2024-03-04"),
            f"daily/2024-03-04 is not stored here, the newest that is: {DAY}.",
        ),
        (("AAPL", DAY, "--partition", WEEK), "'2024-W31' is not a daily partition"),
        (("AAPL", DAY, "--field", "price"), "'price' is not one of 'open', 'high'"),
    ],
)
def test_what_cannot_be_asked_is_refused(of_lived: Bluedot, words: tuple[str, ...], why: str) -> None:
    called = of_lived(*words)
    assert (called.code, called.out) == (2, b"")
    assert why in called.err


def test_a_near_name_is_named(of_lived: Bluedot, lived: Installation) -> None:
    assert named(0, lived) in of_lived(named(0, lived)[:-1], DAY).err


def test_a_stock_is_also_found_by_the_name_of_its_file(of_lived: Bluedot, lived: Installation) -> None:
    assert answer(of_lived, named(0, lived).lower(), DAY)["bar"]


def test_a_pruned_partition_is_known_of_the_history_alone(
    bluedot: Bluedot, lived: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = lived.copy(tmp_path / "pruned")
    here.platform.outputs.partition("daily", DAYS[0]).drop()
    call, first = calling(bluedot, here, monkeypatch), first_of(here, 1)
    found = answer(call, named(1, here), first)
    assert (found["partition"], found["bar"], found["file"], found["published"]) == (None, None, None, [])
    assert found["absent"] is None
    assert found["history"]["bar"]["basis"] == "scaled"
    assert found["notes"] == [
        f"It is known from the history: the raw file of {DAYS[0]}, which it is from, is not stored any more."
    ]
    for day in DAYS[1:]:
        here.platform.outputs.partition("daily", day).drop()
    assert answer(call, named(1, here), DAY)["history"]["bar"]["session"] == DAY
    assert answer(call, named(1, here), "2020-01-01")["absent"].startswith("No stored partition that was searched has")
    assert named(1, here) in call("NOBODY", DAY).err


def test_without_the_raw_files_the_bar_is_still_explained(
    bluedot: Bluedot, lived: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = lived.copy(tmp_path / "no_raw")
    here.platform.outputs.drop(Slot("daily", DAY, "raw_json"))
    found = answer(calling(bluedot, here, monkeypatch), named(0, here), DAY)
    path = path_of(here, 0)
    assert found["bar"]["session"] == DAY
    assert (found["file"]["name"], found["file"]["md5"]) == (path.name, md5_of(path))
    assert (found["file"]["known"], found["file"]["timezone"]) == (moment(DAY), "Asia/Kolkata")
    assert (found["file"]["origin_id"], found["file"]["records"], found["rules"]) == (None, [], [])
    assert found["notes"] == [f"The vendor's files of {DAY} are not stored any more."]


def test_before_there_is_a_history_it_says_so(
    bluedot: Bluedot, lived: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = lived.copy(tmp_path / "no_history")
    shutil.rmtree(here.data / "history")
    call = calling(bluedot, here, monkeypatch)
    found = answer(call, named(0, here), DAY)
    assert (found["history"], found["bar"]["session"], found["absent"]) == (None, DAY, None)
    assert "There is no daily history yet: `" in call(named(0, here), DAY).text


def test_before_the_first_run_it_says_what_to_run(bluedot: Bluedot, folder: Path) -> None:
    called = bluedot("explain", "AAPL", DAY, BLUEDOT_SOURCE="drive")
    assert called.code == 2
    assert "`bluedot run --timeframe daily` first" in called.err


def test_a_damaged_object_is_a_sentence_with_its_remedy(
    bluedot: Bluedot, lived: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = lived.copy(tmp_path / "damaged")
    calling(bluedot, here, monkeypatch)
    (here.data / f"raw/daily/as_of={DAY}/part.parquet").write_bytes(b"something else")
    called = bluedot("explain", named(0, here), DAY)
    assert (called.code, called.out, called.err.count("\n")) == (1, b"", 1)
    assert f"`bluedot run --timeframe daily --partition {DAY}`" in called.err


@pytest.mark.parametrize("field", FIELDS)
def test_each_value_can_be_asked_for_alone(of_lived: Bluedot, lived: Installation, field: str) -> None:
    column = {"dot": "blue_dot"}.get(field, field)
    found = answer(of_lived, named(2, lived), LATE, "--field", field)
    assert (found["field"], list(found["bar"]), found["absent"]) == (field, ["session", column], None)
    assert column in found["history"]["bar"]
    (line,) = found["published"]
    assert line["line"]
