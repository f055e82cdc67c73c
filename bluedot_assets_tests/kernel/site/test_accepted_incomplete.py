"""What a person's acceptance lets through, for how long it holds, and what the site says of it."""

from collections.abc import Callable

import pytest
from msgspec import structs

from bluedot_assets.kernel.checks.completeness import ACCEPTED, share_verdict
from bluedot_assets.kernel.checks.verdict import Verdict
from bluedot_assets.kernel.errors import UsageError
from bluedot_assets.kernel.site.accepted_incomplete import LONGEST_REASON, accepted_of, checked_reason, still_accepted
from bluedot_assets.kernel.site.status import Accepted, Status, TimeframeStatus, with_publication
from bluedot_assets_tests.examples.publications import folder, run, shown

MISSING: list[dict[str, object]] = [{"file": "A_daily.json", "reason": "not JSON"}, {"file": "9 more", "reason": "r"}]


def shares(part: int, accepted: Callable[[], str]) -> Verdict:
    return share_verdict(ACCEPTED, "gave series", part, 100, 95, MISSING, accepted)


def state(listing: str = "L", accepted: Accepted | None = None) -> TimeframeStatus:
    held = structs.replace(folder("a"), listing=listing, accepted=accepted)
    return with_publication(Status(), "daily", run("2024-08-02"), held, shown(), ()).of("daily")


def test_what_would_block_passes_as_a_warning_that_says_why() -> None:
    verdict = shares(90, lambda: "half a day is enough")
    assert (verdict.passed, verdict.blocks, verdict.accepted) == (False, False, "half a day is enough")
    assert verdict.message.endswith("because a person accepted it: half a day is enough")
    assert shares(90, str).blocks


def test_nobody_is_asked_where_nothing_blocks_and_nothing_at_all_is_never_let_through() -> None:
    assert shares(100, lambda: "why").accepted == shares(96, lambda: "why").accepted == ""
    assert shares(0, lambda: "why").blocks


def test_the_site_names_what_is_missing_and_counts_what_has_no_name() -> None:
    as_before = Verdict("stocks_as_before", False, "", "warning", [{"symbol": "B", "change": "vanished"}])
    found = accepted_of([shares(88, lambda: "why"), as_before], 100, 88)
    assert found == Accepted("why", 100, ["A_daily.json", "B"], 10)
    assert accepted_of([shares(96, lambda: "why"), as_before], 100, 96) is None


def test_it_holds_for_the_listing_that_the_person_saw() -> None:
    accepted = state(accepted=Accepted("why", 100, []))
    assert still_accepted(accepted, "2024-08-02", "L", 100) == "why"
    assert still_accepted(accepted, "2024-08-02", "other", 100) == ""
    assert still_accepted(accepted, "2024-08-02", "L", 200) == ""
    assert still_accepted(accepted, "2024-08-01", "L", 100) == ""
    assert still_accepted(state(), "2024-08-02", "L", 100) == ""


def test_publishing_the_same_folder_again_without_it_lifts_it() -> None:
    status = Status(timeframes={"daily": state(accepted=Accepted("why", 100, []))})
    again = with_publication(status, "daily", run("2024-08-02", at=1), folder("a", 1), shown(), ()).of("daily")
    assert again.folders["2024-08-02"].accepted is None


@pytest.mark.parametrize("reason", ["", "  ", "x" * (LONGEST_REASON + 1), "a\x07b"])
def test_a_reason_is_a_sentence_that_can_stand_on_a_page(reason: str) -> None:
    with pytest.raises(UsageError, match="the reason stands on the site"):
        checked_reason(reason)
    assert checked_reason(" the exchange\n closed at noon ") == "the exchange closed at noon"
