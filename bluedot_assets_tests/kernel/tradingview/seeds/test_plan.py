"""What is pushed next, and what has to wait: each limit by itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bluedot_assets.kernel.tradingview.seeds.files import SymbolListing, read_symbol_info
from bluedot_assets.kernel.tradingview.seeds.history import Note, SeedCommit, read_history, read_note
from bluedot_assets.kernel.tradingview.seeds.plan import next_step
from bluedot_assets.kernel.tradingview.seeds.state import Nothing, Push, SeedState, Wait
from bluedot_assets_tests.examples.seed_states import ENDINGS, MORNING, Remote, run, wanted

MINUTES = timedelta(minutes=1)
DAYS = timedelta(days=1)


def dots(count: int) -> list[str]:
    return [f"S{number:04d}_BLUE_DOTS" for number in range(count)]


def filled(symbols: list[str]) -> Remote:
    """A repository that shows them, pushed on the day before MORNING."""
    remote = Remote()
    run(remote, wanted(symbols, "2024-06-28"), MORNING - DAYS)
    run(remote, wanted(symbols, "2024-06-28"), MORNING - DAYS + 60 * MINUTES)
    assert len(remote.data) == len(symbols)
    return remote


def pushes(remote: Remote, symbols: list[str], partition: str, now: datetime) -> list[Push]:
    return [step for step in run(remote, wanted(symbols, partition), now) if isinstance(step, Push)]


def test_the_first_push_lists_the_symbols_and_writes_no_data() -> None:
    step = next_step(Remote().state(), wanted(dots(3)), MORNING)
    assert isinstance(step, Push)
    assert step.info is not None
    assert set(read_symbol_info(step.info)) == set(step.listed) == set(dots(3))
    assert (step.write, step.remove, step.files, step.left) == ((), (), 1, 3)


def test_their_data_wait_for_half_an_hour_and_then_go() -> None:
    remote, want = Remote(), wanted(dots(3))
    assert [type(step) for step in run(remote, want, MORNING)] == [Push, Wait]
    early = next_step(remote.state(), want, MORNING + 30 * MINUTES - timedelta(seconds=1))
    assert isinstance(early, Wait)
    assert early.until == MORNING + 30 * MINUTES
    assert "3 new symbols wait until TradingView knows them" in early.reason
    step = next_step(remote.state(), want, MORNING + 30 * MINUTES)
    assert isinstance(step, Push)
    assert (step.info, step.write, step.left) == (None, tuple(dots(3)), 0)


def test_what_is_there_is_pushed_once() -> None:
    remote = filled(dots(3))
    assert pushes(remote, dots(3), "2024-07-01", MORNING)
    tip = remote.state()
    for later in (0, 1, 600):
        assert next_step(remote.state(), wanted(dots(3)), MORNING + later * MINUTES) == Nothing("everything is there")
    assert remote.state() == tip


def test_known_symbols_go_on_in_the_push_that_lists_new_ones() -> None:
    remote = filled(dots(3))
    (step,) = pushes(remote, dots(5), "2024-07-01", MORNING)
    assert (step.listed, step.write, step.left) == (tuple(dots(5)[3:]), tuple(dots(3)), 2)
    (step,) = pushes(remote, dots(5), "2024-07-01", MORNING + 31 * MINUTES)
    assert (step.info, step.write) == (None, tuple(dots(5)[3:]))


def test_a_commit_changes_at_most_three_thousand_files_and_symbol_info_counts() -> None:
    remote = filled(dots(3_500))
    first, second = pushes(remote, dots(3_501), "2024-07-01", MORNING)
    assert (first.files, len(first.write), first.info is not None) == (3_000, 2_999, True)
    assert (second.files, second.info) == (501, None)
    assert remote.refused == []


def test_there_are_five_pushes_a_day_and_the_sixth_waits_for_midnight_utc() -> None:
    remote = filled(dots(3))
    for number in range(5):
        assert len(pushes(remote, dots(3), f"2024-07-01.{number}", MORNING + number * MINUTES)) == 1
    late = wanted(dots(3), "2024-07-01.5")
    step = next_step(remote.state(), late, datetime(2024, 7, 1, 23, 0, tzinfo=UTC))
    midnight = datetime(2024, 7, 2, tzinfo=UTC)
    assert step == Wait("5 pushes today, and TradingView takes 5 a day", midnight)
    assert isinstance(next_step(remote.state(), late, midnight), Push)


def test_commits_of_others_count_as_pushes_and_may_have_listed_symbols() -> None:
    remote = filled(dots(3))
    for _ in range(5):
        remote.foreign(MORNING)
    assert isinstance(next_step(remote.state(), wanted(dots(3)), MORNING + MINUTES), Wait)
    fresh = Remote()
    run(fresh, wanted(dots(3)), MORNING - 60 * MINUTES)
    fresh.foreign(MORNING)
    step = next_step(fresh.state(), wanted(dots(3)), MORNING + 29 * MINUTES)
    assert isinstance(step, Wait)
    assert step.until == MORNING + 30 * MINUTES


def test_a_push_just_before_midnight_waits_for_it() -> None:
    remote = filled(dots(3))
    midnight = datetime(2024, 7, 2, tzinfo=UTC)
    step = next_step(remote.state(), wanted(dots(3)), midnight - MINUTES)
    assert isinstance(step, Wait)
    assert step.until == midnight


def test_a_backfill_never_puts_an_older_partition_over_a_newer_one() -> None:
    remote = filled(dots(3))
    step = next_step(remote.state(), wanted(dots(3), "2024-06-27"), MORNING)
    assert step == Nothing("it shows 2024-06-28, which is newer")


def test_a_vanished_stock_is_removed_at_its_fifth_absence() -> None:
    remote, stay = filled(dots(3)), dots(2)
    for number in range(1, 5):
        pushes(remote, stay, f"2024-07-0{number}", MORNING + number * DAYS)
        assert remote.symbols == set(dots(3))
        assert read_history(remote.commits, MORNING).absent == {"S0002_BLUE_DOTS": number}
    (step,) = pushes(remote, stay, "2024-07-05", MORNING + 5 * DAYS)
    assert step.remove == ("S0002_BLUE_DOTS",)
    assert remote.symbols == set(stay)
    assert "S0002_BLUE_DOTS.csv" not in remote.data
    assert read_history(remote.commits, MORNING).absent == {}
    assert remote.refused == []


def test_running_a_partition_again_counts_no_absence_and_coming_back_forgets_them() -> None:
    remote = filled(dots(3))
    for _ in range(7):
        pushes(remote, dots(2), "2024-07-01", MORNING)
    corrected = wanted(dots(2), "2024-07-01")
    corrected = replace(corrected, ids=dict.fromkeys(corrected.ids, "corrected"))
    run(remote, corrected, MORNING + MINUTES)
    assert read_history(remote.commits, MORNING).absent == {"S0002_BLUE_DOTS": 1}
    pushes(remote, dots(3), "2024-07-02", MORNING + DAYS)
    assert read_history(remote.commits, MORNING).absent == {}
    pushes(remote, dots(2), "2024-07-03", MORNING + 2 * DAYS)
    assert read_history(remote.commits, MORNING).absent == {"S0002_BLUE_DOTS": 1}


def test_a_series_that_was_switched_off_goes_at_once_in_commits_of_the_allowed_size() -> None:
    symbols = [f"S{number:04d}_{ending}" for number in range(1_000) for ending in ENDINGS]
    remote = filled(symbols)
    packed = wanted([f"S{number:04d}_D" for number in range(1_000)], endings=("D",))
    steps = run(remote, packed, MORNING)
    assert [(len(step.remove), len(step.listed)) for step in steps if isinstance(step, Push)] == [
        (2_999, 1_000),
        (1_001, 0),
    ]
    run(remote, packed, MORNING + 60 * MINUTES)
    assert remote.symbols == set(packed.listings)
    assert remote.refused == []


def test_a_full_repository_lists_new_series_as_old_ones_make_room() -> None:
    old = [f"S{number:04d}_{ending}" for number in range(1_500) for ending in ENDINGS]
    remote = filled(old[:3_000])
    run(remote, wanted(old, "2024-06-29"), MORNING - 60 * MINUTES)
    run(remote, wanted(old, "2024-06-29"), MORNING - 20 * MINUTES)
    others = [f"S{number:04d}_{ending}" for number in range(1_500) for ending in ("RS_LINE", "PRICE_DATA")]
    want = wanted(others, "2024-07-02", endings=("PRICE_DATA", "RS_LINE"))
    for hours in range(24, 72):
        run(remote, want, MORNING + hours * 60 * MINUTES)
    assert remote.symbols == set(others)
    assert {name.removesuffix(".csv"): content for name, content in remote.data.items()} == want.ids
    assert remote.refused == []


def test_symbols_of_somebody_else_stay_as_they_are() -> None:
    remote = Remote()
    remote.info = b'{"symbol": "MY_OWN", "description": "mine", "pricescale": 10}'
    remote.data["MY_OWN.csv"] = "id"
    for number in range(8):
        run(remote, wanted(dots(2), f"2024-07-0{number + 1}"), MORNING + number * DAYS)
    assert remote.info is not None
    assert read_symbol_info(remote.info)["MY_OWN"] == SymbolListing("mine", 10)
    assert remote.data["MY_OWN.csv"] == "id"
    assert len(remote.data) == 3


def test_a_new_name_or_more_decimals_change_symbol_info_and_fewer_do_not() -> None:
    remote = filled(dots(2))
    before = remote.info
    run(remote, wanted(dots(2), "2024-07-01", pricescale=10), MORNING)
    assert remote.info == before
    run(remote, wanted(dots(2), "2024-07-02", pricescale=1000), MORNING + DAYS)
    assert remote.info is not None
    assert {one.pricescale for one in read_symbol_info(remote.info).values()} == {1000}


def test_a_repository_that_no_stock_falls_to_stays_empty() -> None:
    assert next_step(Remote().state(), wanted([]), MORNING) == Nothing("everything is there")


def test_a_note_reads_back_from_the_message_that_it_wrote() -> None:
    note = Note("2024-W31", 7, 3_000, {"A_D": 1, "B_D": 4, "C_D": 1})
    message = note.message("weekly 2024-W31: 7 new symbols")
    assert message.splitlines()[0] == "weekly 2024-W31: 7 new symbols"
    assert read_note(message) == note
    assert read_note(f"{message}\nSigned-off-by: somebody\n") == note
    assert read_note("Merge branch 'master'") is None
    assert read_note("Seeds-Partition: 2024-W31\nSeeds-Listed: many\nSeeds-Data: 3") is None
    many = "9" * 5_000
    assert read_note(f"Seeds-Partition: 2024-W31\nSeeds-Listed: {many}\nSeeds-Data: 3\nSeeds-Version: {many}") is None
    assert read_note(f"{message}Seeds-Absent: {many} E_D\n") == replace(note, absent={**note.absent, "E_D": 1})


def test_history_is_read_in_the_order_of_its_times() -> None:
    note = Note("2024-07-01", 3, 0)
    commits = [
        SeedCommit(MORNING, note.message("x")),
        SeedCommit(MORNING + 60 * MINUTES, Note("2024-07-01", 0, 5).message("x")),
        SeedCommit(MORNING - DAYS, "theirs"),
    ]
    history = read_history(commits, MORNING + 61 * MINUTES)
    assert (history.pushes_today, history.listed_at, history.data_at) == (2, MORNING, MORNING + 60 * MINUTES)
    assert read_history([], MORNING).data_at is None


@pytest.mark.parametrize("hours", [1, 20])
def test_a_commit_of_a_clock_that_runs_ahead_counts_for_today(hours: int) -> None:
    state = SeedState("r", None, {}, [SeedCommit(MORNING + timedelta(hours=hours), "x")])
    assert read_history(state.commits, MORNING).pushes_today == 1
