"""Small files of a dated folder, and paths of the site that mirror some of them."""

from collections.abc import Mapping
from typing import Any

import pytest

from bluedot_assets.kernel.errors import PublishRefused
from bluedot_assets.kernel.site.publication import Plan, Publication
from bluedot_assets.kernel.site.publish_plan import plan_publication
from bluedot_assets.kernel.site.rollback_plan import plan_rollback
from bluedot_assets.kernel.site.status import Folder, decode_status
from bluedot_assets_tests.examples.publications import NOON, Site, publication

SCRIPTS = {"scripts/one.pine": b"1" * 10, "scripts/more/two.pine": b"2" * 20, "lists/dots.txt": b"3" * 40}
MIRRORS = {"pine/scripts": "scripts"}


def with_scripts(
    key: str = "2024-08-02", extras: Mapping[str, bytes] = SCRIPTS, at: int = 0, **more: object
) -> Publication:
    parts: dict[str, Any] = {"mirrors": MIRRORS, "extras": extras, **more}
    return publication(key, at=at, **parts)


def publish(site: Site, wanted: Publication) -> Plan:
    plan = plan_publication(wanted, site)
    assert plan is not None
    site.carry_out(plan)
    return plan


def rollback(site: Site, key: str) -> Plan:
    plan = plan_rollback("daily", key, NOON, "bad prices", site)
    assert plan is not None
    site.carry_out(plan)
    return plan


def folder_of(site: Site, key: str = "2024-08-02") -> Folder:
    return decode_status(site.files["status.json"]).of("daily").folders[key]


def test_small_files_are_counted_in_the_folder_and_their_mirror_apart_from_it() -> None:
    bare, site = Site(), Site()
    publish(bare, publication())
    publish(site, with_scripts())
    assert folder_of(site).files == folder_of(bare).files + 3
    assert folder_of(site).bytes == folder_of(bare).bytes + 70
    assert {path: (one.folder, one.bytes) for path, one in folder_of(site).mirrors.items()} == {
        "pine/scripts": ("scripts", 30)
    }


@pytest.mark.parametrize(
    "other",
    [
        with_scripts(extras=SCRIPTS | {"lists/dots.txt": b"4"}),
        with_scripts(extras={**SCRIPTS, "lists/new.txt": b""}),
        with_scripts(extras={"lists/dots.txt": SCRIPTS["lists/dots.txt"]}),
        with_scripts(mirrors={"pine/lists": "lists"}),
    ],
)
def test_what_changes_of_small_files_is_published_and_the_same_again_is_not(other: Publication) -> None:
    site = Site()
    publish(site, with_scripts())
    assert plan_publication(with_scripts(at=5), site) is None
    assert other.fingerprint != with_scripts().fingerprint
    assert publish(site, other).folders
    mirrored = {path for path in site.files if path.startswith("pine/")}
    assert mirrored == set(other.mirror_files)


def test_a_name_that_only_begins_like_the_mirrored_folder_is_not_in_the_mirror() -> None:
    made = with_scripts(extras={"scripts/a": b"", "scripts2/b": b"x", "scripts": b"y"} | {"x/scripts/c": b"z"})
    assert made.mirror_files == {"pine/scripts/a": b""}
    assert made.mirrored["pine/scripts"].bytes == 0


def test_a_rollback_copies_the_mirrors_of_the_folder_that_it_shows() -> None:
    site = Site()
    publish(site, with_scripts("2024-08-01", SCRIPTS | {"scripts/one.pine": b"old"}))
    publish(site, with_scripts("2024-08-02", at=1))
    plan = rollback(site, "2024-08-01")
    assert plan.copies == {"daily/latest": "daily/2024-08-01", "pine/scripts": "daily/2024-08-01/scripts"}
    assert site.files["pine/scripts/one.pine"] == b"old"
    assert not publish(site, with_scripts("2024-07-31", at=3)).copies  # older than what is shown
    assert site.files["pine/scripts/one.pine"] == b"old"
    publish(site, with_scripts("2024-08-02", at=4))
    assert site.files["pine/scripts/one.pine"] == SCRIPTS["scripts/one.pine"]


def test_a_folder_without_the_subfolder_leaves_no_mirror_behind() -> None:
    site = Site()
    publish(site, publication("2024-08-01", b"as an older version published it"))
    publish(site, with_scripts("2024-08-02", at=1))
    assert list(rollback(site, "2024-08-01").drops) == ["pine/scripts"]
    assert not [path for path in site.files if path.startswith("pine/")]
    assert rollback(site, "2024-08-02").drops == []
    assert site.files["pine/scripts/one.pine"] == SCRIPTS["scripts/one.pine"]
    assert list(publish(site, publication("2024-08-05", b"none again", at=2)).drops) == ["pine/scripts"]


def test_a_status_of_an_older_version_has_no_mirrors() -> None:
    site = Site()
    publish(site, with_scripts())
    older = site.files["status.json"].replace(b'"mirrors"', b'"something"')
    assert decode_status(older).of("daily").mirrors == {}


def test_mirrors_count_in_the_budget_as_the_published_site_counts_them() -> None:
    big = {"scripts/one.pine": b"x" * 1_000_000}
    # The folder, latest, and the mirror: three times a megabyte and a little of everything else.
    assert plan_publication(with_scripts(extras=big, budget=3_100_000), Site()) is not None
    with pytest.raises(PublishRefused, match="more than BLUEDOT_SITE_BUDGET_MB allows"):
        plan_publication(with_scripts(extras=big, budget=2_900_000), Site())
    assert plan_publication(with_scripts(extras=big, budget=2_900_000, mirrors={}), Site()) is not None


def test_the_mirrors_of_the_other_timeframe_count_too() -> None:
    site = Site()
    publish(site, with_scripts(extras={"scripts/one.pine": b"x" * 1_000_000}))
    week = publication("2024-W31", b"week", timeframe="weekly", budget=2_900_000)
    with pytest.raises(PublishRefused, match="BLUEDOT_SITE_BUDGET_MB"):
        plan_publication(week, site)
