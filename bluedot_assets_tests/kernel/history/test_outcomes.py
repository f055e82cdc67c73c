"""What became of stocks after their dots: each rule by itself, and all of them against plain Python."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

import msgspec
import polars as pl
import pytest

from bluedot_assets.kernel.bars.tables import Table
from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY, Timeframe
from bluedot_assets.kernel.history.outcomes import outcomes_file
from bluedot_assets.kernel.history.outcomes.outcomes_file import OutcomeRow, Outcomes, outcomes_of
from bluedot_assets.kernel.history.published import HISTORY, LEDGER
from bluedot_assets.kernel.history.ranges import Encoder, SortedRows
from bluedot_assets.kernel.history.tables import FIRST_SEEN
from bluedot_assets.kernel.history.update import File
from bluedot_assets_tests.kernel.history.plain_outcomes import ZONE, Bar, Dot, plain_rows

DAYS = [one for one in (date(2024, 1, 1) + timedelta(days=on) for on in range(600)) if one.weekday() < 5]
Stocks = Mapping[str, Sequence[Bar]]


def known(day: date, at: time = time(14)) -> datetime:
    return datetime.combine(day, at, UTC)


def dot(at: int, symbol: str = "A", **more: Any) -> Dot:
    """One that was known in the evening of its day, unless `more` say otherwise."""
    return replace(Dot(symbol, DAYS[at], known(DAYS[at])), **more)


def rising(count: int = 100, by: float = 1.0, begin: int = 0, rlst: float | None = 85) -> list[Bar]:
    """Day n opens at 100 + n x by and closes half a unit higher."""
    return [Bar(DAYS[n], 100 + n * by, 100.5 + n * by, rlst) for n in range(begin, begin + count)]


def bought(at: int, sold: int, by: float = 1.0) -> float:
    """The return from the open of one of these days to the close of another."""
    return (100.5 + sold * by) / (100 + at * by) - 1


def encoded(table: Table, rows: Sequence[Mapping[str, Any]]) -> SortedRows:
    every = {"text": "-", "number": 1.0, "integer": 1, "flag": False, "date": DAYS[0], "moment": known(DAYS[0])}
    filled = {one.name: None if one.nullable else every[one.type] for one in table.columns}
    whole = [{**filled, **row} for row in rows]
    encoder = Encoder(table)
    encoder.add(pl.DataFrame(whole, table.polars_schema).sort(table.unique))
    return SortedRows(table, encoder.content())


def outcomes(stocks: Stocks, dots: Sequence[Dot], timeframe: Timeframe = DAILY, zone: str = ZONE) -> Outcomes:
    rows = [{"symbol": symbol, **asdict(bar)} for symbol, bars in stocks.items() for bar in bars]
    files = {
        File(HISTORY, year): encoded(HISTORY, [row for row in rows if row["session"].year == year])
        for year in {row["session"].year for row in rows}
    }
    files[File(LEDGER)] = encoded(LEDGER, [asdict(one) for one in dots])
    files[File(FIRST_SEEN)] = encoded(FIRST_SEEN, [{"symbol": symbol, "timezone": zone} for symbol in stocks])
    return outcomes_of(files, files.__getitem__, timeframe)


def row_of(made: Outcomes, horizon: int = 5, origin: str = "ledger", kind: str = "first") -> OutcomeRow:
    (found,) = (one for one in made.rows if (one.horizon, one.origin, one.kind) == (horizon, origin, kind))
    return found


@pytest.fixture
def of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures of a single entry, for a rule to be seen."""
    monkeypatch.setattr(outcomes_file, "FEWEST", 1)


def median(made: Outcomes, horizon: int = 5, **group: str) -> float:
    figures = row_of(made, horizon, **group).figures
    assert figures is not None
    return figures.median


