"""The page *Reliability* of the documentation, made of a report, or of several with other attacks each: `python -m
bluedot_assets_tests.torture.page build/torture.json` keeps them as one in `docs_site` and writes the page anew; without
a file, of the report that is kept."""

import sys
from pathlib import Path
from typing import Final

import msgspec

from bluedot_assets_tests import REPOSITORY
from bluedot_assets_tests.torture.report import Report, merged, observations
from docs_site.pages.markdown import table

KEPT: Final = REPOSITORY / "docs_site" / "reliability.json"
PAGE: Final = REPOSITORY / "docs_site" / "docs" / "reliability.md"

INTRODUCTION: Final = """\
What was done to a whole installation, how often, and what was lost. Each row is an attack of
`bluedot_assets_tests/torture`: real processes, the real Drive client and real git on one machine, against servers that
speak the protocols of Google Drive, GitHub and the chat services. A try fails when anything of this does not hold:

- What is published is **one whole publish** at any moment: each file of each folder has the digest that its index
  names.
- **The next run heals** whatever the attack left: it ends well, and what it publishes equals, byte for byte, what a run
  without the attack publishes.
- **Nothing stays behind**: no process, no temporary folder, no lock.
- **Every wait ends**, and what ends badly says so in a sentence that names the remedy.
"""

REPEATING: Final = """\
```sh
make torture                          # all of them, as long as here; build/torture.json has the figures
make torture ATTACKS=killed_folder    # one of them, by the name in its row
make torture SEED=7                   # other random numbers
.venv/bin/python -m bluedot_assets_tests.torture.page build/torture.json  # this page of your own figures
```

A few tries of each are part of `make test-all`, which runs with every change. A failed try is printed with its number
and its seed, which bring it back.
"""


def page(report: Report) -> str:
    """The page, in Markdown."""
    parts = [
        "# Reliability",
        INTRODUCTION,
        f"Tried on {report.date} at commit `{report.commit}`, seed {report.seed}, in {report.took_s / 60:.0f} minutes: "
        f"{report.machine}. {_sum(report)}",
    ]
    for group in dict.fromkeys(row.group for row in report.rows):
        lines = [
            (
                f"{row.words} (`{row.name}`)",
                f"{row.tries:,}",
                f"{len(row.lost):,}",
                "; ".join(row.lost) or "nothing",
                observations(row),
            )
            for row in report.rows
            if row.group == group
        ]
        parts += [f"## {group}", "\n".join(table(("Attack", "Tries", "Failed", "Lost", "Observed"), lines))]
    return "\n\n".join(part.strip() for part in [*parts, "## On your own machine", REPEATING]) + "\n"


def _sum(report: Report) -> str:
    tries, failed = sum(row.tries for row in report.rows), sum(len(row.lost) for row in report.rows)
    return f"**{tries:,} tries of {len(report.rows)} attacks, {failed:,} of them failed.**"


def read_report(path: Path = KEPT) -> Report:
    """That of a file; by default the one that the page was made of."""
    return msgspec.json.decode(path.read_bytes(), type=Report)


if __name__ == "__main__":
    if sys.argv[1:]:
        KEPT.write_bytes(merged([read_report(Path(name)) for name in sys.argv[1:]]).encoded())
    PAGE.write_text(page(read_report()), "utf-8")
