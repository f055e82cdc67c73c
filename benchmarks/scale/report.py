"""What one run of `python -m benchmarks.scale` measures, and the lines through it: what grows with the stocks, and by
how much. Which limits that meets is in `limits`."""

from collections.abc import Callable, Sequence
from datetime import date
from statistics import linear_regression, median
from typing import NamedTuple

import msgspec

from benchmarks.figures import Figure
from benchmarks.stocks import Run
from benchmarks.year import Published, Year


class BucketSite(msgspec.Struct, frozen=True):
    """The publish of a further date to a site on a bucket: requests by kind."""

    stocks: int
    requests: dict[str, int]

    @property
    def writes(self) -> int:
        """Those that are paid for as writes."""
        return sum(self.requests.get(kind, 0) for kind in ("PUT", "COPY", "POST", "LIST"))


class Scale(msgspec.Struct, frozen=True):
    """One run, on one machine."""

    date: date
    commit: str
    machine: str
    took_s: float
    stocks: list[Run]
    days: list[Figure]
    year: Year
    bucket: list[Figure]
    bucket_site: BucketSite
    cluster: list[Figure]

    def encoded(self) -> bytes:
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"


class Line(NamedTuple):
    """What so many stocks take: a part that is there for none, and a part for each."""

    fixed: float
    each: float

    def of(self, stocks: int) -> float:
        return self.fixed + self.each * stocks

    def until(self, limit: float) -> int:
        """The most stocks that stay within the limit."""
        return max(0, int((limit - self.fixed) / self.each))


def line(rows: Sequence[Run], value: Callable[[Run], float]) -> Line:
    """Through the measured points; never below nothing for none."""
    slope, intercept = linear_regression([one.stocks for one in rows], [value(one) for one in rows])
    if intercept < 0:
        slope, intercept = linear_regression(
            [one.stocks for one in rows], [value(one) for one in rows], proportional=True
        )
    return Line(intercept, slope)


class Growth:
    """What a day costs by the number of its stocks, out of the figures of one run. Bytes and seconds."""

    def __init__(self, scale: Scale) -> None:
        rows, batch = scale.stocks, scale.year.batch
        keep, squash = (history_of(scale.year.years, name) for name in ("keep", "squash"))
        self.cpu_s = line(rows, lambda one: one.cpu_s)
        self.peak = line(rows, lambda one: (one.peak_mb or 0) * 1e6)
        self.source = line(rows, lambda one: one.source_bytes)
        self.data = line(rows, lambda one: one.data_bytes)
        first, later = squash.sizes[:2]
        folder = (later.site - first.site) / (later.publishes - first.publishes)
        self.folder = Line(0, folder / batch.stocks)
        self.pages = max(0.0, first.site - 2 * folder)  # beside the folders
        self.pushed = Line(0, median(one.up for one in squash.publishes[1:]) / batch.stocks)
        self.repository = Line(0, squash.sizes[-1].repository / batch.stocks)
        grown = sum(one.up for one in keep.publishes)
        self.history = Line(0, grown / len(keep.publishes) / batch.stocks)  # of a publish, before the server packs it
        self.largest = Line(0, squash.sizes[-1].largest / batch.stocks)
        self.home = batch.home_bytes / batch.days
        beside = batch.cpu_s / batch.days - self.cpu_s.each * batch.stocks
        self.batch_cpu_s = Line(max(0.0, beside), self.cpu_s.each)
        self.bucket_writes = Line(0, scale.bucket_site.writes / scale.bucket_site.stocks)

    def dated_folders(self, stocks: int, budget: float) -> int:
        """How many fit into the budget beside `latest`."""
        return max(0, int((budget - self.pages) / self.folder.of(stocks)) - 1)


def history_of(years: Sequence[Published], name: str) -> Published:
    return next(one for one in years if one.history == name)
