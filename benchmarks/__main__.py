"""`python -m benchmarks`: every benchmark, on a sample tree that it makes."""

import sys
import tempfile
from datetime import date
from pathlib import Path

END = date(2024, 8, 2)


def main() -> None:
    # Not at the top: each worker process reads this file first, before it knows how many threads it may have.
    from benchmarks import actions, dashboard, drive, pine, publish, series, trips, whole_run  # noqa: PLC0415
    from bluedot_assets.adapters.sample_tree import write_sample  # noqa: PLC0415
    from bluedot_assets.kernel.sample.tree import SamplePlan  # noqa: PLC0415

    _show("trips through our modules, 2 stocks", trips.measure())
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        tree = scratch / "tree"
        write_sample(SamplePlan(stocks=1000, days=1, weeks=0, seed=1, end=END), tree)
        _show("vendor JSON to series", series.measure(tree / "daily" / END.isoformat(), scratch))
        _show("bluedot run, 1,000 stocks", whole_run.measure(tree, scratch))
        _show("Google Drive, 1,000 files", drive.measure())
        _show("publishing by git, 4,000 CSVs a day", publish.measure())
        _show("GitHub Actions, 1,000 stocks", actions.measure())
        _show("Pine scripts of 1,000 stocks", pine.measure())
        _show("the pages in Chromium", dashboard.measure())


def _show(title: str, lines: list[str]) -> None:
    sys.stdout.write(f"\n{title}\n" + "".join(f"  {line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
