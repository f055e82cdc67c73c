"""The exchanges' calendars: known sessions and holidays of every market that the documentation names, how far they
reach, wrong names, an installation's own days, and the cache."""

import os
import re
import subprocess
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import exchange_calendars
import pytest
from exchange_calendars.calendar_utils import _default_calendar_factories

from bluedot_assets.adapters.calendars import cache, exchanges
from bluedot_assets.adapters.calendars.exchanges import build_calendar
from bluedot_assets.adapters.calendars.load import load_trading_days
from bluedot_assets.kernel.calendar.own_days import parse_own_days
from bluedot_assets.kernel.calendar.sessions import Calendar
from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets_tests import REPOSITORY
from bluedot_assets_tests.servers.processes import BIN

TODAY: Final = date(2026, 11, 26)
YEARS: Final = (2006, 2027)

# calendar, sessions (special ones, half days, days beside a holiday), days without one
KNOWN: Final = [
    (
        "XBOM",
        "2024-01-20 2025-02-01 2012-11-13 2024-11-01 2024-11-04 2024-11-28 2026-02-01",
        "2024-01-22 2024-03-29 2024-08-15 2024-11-15",
    ),
    ("XNYS", "2024-07-03 2024-11-29 2024-12-24 2025-07-03 2024-08-15", "2024-03-29 2024-11-28 2024-12-25 2025-01-09"),
    ("XTSE", "2024-12-24 2024-11-28 2024-07-04", "2024-05-20 2024-07-01 2024-08-05 2024-10-14 2024-12-26"),
    ("XLON", "2024-12-24 2024-12-31 2024-08-05", "2022-09-19 2023-05-08 2024-04-01 2024-08-26"),
    ("XETR", "2024-12-30 2024-10-03 2024-12-23", "2024-03-29 2024-05-01 2024-12-24 2024-12-31"),
    ("XTKS", "2024-12-30 2024-01-04 2024-12-25", "2024-01-08 2024-09-23 2024-11-04 2024-12-31"),
    ("XHKG", "2024-02-09 2024-11-14 2024-12-24 2024-12-31", "2024-02-12 2024-04-04 2024-09-06 2024-10-11"),
    ("XASX", "2024-12-24 2024-12-31 2024-08-05", "2022-09-22 2024-01-26 2024-04-25 2024-06-10"),
    ("XSHG", "2024-02-08 2024-09-30 2024-10-08", "2024-02-12 2024-04-04 2024-06-10 2024-10-01"),
    ("XSES", "2024-02-09 2024-08-08 2024-12-24", "2024-02-12 2024-05-22 2024-08-09 2024-10-31"),
    # Those that exchange_calendars 4.13 builds wrongly with pandas 3, or not at all.
    ("ASEX", "2024-05-02 2024-04-30", "2024-03-18 2024-05-03 2024-05-06 2024-06-24"),
    ("XBEL", "2024-05-07", "2024-05-03 2024-05-06"),
    ("XBSE", "2024-05-02 2024-05-07 2024-03-29", "2024-05-03 2024-05-06 2024-06-24"),
    ("XCYS", "2024-05-02", "2024-03-18 2024-05-03 2024-05-06 2024-05-07"),
    ("XMOS", "2009-01-11 2012-03-11 2024-04-27 2024-11-02 2024-12-28", "2024-05-09 2024-11-04 2024-11-09"),
    ("XTAE", "2024-01-07 2024-04-01 2025-12-28 2026-01-09", "2024-04-23 2024-10-03 2024-01-05 2026-01-11"),
]
SPECIAL: Final = {"XBOM", "XMOS", "XTAE"}  # have special_weekmasks that pandas 3 passes over


def days_of(text: str) -> list[date]:
    return [date.fromisoformat(word) for word in text.split()]


@pytest.mark.parametrize(("name", "sessions", "closed"), KNOWN)
def test_known_days_are_what_they_were(name: str, sessions: str, closed: str) -> None:
    (calendar,) = load_trading_days((name,), TODAY).calendars
    assert [day for day in days_of(sessions) if not (calendar.knows(day) and calendar.is_session(day))] == []
    assert [day for day in days_of(closed) if not calendar.knows(day) or calendar.is_session(day)] == []


