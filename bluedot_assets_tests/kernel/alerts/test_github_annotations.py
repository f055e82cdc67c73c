"""Annotations: one line each, whatever the names from outside hold."""

import pytest

from bluedot_assets.kernel.alerts.github_annotations import annotation, printable


def test_an_annotation_is_a_workflow_command() -> None:
    assert annotation("error", "daily failed", "why") == "::error title=daily failed::why"


@pytest.mark.parametrize("hostile", ["a\n::add-mask::b", "a\r\n::error::b", "100%0A::error::b"])
def test_a_message_from_outside_cannot_begin_a_command_of_its_own(hostile: str) -> None:
    line = annotation("warning", hostile, hostile)
    assert line.splitlines() == [line]
    message = line.removeprefix("::warning title=").partition("::")[2]
    assert message.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%") == hostile


@pytest.mark.parametrize("hostile", ["\x1b[2Jx", "x\x9b2J\x07", "\u202ex", "x\u2028y", "x ##[add-mask]y"])
def test_a_text_from_outside_commands_neither_a_terminal_nor_the_runner(hostile: str) -> None:
    for line in (annotation("error", hostile, hostile), printable(hostile)):
        assert line.isprintable()
        assert "##[" not in line
        assert "x" in line


@pytest.mark.parametrize("hostile", ["::error::x", "  ::add-mask::x", ":::x"])
def test_a_line_from_outside_does_not_begin_as_a_command(hostile: str) -> None:
    assert not printable(hostile).lstrip().startswith("::")
    assert printable(f"x{hostile}") == f"x{hostile}"


def test_a_title_keeps_its_colons_and_commas() -> None:
    assert annotation("notice", "a: b, c", "d: e, f") == "::notice title=a%3A b%2C c::d: e, f"
