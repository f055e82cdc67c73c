"""The warnings of many partitions, said once each."""

from msgspec.structs import replace

from bluedot_assets.commands.run.outcome import Outcome
from bluedot_assets.commands.run.warnings import failed_checks, leave_last_freshness, warnings_of
from bluedot_assets.kernel.site.status import CheckResult

DAYS = ("2024-07-30", "2024-07-31", "2024-08-01", "2024-08-02", "2024-08-05")


def check(name: str, message: str, *, passed: bool = False, severity: str = "warning") -> CheckResult:
    return CheckResult(name, passed, severity, message)


def outcome(partition: str, *checks: CheckResult, warnings: tuple[str, ...] = (), timeframe: str = "daily") -> Outcome:
    return Outcome(timeframe, partition, partition, "run", True, checks=list(checks), warnings=list(warnings))


def test_a_check_is_said_once_with_the_newest_message_and_the_other_partitions() -> None:
    said = failed_checks([outcome(day, check("daily/bars price_jumps", f"jumps on {day}")) for day in DAYS])
    assert [str(one) for one in said] == [
        "daily/bars price_jumps 2024-08-05: jumps on 2024-08-05 (also 2024-08-02, 2024-08-01, 2024-07-31 and 1 more)"
    ]


def test_checks_that_pass_or_block_are_no_warnings() -> None:
    fine, blocked = (
        check("daily/bars schema", "fine", passed=True),
        check("daily/bars accepted", "no", severity="error"),
    )
    assert failed_checks([outcome(DAYS[0], fine, blocked)]) == []


def test_a_warning_in_the_same_words_is_said_once_for_its_timeframe() -> None:
    outcomes = [
        *[
            outcome(day, warnings=(f"daily/{day} was public and is corrected.", "two files map to A"))
            for day in DAYS[:2]
        ],
        outcome("2024-W31", warnings=("two files map to A",), timeframe="weekly"),
    ]
    assert [str(one) for one in warnings_of(outcomes)] == [
        "weekly 2024-W31: two files map to A",
        "daily 2024-07-31: daily/2024-07-31 was public and is corrected. (also 2024-07-30)",
        "daily 2024-07-31: two files map to A (also 2024-07-30)",
    ]


def test_a_long_message_keeps_the_remedy_at_its_end() -> None:
    (said,) = failed_checks([outcome(DAYS[0], check("daily/bars price_jumps", f"{'stocks ' * 200}: see to them."))])
    assert said.endswith("stocks : see to them.")


def test_a_rule_that_is_shown_elsewhere_is_left_out() -> None:
    one = outcome(DAYS[0], check("daily/bars price_jumps", "jumps"), check("daily/raw_json files_named", "named"))
    assert failed_checks([one], without="files_named") == [f"daily/bars price_jumps {DAYS[0]}: jumps"]


def test_of_one_partition_after_the_other_only_the_last_look_at_what_is_late_counts() -> None:
    late = check("daily/site newest_expected_is_there", "2024-08-01 was due")
    outcomes = [outcome(DAYS[0], late), outcome(DAYS[1], replace(late, passed=True)), outcome(DAYS[2])]
    leave_last_freshness(outcomes)
    assert [len(one.checks) for one in outcomes] == [0, 1, 0]
    assert failed_checks(outcomes) == []
