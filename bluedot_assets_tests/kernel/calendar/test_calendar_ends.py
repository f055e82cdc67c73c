"""From when on a calendar's end is announced, by Python and by the page."""

import json
import shutil
import subprocess
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from bluedot_assets.kernel.alerts.endings import public_calendars
from bluedot_assets.kernel.calendar.calendar_ends import ending
from bluedot_assets.kernel.site.status import TimeframeStatus
from bluedot_assets_tests import REPOSITORY

NODE: Final = shutil.which("node")
CASES: Final[list[dict[str, Any]]] = json.loads(Path(__file__).with_name("ending_cases.json").read_text())
PAGE: Final = (
    "const found = cases.map((one) => endingCalendars([{ calendars: { XBOM: one.until } }, {}], Date.parse(one.now)));"
    "console.log(JSON.stringify(found));"
)


def page_in(folder: Path) -> str:
    """The address of the page's module, copied to where node takes it for one."""
    shutil.copytree(REPOSITORY / "docs_site" / "shell" / "js", folder / "js")
    (folder / "package.json").write_text('{"type": "module"}')
    (module,) = (folder / "js").rglob("health.js")
    return module.as_uri()


@pytest.mark.parametrize("case", CASES, ids=[case["what"] for case in CASES])
def test_the_end_of_a_calendar_is_announced_sixty_days_before(case: dict[str, Any]) -> None:
    until = case["until"] and date.fromisoformat(case["until"])
    assert ending("XBOM", until, datetime.fromisoformat(case["now"]).date()) == case["ending"]


@pytest.mark.skipif(NODE is None, reason="needs node (apt-get install nodejs)")
def test_the_page_announces_the_same(tmp_path: Path) -> None:
    page = page_in(tmp_path)
    script = f"import {{ endingCalendars }} from '{page}'; const cases = {json.dumps(CASES)}; {PAGE}"
    (tmp_path / "ends.js").write_text(script)
    done = subprocess.run([str(NODE), str(tmp_path / "ends.js")], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [[case["ending"]] if case["ending"] else [] for case in CASES]
    no_calendars = f"import {{ endingCalendars }} from '{page}'; console.log(endingCalendars([{{}}], 0).length)"
    (tmp_path / "none.js").write_text(no_calendars)
    assert subprocess.check_output([str(NODE), str(tmp_path / "none.js")], text=True).strip() == "0"


@pytest.mark.skipif(NODE is None, reason="needs node (apt-get install nodejs)")
@pytest.mark.parametrize("code", ["XBOM", "XSES", "XSHG", "XKRX"])
@pytest.mark.parametrize("other", ["2026-12-31", "2026-11-30", "2027-12-31", None])
def test_the_page_names_a_calendar_once_for_both_timeframes_as_the_monitor_does(
    tmp_path: Path, code: str, other: str | None
) -> None:
    ends = [date(2026, 12, 31), other and date.fromisoformat(other)]
    states = {
        name: TimeframeStatus(calendars={code: until} if until else {code: None})
        for name, until in zip(("daily", "weekly"), ends, strict=True)
    }
    (until,) = public_calendars(states).values()
    expected = ending(code, until, date(2026, 12, 1))
    given = [{"calendars": {code: one and str(one)}} for one in ends]
    page = page_in(tmp_path)
    (tmp_path / "once.js").write_text(
        f"import {{ endingCalendars }} from '{page}';"
        f"console.log(JSON.stringify(endingCalendars({json.dumps(given)}, Date.parse('2026-12-01'))));"
    )
    assert json.loads(subprocess.check_output([str(NODE), str(tmp_path / "once.js")])) == [expected] * bool(expected)
