"""The limits that many stocks and many days meet, and where each is reached by the figures of a run. Limits are those
of the services' own documentation; what is measured comes from `report`."""

from typing import Final, NamedTuple

from benchmarks.figures import amount
from benchmarks.scale.report import Growth, Line
from bluedot_assets.adapters.source.drive.calls import DriveOptions
from bluedot_assets.kernel.tradingview.seeds.limits import MAX_SYMBOLS

MANY: Final = 60_000  # stocks
YEARS: Final = 10
DAYS_A_YEAR: Final = 250
MB, GB, TB = 1e6, 1e9, 1e12
SITE_BUDGET: Final = 900 * MB  # BLUEDOT_SITE_BUDGET_MB; GitHub Pages: 1 GB
FILE: Final = 100 * MB  # GitHub refuses a larger one
PUSH: Final = 2 * GB  # GitHub
REPOSITORY: Final = 1 * GB  # GitHub recommends; 5 GB is where it writes to the owner
TRAFFIC: Final = 100 * GB  # of a Pages site, a month
RUNNER_DISK: Final = 14 * GB  # GitHub Actions
RUNNER_MEMORY: Final = 16 * GB
HOUR_S: Final = 3600.0
PUBLISHES_A_MONTH: Final = 25  # daily and weekly
R2_FREE_WRITES: Final = 1e6  # a month
R2_FREE: Final = 10 * GB
R2_WRITES: Final = 4.50  # dollars a million
R2_GB: Final = 0.015  # dollars a month
S3_WRITES: Final = 5.00
S3_GB: Final = 0.023
KEPT: Final = 20  # folders: 10 daily and 8 weekly dates, and latest of both
DRIVE_A_MINUTE: Final = DriveOptions.downloads_per_minute


class Limit(NamedTuple):
    """`stocks`: with how many it is reached."""

    name: str
    needs: str  # of a day of MANY stocks
    limit: str
    stocks: int
    remedy: str


def daily(growth: Growth) -> list[Limit]:
    """Those that a day meets, the first to bind first."""
    size, stocks = data_size, MANY
    found = [
        Limit(
            "Seed repositories, `BLUEDOT_SEED_LAYOUT=packed`",
            f"{-(-stocks // MAX_SYMBOLS)} repositories",
            f"{MAX_SYMBOLS:,} symbols a repository",
            MAX_SYMBOLS,
            "name more repositories in `BLUEDOT_SEEDS`, if you own them; else scripts for a watchlist of yours",
        ),
        Limit(
            "GitHub Pages",
            f"{size(2 * growth.folder.of(stocks))} for `latest` and one date",
            f"{size(SITE_BUDGET)} of the 1 GB",
            int((SITE_BUDGET - growth.pages) / 2 / growth.folder.each),
            "`BLUEDOT_SITE=s3://...`; fewer `BLUEDOT_INDICATORS`; `BLUEDOT_SITE_WEEKLY` moves what comes on top",
        ),
        Limit(
            "Repository of a git site, `squash`",
            size(growth.repository.of(stocks)),
            f"{size(REPOSITORY)} recommended",
            growth.repository.until(REPOSITORY),
            "a bucket",
        ),
        Limit(
            "One push", size(growth.pushed.of(stocks)), f"{size(PUSH)} of GitHub", growth.pushed.until(PUSH), "a bucket"
        ),
        Limit(
            "The largest file of a date",
            size(growth.largest.of(stocks)),
            f"{size(FILE)} of GitHub",
            growth.largest.until(FILE),
            "a bucket",
        ),
        Limit(
            "Google Drive: downloads",
            duration(stocks / DRIVE_A_MINUTE * 60),
            f"{DRIVE_A_MINUTE:,} a minute (325,000 units, 200 each); here within an hour",
            DRIVE_A_MINUTE * 60,
            "a copy of the folder beside the pipeline (`BLUEDOT_SOURCE` is a folder); a run on a server ends after an "
            "hour (`max_runtime_seconds` in `dagster.yaml`)",
        ),
        Limit(
            "CPU",
            f"{duration(growth.cpu_s.of(stocks))} of one core",
            "here an hour of one core",
            growth.cpu_s.until(HOUR_S),
            "`PARALLEL_WORKERS`, or a cluster: `BLUEDOT_DASK=tcp://...`",
        ),
        Limit(
            "Memory",
            size(growth.peak.of(stocks)),
            f"{size(RUNNER_MEMORY)} (a runner of GitHub)",
            growth.peak.until(RUNNER_MEMORY),
            "more of it: it grows with the stocks, not with the days",
        ),
        Limit(
            "Disk: data and site of one day",
            size(growth.data.of(stocks) + 2 * growth.folder.of(stocks)),
            f"{size(RUNNER_DISK)} (a runner of GitHub)",
            int(RUNNER_DISK / (growth.data.each + 2 * growth.folder.each)),
            "`BLUEDOT_DATA=s3://...`, or a server; `BLUEDOT_KEEP_DATA` bounds what stays",
        ),
    ]
    return sorted(found, key=lambda one: one.stocks)


