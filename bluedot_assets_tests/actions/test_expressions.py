"""The runner reads expressions as GitHub does, and refuses what it does not know."""

from typing import Any

import pytest

from bluedot_assets_tests.actions.expressions import condition, evaluate, interpolate

CONTEXTS: dict[str, Any] = {
    "secrets": {"OWN": "", "OTHER": "x"},
    "inputs": {},
    "steps": {"due": {"outputs": {"partitions": "0"}}},
    "github": {"token": "t", "event": {"schedule": "0 9 * * *"}},
}


def functions(*, failed: bool = False) -> dict[str, Any]:
    return {
        "success": lambda: not failed,
        "failure": lambda: failed,
        "always": lambda: True,
        "cancelled": lambda: False,
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("secrets.OWN || github.token", "t"),
        ("secrets.OTHER || github.token", "x"),
        ("secrets.ABSENT", None),
        ("inputs.partition || ''", ""),
        ("github.event.schedule == '0 9 * * *'", True),
        ("!cancelled() && steps.due.outputs.partitions != '0'", False),
        ("'it''s' == 'IT''S'", True),
        ("(success() || failure()) && 'yes'", "yes"),
    ],
)
def test_expressions_have_the_values_that_github_gives_them(text: str, value: object) -> None:
    assert evaluate(text, CONTEXTS, functions()) == value


def test_a_condition_without_a_status_holds_only_while_nothing_failed() -> None:
    assert condition(None, CONTEXTS, functions())
    assert not condition(None, CONTEXTS, functions(failed=True))
    assert not condition("github.token == 't'", CONTEXTS, functions(failed=True))
    assert condition("${{ always() }}", CONTEXTS, functions(failed=True))


def test_expressions_within_text_are_replaced() -> None:
    assert interpolate("a-${{ github.token }}-${{ secrets.OWN }}b", CONTEXTS, {}) == "a-t-b"


@pytest.mark.parametrize("text", ["unknown.name", "contains('a', 'b')", "github.token github.token", "1 + 1"])
def test_what_is_not_known_raises(text: str) -> None:
    with pytest.raises((KeyError, ValueError)):
        evaluate(text, CONTEXTS, functions())