def named_markets() -> set[str]:
    pages = [*(REPOSITORY / "docs_site" / "docs").glob("*.md"), REPOSITORY / ".env.example", REPOSITORY / "README.md"]
    return {name for page in pages for name in re.findall(r"\bX[A-Z]{3}\b", page.read_text("utf-8"))}


def test_every_market_that_the_documentation_names_is_among_them() -> None:
    assert len(named_markets()) >= 8
    assert named_markets() - {name for name, _, _ in KNOWN} == set()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", exchange_calendars.get_calendar_names(include_aliases=False))
def test_every_calendar_is_that_of_its_package_where_that_is_right(name: str) -> None:
    first, last = date(2023, 12, 1), date(2025, 12, 31)
    ours = build_calendar(name, first, last)
    closes = {session: ours.close_at(session) for session in ours.sessions}
    assert len(closes) > 480
    if name != "XTAE":
        theirs = exchange_calendars.get_calendar(name, start=first, end=last).closes
        assert {session.date(): close for session, close in theirs.items()}.items() <= closes.items()
        assert len(theirs) == len(closes) or name in SPECIAL


# calendar, session, its close by the exchange's clock
CLOSES: Final = [
    ("XBOM", "2025-07-03", "15:30"),
    ("XBOM", "2024-01-20", "15:30"),  # a Saturday
    ("XBOM", "2024-05-18", "12:30"),  # a Saturday's drill
    ("XBOM", "2024-11-01", "19:00"),  # the hour of Diwali, in the evening and in the afternoon
    ("XBOM", "2025-10-21", "14:45"),
    ("XBOM", "2027-06-01", "15:30"),  # beyond what is known
    ("XNYS", "2025-01-15", "16:00"),
    ("XNYS", "2025-07-02", "16:00"),
    ("XNYS", "2025-07-03", "13:00"),
    ("XNYS", "2025-11-28", "13:00"),
    ("XNYS", "2025-12-24", "13:00"),
    ("XTSE", "2024-12-24", "13:00"),
    ("XLON", "2024-12-23", "16:30"),
    ("XLON", "2024-12-24", "12:30"),
    ("XETR", "2024-12-23", "17:30"),
    ("XETR", "2024-12-30", "14:00"),
    ("XTKS", "2024-11-01", "15:00"),
    ("XTKS", "2024-11-05", "15:30"),  # half an hour longer since then
    ("XHKG", "2024-12-24", "12:00"),
    ("XASX", "2024-12-24", "14:10"),
    ("XSHG", "2024-10-08", "15:00"),
    ("XSES", "2024-08-08", "17:00"),
    ("XKRX", "2020-12-03", "16:30"),  # an hour later for an exam
]


def test_a_close_is_known_of_every_market_that_the_documentation_names() -> None:
    assert named_markets() - {name for name, _, _ in CLOSES} == set()


@pytest.mark.parametrize(("name", "session", "clock"), CLOSES)
def test_known_closes_are_what_they_were(name: str, session: str, clock: str) -> None:
    days = load_trading_days((name,), TODAY)
    zone = days.calendars[0].timezone
    there = datetime.fromisoformat(f"{session}T{clock}").replace(tzinfo=ZoneInfo(zone))
    assert days.close_at(zone, date.fromisoformat(session)) == there.astimezone(UTC)
    assert days.close_at(zone, date.fromisoformat(session)).tzinfo is UTC


def test_an_extra_session_without_a_known_close_lasts_until_the_end_of_its_day() -> None:
    days = load_trading_days(("XBOM",), TODAY, parse_own_days(["+2026-11-08"]))
    assert days.close_at("Asia/Kolkata", date(2026, 11, 8)) == datetime(2026, 11, 8, 18, 30, tzinfo=UTC)


def test_no_other_calendar_has_special_weekmasks() -> None:
    assert {name for name, kind in _default_calendar_factories.items() if hasattr(kind, "special_weekmasks")} == {
        *SPECIAL,
        "XKRX",
    }


def test_beyond_what_it_knows_a_calendar_takes_weekdays() -> None:
    (calendar,) = load_trading_days(("XBOM",), TODAY).calendars
    assert calendar.last == date(2026, 12, 31)
    beyond = calendar.last + timedelta(days=1)
    week = [beyond + timedelta(days=place) for place in range(7)]
    assert not any(calendar.knows(day) for day in week)
    assert sum(calendar.is_session(day) for day in week) == 5


