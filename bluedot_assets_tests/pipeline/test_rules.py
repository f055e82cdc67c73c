"""What a rule says of itself is so: one of warnings has no way to block, and one that can block does when it is broken.
Those that files can break are broken in the cases of `truth`, which hold every rule against its declaration; here stand
the others."""

import ast
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec
import pytest

import bluedot_assets
from bluedot_assets.kernel.bars.tables import BARS, DOTS
from bluedot_assets.kernel.calendar.timeframes import DAILY, TIMEFRAMES
from bluedot_assets.kernel.checks.files.validity import SCHEMA_RULE, schema_verdict
from bluedot_assets.kernel.checks.verdict import ErrorRule, Numbers, Rule, RuleBroken, Verdict
from bluedot_assets.kernel.series import tradingview_rows
from bluedot_assets.kernel.series.indicators import INDICATORS
from bluedot_assets.kernel.series.tradingview_rows import Violation, series_verdict
from bluedot_assets.kernel.site import freshness
from bluedot_assets.kernel.tradingview.pine.library import SCRIPTS_RULE, rules_verdict
from bluedot_assets.kernel.tradingview.seeds.state import SeedState
from bluedot_assets.pipeline import public_site
from bluedot_assets.pipeline.stage import Work
from bluedot_assets.pipeline.stage_list import steps_of
from bluedot_assets.pipeline.stages import pine_seeds, site
from bluedot_assets.pipeline.stages.bars import bars_stage
from bluedot_assets.pipeline.stages.pine_seeds import require_readable
from bluedot_assets.pipeline.stages.raw_json import RAW_JSON
from bluedot_assets_tests import REPOSITORY
from bluedot_assets_tests.examples.trees import DAY, Installation

PACKAGE: Final = Path(bluedot_assets.__file__).parent
STAGES: Final = [
    stage
    for timeframe in TIMEFRAMES.values()
    for step in steps_of(timeframe, tuple(INDICATORS.values()), seeded=True)
    for stage in step.stages
]
RULES: Final = {rule.name: rule for stage in STAGES for rule in stage.checks} | {
    rule.name: rule for rule in (freshness.RULE, public_site.RULE)
}
OF_FILES: Final = {
    rule.name for stage in (RAW_JSON, *map(bars_stage, TIMEFRAMES.values())) for rule in stage.checks
} - {SCHEMA_RULE.name}


def _unreadable_seeds() -> Verdict:
    with pytest.raises(RuleBroken) as broken:
        require_readable(SeedState("seed_u_daily", b"{", {}))
    (verdict,) = broken.value.verdicts
    return verdict


BREAKING: Final[Mapping[str, Callable[[], Verdict]]] = {
    SCHEMA_RULE.name: lambda: schema_verdict([(DOTS, BARS.empty())]),
    tradingview_rows.RULE.name: lambda: series_verdict([Violation("A.csv", 3, "the date does not exist")], 1),
    SCRIPTS_RULE.name: lambda: rules_verdict({"a.pine": b"plot(close, wide = 2)\n"}),
    pine_seeds.RULES.name: _unreadable_seeds,
}
ELSEWHERE: Final = {
    site.RULE.name,  # below
    public_site.RULE.name,  # blocks nothing, for what is pushed is pushed
}


def test_nothing_but_a_rule_makes_a_verdict() -> None:
    """So that a rule of warnings cannot block: it has no way to say so."""
    makers = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == Verdict.__name__
    }
    assert makers == {"kernel/checks/verdict.py"}


def test_a_rule_of_warnings_can_only_warn() -> None:
    rule = Rule("rule", "All is well.")
    assert not rule.blocking
    assert not hasattr(rule, "fails")
    made = [rule.warns("no"), rule.judged(False, "no"), rule.passes("yes"), rule.judged(True, "yes")]
    assert [(one.severity, one.blocks) for one in made] == [("warning", False)] * 4


def test_a_rule_that_can_block_also_warns_and_passes() -> None:
    rule = ErrorRule("rule", "All is well.")
    assert rule.blocking
    assert [one.blocks for one in (rule.fails("no"), rule.warns("no"), rule.passes("yes"))] == [True, False, False]


@pytest.mark.parametrize("name", sorted({name for name, rule in RULES.items() if isinstance(rule, ErrorRule)}))
def test_every_rule_that_says_so_can_block(name: str) -> None:
    assert (name in BREAKING) + (name in OF_FILES) + (name in ELSEWHERE) == 1
    if breaking := BREAKING.get(name):
        verdict = breaking()
        assert (verdict.rule, verdict.blocks) == (name, True)


def test_the_runbook_says_of_each_check_whether_it_can_block() -> None:
    page = (REPOSITORY / "docs_site" / "docs" / "checks.md").read_text("utf-8")
    then = dict(re.findall(r"^\|.*\| \[`(\w+)`\]\(#\w+\) \|.*\| (.*) \|$", page, re.MULTILINE))
    assert then.keys() == RULES.keys()
    for name, rule in RULES.items():
        assert (then[name] == "warning") is not isinstance(rule, ErrorRule), name
        assert ("block" in then[name] or "the run fails" in then[name]) is isinstance(rule, ErrorRule), name
        assert rule.blocking is (isinstance(rule, ErrorRule) and "blocks nothing" not in then[name]), name


def test_a_site_that_shows_something_else_fails_its_run(running: Installation) -> None:
    work = Work(running.platform, DAILY, DAY, "a run", running.clock.now, lambda message: None)
    stage = next(stage for stage in STAGES if stage.name == site.NAME)
    (shown,) = stage.stored_verdicts(work)
    assert shown.passed
    damaged = sorted((running.site / "daily" / DAY).glob("*_PRICE_DATA.csv"))[0]
    damaged.unlink()
    (verdict,) = stage.stored_verdicts(work)
    assert (verdict.rule, verdict.blocks) == (site.RULE.name, True)
    assert f"1 files differ, first daily/{DAY}/{damaged.name}." in verdict.message
    assert verdict.numbers and shown.numbers
    assert (verdict.numbers.offenders, shown.numbers.offenders) == (1, 0)


def test_a_verdict_of_before_there_were_numbers_is_read_and_keeps_its_bytes() -> None:
    stored = b'{"rule":"schema","passed":true,"message":"fine","severity":"error","rows":[],"accepted":""}'
    verdict = msgspec.json.decode(stored, type=Verdict)
    assert not verdict.numbers
    assert msgspec.json.encode(verdict) == stored
    numbered = msgspec.structs.replace(verdict, numbers=Numbers(2, 60, share=0.5))
    assert msgspec.json.decode(msgspec.json.encode(numbered), type=Verdict) == numbered
