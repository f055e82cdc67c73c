"""The page *Scale* of the documentation, made of the report of one run: `python -m benchmarks.scale.page
build/scale.json` keeps that report in `docs_site` and writes the page anew; without a file, of the report that is kept.

Numbers come from the report, and from it by the arithmetic of `limits`."""

import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

import msgspec

from benchmarks.figures import ROOT, Figure, amount
from benchmarks.scale import limits
from benchmarks.scale.limits import MANY, REPOSITORY, SITE_BUDGET, YEARS, data_size, duration
from benchmarks.scale.report import Growth, Scale, history_of
from benchmarks.year import Batch, Published
from docs_site.pages.markdown import table

REPORT: Final = ROOT / "docs_site" / "scale.json"
PAGE: Final = ROOT / "docs_site" / "docs" / "scale.md"
FITTING: Final = (100, 1000, 2000, 5000, 10_000, 20_000, MANY)  # stocks
KEPT: Final = 10  # dated folders of BLUEDOT_KEEP

INTRODUCTION: Final = """\
How far it goes, which limit comes first, and the setting that takes it away. Everything was measured in one run on one
machine, on the sample's files (a year of daily bars each, four series); seconds are of that machine, bytes and requests
of any.
"""

DAYS: Final = """\
`bluedot run --partition all --jobs 2`, published to a git server on the same machine: what was made is public at the
end, and every ten minutes on the way. A bad day stops no other, Ctrl-C publishes what was made, and a new call takes
the rest ([Backfill](tutorials/backfill.md#without-the-ui)).
"""

YEAR: Final = """\
The same days, published one by one as they come in a year, each by a publisher that has nothing of the site, with
either `BLUEDOT_SITE_HISTORY`. *Repository* is what the server keeps after `git gc`, which packs each CSV as its
difference to that of the day before; until a hosting service does that, the repository has what was pushed.
"""

FITS: Final = """\
Pages counts each file of `latest` and of every dated folder in full, though git stores equal folders once, and allows
1 GB; `BLUEDOT_SITE_BUDGET_MB` (900) stays below. The oldest dated folders make room by themselves. A weekly timeframe
on the same site shares the budget; `BLUEDOT_SITE_WEEKLY` gives it a site of its own. A deployment that takes longer
than ten minutes is broken off by GitHub.
"""

BEYOND: Final = """\
**The next step is one setting**: `BLUEDOT_SITE=s3://<bucket>/<folder>`, with `BLUEDOT_SITE_BUDGET_MB` as large as you
want to pay for. Its addresses, pages and files are the same: [The site on a bucket](bucket-site.md).
"""

REPEATING: Final = """\
```sh
.venv/bin/python -m benchmarks.scale                        # a quarter of an hour; nothing else should run meanwhile
.venv/bin/python -m benchmarks.scale.page build/scale.json  # this page of your own figures
```

It makes its sample files, 2 GB, below the system's folder for temporary files. CPU is that of all processes together,
memory what they take at one time, with what they share counted once.
"""


