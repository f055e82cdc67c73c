"""Running a case through `bluedot run` on a folder of its own, and what came of it against what must."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bluedot_assets_tests.examples.command_line import Bluedot, Called
from bluedot_assets_tests.truth.case import ERROR, IGNORED, REJECTED, WARNING, Case, Message
from bluedot_assets_tests.truth.market import UPLOADED, File, Source, encoded

# Their checks are about what is published, and are no part of it.
NOT_SHOWN = ("site", "pine_seeds")


def write_source(source: Source, root: Path) -> None:
    """The tree as files; an earlier one is replaced."""
    shutil.rmtree(root, ignore_errors=True)
    for name, content in source.items():
        path = root / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded(content))
        at = (content.uploaded if isinstance(content, File) else UPLOADED).timestamp()
        os.utime(path, (at, at))


def run_case(case: Case, folder: Path, bluedot: Bluedot) -> tuple[Called, Path]:
    """What the command answered, and the site."""
    words = ("run", "--json", *case.words)
    if case.earlier is not None:
        write_source(case.earlier, folder / "drive")
        before = bluedot(*words, **case.settings)
        assert before.code == 0, before.text + before.err
        if case.fresh_machine:
            shutil.rmtree(folder / "data")
    write_source(case.source, folder / "drive")
    return bluedot(*words, **case.settings), folder / "site"


@dataclass(frozen=True)
class Found:
    """Something that the run said, and who said it."""

    by: str
    text: str


def found_in(called: Called) -> list[Found]:
    """All that the command said beside what went well."""
    if not called.out:
        return [Found(ERROR, called.err)]
    said = json.loads(called.out)
    found = [Found(WARNING, text) for text in said["warnings"]]
    for run in _last_runs(said):
        found += [Found(WARNING, text) for text in run["warnings"]]
        found += [
            Found(REJECTED, f"{row['file']}: {row['reason']}") for row in run["rejected"] if run["stages_s"].get("bars")
        ]
        found += [Found(IGNORED, name) for name in run["ignored"]]
        found += [Found(_rule(one), one["message"]) for one in run["checks"] if not one["passed"]]
    return found


def _last_runs(said: Any) -> list[Any]:
    """The last one of each timeframe."""
    return list({run["timeframe"]: run for run in said["runs"]}.values())


def _rule(check: Any) -> str:
    return str(check["check"].rpartition(" ")[2])


def assert_outcome(case: Case, called: Called, site: Path) -> None:
    """Published, incomplete, blocked or refused, as the case says."""
    assert called.code == {"published": 0, "incomplete": 0, "blocked": 1, "refused": 2}[case.outcome], (
        called.text + called.err
    )
    if case.outcome == "refused":
        assert not called.out
        return
    for run in _last_runs(json.loads(called.out)):
        blocking = [one for one in run["checks"] if not one["passed"] and one["severity"] == "error"]
        if case.outcome == "blocked":
            assert blocking, run["error"]
            assert run["error"]
            assert not (site / run["timeframe"] / run["partition"]).exists() or case.earlier
        else:
            assert blocking == []
            assert (run["stocks"] < run["expected"]) == (case.outcome == "incomplete")
            assert _shown_checks(site, run["timeframe"]) == {
                one["check"] for one in run["checks"] if not one["passed"] and not _is_of(one, NOT_SHOWN)
            }


def _is_of(check: Any, stages: tuple[str, ...]) -> bool:
    return check["check"].partition(" ")[0].partition("/")[2] in stages


def _shown_checks(site: Path, timeframe: str) -> set[str]:
    """The checks that did not pass, as the site shows them."""
    state = json.loads((site / "status.json").read_bytes())["timeframes"][timeframe]
    return {one["check"] for one in state["checks"] if not one["passed"]}


def assert_said(case: Case, called: Called) -> None:
    """All that must be said, by whom it must, and nothing else."""
    found = found_in(called)
    unsaid = [message for message in case.says if not any(_fits(message, one) for one in found)]
    assert unsaid == [], found
    # Whether an ignored file is worth a warning is the verdict of `files_named`.
    judged = [one for one in found if one.by != IGNORED]
    unexpected = [one for one in judged if not any(_fits(message, one) for message in case.says)]
    assert unexpected == [], "nobody expects it"
    if case.silent:
        runs = _last_runs(json.loads(called.out))
        passed = {_rule(one) for run in runs for one in run["checks"] if one["passed"]}
        assert set(case.silent) <= passed


def _fits(message: Message, found: Found) -> bool:
    return message.by == found.by and message.fits(found.text)


def assert_shown(case: Case, site: Path) -> None:
    """The published values."""
    problems = [problem for one in case.shows if (problem := one.problem(site)) is not None]
    assert problems == []
