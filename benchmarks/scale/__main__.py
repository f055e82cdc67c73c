"""`python -m benchmarks.scale`: all of it, in a quarter of an hour, as one report; the page is made of it by
`python -m benchmarks.scale.page`."""

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

SIZES = (1000, 5000, 10_000, 20_000)  # stocks


def main() -> None:
    # Not at the top: each worker process reads this file first, before it knows how many threads it may have.
    from benchmarks import bucket, days, stocks, year  # noqa: PLC0415
    from benchmarks.figures import ROOT, commit, machine  # noqa: PLC0415
    from benchmarks.scale import requests  # noqa: PLC0415
    from benchmarks.scale.report import Scale  # noqa: PLC0415

    words = argparse.ArgumentParser(prog="python -m benchmarks.scale", description="How far it goes.")
    words.add_argument("--stocks", type=int, nargs="+", default=SIZES)
    words.add_argument("--publishes", type=int, default=250, help="of the year")
    words.add_argument("--out", type=Path, default=ROOT / "build" / "scale.json", help="where the report goes")
    given = words.parse_args()
    began = time.perf_counter()

    def begin(part: str) -> None:
        sys.stdout.write(f"{time.perf_counter() - began:5.0f} s  {part}\n")
        sys.stdout.flush()

    begin("stocks")
    by_stocks = stocks.runs_of(given.stocks)
    begin("days")
    by_days = days.measure()
    begin("a year")
    of_year = year.measure(given.publishes, 100)
    begin("data in a bucket")
    of_bucket = bucket.measure()
    begin("a site on a bucket")
    of_site = requests.bucket_site()
    begin("a cluster")
    of_cluster = requests.cluster()
    took_s = round(time.perf_counter() - began, 1)
    today = datetime.now(UTC).date()
    report = Scale(today, commit(), machine(), took_s, by_stocks, by_days, of_year, of_bucket, of_site, of_cluster)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_bytes(report.encoded())
    begin(f"in {given.out}")


if __name__ == "__main__":
    main()