# calendar, days beyond what its exchange has announced: probable holidays, days that are none
ESTIMATES: Final = [
    ("XBOM", "2027-01-26 2027-03-26 2027-10-29", "2027-01-27 2027-03-25 2027-11-01"),
    ("XSHG", "2027-02-05 2027-10-01", "2027-02-12 2027-10-08"),
    ("XSES", "2027-01-01 2027-08-09", "2027-01-04"),
]


@pytest.mark.parametrize(("name", "holidays", "open_days"), ESTIMATES)
def test_beyond_its_end_a_probable_holiday_raises_no_alarm_and_is_no_knowledge(
    name: str, holidays: str, open_days: str
) -> None:
    (calendar,) = load_trading_days((name,), TODAY).calendars
    assert calendar.ends == calendar.holidays_until == calendar.last == date(2026, 12, 31)
    for day in days_of(holidays):
        assert (calendar.is_session(day), calendar.expects(day), calendar.knows(day)) == (True, False, False)
    assert all(calendar.expects(day) for day in days_of(open_days))
    assert min(calendar.estimated) > calendar.last


def test_an_estimate_gives_way_to_what_the_installation_names() -> None:
    days = load_trading_days(("XBOM",), TODAY, parse_own_days(["+2027-01-26", "2027-01-27"]))
    assert (days.expects(date(2027, 1, 26)), days.expects(date(2027, 1, 27))) == (True, False)


def test_a_calendar_of_rules_needs_no_estimates() -> None:
    (calendar,) = load_trading_days(("XNYS",), TODAY).calendars
    assert (calendar.ends, calendar.estimated) == (None, frozenset())


def test_of_two_calendars_in_one_timezone_the_first_counts() -> None:
    used = load_trading_days(("XNYS", "XBOM", "CMES"), TODAY).calendars
    assert [one.name for one in used][:2] == ["XNYS", "XBOM"]
    assert [one.name for one in load_trading_days(("BSE", "XBOM"), TODAY).calendars] == ["BSE"]


def test_a_calendar_that_there_is_not_is_named_with_its_setting() -> None:
    with pytest.raises(SettingsError, match="BLUEDOT_CALENDARS names 'XXXX'"):
        load_trading_days(("XXXX",), TODAY)


@pytest.mark.parametrize("kind", [NotImplementedError, AssertionError, RecursionError, ModuleNotFoundError])
def test_a_calendar_that_cannot_be_built_is_a_sentence_with_a_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: type[Exception]
) -> None:
    class Broken:
        @classmethod
        def bound_min(cls) -> None:
            raise kind("implemented by subclasses")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setitem(_default_calendar_factories, "XLON", Broken)
    with pytest.raises(SettingsError, match=r"'XLON', .* cannot build .* or leave it out and .* BLUEDOT_HOLIDAYS"):
        load_trading_days(("XLON",), TODAY)


# What is written, the day, whether XBOM trades, whether XNYS does
OWN: Final = [
    ("", "2027-01-15", True, True),
    ("2027-01-15", "2027-01-15", False, False),
    ("XBOM:2027-01-15", "2027-01-15", False, True),
    ("+2026-11-08", "2026-11-08", True, True),  # a Sunday
    ("XBOM:+2026-11-08", "2026-11-08", True, False),
    ("XBOM:+2024-08-15", "2024-08-15", True, True),  # against the calendar
    ("2027-01-15,XNYS:+2027-01-15", "2027-01-15", False, True),
]


@pytest.mark.parametrize(("written", "day", "india", "us"), OWN)
def test_own_days_decide_before_the_calendars(written: str, day: str, india: bool, us: bool) -> None:
    days = load_trading_days(("XBOM", "XNYS"), TODAY, parse_own_days(filter(None, written.split(","))))
    at = date.fromisoformat(day)
    assert [one.is_session(at) for one in days.calendars] == [india, us]
    assert days.expects(at) == (india or us)