class Need(NamedTuple):
    """What ten years take: of 1,000 stocks and of MANY."""

    name: str
    amounts: tuple[float, float]
    unit: str  # "s", "bytes" or "dollars"
    remedy: str

    def words(self) -> tuple[str, ...]:
        write = {"s": duration, "bytes": data_size, "dollars": dollars}[self.unit]
        return tuple(write(one) for one in self.amounts)


def backfill(growth: Growth) -> list[Need]:
    """Of every day of ten years; what takes time comes first, the longest first."""
    days, both = YEARS * DAYS_A_YEAR, (1000, MANY)

    def need(name: str, unit: str, remedy: str, *, each: tuple[float, float]) -> Need:
        return Need(name, (days * each[0], days * each[1]), unit, remedy)

    def of(part: Line) -> tuple[float, float]:
        return part.of(both[0]), part.of(both[1])

    few, many = (stocks / DRIVE_A_MINUTE * 60 for stocks in both)
    times = [
        need(
            "Google Drive: downloads",
            "s",
            "copy the folder once by other means, and name the copy: `BLUEDOT_SOURCE=/archive`; then none are left",
            each=(few, many),
        ),
        need(
            "CPU, of one core",
            "s",
            "`bluedot run --partition all --jobs 4` divides it by the cores; `BLUEDOT_DASK` by those of a cluster",
            each=of(growth.batch_cpu_s),
        ),
    ]
    stored = of(growth.data)
    sizes = [
        need("Files of the source", "bytes", "a disk for the copy, or year by year", each=of(growth.source)),
        need(
            "`BLUEDOT_DATA`",
            "bytes",
            "`BLUEDOT_KEEP_DATA=daily=90` and `bluedot prune`, or a bucket",
            each=stored,
        ),
        need(
            "The same on S3",
            "dollars",
            "fewer partitions (`BLUEDOT_KEEP_DATA`)",
            each=(stored[0] / GB * S3_GB, stored[1] / GB * S3_GB),
        ),
        need(
            "`DAGSTER_HOME`",
            "bytes",
            "fewer stored partitions: the newest runs of each stay, others 30 days (`BLUEDOT_KEEP_RUNS_DAYS`)",
            each=(growth.home, growth.home),
        ),
    ]
    return [*sorted(times, key=lambda one: -one.amounts[1]), *sizes]


class BucketCost(NamedTuple):
    """Dollars a month of a site on a bucket, with `KEPT` folders, and the stocks that R2 takes free of charge."""

    r2: float
    s3: float
    free: int


def bucket_cost(growth: Growth, stocks: int) -> BucketCost:
    writes = PUBLISHES_A_MONTH * growth.bucket_writes.of(stocks)
    kept = KEPT * growth.folder.of(stocks)
    paid_writes, paid = max(0.0, writes - R2_FREE_WRITES), max(0.0, kept - R2_FREE)
    free = min(R2_FREE_WRITES * stocks / writes, R2_FREE * stocks / kept)
    return BucketCost(
        paid_writes / 1e6 * R2_WRITES + paid / GB * R2_GB, writes / 1e6 * S3_WRITES + kept / GB * S3_GB, int(free)
    )


def dollars(count: float) -> str:
    return f"${amount(count)} a month"


def data_size(count: float) -> str:
    unit, name = next(
        ((unit, name) for unit, name in ((TB, "TB"), (GB, "GB"), (MB, "MB")) if count >= unit), (1e3, "KB")
    )
    return f"{amount(count / unit)} {name}"


def duration(seconds: float) -> str:
    units = ((86_400.0, "days"), (HOUR_S, "h"), (60.0, "min"))
    unit, name = next(((unit, name) for unit, name in units if seconds >= 2 * unit), (1.0, "s"))
    return f"{amount(seconds / unit)} {name}"
