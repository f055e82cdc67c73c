"""Whether the newest partition that should be public is, by the status and the clock."""

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from bluedot_assets.kernel.calendar.due_times import Timetable
from bluedot_assets.kernel.site.freshness import freshness_verdict, is_late
from bluedot_assets.kernel.site.status import Status, TimeframeStatus
from bluedot_assets_tests.examples.calendars import BOTH, INDIA, status_of

LATE = datetime(2024, 8, 17, 15, tzinfo=UTC)  # of the session after 15 August, a holiday in India
NODE: Final = shutil.which("node")
CASES: Final[list[dict[str, Any]]] = json.loads(Path(__file__).with_name("late_cases.json").read_text())
SHELL: Final = Path(__file__).parents[3] / "docs_site" / "shell"
PAGE: Final = "const late = cases.map((one) => isLate(one, Date.parse(one.now))); console.log(JSON.stringify(late));"


@pytest.fixture
def state() -> TimeframeStatus:
    return status_of("daily", "2024-08-14", Timetable(BOTH.of([INDIA]))).of("daily")


def test_over_a_holiday_and_up_to_the_deadline_nothing_is_late(state: TimeframeStatus) -> None:
    for now in (datetime(2024, 8, 16, 23, tzinfo=UTC), LATE):
        assert not is_late(state, now)
        assert freshness_verdict("daily", state, now).passed
    assert "2024-08-14 is the newest that should be there" in freshness_verdict("daily", state, LATE).message


def test_after_the_deadline_the_missing_partition_is_named(state: TimeframeStatus) -> None:
    verdict = freshness_verdict("daily", state, LATE + timedelta(seconds=1))
    assert (verdict.passed, verdict.blocks) == (False, False)
    assert verdict.message.startswith("2024-08-16 was due 2024-08-17 09:00 UTC and is not there")
    assert verdict.rows == [{"partition": "2024-08-16", "due_at": "2024-08-17 09:00 UTC", "newest": "2024-08-14"}]


def test_a_site_that_has_nothing_yet_is_not_fresh() -> None:
    verdict = freshness_verdict("weekly", Status().of("weekly"), LATE)
    assert (verdict.passed, verdict.message) == (False, "Nothing of weekly is published yet.")
    assert not is_late(Status().of("weekly"), LATE)


@pytest.mark.parametrize("case", CASES, ids=[case["what"] for case in CASES])
def test_late_is_after_the_published_moment(case: dict[str, Any]) -> None:
    state = msgspec.convert({"late_after": case["late_after"]}, TimeframeStatus)
    assert is_late(state, datetime.fromisoformat(case["now"])) == case["late"]


@pytest.mark.skipif(NODE is None, reason="needs node (apt-get install nodejs)")
def test_the_page_calls_the_same_late(tmp_path: Path) -> None:
    shutil.copytree(SHELL / "js", tmp_path / "js")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (module,) = (tmp_path / "js").rglob("health.js")
    script = f"import {{ isLate }} from '{module.as_uri()}'; const cases = {json.dumps(CASES)}; {PAGE}"
    (tmp_path / "late.js").write_text(script)
    done = subprocess.run([str(NODE), str(tmp_path / "late.js")], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [case["late"] for case in CASES]
