"""A rollback: what it changes, how long it lasts, and that it is remembered in a file of its own."""

import json
from datetime import UTC, datetime

import pytest

from bluedot_assets.kernel.errors import PublishRefused, UsageError
from bluedot_assets.kernel.site.publish_plan import plan_publication
from bluedot_assets.kernel.site.rollback_file import ROLLBACK, decode_rollbacks
from bluedot_assets.kernel.site.rollback_plan import plan_rollback
from bluedot_assets.kernel.site.status import RolledBack, TimeframeStatus, decode_status
from bluedot_assets_tests.examples.publications import PAGES, Site, publication, publish, with_days

AT = datetime(2024, 8, 3, tzinfo=UTC)
OLD, MIDDLE, NEW = "2024-07-31", "2024-08-01", "2024-08-02"


def roll_back(site: Site, key: str, reason: str = "bad prices") -> None:
    plan = plan_rollback("daily", key, AT, reason, site)
    assert plan is not None
    site.carry_out(plan)


def state(site: Site) -> TimeframeStatus:
    return decode_status(site.files["status.json"]).of("daily")


def in_force(site: Site) -> RolledBack | None:
    return decode_rollbacks(site.read(ROLLBACK)).timeframes.get("daily")


@pytest.fixture
def site() -> Site:
    return with_days(OLD, MIDDLE, NEW)


def test_it_points_latest_at_the_older_folder_and_uploads_no_data(site: Site) -> None:
    plan = plan_rollback("daily", MIDDLE, AT, "bad prices", site)
    assert plan is not None
    assert (plan.copies, plan.folders, plan.sources, plan.drops) == (
        {"daily/latest": f"daily/{MIDDLE}"},
        {},
        {},
        [],
    )
    assert set(plan.files) == {"status.json", ROLLBACK}
    assert plan.message == f"daily: latest shows {MIDDLE} again instead of {NEW}"


def test_the_site_remembers_it_and_the_page_can_say_so(site: Site) -> None:
    roll_back(site, MIDDLE)
    wanted = RolledBack(to=MIDDLE, withdrawn=NEW, at=AT, reason="bad prices")
    assert in_force(site) == state(site).rolled_back == wanted
    assert json.loads(site.files[ROLLBACK])["timeframes"]["daily"]["to"] == MIDDLE
    assert (state(site).as_of, state(site).updated_at) == (MIDDLE, AT)
    assert site.latest() == site.content(f"daily/{MIDDLE}")
    assert set(state(site).folders) == {OLD, MIDDLE, NEW}


def test_counts_are_those_of_the_folder_that_is_shown(site: Site) -> None:
    roll_back(site, MIDDLE)
    shown = state(site)
    assert (shown.stocks, shown.csvs, shown.expected, shown.complete) == (1, 1, 1, True)
    assert (shown.rejected, shown.checks) == ([], [])


def test_a_newer_date_lifts_it(site: Site) -> None:
    roll_back(site, MIDDLE)
    publish(site, publication("2024-08-05", b"new", at=80, keep=9))
    assert (in_force(site), state(site).rolled_back, state(site).as_of) == (None, None, "2024-08-05")
    assert site.latest() == site.content("daily/2024-08-05")


@pytest.mark.parametrize("content", [NEW.encode(), b"corrected"], ids=["unchanged", "corrected"])
def test_publishing_the_withdrawn_date_again_lifts_it(site: Site, content: bytes) -> None:
    roll_back(site, OLD)
    publish(site, publication(NEW, content, at=80))
    assert (in_force(site), state(site).rolled_back, state(site).as_of) == (None, None, NEW)
    assert site.latest() == site.content(f"daily/{NEW}")


def test_a_correction_of_an_older_date_leaves_it_in_force(site: Site) -> None:
    roll_back(site, OLD)
    publish(site, publication(MIDDLE, b"corrected", at=80))
    assert state(site).as_of == OLD
    assert in_force(site) is not None
    assert site.latest() == site.content(f"daily/{OLD}")


def test_a_correction_of_the_shown_date_shows_and_leaves_it_in_force(site: Site) -> None:
    roll_back(site, MIDDLE)
    publish(site, publication(MIDDLE, b"corrected", at=80))
    assert in_force(site) is not None
    assert site.latest() == site.content(f"daily/{MIDDLE}")
    assert b"corrected" not in site.latest()["/DIXON_PRICE_DATA.csv"]  # the site in memory holds digests


def test_the_newest_date_takes_it_back(site: Site) -> None:
    roll_back(site, OLD)
    roll_back(site, NEW)
    assert (in_force(site), state(site).rolled_back, state(site).as_of) == (None, None, NEW)


def test_what_latest_shows_already_is_no_change(site: Site) -> None:
    assert plan_rollback("daily", NEW, AT, "", site) is None
    roll_back(site, OLD)
    assert plan_rollback("daily", OLD, AT, "again", site) is None


