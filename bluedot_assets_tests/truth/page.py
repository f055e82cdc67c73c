"""The documentation's page *What can go wrong at the source*, of all cases. A case that is pending is not on it.

`python -m bluedot_assets_tests.truth.page` writes it."""

from collections.abc import Iterator, Sequence
from typing import Final

from bluedot_assets_tests import REPOSITORY
from bluedot_assets_tests.truth.case import ERROR, IGNORED, KINDS, REJECTED, WARNING, Case, Message
from bluedot_assets_tests.truth.cases import CASES

PAGE: Final = REPOSITORY / "docs_site" / "docs" / "what-can-go-wrong.md"
INTRODUCTION: Final = """\
<!-- Made of the cases in bluedot_assets_tests/truth/cases by `python -m bluedot_assets_tests.truth.page`. -->
# What can go wrong at the source

Every row below is a test: a small made-up folder with that fault goes through the real `bluedot run`, and what is
published and said is compared with what stands here. The words in quotes are those of the message. What each check
does is on the page [Checks](checks.md), which also says how to publish a date although files are missing, and how to
take one back.
"""
OUTCOMES: Final = {
    "published": "All stocks.",
    "incomplete": "All but the rejected files; the date is marked incomplete.",
    "blocked": "Nothing of that date; the site keeps the last good one.",
    "refused": "Nothing; the run does not begin.",
}
BY: Final = {
    REJECTED: "*Rejected files*",
    WARNING: "*Warnings* of the run",
    IGNORED: "*Ignored files*",
    ERROR: "The command's error",
}


def page() -> str:
    """The whole page."""
    return "\n".join([INTRODUCTION, *(line for kind in CASES for line in _section(kind, CASES[kind]))]).rstrip() + "\n"


def _section(kind: str, cases: Sequence[Case]) -> Iterator[str]:
    shown = [case for case in cases if not case.pending]
    if not shown:
        return
    yield from (f"## {kind}", "", KINDS[kind], "")
    if faults := [case for case in shown if case.says]:
        yield "| At the source | What is published | What is said | What to do |"
        yield "|---|---|---|---|"
        for case in faults:
            yield f"| {' | '.join(_cell(text) for text in _columns(case))} |"
        yield ""
    if fine := [case for case in shown if not case.says]:
        yield from (
            "No check warns; what is left out is counted in the message of [`values_kept`](checks.md#values_kept):",
            "",
        )
        yield from (f"- {_sentence(case)}{f' *{case.published}*' if case.published else ''}" for case in fine)
        yield ""


def _columns(case: Case) -> tuple[str, str, str, str]:
    published = case.published or OUTCOMES[case.outcome]
    return _sentence(case), published, "<br>".join(_said(one) for one in case.says), case.remedy


def _sentence(case: Case) -> str:
    return (case.fault or case.name).rstrip(".") + "."


def _said(message: Message) -> str:
    by = BY.get(message.by) or f"[`{message.by}`](checks.md#{message.by})"
    texts = ", ".join(f"“{text}”" for text in message.texts)
    return f"{by}: {texts}" if texts else by


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
