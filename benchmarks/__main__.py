"""`python -m benchmarks`: every benchmark, on sample trees that it makes, or those that are named; the report as JSON
beside what it prints."""

import argparse
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Final

OTHERS: Final = {
    "drive": "Google Drive, 1,000 files",
    "bucket": "Data in a bucket, 30 ms away",
    "publish": "Publishing by git, 4,000 CSVs a day",
    "actions": "GitHub Actions, 1,000 stocks",
    "pine": "Pine scripts of 1,000 stocks",
    "dashboard": "The pages in Chromium",
    "history": "The history, 1,000 stocks",
    "history_page": "A stock's ten years in Chromium, of 1,000 stocks",
    "days": "Many days in one go, 2 stocks",
    "stocks": "Many stocks",
    "trips": "Trips through our modules, 2 stocks",
}


def main() -> None:
    # Not at the top: each worker process reads this file first, before it knows how many threads it may have.
    from benchmarks.figures import ROOT, Part, Table, budget_text, report_of  # noqa: PLC0415
    from benchmarks.run import aims  # noqa: PLC0415

    words = argparse.ArgumentParser(prog="python -m benchmarks", description="How fast it is, as ratios.")
    words.add_argument("names", nargs="*", help=f"only these of: run {' '.join(OTHERS)}")
    words.add_argument("--stocks", type=int, default=1000, help="of the whole runs")
    words.add_argument("--out", type=Path, default=ROOT / "build" / "bench.json", help="where the report goes")
    given = words.parse_args()
    names = given.names or ["run", *OTHERS]
    if unknown := set(names) - {"run", *OTHERS}:
        words.error(f"no benchmark is named {', '.join(sorted(unknown))}")
    began = time.perf_counter()
    tables: list[Table] = []
    budget: list[Part] = []
    if "run" in names:
        with tempfile.TemporaryDirectory() as folder:
            table, budget = aims.measure(given.stocks, Path(folder))
        tables.append(table)
        _print(table, budget_text(budget))
    for name in OTHERS:
        if name in names:
            tables.append(Table(OTHERS[name], import_module(f"benchmarks.{name}").measure()))
            _print(tables[-1])
    report = report_of(given.stocks, began, budget, tables)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_bytes(report.encoded())
    _print(f"\n{report.machine}, commit {report.commit}, {report.took_s:.0f} s; as JSON in {given.out}\n")


def _print(*texts: object) -> None:
    sys.stdout.write("".join(map(str, texts)))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