@pytest.mark.usefixtures("of_one")
@pytest.mark.parametrize(
    ("zone", "moment", "entered"),
    [
        ("Asia/Kolkata", known(DAYS[4]), 5),  # a Friday evening: Monday
        ("Asia/Kolkata", known(DAYS[6], time(3, 29)), 6),  # half an hour before the open
        ("Asia/Kolkata", known(DAYS[6], time(3, 30)), 7),
        ("Asia/Kolkata", known(DAYS[40]), 41),  # a late dot: long after its date
        ("America/New_York", known(DAYS[6], time(21, 30)), 7),  # after the close of a winter's day
        ("America/New_York", known(DAYS[7], time(13, 59)), 7),
        ("America/New_York", known(DAYS[7], time(14)), 8),
        ("Pacific/Auckland", known(DAYS[6], time(19, 59)), 7),  # in the morning of the day after
        ("Pacific/Auckland", known(DAYS[6], time(20)), 8),
        ("Europe/London", known(DAYS[6], time(7, 59)), 6),
        ("Europe/London", known(DAYS[6], time(8)), 7),
        ("Nowhere/Known", known(DAYS[6], time(20, 59)), 7),
        ("Nowhere/Known", known(DAYS[6], time(21)), 8),  # the next session may have opened already, in Auckland
        ("Nowhere/Known", known(DAYS[6], time(2)), 7),  # before the open of its own date in most places, but not in all
    ],
)
def test_a_stock_is_entered_at_the_first_open_after_its_dot_was_known(
    zone: str, moment: datetime, entered: int
) -> None:
    made = outcomes({"A": rising()}, [dot(4, known=moment)], zone=zone)
    assert median(made) == pytest.approx(bought(entered, entered + 4), abs=1e-6)


@pytest.mark.usefixtures("of_one")
def test_a_weekly_bar_is_entered_where_its_week_begins_after_the_dot_was_known() -> None:
    weeks = [Bar(DAYS[4] + timedelta(weeks=n), 100 + n, 100.5 + n) for n in range(70)]
    for moment in (known(DAYS[5]), known(DAYS[9])):  # the Monday and the Friday of the second week
        made = outcomes({"A": weeks}, [dot(5, known=moment)], WEEKLY)
        assert median(made) == pytest.approx(bought(2, 6), abs=1e-6)


@pytest.mark.usefixtures("of_one")
def test_each_horizon_ends_with_the_close_of_its_last_bar() -> None:
    made = outcomes({"A": rising()}, [dot(9)])
    for horizon in (5, 20, 60):
        assert median(made, horizon) == pytest.approx(bought(10, 9 + horizon), abs=1e-6)


def test_a_window_that_is_not_over_is_left_out_and_counted() -> None:
    made = outcomes({"A": rising(69)}, [dot(9), dot(67), dot(68)])
    assert [(row_of(made, one).entries, row_of(made, one).unfinished) for one in (5, 20, 60)] == [(1, 1)] * 2 + [(0, 2)]
    assert row_of(made).not_entered == 1  # the newest one: no bar follows it yet
    made = outcomes({"A": rising(70)}, [dot(9), dot(68)])
    assert row_of(made, 60).entries == 1


@pytest.mark.usefixtures("of_one")
def test_a_stock_that_ended_is_kept_to_its_last_close() -> None:
    stocks = {"A": rising(20), "Z": rising(100, 0)}
    made = outcomes(stocks, [dot(9)])
    assert median(made, 60) == pytest.approx(bought(10, 19), abs=1e-6)
    assert row_of(made, 60).ended == 1
    # Before others of that day are over, it is not counted either: only those that ended would be.
    made = outcomes(stocks | {"Z": rising(60, 0)}, [dot(9)])
    assert (row_of(made, 20).ended, row_of(made, 60).ended, row_of(made, 60).unfinished) == (1, 0, 1)


def test_a_stock_without_bars_for_some_days_has_not_ended() -> None:
    made = outcomes({"A": rising(20), "Z": rising(35, 0)}, [dot(9)])
    assert (row_of(made, 20).ended, row_of(made, 20).unfinished) == (0, 1)


def test_no_window_reaches_over_a_hole_in_the_history() -> None:
    holed = [*rising(20), *rising(100, begin=60)]
    made = outcomes({"A": holed, "B": rising(20)}, [dot(9), dot(14), dot(15), dot(14, "B")])
    assert (row_of(made).entries, row_of(made).unfinished) == (3, 1)
    assert (row_of(made, 20).entries, row_of(made, 20).unfinished) == (0, 4)


@pytest.mark.parametrize("origin", ["live", "hindsight"])
def test_a_dot_that_no_bar_of_the_history_follows_is_not_entered(origin: str) -> None:
    holed = [*rising(20, begin=10), *rising(100, begin=70)]
    before, inside, beyond = dot(4, origin=origin), dot(50, origin=origin), dot(71, origin=origin)
    made = outcomes({"A": holed}, [before, inside, beyond])
    row = row_of(made, origin="ledger" if origin == "live" else origin)
    assert (row.dots, row.not_entered, row.entries) == (3, 2, 1)


