"""From when on a calendar's end is announced, by Python and by the page."""

import json
import shutil
import subprocess
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from bluedot_assets.kernel.calendar.calendar_ends import ending
from bluedot_assets_tests import REPOSITORY

NODE: Final = shutil.which("node")
CASES: Final[list[dict[str, Any]]] = json.loads(Path(__file__).with_name("ending_cases.json").read_text())
PAGE: Final = (
    "const found = cases.map((one) => endingCalendars({ calendars: { XBOM: one.until } }, Date.parse(one.now)));"
    "console.log(JSON.stringify(found));"
)


@pytest.mark.parametrize("case", CASES, ids=[case["what"] for case in CASES])
def test_the_end_of_a_calendar_is_announced_sixty_days_before(case: dict[str, Any]) -> None:
    until = case["until"] and date.fromisoformat(case["until"])
    assert ending("XBOM", until, datetime.fromisoformat(case["now"]).date()) == case["ending"]


@pytest.mark.skipif(NODE is None, reason="needs node (apt-get install nodejs)")
def test_the_page_announces_the_same(tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "docs_site" / "shell" / "js", tmp_path / "js")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (module,) = (tmp_path / "js").rglob("health.js")
    script = f"import {{ endingCalendars }} from '{module.as_uri()}'; const cases = {json.dumps(CASES)}; {PAGE}"
    (tmp_path / "ends.js").write_text(script)
    done = subprocess.run([str(NODE), str(tmp_path / "ends.js")], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [[case["ending"]] if case["ending"] else [] for case in CASES]
    no_calendars = (
        f"import {{ endingCalendars }} from '{module.as_uri()}'; console.log(endingCalendars({{}}, 0).length)"
    )
    (tmp_path / "none.js").write_text(no_calendars)
    assert subprocess.check_output([str(NODE), str(tmp_path / "none.js")], text=True).strip() == "0"
