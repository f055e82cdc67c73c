"""One message for each incident and one digest for each partition, through everything that happens to a site."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from bluedot_assets.kernel.alerts.incidents import CallerFacts, Problem
from bluedot_assets.kernel.alerts.ledger import (
    MOST_UNDELIVERED,
    Ledger,
    PendingLedger,
    decode_ledger,
    merged,
    with_deliveries,
)
from bluedot_assets.kernel.errors import PublishRefused
from bluedot_assets.kernel.site.status import Accepted, CheckResult, Run
from bluedot_assets_tests.examples.sights import Scene

TUE, WED, THU, FRI, SAT = "2024-07-30", "2024-07-31", "2024-08-01", "2024-08-02", "2024-08-03"
SHORT = CheckResult("daily/bars accepted", False, "warning", "57 of 58 files gave series")
LOST_DOTS = CheckResult("daily/bars dots_on_bars", False, "warning", "1 dot lies on no bar")


@pytest.fixture
def scene() -> Scene:
    """A site whose Wednesday is published and told."""
    scene = Scene()
    scene.publish(WED, "A")
    assert scene.tell() == [f"daily {WED}: 1 new blue dot"]
    scene.after(days=1)
    return scene


def test_an_empty_site_has_nothing_to_tell() -> None:
    assert Scene().tell() == []
    assert Scene().told == Ledger()


def test_a_new_partition_is_one_digest_however_often_one_looks(scene: Scene) -> None:
    scene.publish(THU, "A", "B")
    assert scene.tell() == [f"daily {THU}: 2 new blue dots"]
    assert scene.tell() == []


def test_without_new_dots_the_digest_says_so(scene: Scene) -> None:
    scene.publish(THU)
    assert scene.tell() == [f"daily {THU}: no new blue dots"]


def test_the_first_digest_compares_with_the_folder_before_when_alerts_come_later_than_the_site() -> None:
    scene = Scene()
    scene.publish(WED, "A")
    scene.publish(THU, "A", "B")
    assert scene.tell() == [f"daily {THU}: 2 new blue dots"]  # Thursday's bar is another one
    assert "first publish" not in " ".join(scene.said[0].paragraphs)


def test_a_first_publish_says_that_there_is_nothing_to_compare_with() -> None:
    scene = Scene()
    scene.publish(WED, "A")
    scene.tell()
    assert "This is the first publish" in scene.said[0].paragraphs[0]


def test_a_folder_before_that_cannot_be_read_hides_no_dot() -> None:
    scene = Scene()
    scene.publish(WED, "A")
    scene.publish(THU, "A", "B")
    del scene.dashboards[WED]
    assert scene.tell() == [f"daily {THU}: 2 new blue dots"]
    assert f"{WED}, cannot be read" in scene.said[0].paragraphs[0]


def test_a_folder_without_dashboard_is_told_when_it_is_written_again(scene: Scene) -> None:
    scene.publish(THU, "B")
    board = scene.dashboards.pop(THU)
    assert scene.tell() == []
    scene.dashboards[THU] = board
    assert scene.tell() == [f"daily {THU}: 1 new blue dot"]


def test_the_digest_of_a_folder_that_a_person_let_through_says_so(scene: Scene) -> None:
    scene.publish(THU, "B")
    accepted = Accepted("the vendor is down", 60, ["X_daily.json"], 2)
    scene.state.folders[THU] = structs.replace(scene.state.folders[THU], accepted=accepted)
    scene.tell()
    assert (
        "Incomplete, 3 stocks are missing; published by hand, because: the vendor is down." in scene.said[-1].paragraphs
    )


def test_an_old_date_that_is_filled_in_gives_no_digest(scene: Scene) -> None:
    scene.publish(TUE, "B", "C")
    assert scene.tell() == []


def test_dates_published_one_after_the_other_are_a_digest_each_oldest_first(scene: Scene) -> None:
    scene.publish(THU, "B")
    scene.publish(FRI, "C")
    assert scene.tell() == [f"daily {THU}: 1 new blue dot", f"daily {FRI}: 1 new blue dot"]


def test_a_first_run_of_many_dates_is_one_digest() -> None:
    scene = Scene()
    for key in (TUE, WED, THU, FRI):
        scene.publish(key, "A")
    assert scene.tell() == [f"daily {FRI}: 1 new blue dot"]


def test_what_was_told_is_remembered_though_the_site_keeps_one_folder_alone(scene: Scene) -> None:
    scene.publish(THU, "B", keep=1)
    assert scene.tell() == [f"daily {THU}: 1 new blue dot"]
    assert all("cannot be read" not in part for part in scene.said[-1].paragraphs)


def test_a_correction_tells_of_dots_that_came_and_went_and_of_nothing_else(scene: Scene) -> None:
    scene.publish(THU, "B", "C")
    scene.tell()
    scene.publish(THU, "C", "D")
    assert scene.tell() == [f"daily {THU} was corrected: 1 blue dot came and 1 blue dot was withdrawn"]
    (message,) = scene.said[-1:]
    assert [item.name for item in message.items] == ["D"]
    assert "No longer there: B." in message.after
    assert scene.tell() == []


def test_a_dot_is_not_told_again_when_its_stock_gets_another_name(scene: Scene) -> None:
    scene.publish(THU, "20MICRONS", "ZEE")
    scene.tell()
    scene.publish(THU, "20MICRONS_BE", "ZEE")
    board = scene.dashboards[THU]
    stocks = [structs.replace(one, ticker=f"NSE:{one.symbol.removesuffix('_BE')}") for one in board.stocks]
    scene.dashboards[THU] = structs.replace(board, stocks=stocks, timezones=["Asia/Kolkata"])
    assert scene.tell() == []
    scene.publish(FRI, "B")
    holiday = scene.dashboards[FRI] = structs.replace(scene.dashboards[THU], as_of=FRI)
    assert holiday.session is not None
    assert scene.tell() == [f"daily {FRI}: no new blue dots"]


def test_a_correction_that_leaves_the_dots_is_no_news(scene: Scene) -> None:
    scene.publish(THU, "B")
    scene.tell()
    scene.state.folders[THU] = structs.replace(scene.state.folders[THU], fingerprint="other closes")
    assert scene.tell() == []
    assert scene.told.digests["daily"].fingerprint == "other closes"


def test_a_correction_of_an_old_date_is_no_news(scene: Scene) -> None:
    scene.publish(THU, "B")
    scene.tell()
    scene.publish(WED, "A", "Z")
    assert scene.tell() == []


def test_the_next_digest_is_compared_with_the_corrected_folder(scene: Scene) -> None:
    scene.publish(THU, "B")
    scene.tell()
    scene.publish(THU, "B", "C")
    scene.tell()
    assert scene.told.digests["daily"].dots == {THU: ["B", "C"]}


def test_a_failed_run_is_told_once_with_its_reason_and_its_end(scene: Scene) -> None:
    scene.fail(THU, "2 of 4 files (50 %) gave series, less than the 95 % of BLUEDOT_MIN_COMPLETE")
    assert scene.tell() == [f"daily {THU} failed"]
    text = " ".join(scene.said[-1].paragraphs)
    for part in (
        f"daily {THU}",
        "BLUEDOT_MIN_COMPLETE",
        "daily_ready.txt",
        f"--partition {THU}",
        f"showing daily {WED}",
    ):
        assert part in text
    scene.after(hours=1)
    scene.fail(THU, "another reason")
    assert scene.tell() == []
    scene.after(hours=4)
    scene.publish(THU, "B")
    assert scene.tell() == ["daily is back", f"daily {THU}: 1 new blue dot"]
    assert f"daily {THU} is published, 5 h after its run failed." in scene.said[-2].paragraphs
    assert scene.tell() == []


def test_many_failures_of_a_batch_are_one_message_and_each_has_its_end(scene: Scene) -> None:
    keys = [f"2024-07-{day}" for day in (15, 16, 17, 18)]
    for key in keys[:3]:
        scene.fail(key, f"bad {key}")
    assert scene.tell() == [f"daily {key} failed" for key in keys[:3]]
    for key in keys:
        scene.state.failures.pop(key, None)
    scene.tell()
    for key in keys:
        scene.fail(key, f"bad {key}")
    assert scene.tell() == ["daily: 4 partitions failed"]
    message = scene.said[-1]
    assert [item.line for item in message.items] == [f"daily {key} failed. Why: bad {key}" for key in keys]
    assert f"--partition {keys[0]}..{keys[3]}" in message.paragraphs[-1]
    assert scene.tell() == []
    scene.fail(THU)
    assert scene.tell() == [f"daily {THU} failed"]


def test_a_failure_that_comes_back_is_a_new_incident(scene: Scene) -> None:
    scene.fail(THU)
    scene.tell()
    scene.publish(THU)
    scene.tell()
    scene.fail(THU)
    assert scene.tell() == [f"daily {THU} failed"]


def test_a_failure_that_the_site_forgot_ends_without_a_word(scene: Scene) -> None:
    scene.fail(TUE)
    scene.tell()
    scene.state.failures.clear()
    assert scene.tell() == []
    assert scene.told.incidents == {}


def test_late_data_are_told_once_and_their_end_says_how_late(scene: Scene) -> None:
    scene.now = datetime(2024, 8, 1, 16, tzinfo=UTC)
    assert scene.tell() == []
    scene.after(minutes=1)
    assert scene.tell() == ["daily is late"]
    assert "was due 1 Aug 2024, 10:00 UTC" in scene.said[-1].paragraphs[0]
    scene.after(hours=6)
    assert scene.tell() == []
    scene.publish(THU, "B")
    assert scene.tell() == ["daily is back", f"daily {THU}: 1 new blue dot"]
    assert scene.said[-2].paragraphs[0] == f"daily is back: {THU} is published, 12 h late."


def test_what_failed_is_not_told_as_late_too(scene: Scene) -> None:
    scene.fail(THU)
    scene.tell()
    scene.after(days=2)
    assert scene.tell() == []


def test_a_deadline_that_moved_ends_lateness_without_a_word(scene: Scene) -> None:
    scene.after(days=1)
    assert scene.tell() == ["daily is late"]
    scene.now = datetime(2024, 8, 1, 12, tzinfo=UTC)
    assert scene.tell() == []
    assert scene.told.incidents == {}


def test_warnings_of_a_partition_are_one_message(scene: Scene) -> None:
    scene.publish(THU, "B", checks=[SHORT, LOST_DOTS])
    assert scene.tell() == [f"daily {THU}: 2 warnings", f"daily {THU}: 1 new blue dot"]
    assert [item.name for item in scene.said[-2].items] == [SHORT.check, LOST_DOTS.check]
    assert scene.tell() == []


def test_a_further_warning_of_the_same_partition_is_news_and_a_known_one_is_not(scene: Scene) -> None:
    scene.publish(THU, checks=[SHORT])
    scene.tell()
    own = CallerFacts(checks={("daily", THU): [SHORT]})
    assert scene.tell(own) == []
    assert scene.tell(CallerFacts(checks={("daily", THU): [LOST_DOTS]})) == [f"daily {THU}: 2 warnings"]
    assert scene.tell(CallerFacts(checks={("daily", THU): [LOST_DOTS]})) == []


def test_a_warning_that_goes_on_in_the_same_words_is_told_once_and_in_other_words_again(scene: Scene) -> None:
    scene.publish(THU, checks=[SHORT, LOST_DOTS])
    scene.tell()
    scene.publish(FRI, checks=[SHORT])
    assert scene.tell() == [f"daily {FRI}: no new blue dots"]
    scene.publish(SAT, checks=[structs.replace(SHORT, message="56 of 58 files gave series")])
    assert scene.tell() == [f"daily {SAT}: 1 warning", f"daily {SAT}: no new blue dots"]


def test_a_warning_that_was_over_is_news_when_it_comes_back(scene: Scene) -> None:
    scene.publish(THU, checks=[SHORT])
    scene.tell()
    scene.publish(FRI)
    scene.tell()
    assert scene.told.incidents == {}
    scene.publish(SAT, checks=[SHORT])
    assert scene.tell() == [f"daily {SAT}: 1 warning", f"daily {SAT}: no new blue dots"]


def test_what_a_check_found_in_an_old_date_is_told_once(scene: Scene) -> None:
    scene.publish(TUE)
    scene.tell()
    facts = CallerFacts(checks={("daily", TUE): [SHORT]})
    assert scene.tell(facts) == [f"daily {TUE}: 1 warning"]
    assert scene.tell() == []
    assert scene.tell(facts) == []


def test_what_a_run_alone_saw_is_told_once_though_others_look_in_between(scene: Scene) -> None:
    scene.publish(THU)
    broken = CheckResult("daily/site site_is_live", False, "error", "the public index shows another publish")
    assert f"daily {THU}: 1 failed check" in scene.tell(CallerFacts(checks={("daily", THU): [broken]}))
    assert scene.tell() == []
    assert scene.tell(CallerFacts(checks={("daily", THU): [broken]})) == []


def test_checks_that_blocked_a_run_stand_in_the_message_of_its_failure_alone(scene: Scene) -> None:
    scene.fail(THU)
    blocking = CheckResult("daily/bars accepted", False, "error", "half of the files")
    assert scene.tell(CallerFacts(checks={("daily", THU): [blocking]})) == [f"daily {THU} failed"]


def test_a_rollback_is_told_once_and_withdraws_no_digest_of_what_is_not_shown(scene: Scene) -> None:
    scene.publish(THU, "B")
    scene.tell()
    scene.roll_back(WED)
    assert scene.tell() == [f"daily {THU} was withdrawn"]
    assert "wrong closes" in " ".join(scene.said[-1].paragraphs)
    assert scene.tell() == []
    scene.publish(FRI, "C")
    assert scene.tell() == [f"daily {FRI}: 1 new blue dot"]


def test_a_withdrawn_folder_that_was_never_told_gets_no_digest(scene: Scene) -> None:
    scene.publish(THU, "B")
    scene.roll_back(WED)
    assert scene.tell() == [f"daily {THU} was withdrawn"]


def test_a_site_that_cannot_be_read_ends_nothing(scene: Scene) -> None:
    scene.fail(THU)
    scene.tell()
    before = scene.told
    assert scene.tell(blind=True) == []
    assert scene.told == before


def test_a_failure_of_which_the_site_never_heard_is_told_once(scene: Scene) -> None:
    run = Run(THU, "failed", scene.now, "r1", reason="the push was refused")
    facts = CallerFacts(failures={"daily": [run]})
    assert scene.tell(facts, blind=True) == [f"daily {THU} failed"]
    assert scene.tell(facts) == []
    assert scene.tell() == []
    scene.after(hours=2)
    scene.publish(THU)
    assert scene.tell() == ["daily is back", f"daily {THU}: no new blue dots"]


def test_a_problem_ends_when_the_same_look_finds_it_no_more(scene: Scene) -> None:
    problem = Problem("public:daily:files", "3 CSVs of daily differ", "their hashes differ", "publish again")
    seen = CallerFacts(problems=[problem], checkers=frozenset({"public"}))
    assert scene.tell(seen) == ["3 CSVs of daily differ"]
    scene.after(hours=6)
    assert scene.tell(seen) == []
    assert scene.tell() == []  # nobody looked
    assert scene.tell(CallerFacts(checkers=frozenset({"public"}))) == ["Over: 3 CSVs of daily differ"]
    assert scene.tell(CallerFacts(checkers=frozenset({"public"}))) == []


def test_what_is_told_survives_the_way_to_the_file_and_back(scene: Scene) -> None:
    scene.fail(THU)
    scene.tell()
    told = with_deliveries(scene.told, scene.said, {scene.said[-1].id: {"Slack": "it answered 500"}}, scene.now)
    assert told.undelivered
    assert decode_ledger(told.encoded()) == told
    assert decode_ledger(None) == Ledger()


def test_a_broken_file_is_refused_and_not_taken_for_an_empty_one() -> None:
    with pytest.raises(PublishRefused, match=r"notices\.json cannot be read"):
        decode_ledger(b"{")
    with pytest.raises(PublishRefused, match=r"notices\.json cannot be read .*soon"):
        decode_ledger(b'{"digests":{"daily":{"partition":"2024-08-01","fingerprint":"","dots":{"soon":["A"]}}}}')


def test_a_message_stays_undelivered_for_those_who_did_not_take_it_until_they_do(scene: Scene) -> None:
    message = scene.said[0]
    waiting = with_deliveries(scene.told, [message], {message.id: {"Slack": "down"}}, scene.now)
    assert waiting.undelivered[message.id].receivers == {"Slack": "down"}
    later = with_deliveries(waiting, [message], {message.id: {"Slack": "gone"}}, scene.now.replace(year=2025))
    assert later.undelivered[message.id].since == scene.now
    assert with_deliveries(later, [message], {}, scene.now).undelivered == {}


def test_too_many_undelivered_messages_lose_the_oldest(scene: Scene) -> None:
    told = scene.told
    for number in range(MOST_UNDELIVERED + 2):
        scene.after(minutes=1)
        run = Run(f"2024-01-{number + 1:02d}", "failed", scene.now, str(number))
        scene.tell(CallerFacts(failures={"daily": [run]}))
        told = with_deliveries(told, scene.said[-1:], {scene.said[-1].id: {"Slack": "down"}}, scene.now)
    assert len(told.undelivered) == MOST_UNDELIVERED
    assert "failed:daily:2024-01-01" not in told.undelivered


def test_two_who_told_at_the_same_time_are_both_remembered(scene: Scene) -> None:
    scene.fail(TUE)
    scene.tell()
    base = scene.told
    one, other = Scene(**vars(scene)), Scene(**vars(scene))
    one.publish(THU, "B")
    one.tell()
    other.state.failures.clear()
    other.fail(FRI)
    other.tell()
    both = merged(base, one.told, other.told)
    assert both.digests["daily"].partition == THU
    assert set(both.incidents) == {f"failed:daily:{FRI}"}
    assert merged(base, base, other.told) == other.told
    assert merged(base, one.told, base) == one.told


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["publish", "fail", "roll back", "wait", "blind", "forget"]),
        st.integers(1, 28),
        st.frozensets(st.sampled_from("ABCDE")),
    ),
    max_size=25,
)


@given(EVENTS)
@settings(max_examples=150, deadline=None)
def test_whatever_happens_looking_twice_tells_nothing_twice_and_no_new_date_is_left_out(
    events: list[tuple[str, int, frozenset[str]]],
) -> None:
    scene = Scene()
    for what, day, symbols in events:
        key = f"2024-08-{day:02d}"
        newest = max(scene.state.folders, default="")
        scene.after(hours=5)
        if what == "publish":
            scene.publish(key, *sorted(symbols), keep=3)
        elif what == "fail":
            scene.fail(key)
        elif what == "roll back" and len(scene.state.folders) > 1 and scene.state.rolled_back is None:
            scene.roll_back(min(scene.state.folders))
        elif what == "forget":
            scene.state.failures.clear()
        titles = scene.tell(blind=what == "blind")
        if what == "blind":
            scene.tell()  # what could not be seen
        assert scene.tell() == []
        if what == "publish" and key > max(newest, "2024-08-00") and key in scene.state.folders:
            assert [title for title in titles if title.startswith(f"daily {key}: ")]
    digests = [message.id for message in scene.said if message.id.startswith("digest:")]
    assert len(digests) == len(set(digests))
    assert digests == sorted(digests)


def test_a_pending_ledger_of_the_version_before_is_read_and_written_alike() -> None:
    ledger = b'{"digests":{},"incidents":{},"schema_version":1,"undelivered":{}}'
    content = b'{"site":%s,"told":%s}' % (ledger, ledger)
    pending = msgspec.json.decode(content, type=PendingLedger)
    assert pending.ours == Ledger()
    assert msgspec.json.encode(pending, order="sorted") == b'{"schema_version":1,' + content.removeprefix(b"{")
