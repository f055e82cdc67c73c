"""A partition that is published although too few of its files came or gave series, because a person decided so. The
decision stands in `status.json`, holds for the listing that the person saw, and lifts no other blocking rule. The rule
that it overrules is in `kernel/checks/completeness`."""

from collections.abc import Sequence
from typing import Final

from bluedot_assets.kernel.checks.verdict import Verdict
from bluedot_assets.kernel.errors import UsageError
from bluedot_assets.kernel.site.status import Accepted, TimeframeStatus

TAG: Final = "bluedot/accept_incomplete"  # of a run; its value is the reason
LONGEST_REASON: Final = 500
ENDING: Final = ".json"


def checked_reason(reason: str) -> str:
    """The reason as it is published. Raises UsageError when there is none, or a novel."""
    words = " ".join(reason.split())
    if not words or len(words) > LONGEST_REASON or not words.isprintable():
        raise UsageError(
            f"Say in up to {LONGEST_REASON} characters why the partition may be published incomplete: the reason "
            "stands on the site."
        )
    return words


def still_accepted(state: TimeframeStatus, key: str, listing: str, expected: int) -> str:
    """The reason that a person gave for what the site has of `key`, while the source lists the same files; or ''."""
    folder = state.folders.get(key)
    if folder is None or folder.accepted is None:
        return ""
    return folder.accepted.reason if (folder.listing, folder.accepted.expected) == (listing, expected) else ""


def accepted_of(verdicts: Sequence[Verdict], expected: int, published: int) -> Accepted | None:
    """What a person let through, from the verdicts of all stages: the reason and what is missing, by the names of the
    files and of the stocks that the partition before had. None when nobody had to."""
    reason = next((verdict.accepted for verdict in verdicts if verdict.accepted), None)
    if reason is None:
        return None
    rows = [row for verdict in verdicts for row in verdict.rows]
    files = sorted({row["file"] for row in rows if "reason" in row and str(row.get("file", "")).endswith(ENDING)})
    gone = sorted({row["symbol"] for row in rows if row.get("change") == "vanished"})
    missing = [*files, *(symbol for symbol in gone if not any(name.startswith(f"{symbol}_") for name in files))]
    return Accepted(reason, expected, missing, max(0, expected - published - len(missing)))
