"""The page *Speed* of the documentation, made of the report of one run: `python -m benchmarks.page build/bench.json`
keeps that report in `docs_site` and writes the page anew; without a file, of the report that is kept.

Numbers come from the report alone. What was tried and is not in the code is written here."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.figures import ROOT, Figure, Part, Report, Table, amount

REPORT: Final = ROOT / "docs_site" / "speed.json"
PAGE: Final = ROOT / "docs_site" / "docs" / "speed.md"
GROWING: Final = (10, 100, 1000, 3000, 10_000)  # stocks

INTRODUCTION: Final = """\
How long a run takes and why, measured by `make bench` in one go. Seconds differ from machine to machine, so most aims
are ratios: against a plain baseline, against the least that could be done, or against a first run.

- The **baseline** is what one would write first: Python's `json`, a loop, a pandas data frame and `to_csv` for each
  series, in four threads. It checks nothing, stores no table and publishes nothing.
- The **floor** reads the same files, decodes their JSON and writes the bytes of bars and series that were made before:
  as a run stores them, one object for a shard's series, or each CSV as a file of its own, as a script would.
- A **run** is `bluedot run` of one daily partition, from the start of its process to its exit: every byte is stored,
  every value and every line of every CSV is checked, hashed and read back, and the site is published. The **first**
  run is that of a new installation: it also builds the exchanges' calendars, which all later ones have in a cache.
"""

SCALING: Final = """\
A run costs something before the first stock: Python starts, packages are imported, Dagster opens its database, plans
the run and writes its events. That part is the same for ten stocks and for ten thousand. The rest grows evenly with
the stocks, for they are worked on in shards of `BATCH_SIZE`, each by one of `PARALLEL_WORKERS` processes; so memory
does not grow with the stocks but with the shards that are under way.
"""

YOUR_OWN: Final = """\
```sh
make bench                                           # everything, in minutes; nothing else should run meanwhile
.venv/bin/python -m benchmarks run --stocks 3000     # only the runs, with as many stocks as you have
.venv/bin/python -m benchmarks.page build/bench.json # this page of your own figures
```

It makes its own sample files, below the system's folder for temporary files, and leaves `build/bench.json`. How long
the stages of your own runs take is in the summary of `bluedot run`, in its `--json` as `stages_s`, and in the Dagster
UI. Times of runs and shards are the least of several rounds, for whatever else a machine does only adds to them; budget
and memory are of one more run. CPU is that of all processes together, memory what they take at one time, sampled every
0.05 s (Linux alone) with what they share counted once.
"""

# What was measured and left out, a sentence or two each, with its figures.
NOT_WORTH_IT: Final[Sequence[str]] = (
    "Workers from a fork server that has the libraries loaded: half the CPU of their start, but the threads of polars "
    "and of its allocator do not survive a fork.",
    "Fewer Dagster events: 1.7 ms each, and each is a check that the UI shows.",
    "Definitions of one timeframe alone: 0.02 s.",
    "Lazy polars queries instead of eager ones for a shard of 100 stocks, and numpy arrays for each file: slower, or "
    "unable to tell a missing value from one that is no number.",
    "Dots as a type of the JSON decoder: half a millisecond in 100 files.",
    "Structure of CSV lines by the places of their commas: as long as counting them.",
    "Freed memory back to the machine at once instead of within a second: a sixth less of it, a fifth more CPU.",
    "Single stocks of a changed partition taken from its last run: a correction of a few files is a whole run of "
    "seconds, and the judged shards that it needs would double what is stored.",
    "The next day from the day before: each file has another bar, so each is decoded and judged, and each CSV is new.",
)


def page(report: Report) -> str:
    """The page, in Markdown."""
    runs, *others = report.tables
    parts = [
        "# Speed",
        INTRODUCTION,
        f"Measured on {report.date} at commit `{report.commit}` in {report.took_s:.0f} s: {report.machine}.",
        f"## {runs.title}",
        _figures(runs),
        "## Where the seconds of one run go",
        f"A run of a new partition of {report.stocks:,} stocks, from the start of its process to its exit.",
        _budget(report.budget),
        "## What grows with the stocks",
        SCALING,
        _growing(report),
        "## On your own machine",
        YOUR_OWN,
        *(part for table in others for part in (f"## {table.title}", _figures(table))),
    ]
    if NOT_WORTH_IT:
        parts += ["## What was tried and did not pay", "\n".join(f"- {one}" for one in NOT_WORTH_IT)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _figures(table: Table) -> str:
    return _table(("Work", "Measured", "Aim", "Reached", ""), [_row(one) for one in table.figures])


def _row(figure: Figure) -> tuple[str, ...]:
    reached = "" if figure.reached is None else "yes" if figure.reached else "no"
    return figure.work, figure.value, figure.aim, reached, figure.note


def _budget(budget: Sequence[Part]) -> str:
    whole = sum(part.seconds for part in budget)
    rows = [(part.name, f"{part.seconds:.2f}", f"{part.seconds / whole:.0%}") for part in budget]
    return _table(("What", "Seconds", "Share"), [*rows, ("**the whole run**", f"**{whole:.2f}**", "")])


def _growing(report: Report) -> str:
    fixed_s, stock_ms = (report.figure(key).measured or 0 for key in ("fixed_s", "stock_ms"))
    rows = [(f"{stocks:,}", f"{amount(fixed_s + stocks * stock_ms / 1000)} s") for stocks in GROWING]
    said = f"By the two figures above, {amount(fixed_s)} s and {amount(stock_ms)} ms a stock:"
    return f"{said}\n\n{_table(('Stocks', 'CPU of a first run'), rows)}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in (heads, *rows)]
    return "\n".join([lines[0], f"|{'---|' * len(heads)}", *lines[1:]])


def kept_report() -> Report:
    """The report that the page was made of."""
    return msgspec.json.decode(REPORT.read_bytes(), type=Report)


if __name__ == "__main__":
    if sys.argv[1:]:
        REPORT.write_bytes(Path(sys.argv[1]).read_bytes())
    PAGE.write_text(page(kept_report()), "utf-8")