@pytest.mark.usefixtures("of_one")
def test_dots_in_hindsight_are_entered_after_their_dates_and_stay_apart() -> None:
    made = outcomes({"A": rising()}, [dot(9, origin="hindsight", known=known(DAYS[70])), dot(30)])
    assert median(made, origin="hindsight") == pytest.approx(bought(10, 14), abs=1e-6)
    assert median(made) == pytest.approx(bought(31, 35), abs=1e-6)
    assert [row_of(made, origin=one).dots for one in ("ledger", "hindsight")] == [1, 1]


@pytest.mark.usefixtures("of_one")
def test_repeats_of_a_run_stay_apart_from_its_first_dot() -> None:
    made = outcomes({"A": rising()}, [dot(9), dot(10, run_day=2), dot(11, run_day=3)])
    assert [row_of(made, kind=one).entries for one in ("first", "repeat")] == [1, 2]
    assert median(made) == pytest.approx(bought(10, 14), abs=1e-6)


def test_a_stock_is_entered_once_a_day_however_many_dots_came() -> None:
    at_once = known(DAYS[12])
    dots = [dot(9, known=at_once), dot(10, known=at_once, run_day=2), dot(11, known=at_once, run_day=3)]
    made = outcomes({"A": rising()}, dots)
    assert [(row_of(made, kind=one).dots, row_of(made, kind=one).entries) for one in ("first", "repeat")] == [
        (1, 1),
        (2, 0),
    ]


def test_a_withdrawn_dot_counts_for_it_was_known() -> None:
    made = outcomes({"A": rising()}, [dot(9, withdrawn=known(DAYS[12]))])
    assert row_of(made).entries == 1


def test_a_window_with_an_end_on_an_undecided_basis_is_left_out_and_counted() -> None:
    bars = [replace(bar, basis="unknown" if n < 12 else "scaled") for n, bar in enumerate(rising())]
    made = outcomes({"A": bars}, [dot(9), dot(12)])
    assert (row_of(made).entries, row_of(made).unknown_basis) == (1, 1)


@pytest.mark.usefixtures("of_one")
def test_the_control_is_the_others_of_the_same_tenth_of_ratings_on_the_day_before() -> None:
    def rated(at: int) -> float:
        return 81 if at == 9 else 5

    stocks = {
        "A": [replace(bar, rlst=89) for bar in rising()],
        "B": [replace(bar, rlst=rated(n)) for n, bar in enumerate(rising(by=2))],
        "C": [replace(bar, rlst=90) for bar in rising(by=3)],
        "D": [replace(bar, rlst=None if n in range(6, 10) else 80) for n, bar in enumerate(rising(by=4))],
        "E": [replace(bar, rlst=None if n in range(5, 10) else 80) for n, bar in enumerate(rising(by=5))],
    }
    figures = row_of(outcomes(stocks, [dot(9)])).figures
    assert figures is not None
    control = (bought(10, 14, 2) + bought(10, 14, 4)) / 2
    assert figures.excess == pytest.approx(bought(10, 14) - control, abs=2e-6)


@pytest.mark.usefixtures("of_one")
def test_an_entry_without_others_of_its_strength_has_no_excess() -> None:
    row = row_of(outcomes({"A": rising(), "B": rising(rlst=3)}, [dot(9)]))
    assert row.without_control == 1
    assert row.figures is not None
    assert (row.figures.excess, row.figures.excess_low, row.figures.excess_high) == (None, None, None)


@pytest.mark.parametrize(("entries", "shown"), [(29, False), (30, True)])
def test_nothing_is_shown_of_fewer_than_thirty_windows_that_do_not_overlap(entries: int, shown: bool) -> None:
    stocks = {symbol: rising(200) for symbol in ("A", "B")}
    days = [5 * number for number in range(entries)]
    # Two stocks on the same days, and repeats within the windows: the same few are independent.
    dots = [dot(at + late, symbol) for symbol in stocks for at in days for late in (0, 3 if at != days[-1] else 0)]
    row = row_of(outcomes(stocks, [*{(one.symbol, one.date): one for one in dots}.values()]))
    assert row.n_eff == entries
    assert row.entries > 3 * entries
    assert (row.figures is not None) == shown


