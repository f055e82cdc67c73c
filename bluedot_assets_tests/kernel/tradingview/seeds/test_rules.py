"""The checker: good repositories pass, and one mutation of every rule is caught."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bluedot_assets.kernel.tradingview.seeds.history import Note, SeedCommit
from bluedot_assets.kernel.tradingview.seeds.rules import push_as_judged, push_violations, repository_violations
from bluedot_assets.kernel.tradingview.seeds.state import Push, SeedState

TODAY = date(2024, 8, 2)
NOW = datetime(2024, 8, 2, 12, tzinfo=UTC)
INFO = "symbol_info/seed_u_daily.json"
ROWS = b"20240801T,94,200,-1,94,24565.35\n20240802T,1.5,1.5,1.5,1.5,0\n"


@dataclass
class Repository:
    """A good one, to be spoilt."""

    info: Any = field(
        default_factory=lambda: {"symbol": ["A_D", "B_D"], "description": ["A", "B"], "pricescale": [10, 100]}
    )
    data: dict[str, bytes] = field(default_factory=lambda: {"A_D.csv": ROWS, "B_D.csv": ROWS})

    def broken(self) -> list[str]:
        info = self.info if isinstance(self.info, bytes | None) else json.dumps(self.info).encode()
        return [str(one) for one in repository_violations(INFO, info, self.data, self.data, TODAY)]


def test_a_good_repository_breaks_nothing() -> None:
    assert Repository().broken() == []


@pytest.mark.parametrize(
    "change",
    [
        lambda good: good.data.pop("B_D.csv"),  # listed, without data yet
        lambda good: good.data.update({".gitkeep": b""}),
        lambda good: good.info.update(pricescale=100),
        lambda good: good.info.update(pricescale=10**22),
        lambda good: good.info.update(description=["x" * 128, "\u00df"]),
        lambda good: (good.info.update(symbol="A_D", description="A", pricescale=1), good.data.pop("B_D.csv")),
        lambda good: good.info.update(
            {
                "symbol": ["A_D", "B_D", *(f"S{n}" for n in range(5_998))],
                "description": ["x"] * 6_000,
                "pricescale": 1,
            }
        ),
        lambda good: good.data.update({"A_D.csv": b"19000101T,-0.5,0,-2,0,0\n"}),
        lambda good: good.data.update({"B_D.CSV": good.data.pop("B_D.csv")}),
    ],
)
def test_what_tradingview_allows_passes(change: Callable[[Repository], object]) -> None:
    good = Repository()
    change(good)
    assert good.broken() == []


def listing(**values: object) -> Callable[[Repository], None]:
    return lambda good: good.info.update(values)


def rows(content: bytes) -> Callable[[Repository], None]:
    return lambda good: good.data.update({"B_D.csv": content})


def info(content: Any) -> Callable[[Repository], None]:
    return lambda good: setattr(good, "info", content)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (info(None), "the file is missing"),
        (info(b"{"), "it is no JSON"),
        (info(b"[]"), "it is no JSON object"),
        (listing(currency="USD"), "its keys are not exactly symbol, description and pricescale (currency)"),
        (lambda good: good.info.pop("pricescale"), "its keys are not exactly"),
        (listing(symbol=[1, 2]), "symbol is no list of texts"),
        (listing(symbol={"A_D": 1}), "symbol is no list of texts"),
        (listing(symbol=["A_D", "B-D"]), "a symbol is not A-Z, 0-9 and _"),
        (listing(symbol=["A_D", "b_d"]), "a symbol is not A-Z, 0-9 and _"),
        (listing(symbol=["A_D", "B.D"]), "a symbol is not A-Z, 0-9 and _"),
        (listing(symbol=["A_D", ""]), "a symbol is not A-Z, 0-9 and _"),
        (listing(symbol=["A_D", "B" * 43]), "at most 42"),
        (listing(symbol=["A_D", "A_D"]), "a symbol is listed twice"),
        (
            listing(symbol=["A_D", "B_D", *(f"S{n}" for n in range(5_999))], description=["x"] * 6_001, pricescale=1),
            "more than 6,000 symbols",
        ),
        (listing(description=["A"]), "not one description for each symbol"),
        (listing(description="A"), "not one description for each symbol"),
        (listing(description=["A", ""]), "a description is not one line of 1 to 128 characters"),
        (listing(description=["A", "x" * 129]), "a description is not one line of 1 to 128 characters"),
        (listing(description=["A", "\nB"]), "a description is not one line of 1 to 128 characters"),
        (listing(description=["A", None]), "a description is not one line of 1 to 128 characters"),
        (listing(pricescale=[10]), "neither one pricescale nor one for each symbol"),
        (listing(pricescale=[10, 50]), "a pricescale is no power of ten"),
        (listing(pricescale=[10, 0]), "a pricescale is no power of ten"),
        (listing(pricescale=[10, "100"]), "a pricescale is no power of ten"),
        (listing(pricescale=[10, 10.0]), "a pricescale is no power of ten"),
        (listing(pricescale=True), "a pricescale is no power of ten"),
        (listing(pricescale=10**23), "with at most 22 zeros"),
        (lambda good: good.data.update({"C_D.csv": ROWS}), "data/C_D.csv: symbol_info does not list it"),
        (lambda good: good.data.update({"A_D.CSV": ROWS}), "another file has the same symbol"),
        (lambda good: good.data.update({"A_D.txt": ROWS}), "data/A_D.txt: the name is not <SYMBOL>.csv"),
        (lambda good: good.data.update({"A.D.csv": ROWS}), "data/A.D.csv: the name is not <SYMBOL>.csv"),
        (rows(b""), "data/B_D.csv, line 1: the file is empty"),
        (rows(b"date,open,high,low,close,volume\n" + ROWS), "line 1: not YYYYMMDDT"),
        (rows(b"# comment\n" + ROWS), "line 1: not YYYYMMDDT"),
        (rows(ROWS + b"\n"), "line 3: not YYYYMMDDT"),
        (rows(ROWS.replace(b",94", b", 94")), "line 1: not YYYYMMDDT"),
        (rows(b"20240802T,1e3,1e3,1,1,0\n"), "line 1: not YYYYMMDDT"),
        (rows(b"20240802T,NaN,1,1,1,0\n"), "line 1: not YYYYMMDDT"),
        (rows(b"20240802T,,1,1,1,0\n"), "line 1: not YYYYMMDDT"),
        (rows(b"20240802T,None,1,1,1,0\n"), "line 1: not YYYYMMDDT"),
        (rows(b"20240802T,--1,1,-1,1,0\n"), "line 1: not YYYYMMDDT"),
        (rows(b"20240802T,1-,1,-1,1,0\n"), "line 1: not YYYYMMDDT"),
        (rows(b"20240802T,-,1,-1,1,0\n"), "line 1: not YYYYMMDDT"),
        (rows(b"20240802T,-.5,1,-1,1,0\n"), "line 1: not YYYYMMDDT"),
        (rows(b"2024-802T,1,1,-1,1,0\n"), "line 1: not YYYYMMDDT"),
        (rows(b"".join(reversed(ROWS.splitlines(True)))), "line 2: dates are not ascending and unique"),
        (rows(ROWS + ROWS.splitlines(True)[1]), "line 3: dates are not ascending and unique"),
        (rows(b"18991231T,1,1,1,1,0\n"), "the date is before 1900-01-01"),
        (rows(b"20240803T,1,1,1,1,0\n"), "the date is after 2024-08-02"),
        (rows(b"20240230T,1,1,1,1,0\n"), "the date does not exist"),
        (rows(b"20240802T,1,2,1.5,2,0\n"), "low is above open, close or high"),
        (rows(b"20240802T,0,1000,0,24565.35,0\n"), "high is below open or close"),
        (rows(b"20240802T,1,1,1,1,-1\n"), "volume is below zero"),
    ],
)
def test_one_broken_rule_is_caught(change: Callable[[Repository], object], said: str) -> None:
    bad = Repository()
    change(bad)
    assert any(said in one for one in bad.broken()), bad.broken()


STATE = SeedState(
    "seed_u_daily",
    json.dumps(Repository().info).encode(),
    {"A_D.csv": "id"},
    [SeedCommit(NOW - timedelta(hours=1), Note("2024-08-01", 2, 0).message("x"))],
)
PUSH = Push(None, (), ("A_D", "B_D"), (), "message", 0)
CONTENTS = {"A_D": ROWS, "B_D": ROWS}


def test_a_good_push_breaks_nothing() -> None:
    assert push_as_judged(STATE, PUSH, CONTENTS, NOW) == []


def test_a_push_of_more_files_than_allowed_is_caught() -> None:
    symbols = tuple(f"S{number}" for number in range(2_999))
    listed = replace(
        STATE,
        info=json.dumps({"symbol": symbols, "description": ["x"] * 2_999, "pricescale": 1}).encode(),
    )
    assert push_violations(listed, replace(PUSH, info=b"{}", write=symbols), NOW) == []
    more = replace(PUSH, info=b"{}", write=symbols, remove=("A_D",))
    assert push_violations(listed, more, NOW) == ["it changes 3,001 files, and 3,000 are allowed"]


def test_a_sixth_push_of_the_day_is_caught() -> None:
    commits = [SeedCommit(NOW.replace(hour=hour), Note("x", 0, 1).message("x")) for hour in range(5)]
    assert push_violations(replace(STATE, commits=commits[:4]), PUSH, NOW) == []
    assert push_violations(replace(STATE, commits=commits), PUSH, NOW) == ["it is push 6 of the day, and 5 are allowed"]


def test_data_of_a_symbol_that_is_not_listed_before_are_caught() -> None:
    later = Push(STATE.info, ("B_D",), ("B_D",), (), "m", 0)
    before = replace(STATE, info=b'{"symbol": ["A_D"], "description": ["A"], "pricescale": 1}')
    assert "does not know 1 of its symbols yet (first ['B_D'])" in str(push_as_judged(before, later, CONTENTS, NOW)[0])


def test_data_within_half_an_hour_of_the_listing_are_caught() -> None:
    fresh = replace(STATE, commits=[SeedCommit(NOW - timedelta(minutes=29), Note("x", 2, 0).message("x"))])
    assert "first ['B_D']" in push_violations(fresh, PUSH, NOW)[0]
    assert push_violations(fresh, replace(PUSH, write=("A_D",)), NOW) == []  # it has had data before


def test_a_csv_that_outlives_its_listing_is_caught() -> None:
    delisting = Push(b'{"symbol": ["B_D"], "description": ["B"], "pricescale": 1}', (), (), (), "m", 0)
    (found,) = push_as_judged(STATE, delisting, {}, NOW)
    assert str(found) == "data/A_D.csv: symbol_info does not list it"
    assert push_as_judged(STATE, replace(delisting, remove=("A_D",)), {}, NOW) == []


def test_bad_rows_are_caught_before_they_are_pushed() -> None:
    (found,) = push_as_judged(STATE, PUSH, {**CONTENTS, "B_D": b"20240803T,1,1,1,1,0\n"}, NOW)
    assert str(found) == "data/B_D.csv, line 1: the date is after 2024-08-02"