def test_the_folder_that_it_shows_outlives_the_number_of_those_kept(site: Site) -> None:
    roll_back(site, OLD)
    publish(site, publication(OLD, b"corrected", at=80, keep=1))
    assert set(state(site).folders) == {OLD, NEW}
    assert site.latest() == site.content(f"daily/{OLD}")


def test_one_timeframe_s_rollback_leaves_the_other_alone(site: Site) -> None:
    publish(site, publication("2024-W31", b"week", timeframe="weekly"))
    before = decode_status(site.files["status.json"]).of("weekly")
    roll_back(site, OLD)
    publish(site, publication("2024-W32", b"week 2", timeframe="weekly", at=200))
    assert decode_status(site.files["status.json"]).of("weekly").as_of == "2024-W32"
    assert before.rolled_back is None
    assert in_force(site) is not None


def test_a_folder_that_the_site_does_not_keep_is_refused_with_those_it_keeps(site: Site) -> None:
    with pytest.raises(UsageError, match=rf"no folder daily/2024-07-01: it keeps {NEW}, {MIDDLE}, {OLD}\."):
        plan_rollback("daily", "2024-07-01", AT, "", site)
    with pytest.raises(UsageError, match="it keeps none"):
        plan_rollback("weekly", "2024-W31", AT, "", site)


def test_a_broken_memory_stops_publishing_and_says_what_to_do(site: Site) -> None:
    site.files[ROLLBACK] = b"{"
    with pytest.raises(PublishRefused, match=r"rollback\.json cannot be read .*restore it, or delete it"):
        plan_publication(publication("2024-08-05", b"new", at=80), site)


def test_a_timeframe_that_moved_to_a_site_of_its_own_leaves_this_one(site: Site) -> None:
    publish(site, publication("2024-W31", b"week", timeframe="weekly"))
    plan = publish(site, publication(NEW, NEW.encode(), at=9, elsewhere=frozenset({"weekly"})))
    assert (list(plan.drops), set(plan.files)) == (["weekly"], {"status.json"})
    assert set(decode_status(site.files["status.json"]).timeframes) == {"daily"}
    assert set(site.files) >= set(PAGES)
    assert plan_publication(publication(NEW, NEW.encode(), at=10, elsewhere=frozenset({"weekly"})), site) is None


def test_a_timeframe_that_moved_takes_its_mirrors_along(site: Site) -> None:
    extras, mirrors = {"scripts/a.pine": b"//@version=6"}, {"pine/scripts": "scripts"}
    publish(site, publication("2024-W31", b"week", timeframe="weekly", extras=extras, mirrors=mirrors))
    assert "pine/scripts/a.pine" in site.files
    publish(site, publication(NEW, NEW.encode(), at=9, elsewhere=frozenset({"weekly"})))
    assert not [path for path in site.files if path.startswith(("weekly/", "pine/"))]


def test_a_publish_without_room_removes_no_timeframe_from_the_status_alone(site: Site) -> None:
    publish(site, publication("2024-W31", b"week", timeframe="weekly"))
    size = decode_status(site.files["status.json"]).of("daily").folders[NEW].bytes
    budget = 4 * size + len(PAGES["index.html"])
    wanted = publication("2024-07-30", b"older", at=9, keep=9, budget=budget, elsewhere=frozenset({"weekly"}))
    plan = publish(site, wanted)
    assert plan.message == "daily 2024-07-30: older than the budget has room for"
    assert set(decode_status(site.files["status.json"]).timeframes) == {"daily", "weekly"}
    assert site.content("weekly/2024-W31")


def test_a_budget_that_two_timeframes_break_is_kept_when_one_moves(site: Site) -> None:
    publish(site, publication("2024-W31", b"week", timeframe="weekly"))
    size = decode_status(site.files["status.json"]).of("daily").folders[NEW].bytes
    tight = 2 * size + size // 2 + len(PAGES["index.html"])
    with pytest.raises(PublishRefused, match="BLUEDOT_SITE_WEEKLY"):
        plan_publication(publication(NEW, b"more", at=9, budget=tight), site)
    assert plan_publication(publication(NEW, b"more", at=9, budget=tight, elsewhere=frozenset({"weekly"})), site)


@pytest.mark.parametrize("content", [b"{", b"\xff", b'{"x":' + b"[" * 3000])
def test_a_folder_whose_index_is_damaged_cannot_be_shown(site: Site, content: bytes) -> None:
    site.files[f"daily/{MIDDLE}/index.json"] = content
    with pytest.raises(PublishRefused, match=r"2024-08-01 has an index\.json that cannot be read .*: run that"):
        plan_rollback("daily", MIDDLE, AT, "bad prices", site)
