"""Annotations: one line each, whatever the names from outside hold."""

import pytest

from bluedot_assets.kernel.alerts.github_annotations import annotation


def test_an_annotation_is_a_workflow_command() -> None:
    assert annotation("error", "daily failed", "why") == "::error title=daily failed::why"


@pytest.mark.parametrize("hostile", ["a\n::add-mask::b", "a\r\n::error::b", "100%0A::error::b"])
def test_a_message_from_outside_cannot_begin_a_command_of_its_own(hostile: str) -> None:
    line = annotation("warning", hostile, hostile)
    assert line.splitlines() == [line]
    message = line.removeprefix("::warning title=").partition("::")[2]
    assert message.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%") == hostile


def test_a_title_keeps_its_colons_and_commas() -> None:
    assert annotation("notice", "a: b, c", "d: e, f") == "::notice title=a%3A b%2C c::d: e, f"
