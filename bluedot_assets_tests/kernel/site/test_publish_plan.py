"""What a publish changes on the site, and what it leaves alone."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from msgspec import structs

from bluedot_assets.kernel.errors import NewerVersion, PublishRefused
from bluedot_assets.kernel.site.publication import SiteHistory
from bluedot_assets.kernel.site.publish_plan import plan_failure, plan_publication
from bluedot_assets.kernel.site.retention import history_with_room
from bluedot_assets.kernel.site.status import decode_status
from bluedot_assets.kernel.stored.manifest import StoredObject
from bluedot_assets_tests.examples.publications import PAGES, Site, publication, publish, run, shown, with_days


def test_the_first_publish_writes_the_folder_the_pages_and_latest() -> None:
    site = Site()
    plan = publish(site, publication())
    assert plan.message == "daily 2024-08-02: 1 stocks, 1 CSVs"
    assert set(site.files) == {
        "index.html",
        "status.json",
        *(
            f"daily/{name}/{file}"
            for name in ("2024-08-02", "latest")
            for file in ("index.json", "dashboard.json", "DIXON_PRICE_DATA.csv")
        ),
    }
    index = json.loads(site.files["daily/latest/index.json"])
    assert index["made_at"] == "2024-08-02T12:00:00Z"


def test_the_same_content_again_is_no_plan_whatever_the_time_and_the_run() -> None:
    site = with_days("2024-08-01", "2024-08-02")
    for at, key in ((7, "2024-08-02"), (8, "2024-08-01")):
        assert plan_publication(publication(key, key.encode(), at=at), site) is None


def test_a_newer_day_moves_latest_and_an_older_one_does_not() -> None:
    site = with_days("2024-08-01", "2024-08-02")
    assert site.latest() == site.content("daily/2024-08-02")
    before = dict(site.latest())
    plan = publish(site, publication("2024-07-31", b"old", at=5))
    assert not plan.copies
    assert site.latest() == before
    assert "daily/2024-07-31/index.json" in site.files


def test_changed_content_of_the_newest_day_changes_its_folder_and_latest() -> None:
    site = with_days("2024-08-01", "2024-08-02")
    plan = publish(site, publication("2024-08-02", b"other", at=9))
    assert list(plan.folders) == ["daily/2024-08-02"]
    assert site.latest() == site.content("daily/2024-08-02")
    assert json.loads(site.files["daily/latest/index.json"])["made_at"] == "2024-08-02T21:00:00Z"


def test_changed_content_of_an_older_day_changes_that_folder_alone() -> None:
    site = with_days("2024-08-01", "2024-08-02")
    plan = publish(site, publication("2024-08-01", b"other", at=9))
    assert (list(plan.folders), dict(plan.copies), list(plan.drops)) == (["daily/2024-08-01"], {}, [])
    assert set(plan.files) == {"status.json"}


def test_the_oldest_day_is_dropped_when_there_are_more_than_are_kept() -> None:
    site = with_days("2024-08-01", "2024-08-02", "2024-08-05")
    plan = publish(site, publication("2024-08-06", b"new", at=9))
    assert list(plan.drops) == ["daily/2024-08-01"]
    folders = ["2024-08-02", "2024-08-05", "2024-08-06"]
    assert site.folders() == [*folders, "latest"]
    assert sorted(decode_status(site.files["status.json"]).of("daily").folders) == folders


def test_a_lower_number_of_kept_days_drops_several_at_once() -> None:
    site = with_days("2024-08-01", "2024-08-02", "2024-08-05")
    plan = publish(site, publication("2024-08-05", b"2024-08-05", at=9, keep=1))
    assert sorted(plan.drops) == ["daily/2024-08-01", "daily/2024-08-02"]
    assert not plan.folders
    assert site.folders() == ["2024-08-05", "latest"]


def test_a_day_older_than_all_that_are_kept_changes_nothing() -> None:
    site = with_days("2024-08-01", "2024-08-02", "2024-08-05")
    assert plan_publication(publication("2024-07-31", b"old"), site) is None


def test_changed_pages_alone_are_written_alone() -> None:
    site = with_days("2024-08-02")
    pages = PAGES | {"site.css": b"h1 {}"}
    plan = publish(site, publication("2024-08-02", b"2024-08-02", at=3, shell=pages))
    assert (plan.files, plan.folders, plan.copies) == ({"site.css": b"h1 {}"}, {}, {})


def test_what_the_page_says_may_change_without_a_run_of_its_own() -> None:
    site = with_days("2024-08-02")
    wanted = publication("2024-08-02", b"2024-08-02", at=3, shown=shown(check="said better"))
    plan = publish(site, wanted)
    assert (set(plan.files), plan.folders) == ({"status.json"}, {})
    assert len(decode_status(site.files["status.json"]).of("daily").runs) == 1


def test_documentation_that_stands_is_not_replaced_by_the_page_that_says_there_is_none() -> None:
    site = with_days("2024-08-01")
    page = "docs/index.html"
    bare = {**PAGES, page: b"not built"}
    built = {**bare, page: b"built", "docs/faq": b"faq"}
    shown = []
    for at, (key, pages) in enumerate({"2024-08-02": bare, "2024-08-05": built, "2024-08-06": bare}.items(), 1):
        publish(site, replace(publication(key, key.encode(), at=at), shell=pages))
        shown.append(site.files[page])
    assert shown == [b"not built", b"built", b"built"]
    assert site.files["docs/faq"] == b"faq"


def test_daily_and_weekly_stand_side_by_side() -> None:
    site = with_days("2024-08-02")
    plan = publish(site, publication("2024-W31", b"week", timeframe="weekly"))
    assert set(plan.files) == {"status.json"}
    assert site.folders("weekly") == ["2024-W31", "latest"]
    assert plan_publication(publication("2024-08-02", b"2024-08-02", at=9), site) is None


def test_the_table_of_earlier_versions_goes_with_the_newest_day() -> None:
    site = with_days("2024-08-02")
    status = decode_status(site.files["status.json"])
    former = structs.replace(status.of("daily"), bulk="0" * 64)
    site.files["status.json"] = status.replaced("daily", former).encoded()
    site.files["daily/bars.parquet"] = b"table"
    assert not publish(site, publication("2024-08-01", b"y", at=1)).drops
    assert list(publish(site, publication("2024-08-02", b"new", at=2)).drops) == ["daily/bars.parquet"]
    assert "daily/bars.parquet" not in site.files
    assert not publish(site, publication("2024-08-02", b"newer", at=3)).drops


def test_of_two_machines_the_history_with_more_answers_stays() -> None:
    def history(answers: int, *names: str) -> SiteHistory:
        files = {name: StoredObject(f"history/{name}", answers, f"{answers:064}", 3) for name in names}
        return SiteHistory(files, answers, f"{answers}", f"{answers}".encode)

    site = Site()
    publish(site, publication("2024-08-01", b"1", history=history(9, "bars-2023.parquet", "bars-2024.parquet")))
    before = site.content("daily/history")
    for at, fewer in enumerate((history(8, "bars-2024.parquet"), None)):
        publish(site, publication("2024-08-02", f"{at}".encode(), at=at, history=fewer))
        assert site.content("daily/history") == before
    plan = publish(site, publication("2024-08-03", b"3", at=3, history=history(10, "bars-2024.parquet")))
    assert list(plan.drops) == ["daily/history/bars-2023.parquet"]
    assert site.files["daily/history/outcomes.json"] == b"10"
    anew = replace(history(1, "bars-2024.parquet"), rebuilt=datetime(2026, 1, 1, tzinfo=UTC))
    publish(site, publication("2024-08-04", b"4", at=4, history=anew))
    assert site.files["daily/history/outcomes.json"] == b"1"


def test_a_history_of_a_newer_version_is_left_alone() -> None:
    site = with_days("2024-08-02")
    status = decode_status(site.files["status.json"])
    newer = structs.replace(status.of("daily").history, version=9)
    site.files["status.json"] = status.replaced("daily", structs.replace(status.of("daily"), history=newer)).encoded()
    with pytest.raises(NewerVersion, match="history"):
        plan_publication(publication("2024-08-03", b"3"), site)


def test_old_years_go_before_a_publish_is_refused() -> None:
    sizes = {"dots.parquet": 10, "bars-2022.parquet": 10, "bars-2023.parquet": 10, "bars-2024.parquet": 10}
    assert history_with_room(sizes, 1000, 1000) == sorted(sizes)
    assert history_with_room(sizes, 1000, 25) == ["bars-2024.parquet", "dots.parquet"]
    assert history_with_room(sizes, 60, 1000) == ["bars-2024.parquet", "dots.parquet"]
    assert history_with_room(sizes, 1000, -5) == []


def test_the_history_counts_in_the_budget() -> None:
    site = with_days("2024-08-01", "2024-08-02")
    size = decode_status(site.files["status.json"]).of("daily").folders["2024-08-02"].bytes
    pages, past = sum(map(len, PAGES.values())), StoredObject("history/dots.parquet", 1_000, "0" * 64, 3)
    for at, (budget, kept) in enumerate([(pages + 1_000 + 4 * size, 3), (pages + 999 + 4 * size, 2)]):
        history = SiteHistory({"dots.parquet": past}, 7, "made of", lambda: b"{}\n")
        newest = publication("2024-08-03", b"2024-08-03", history=history, keep=9, budget=budget, at=at)
        publish(site, newest)
        status = decode_status(site.files["status.json"]).of("daily")
        assert (len(status.folders), status.history.bytes) == (kept, 1_000)


def test_compressed_files_stand_in_the_folder_and_are_counted() -> None:
    site = Site()
    publish(site, publication(compressed={"DIXON_PRICE_DATA.csv.gz": b"gz"}))
    assert site.files["daily/latest/DIXON_PRICE_DATA.csv.gz"] == b"gz"
    shown_folder = decode_status(site.files["status.json"]).of("daily").folders["2024-08-02"]
    assert shown_folder.files == 4
    texts = sum(len(site.files[f"daily/latest/{name}.json"]) for name in ("index", "dashboard"))
    assert shown_folder.bytes == len(b"one") + len(b"gz") + texts


def test_a_failure_changes_the_status_alone_and_is_told_once() -> None:
    site = with_days("2024-08-01")
    failure = run("2024-08-02", "failed", at=2, run_id="r")
    plan = plan_failure("daily", failure, PAGES, site)
    assert plan is not None
    assert (set(plan.files), plan.folders, plan.copies, plan.drops) == ({"status.json"}, {}, {}, ())
    assert plan.message == "daily 2024-08-02: failed"
    site.carry_out(plan)
    assert plan_failure("daily", failure, PAGES, site) is None
    publish(site, publication("2024-08-02", b"2024-08-02", at=3))
    assert decode_status(site.files["status.json"]).of("daily").failures == {}


def failed(site: Site, key: str, at: int = 5) -> None:
    plan = plan_failure("daily", run(key, "failed", at=at), PAGES, site)
    assert plan is not None
    site.carry_out(plan)


def test_equal_content_lifts_its_own_failure_and_no_other() -> None:
    site = with_days("2024-08-01", "2024-08-02")
    failed(site, "2024-08-01")
    failed(site, "2024-08-02")
    plan = publish(site, publication("2024-08-02", b"2024-08-02", at=9))
    assert (set(plan.files), plan.folders) == ({"status.json"}, {})
    assert list(decode_status(site.files["status.json"]).of("daily").failures) == ["2024-08-01"]


def test_a_gap_below_the_oldest_folder_is_a_failure_as_long_as_the_site_would_keep_it() -> None:
    site = with_days("2024-08-01", "2024-08-02")
    failed(site, "2024-07-31")
    publish(site, publication("2024-08-02", b"corrected", at=6))
    assert "2024-07-31" in decode_status(site.files["status.json"]).of("daily").failures
    publish(site, publication("2024-08-05", b"new", at=7))
    assert decode_status(site.files["status.json"]).of("daily").failures == {}


def test_a_failure_on_an_empty_site_brings_the_page_that_shows_it() -> None:
    plan = plan_failure("daily", run("2024-08-02", "failed"), PAGES, Site())
    assert plan is not None
    assert set(plan.files) == {"status.json", "index.html"}


@pytest.mark.parametrize("timeframe", ["daily", "weekly"])
@pytest.mark.parametrize("sample", [True, False])
def test_sample_data_and_real_data_never_stand_on_one_site(timeframe: str, sample: bool) -> None:
    site = Site()
    publish(site, publication(sample=sample))
    before = dict(site.files)
    other = publication("2024-W31" if timeframe == "weekly" else "2024-08-05", timeframe=timeframe, sample=not sample)
    with pytest.raises(PublishRefused, match=r"the site holds (real|sample) data: .*BLUEDOT_SITE"):
        plan_publication(other, site)
    assert site.files == before


def test_a_failure_on_an_empty_site_does_not_decide_whose_data_may_come() -> None:
    for sample in (True, False):
        site = Site()
        plan = plan_failure("daily", run("2024-08-02", "failed"), PAGES, site)
        assert plan is not None
        site.carry_out(plan)
        publish(site, publication(sample=sample))


def test_a_plan_is_decided_again_on_what_the_site_holds_then() -> None:
    site = with_days("2024-08-01")
    wanted = publication("2024-08-02", b"two", at=1)
    assert plan_publication(wanted, site) is not None
    publish(site, replace(wanted, run=run("2024-08-02", at=2)))  # somebody else was faster
    assert plan_publication(wanted, site) is None