def page(scale: Scale) -> str:
    """The page, in Markdown."""
    growth = Growth(scale)
    parts = [
        "# Scale",
        INTRODUCTION,
        f"Measured on {scale.date} at commit `{scale.commit}` in {scale.took_s / 60:.0f} minutes: {scale.machine}.",
        "## Which set-up",
        _setups(growth),
        *_binding(growth),
        "## What fits on GitHub Pages",
        FITS,
        _fitting(growth),
        BEYOND,
        "## Many stocks",
        "A first run of one day, each with data, site and Dagster home of its own.",
        _stocks(scale, growth),
        "## Many days",
        DAYS,
        _batch(scale.year.batch),
        _figures(scale.days),
        "## A year of publishes",
        YEAR,
        _year(scale.year.years, scale.year.batch.stocks),
        _against_limits(scale, growth),
        "## A bucket",
        "What is in `BLUEDOT_DATA=s3://...`, on a server that answers after 30 ms.",
        _figures(scale.bucket),
        _bucket_site(scale),
        "## A cluster",
        "`BLUEDOT_DASK=tcp://...` on the same machine: what handing the work out costs. More machines divide the rest.",
        _figures(scale.cluster),
        "## On your own machine",
        REPEATING,
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _setups(growth: Growth) -> str:
    room = (SITE_BUDGET - growth.pages) / growth.folder.each  # stocks in one folder
    whole, one = int(room / (KEPT + 1)), int(room / 2)
    cost = limits.bucket_cost(growth, MANY)

    def work(stocks: int) -> str:
        cpu, memory = duration(growth.cpu_s.of(stocks)), data_size(growth.peak.of(stocks))
        return f"{cpu} of CPU, {memory} of memory"

    drive = duration(MANY / limits.DRIVE_A_MINUTE * 60)
    rows = [
        (f"up to {_round(whole)}", "Google Drive", work(whole), f"GitHub Pages, {KEPT} daily dates"),
        (f"up to {_round(one)}", "Google Drive", work(one), "GitHub Pages, with fewer dates the more stocks"),
        (
            f"up to {MANY:,}",
            f"Google Drive takes {drive}; else a copy of its folder",
            f"{work(MANY)}: `PARALLEL_WORKERS`, or a cluster",
            f"a bucket: ${amount(cost.r2)} a month on R2, ${amount(cost.s3)} on S3 (nothing on R2 up to "
            f"{_round(cost.free)} stocks)",
        ),
    ]
    return _table(("Stocks", "Source", "Work, each day", "Site"), rows)


def _binding(growth: Growth) -> list[str]:
    found = limits.daily(growth)
    first, second = found[:2]
    rows = [
        (
            one.name,
            one.needs,
            one.limit,
            f"{'**' if one.stocks < MANY else ''}{_round(one.stocks)}{'**' if one.stocks < MANY else ''}",
            one.remedy,
        )
        for one in found
    ]
    needs = limits.backfill(growth)
    times = [one for one in needs if one.unit == "s"]
    days = YEARS * limits.DAYS_A_YEAR
    heads = ("What", f"A day of {MANY:,} stocks", "Limit", "Reached with", "What to do")
    return [
        f"## {MANY:,} stocks every day",
        f"The limit that binds first stands first: **{first.name}** with {_round(first.stocks)} stocks, then "
        f"**{second.name}** with {_round(second.stocks)}. Bold are those that {MANY:,} stocks are beyond.",
        _table(heads, rows),
        "Builds of GitHub Pages (10 an hour) bind neither a day, which is two publishes, nor `bluedot run --partition "
        "all`, which is six an hour; a backfill from Dagster's UI publishes each day by itself, and Pages then shows "
        "the newest of them. CPU and memory are those of a folder as source and site: Drive's downloads and git's "
        "pushes come on top.",
        f"## {YEARS} years of backfill",
        f"{days:,} daily partitions; weekly ones are a fifth more. **{times[0].name}** binds first: "
        f"{duration(times[0].amounts[0])} for 1,000 stocks, {duration(times[0].amounts[1])} for {MANY:,}.",
        _table(
            ("What", "1,000 stocks", f"{MANY:,} stocks", "What to do"),
            [(one.name, *one.words(), one.remedy) for one in needs],
        ),
        "The site costs nothing more: what newer dates leave no room for is never written.",
    ]


def _fitting(growth: Growth) -> str:
    rows = []
    for stocks in FITTING:
        dates = growth.dated_folders(stocks, SITE_BUDGET)
        fits = "yes" if dates >= KEPT else f"yes, with {dates} date{'s' if dates > 1 else ''}" if dates else "**no**"
        rows.append(
            (
                f"{stocks:,}",
                data_size(growth.folder.of(stocks)),
                f"{dates:,}",
                fits,
                data_size(growth.pushed.of(stocks)),
            )
        )
    readers = limits.TRAFFIC / growth.folder.of(1000)
    traffic = (
        f"Pages' {data_size(limits.TRAFFIC)} of traffic a month are all files of 1,000 stocks {readers:,.0f} times "
        "(fewer bytes go over the wire: Pages compresses them)."
    )
    heads = ("Stocks", "One folder", "Dated folders that fit beside `latest`", "On GitHub Pages", "A push")
    return f"{_table(heads, rows)}\n\n{traffic}"


def _stocks(scale: Scale, growth: Growth) -> str:
    rows = [
        (
            f"{one.stocks:,}",
            f"{one.wall_s:.1f} s",
            f"{one.cpu_s:.1f} s",
            f"{1000 * one.cpu_s / one.stocks:.2f} ms",
            data_size(one.peak_mb * 1e6) if one.peak_mb else "not measured",
            data_size(one.source_bytes),
            data_size(one.data_bytes),
            data_size(one.site_bytes),
        )
        for one in scale.stocks
    ]
    line = (
        f"By the line through these points a run takes {amount(growth.cpu_s.fixed)} s of CPU and "
        f"{amount(1000 * growth.cpu_s.each)} ms a stock, and {data_size(growth.peak.fixed)} of memory and "
        f"{data_size(1000 * growth.peak.each)} for 1,000 stocks."
    )
    heads = ("Stocks", "Wall", "CPU", "CPU a stock", "Peak memory", "Source", "`BLUEDOT_DATA`", "Site")
    return f"{_table(heads, rows)}\n\n{line}"


def _batch(batch: Batch) -> str:
    peak = data_size(batch.peak_bytes) if batch.peak_bytes else "not measured"
    rows = [
        ("Wall, a day", f"{batch.wall_s / batch.days:.2f} s", f"{batch.wall_s:.0f} s in all"),
        ("CPU, a day", f"{batch.cpu_s / batch.days:.2f} s", f"{batch.cpu_s:.0f} s in all"),
        ("Commits", f"{batch.commits:,}", ""),
        ("Peak memory of all processes", peak, ""),
        ("`DAGSTER_HOME`, a day", data_size(batch.home_bytes / batch.days), "`BLUEDOT_KEEP_DATA` bounds it too"),
        ("`BLUEDOT_DATA`, a day", data_size(batch.data_bytes / batch.days), "`BLUEDOT_KEEP_DATA` bounds it"),
    ]
    return _table((f"{batch.days} days of {batch.stocks} stocks", "Measured", ""), rows)


def _year(years: Sequence[Published], stocks: int) -> str:
    rows = []
    for one in years:
        for size in one.sizes:
            done = one.publishes[: size.publishes]
            last = done[-10:]
            rows.append(
                (
                    f"`{one.history}`",
                    f"{size.publishes}",
                    f"{median(each.wall_s for each in last):.2f} s",
                    f"{median(each.cpu_s for each in last):.2f} s",
                    data_size(median(each.up for each in last)),
                    data_size(sum(each.up for each in done)),
                    data_size(size.repository),
                    data_size(size.site),
                )
            )
    heads = ("History", "Publishes", "Wall", "CPU", "Pushed", "Pushed in all", "Repository", "Site")
    note = f"{stocks} stocks. Wall, CPU and bytes pushed are the median of the last ten publishes until then."
    return f"{_table(heads, rows)}\n\n{note}"


def _against_limits(scale: Scale, growth: Growth) -> str:
    publishes = REPOSITORY / growth.history.of(1000)
    largest = scale.year.years[0].sizes[-1].largest
    packed = history_of(scale.year.years, "keep").sizes[-1]
    packed_size = data_size(1000 * packed.repository / scale.year.batch.stocks)
    return (
        f"Of 1,000 stocks a publish pushes {data_size(growth.history.of(1000))}, so that a repository that nobody "
        f"packs has GitHub's recommended {data_size(REPOSITORY)} after {publishes:.0f} publishes with `keep`, and its "
        f"5 GB after {5 * publishes:.0f} (packed by `git gc` it has {packed_size} after {packed.publishes}); with "
        f"`squash` it stays at {data_size(growth.repository.of(1000))} once GitHub has collected what no branch names. "
        f"The largest file of a date, {data_size(largest)} here, is far from GitHub's 100 MB."
    )


def _bucket_site(scale: Scale) -> str:
    site = scale.bucket_site
    counted = ", ".join(f"{count:,} {kind}" for kind, count in sorted(site.requests.items(), key=lambda one: -one[1]))
    return (
        f"A site on a bucket: a further date of {site.stocks} stocks takes {counted}, so "
        f"{site.writes / site.stocks:.1f} writes a stock. [What it costs](bucket-site.md#what-it-costs)."
    )


def _figures(figures: Sequence[Figure]) -> str:
    return _table(("Work", "Measured", "Aim", ""), [(one.work, one.value, one.aim, one.note) for one in figures])


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(table(heads, rows))


def _round(stocks: int) -> str:
    """Two digits are what such an estimate is worth."""
    digits = max(0, len(str(stocks)) - 2)
    return f"{stocks // 10**digits * 10**digits:,}"


def kept_report() -> Scale:
    """The report that the page was made of."""
    return msgspec.json.decode(REPORT.read_bytes(), type=Scale)


if __name__ == "__main__":
    if sys.argv[1:]:
        REPORT.write_bytes(Path(sys.argv[1]).read_bytes())
    PAGE.write_text(page(kept_report()), "utf-8")
