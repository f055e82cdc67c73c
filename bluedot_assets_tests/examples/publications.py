"""Publications, runs and statuses made by hand, for tests of what a publish changes. No test belongs here."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal

from bluedot_assets.kernel.site.dashboard import Dashboard
from bluedot_assets.kernel.site.index import Counts, Index, StockEntry
from bluedot_assets.kernel.site.publication import LATEST, Plan, Publication
from bluedot_assets.kernel.site.publish_plan import plan_publication
from bluedot_assets.kernel.site.status import CheckResult, Folder, Run, Shown
from bluedot_assets.kernel.stored.manifest import NEVER, StoredObject

NOON: Final = datetime(2024, 8, 2, 12, tzinfo=UTC)
PAGES: Final = {"index.html": b"<h1>BlueDot</h1>"}


def run(
    partition: str = "2024-08-02",
    outcome: Literal["published", "incomplete", "failed"] = "published",
    *,
    at: int = 0,
    run_id: str | None = None,
) -> Run:
    """A run `at` hours after noon."""
    reason = "BarsError: no" if outcome == "failed" else ""
    moment = NOON + timedelta(hours=at)
    return Run(partition, outcome, moment, run_id or f"{outcome}-{partition}-{at}", 1.5, reason=reason)


def folder(content: str, at: int = 0) -> Folder:
    """A dated folder of that content."""
    return Folder(made_at=NOON + timedelta(hours=at), files=5, bytes=1000, fingerprint=content)


def shown(*, stocks: int = 1, sample: bool = True, check: str = "fine") -> Shown:
    """What the page says of the newest folder."""
    return Shown(
        complete=True,
        stocks=stocks,
        csvs=stocks,
        expected=stocks,
        sample=sample,
        rejected=[],
        checks=[CheckResult("daily/bars schema", True, "error", check)],
    )


def csv(symbol: str, content: bytes) -> StoredObject:
    return StoredObject(f"series/{symbol}_PRICE_DATA.csv", len(content), hashlib.sha256(content).hexdigest(), 3)


def entry(source: StoredObject) -> StockEntry:
    return StockEntry(
        symbol=source.name.removesuffix("_PRICE_DATA.csv"),
        name=None,
        first=date(2024, 7, 31),
        last=date(2024, 8, 2),
        rows=3,
        close=103.0,
        rlst=78.0,
        last_dot=None,
        etf=False,
        asm=False,
        gsm=False,
        pattern=None,
        md5="0" * 32,
        sha256=[source.sha256],
        bytes=[source.bytes],
    )


def publication(key: str = "2024-08-02", content: bytes = b"one", *, at: int = 0, **more: Any) -> Publication:
    """One stock DIXON with one CSV of that content, published `at` hours after noon; `more` replaces parts."""
    timeframe = more.pop("timeframe", "daily")
    sample = more.pop("sample", True)
    source = csv("DIXON", content)
    index = Index(
        timeframe=timeframe,
        as_of=key,
        made_at=NEVER,
        sample=sample,
        counts=Counts(expected=1, stocks=1, csvs=1, bars=3, rejected=0),
        indicators=["PRICE_DATA"],
        stocks=[entry(source)],
    )
    parts: dict[str, Any] = {
        "index": index,
        "dashboard": Dashboard(
            timeframe=timeframe, as_of=key, session=date(2024, 8, 2), sample=sample, indicators=["PRICE_DATA"]
        ),
        "csvs": {source.name: source},
        "compressed": {},
        "shell": PAGES,
        "run": run(key, at=at),
        "shown": shown(sample=sample),
        "keep": 3,
    }
    return Publication(**(parts | more))


class Site:
    """A site in memory that carries plans out in the order that a plan promises."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def differing(self, files: Mapping[str, bytes]) -> set[str]:
        return {path for path, content in files.items() if self.files.get(path) != content}

    def carry_out(self, plan: Plan) -> None:
        for path, (sources, contents) in plan.folders.items():
            self._drop(path)
            self.files |= {f"{path}/{name}": one.sha256.encode() for name, one in sources.items()}
            self.files |= {f"{path}/{name}": content for name, content in contents.items()}
        for target, origin in plan.copies.items():
            self._drop(target)
            self.files |= {target + path.removeprefix(origin): self.files[path] for path in self._below(origin)}
        for path in plan.drops:
            self._drop(path)
        self.files |= {path: source.sha256.encode() for path, source in plan.sources.items()}
        self.files |= plan.files

    def folders(self, timeframe: str = "daily") -> list[str]:
        return sorted({path.split("/")[1] for path in self._below(timeframe) if path.count("/") == 2})

    def latest(self, timeframe: str = "daily") -> Mapping[str, bytes]:
        return self.content(f"{timeframe}/{LATEST}")

    def content(self, path: str) -> dict[str, bytes]:
        return {name.removeprefix(path): self.files[name] for name in self._below(path)}

    def _below(self, path: str) -> list[str]:
        return [name for name in self.files if name.startswith(f"{path}/")]

    def _drop(self, path: str) -> None:
        for name in [*self._below(path), path]:
            self.files.pop(name, None)


def publish(site: Site, wanted: Publication) -> Plan:
    plan = plan_publication(wanted, site)
    assert plan is not None
    site.carry_out(plan)
    return plan


def with_days(*keys: str) -> Site:
    site = Site()
    for at, key in enumerate(keys):
        publish(site, publication(key, key.encode(), at=at))
    return site
