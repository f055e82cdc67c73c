"""The Apps Script: each touch of a trigger file becomes one repository_dispatch, whatever fails in between."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from bluedot_assets_tests import REPOSITORY
from bluedot_assets_tests.actions.runner import load

SCRIPT: Final = REPOSITORY / "deploy" / "apps-script"
HARNESS: Final = Path(__file__).with_name("apps_script_looks.js")
NODE: Final = shutil.which("node")
SECRET: Final = "github_pat_made_up"  # noqa: S105
PROPERTIES: Final = {"GITHUB_REPOSITORY": "user/repo", "GITHUB_TOKEN": SECRET, "DRIVE_FOLDER": "root"}

pytestmark = pytest.mark.skipif(NODE is None, reason="needs node (apt-get install nodejs)")


def looks(*given: dict[str, Any], **properties: str) -> list[dict[str, Any]]:
    """What the script does in each look; a look without `files` sees none."""
    source = (SCRIPT / "Code.gs").read_text("utf-8")
    asked = {
        "source": source,
        "properties": PROPERTIES | properties,
        "looks": [{"files": [], **look} for look in given],
    }
    done = subprocess.run([str(NODE), HARNESS], input=json.dumps(asked), capture_output=True, text=True, check=True)
    answer: list[dict[str, Any]] = json.loads(done.stdout)
    return answer


def daily(updated: str = "2024-08-02T12:00:00Z", text: str = "2024-08-02") -> dict[str, str]:
    return {"name": "daily_ready.txt", "updated": updated, "text": text}


def sent(look: dict[str, Any]) -> list[str]:
    return [json.loads(request["payload"])["event_type"] for request in look["requests"]]


def test_a_touched_trigger_is_told_once() -> None:
    first, second = looks({"files": [daily()]}, {"files": [daily()]})
    (request,) = first["requests"]
    assert request["url"] == "https://api.github.com/repos/user/repo/dispatches"
    assert request["method"] == "post"
    assert request["headers"]["Authorization"] == f"Bearer {SECRET}"
    assert json.loads(request["payload"]) == {
        "event_type": "daily-data-ready",
        "client_payload": {
            "trigger": "daily_ready.txt",
            "touched": "2024-08-02T12:00:00.000Z",
            "text": "2024-08-02",
        },
    }
    assert (first["error"], second["error"], second["requests"]) == (None, None, [])


@pytest.mark.parametrize(
    "touched", [daily(updated="2024-08-02T12:00:01Z"), daily(text="2024-08-02\nexpected=1200")], ids=["time", "text"]
)
def test_a_new_time_or_a_new_text_is_a_new_touch(touched: dict[str, str]) -> None:
    assert [sent(look) for look in looks({"files": [daily()]}, {"files": [touched]})] == [["daily-data-ready"]] * 2


def test_daily_and_weekly_are_told_apart_and_other_files_are_nothing() -> None:
    weekly = {"name": "weekly_ready.txt", "updated": "2024-08-03T12:00:00Z", "text": ""}
    log = {"name": "process_log.txt", "updated": "2024-08-03T12:00:00Z", "text": "a line"}
    first, second = looks({"files": [weekly, daily(), log]}, {"files": [weekly, daily(text="x"), log]})
    assert sent(first) == ["daily-data-ready", "weekly-data-ready"]
    assert sent(second) == ["daily-data-ready"]


def test_of_two_files_with_one_name_the_newer_counts() -> None:
    old, new = daily("2024-08-01T12:00:00Z", "old"), daily("2024-08-02T12:00:00Z", "new")
    for files in ([old, new], [new, old]):
        (request,) = looks({"files": files})[0]["requests"]
        assert json.loads(request["payload"])["client_payload"]["text"] == "new"


@pytest.mark.parametrize("answer", [401, 403, 404, 500, "unreachable"])
def test_what_github_did_not_take_is_tried_again(answer: object) -> None:
    failed, again, after = looks({"files": [daily()], "answers": [answer]}, {"files": [daily()]}, {"files": [daily()]})
    assert failed["error"].startswith("daily_ready.txt: ")
    assert SECRET not in failed["error"]
    assert "told daily_ready.txt" not in failed["properties"]
    assert (sent(again), again["error"], sent(after)) == (["daily-data-ready"], None, [])


def test_a_failure_says_what_to_do() -> None:
    (look,) = looks({"files": [daily()], "answers": [401]})
    assert "make a new one and store it as GITHUB_TOKEN" in look["error"]


def test_a_file_that_fails_does_not_stop_the_other() -> None:
    weekly = {"name": "weekly_ready.txt", "updated": "2024-08-03T12:00:00Z", "text": ""}
    (look,) = looks({"files": [daily(), weekly], "answers": [500, 204]})
    assert sent(look) == ["daily-data-ready", "weekly-data-ready"]
    assert "told weekly_ready.txt" in look["properties"]
    assert "daily_ready.txt: GitHub answered 500" in look["error"]


def test_a_look_that_still_goes_on_is_not_joined_by_another() -> None:
    (look,) = looks({"files": [daily()], "locked": True})
    assert (look["requests"], look["error"], look["released"]) == ([], None, 0)


def test_the_lock_is_given_back_also_after_a_failure() -> None:
    assert [
        look["released"] for look in looks({"files": [daily()]}, {"answers": [500], "files": [daily(text="x")]})
    ] == [1, 1]


@pytest.mark.parametrize("name", PROPERTIES)
def test_a_property_that_is_not_set_is_named(name: str) -> None:
    (look,) = looks({"files": [daily()]}, **{name: " "})
    assert f"The script property {name} is not set" in look["error"]
    assert look["requests"] == []


def test_a_folder_without_triggers_is_said() -> None:
    (look,) = looks({"files": [daily()]}, DRIVE_FOLDER="another")
    assert "has no folder triggers" in look["error"]


def test_installing_looks_at_once_and_makes_one_timer() -> None:
    (look,) = looks({"files": [daily()], "call": "install"})
    assert sent(look) == ["daily-data-ready"]
    assert look["timers"] == ["deleted old", "watch every 5"]


def test_the_events_are_those_that_the_workflows_wait_for() -> None:
    weekly = {"name": "weekly_ready.txt", "updated": "2024-08-03T12:00:00Z", "text": ""}
    told = sent(looks({"files": [daily(), weekly]})[0])
    workflows = [load(REPOSITORY / f".github/workflows/{name}-pipeline.yml") for name in ("daily", "weekly")]
    assert told == [workflow["on"]["repository_dispatch"]["types"][0] for workflow in workflows]


def test_the_manifest_asks_for_no_more_than_reading_calling_and_a_timer() -> None:
    scopes = json.loads((SCRIPT / "appsscript.json").read_text("utf-8"))["oauthScopes"]
    assert sorted(scope.rpartition("/")[2] for scope in scopes) == [
        "drive.readonly",
        "script.external_request",
        "script.scriptapp",
    ]