def test_own_days_count_where_there_is_no_calendar() -> None:
    days = load_trading_days((), TODAY, parse_own_days(["2027-01-15", "+2027-11-07"]))
    for one in (days, days.of(["Asia/Tokyo"]), days.of(["Asia/Tokyo"]).calendars[0]):
        assert (one.expects(date(2027, 1, 15)), one.expects(date(2027, 11, 7))) == (False, True)
        assert one.expects(date(2027, 1, 14))


def test_own_days_of_a_calendar_that_is_not_used_are_refused() -> None:
    for names, used in (((), "none"), (("XBOM", "XNYS"), "XBOM, XNYS")):
        with pytest.raises(SettingsError, match=rf"BLUEDOT_HOLIDAYS has days of 'XLON'.*\({used}\)"):
            load_trading_days(names, TODAY, parse_own_days(["XLON:2027-01-15"]))


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The cache folder of a user who has none yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "bluedot_assets" / "calendars"


def build_is_called(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that are built from now on."""
    built: list[str] = []

    def build(name: str, first: date, last: date) -> Calendar:
        built.append(name)
        return build_calendar(name, first, last)

    monkeypatch.setattr(exchanges, "build_calendar", build)
    return built


def test_a_calendar_is_built_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = build_is_called(monkeypatch)
    first, again = (load_trading_days(("XBOM", "24/7"), TODAY) for _ in range(2))
    assert built == ["XBOM", "24/7"]
    assert first == again
    assert sorted(path.name for path in folder.iterdir()) == ["24%2F7-2006-2027.json", "XBOM-2006-2027.json"]


SPOILS: Final[dict[str, Callable[[str], str]]] = {
    "empty": lambda text: "",
    "cut": lambda text: text[:5000],
    "a session less": lambda text: text.replace('"2024-01-20",', ""),
    "no text": lambda text: "\udcff" + text,
    "of another form": lambda text: "{}",
}


@pytest.mark.parametrize("spoil", SPOILS)
def test_what_is_damaged_is_built_anew(spoil: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load_trading_days(("XBOM",), TODAY)
    (file,) = folder.iterdir()
    whole = file.read_text("utf-8")
    spoiled = SPOILS[spoil](whole)
    assert spoiled != whole
    file.write_text(spoiled, "utf-8", "surrogateescape")
    built = build_is_called(monkeypatch)
    assert load_trading_days(("XBOM",), TODAY) == first
    assert built == ["XBOM"]
    assert len(file.read_text("utf-8")) == len(whole)


def test_another_version_or_other_years_are_built_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_trading_days(("XBOM",), TODAY)
    built = build_is_called(monkeypatch)
    (later,) = load_trading_days(("XBOM",), date(2027, 1, 1)).calendars
    assert (built, later.first) == (["XBOM"], date(2007, 1, 1))
    monkeypatch.setattr(cache, "version", lambda package: f"{package} 99")
    load_trading_days(("XBOM",), TODAY)
    assert built == ["XBOM", "XBOM"]


def test_a_folder_that_cannot_be_written_costs_only_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.parent.write_bytes(b"")
    assert load_trading_days(("XBOM",), TODAY).calendars[0].is_session(date(2024, 1, 20))
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: Path("~/.cache"))  # of a user without a home
    assert cache.cache_folder() is None

    def nowhere(*_: object, **__: object) -> Path:
        raise RuntimeError("could not determine the home directory for '~/.cache'")

    monkeypatch.setattr("platformdirs.user_cache_path", nowhere)  # of platformdirs 4.14 on
    assert cache.cache_folder() is None
    assert load_trading_days(("XBOM",), TODAY).calendars[0].is_session(date(2024, 1, 20))


def test_calendars_of_the_cache_need_no_pandas(folder: Path) -> None:
    load_trading_days(("XBOM", "XNYS"), TODAY)
    script = (
        "import sys\n"
        "from datetime import UTC, datetime\n"
        "from bluedot_assets.pipeline.platform import Platform\n"
        "from bluedot_assets.settings.load import default_settings\n"
        "days = Platform(default_settings(), lambda: datetime(2026, 11, 26, tzinfo=UTC)).trading_days\n"
        "print(len(days.calendars), *sys.modules)"
    )
    done = subprocess.run([BIN / "python", "-c", script], capture_output=True, text=True, check=True, env=os.environ)
    count, *loaded = done.stdout.split()
    assert count == "2"
    assert {"pandas", "exchange_calendars"} & set(loaded) == set()
