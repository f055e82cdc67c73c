"""The requests of publishing a further date to a site on a bucket, of a server on this machine, and a run whose work is
done by the workers of a Dask cluster."""

import tempfile
from datetime import date
from pathlib import Path
from typing import Final

from benchmarks.figures import Figure
from benchmarks.run.processes import cost_of, settings
from benchmarks.run.whole_run import BLUEDOT, days_of, run_words
from benchmarks.scale.report import BucketSite
from bluedot_assets.adapters.sample_tree import write_sample
from bluedot_assets.kernel.sample.tree import SamplePlan
from bluedot_assets.kernel.source.vendor_fields import SAMPLE_GENERATOR
from bluedot_assets_tests.servers.dask import dask_cluster
from bluedot_assets_tests.servers.s3 import BUCKET, s3_server

END: Final = date(2024, 8, 2)
PUBLISHED: Final = 100  # stocks
CLUSTERED: Final = 1000  # stocks
WORKERS: Final = 2


def bucket_site() -> BucketSite:
    """Of the second of two dates."""
    with tempfile.TemporaryDirectory() as folder, s3_server() as server:
        home, tree = Path(folder) / "home", Path(folder) / "tree"
        write_sample(SamplePlan(stocks=PUBLISHED, days=2, weeks=0, seed=1, end=END, exchange="us"), tree)
        for path in (tree / "daily").rglob("*.json"):  # a sample goes to no public address
            path.write_bytes(path.read_bytes().replace(SAMPLE_GENERATOR.encode(), b"benchmark"))
        environment = settings(tree, home, **server.environment, BLUEDOT_SITE=f"s3://{BUCKET}/site")
        for key in days_of(tree):
            server.requests()
            cost_of([BLUEDOT, *run_words(key)], environment, home)
        return BucketSite(PUBLISHED, dict(server.requests()))


def cluster() -> list[Figure]:
    """A run on a cluster against one on the processes of this machine, with as many of either."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_sample(SamplePlan(stocks=CLUSTERED, days=1, weeks=0, seed=1, end=END, exchange="us"), root / "drive")
        (key,) = days_of(root / "drive")
        cache = {"XDG_CACHE_HOME": str(root / "cache")}  # which the first run fills
        for name in ("first", "here"):
            here = settings(root / "drive", root / name, PARALLEL_WORKERS=f"{WORKERS}", **cache)
            local = cost_of([BLUEDOT, *run_words(key)], here, root / name)
        with dask_cluster(root, WORKERS) as dask:
            shared = {"BLUEDOT_DASK": dask.address, "BLUEDOT_DASK_SHARED_FOLDER": "true"}
            there = settings(root / "drive", root / "there", **cache, **shared)
            clustered = cost_of([BLUEDOT, *run_words(key)], there, root / "there")
    work = f"A run of {CLUSTERED:,} stocks on {WORKERS} workers of a cluster"
    note = f"{clustered.wall_s:.1f} s against {local.wall_s:.1f} s"
    return [
        Figure(
            f"{work}, against {WORKERS} processes of this machine", clustered.wall_s / local.wall_s, "times", note=note
        ),
        Figure(
            f"{work}: CPU of the process that hands it out",
            clustered.cpu_s,
            "s",
            note=f"all of it: {local.cpu_s:.1f} s",
        ),
    ]