def test_windows_of_a_stock_that_trades_seldom_are_as_long_as_its_bars_take() -> None:
    seldom = rising(420)[::4]
    # Entered at every second of its bars, for five: 17 sessions of the other stock.
    made = outcomes({"A": seldom, "Z": rising(420, 0)}, [dot(at) for at in range(0, 400, 8)])
    row = row_of(made)
    assert row.entries == 50
    assert row.n_eff == 17  # every third
    # Of two that begin at once the longer one counts: the day after the shorter one's end is taken.
    both = outcomes({"A": seldom, "Z": rising(420, 0)}, [dot(0), dot(3, "Z"), dot(8, "Z")])
    assert (row_of(both).entries, row_of(both).n_eff) == (3, 1)


def test_few_windows_that_are_far_longer_leave_an_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks as long as all days together would all be the same."""
    monkeypatch.setattr(outcomes_file, "FEWEST", 1)
    stocks = {"A": rising(400), "Z": [replace(bar, close=bar.close + n % 7) for n, bar in enumerate(rising(400))]}
    stocks["S"] = rising(400)[::60]
    figures = row_of(outcomes(stocks, [dot(at) for at in range(0, 200, 5)] + [dot(1, "S")])).figures
    assert figures is not None
    assert figures.excess_low is not None
    assert figures.excess_high is not None
    assert figures.excess_low < figures.excess_high


def market(seed: int, count: int = 400) -> tuple[dict[str, list[Bar]], list[Dot]]:
    """Stocks that come, pause and end, with dots of every kind, some of them strange."""
    random, stocks, dots = Random(seed), {}, []
    for number in range(24):
        symbol = f"S{number:02d}"
        days = DAYS[: count if random.random() < 0.7 else random.randrange(60, count)]
        days = [one for one in days if not DAYS[150] < one < DAYS[175]]  # the history has a hole
        days = [
            one for one in days[random.choice([0, 0, 0, 90]) :] if random.random() < random.choice([0.97, 0.97, 0.4])
        ]
        undecided = random.choice([0, 0, 0, 40])
        bars, price = [], 100.0
        for n, day in enumerate(days):
            close = round(price * (1 + random.gauss(0.001, 0.02)), 2)
            rating = random.choice([None, *range(60, 100)])
            bars.append(Bar(day, round(price, 2), close, rating, "unknown" if n < undecided else "same"))
            price = close * (1 + random.gauss(0, 0.003))
        stocks[symbol] = bars
        for day in random.sample(DAYS[:count], 50):
            late = timedelta(days=random.choice([0, 0, 0, 1, 30]), hours=random.choice([0, 7, 20]))
            origin = "hindsight" if day < DAYS[count // 2] else "late" if late.days else "live"
            dots.append(Dot(symbol, day, known(day) + late, origin, random.choice([1, 1, 2, 3])))
    return stocks, dots


@pytest.mark.parametrize("timeframe", [DAILY, WEEKLY], ids=lambda one: one.name)
def test_all_rules_together_come_to_what_plain_python_comes_to(
    timeframe: Timeframe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes_file, "FEWEST", 3)
    stocks, dots = market(1)
    if timeframe is WEEKLY:
        stocks = {symbol: [bar for bar in bars if bar.session.weekday() == 4] for symbol, bars in stocks.items()}
    made = outcomes(stocks, dots, timeframe)
    expected = plain_rows(stocks, dots, timeframe, fewest=3)
    for row, plain in zip(made.rows, expected, strict=True):
        built = msgspec.structs.asdict(row)
        figures, plain_figures = built.pop("figures"), plain.pop("figures")
        assert built == plain
        assert (figures and msgspec.structs.asdict(figures)) == (
            plain_figures and pytest.approx(plain_figures, abs=3e-6)
        )
    assert sum(row.figures is not None for row in made.rows) >= (8 if timeframe is DAILY else 4)


@pytest.mark.parametrize("at_once", [1, 5])
def test_ranges_of_stocks_come_to_the_bytes_of_all_at_once(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    stocks, dots = market(2)
    monkeypatch.setattr(outcomes_file, "FEWEST", 3)
    whole = outcomes(stocks, dots).encoded()
    assert outcomes(stocks, dots).encoded() == whole  # and so does a second run, with its bootstrap
    monkeypatch.setattr(outcomes_file, "AT_ONCE", at_once)
    assert outcomes(stocks, dots).encoded() == whole


def test_an_empty_history_has_no_outcomes() -> None:
    files: dict[File, SortedRows] = {}
    made = outcomes_of(files, files.__getitem__, DAILY)
    assert (made.first, made.last, {row.entries for row in made.rows}) == (None, None, {0})
