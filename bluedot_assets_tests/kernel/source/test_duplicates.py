"""Which file speaks for a published name: the newest, and of equal bytes one."""

from datetime import timedelta

from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.sample.tree import SamplePlan, sample_files
from bluedot_assets.kernel.source.duplicates import ResolvedDuplicates, resolve_duplicates
from bluedot_assets.kernel.source.file_names import published_stock
from bluedot_assets.kernel.source.raw_file import RawFile
from bluedot_assets_tests.examples.vendor_files import FRIDAY, UPLOADED, bars, document, judged, raw, unread

LATER = UPLOADED + timedelta(hours=1)


def kept(files: list[RawFile], claims: ResolvedDuplicates) -> list[str]:
    rejected = {row["origin_id"] for row in claims.rejected}
    left = [file for file in files if file.origin_id not in rejected]
    return [file.origin_id for file in sorted(left, key=lambda file: published_stock(file.name, DAILY) or "")]


def test_of_two_stocks_with_one_published_name_the_newest_speaks_and_the_warning_names_both() -> None:
    files = [
        raw(document(bars(2)), "M_M_daily.json", modified=UPLOADED),
        raw(document(bars(3)), "M&M_daily.json", modified=LATER),
        raw(document(bars(4)), "ACC_daily.json"),
    ]
    claims = resolve_duplicates(files, DAILY)
    assert kept(files, claims) == ["ACC_daily.json", "M&M_daily.json"]
    (row,) = claims.rejected
    assert (row["file"], row["kind"], row["field"]) == ("M_M_daily.json", "superseded", "file name")
    assert "M&M_daily.json" in str(row["reason"])
    assert "published name M_M" in str(row["reason"])
    (warning,) = claims.warnings
    assert "M&M_daily.json was kept" in warning
    assert "M_M_daily.json (2024-08-02 22:05:00 UTC) is older" in warning


def test_the_order_of_the_listing_decides_nothing() -> None:
    older = raw(document(bars(2)), "M_M_daily.json", modified=UPLOADED)
    newer = raw(document(bars(3)), "M&M_daily.json", modified=LATER)
    for files in ([older, newer], [newer, older]):
        assert kept(files, resolve_duplicates(files, DAILY)) == ["M&M_daily.json"]


def test_equal_bytes_under_two_names_are_kept_once_without_a_warning() -> None:
    files = [
        raw(document(bars(2)), "M_M_daily.json", modified=UPLOADED),
        raw(document(bars(2)), "M&M_daily.json", modified=LATER),
    ]
    claims = resolve_duplicates(files, DAILY)
    assert kept(files, claims) == ["M&M_daily.json"]
    assert [(row["file"], row["kind"]) for row in claims.rejected] == [("M_M_daily.json", "duplicate")]
    assert claims.warnings == []


def test_of_two_drive_files_of_one_name_the_newest_speaks_and_both_ids_are_told() -> None:
    files = [
        raw(document(bars(3)), origin="id-new", modified=LATER),
        raw(document(bars(2)), origin="id-old", modified=UPLOADED),
    ]
    claims = resolve_duplicates(files, DAILY)
    assert kept(files, claims) == ["id-new"]
    (row,) = claims.rejected
    assert (row["origin_id"], row["kind"]) == ("id-old", "superseded")
    assert "(id-new)" in str(row["reason"])


def test_of_three_files_one_is_kept_and_each_other_has_its_reason() -> None:
    files = [
        raw(document(bars(2)), "M&M_daily.json", modified=UPLOADED),
        raw(document(bars(3)), "M_M_daily.json", modified=LATER),
        raw(document(bars(3)), "m-m_daily.json", modified=UPLOADED),
    ]
    claims = resolve_duplicates(files, DAILY)
    assert kept(files, claims) == ["M_M_daily.json"]
    assert {row["file"]: row["kind"] for row in claims.rejected} == {
        "M&M_daily.json": "superseded",
        "m-m_daily.json": "duplicate",
    }


def test_files_without_bytes_are_not_taken_for_equal() -> None:
    files = [unread("M&M_daily.json", "too large"), unread("M_M_daily.json", "too large")]
    assert [row["kind"] for row in resolve_duplicates(files, DAILY).rejected] == ["superseded"]


def test_names_that_cannot_be_published_claim_nothing_and_are_kept_for_their_own_reason() -> None:
    files = [raw(document(bars(2)), name) for name in ("a/M_M_daily.json", "M_M_daily.json", "_daily.json")]
    claims = resolve_duplicates(files, DAILY)
    assert claims.rejected == []
    shard = judged(*files)
    assert sorted(shard.rejected["file"]) == ["_daily.json", "a/M_M_daily.json"]


def test_the_samples_clashing_names_are_merged_as_it_says() -> None:
    kinds = ("name-clash", "name-clash-same-bytes")
    plan = SamplePlan(stocks=0, days=1, weeks=0, seed=7, end=FRIDAY, fault_kinds=kinds)
    files = [
        raw(one.content, one.path.rsplit("/", 1)[1], modified=one.modified)
        for one in sample_files(plan)
        if one.path.endswith(".json")
    ]
    claims = resolve_duplicates(files, DAILY)
    assert kept(files, claims) == ["BAD_CLASH_NEW_daily.json", "BAD_TWINS_SAME_daily.json"]
    assert sorted(str(row["kind"]) for row in claims.rejected) == ["duplicate", "superseded"]
    assert len(claims.warnings) == 1
