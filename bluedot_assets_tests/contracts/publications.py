"""Publications for the tests of sites, made directly of bytes."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime

from bluedot_assets.adapters.site.port import Site
from bluedot_assets.adapters.storage.store.port import Store
from bluedot_assets.kernel.site.dashboard import Dashboard
from bluedot_assets.kernel.site.index import Counts, Index, StockEntry, decode_index, table_entries
from bluedot_assets.kernel.site.publication import Plan, Publication, SiteHistory
from bluedot_assets.kernel.site.publish_plan import plan_failure, plan_publication
from bluedot_assets.kernel.site.status import Run, Shown
from bluedot_assets.kernel.stored.manifest import StoredObject

INDICATOR = "PRICE_DATA"
AT = datetime(2024, 8, 5, tzinfo=UTC)
SHELL: Mapping[str, bytes] = {"index.html": b"<!doctype html>", ".nojekyll": b"", "assets/site.css": b"body {}"}
OpenSite = Callable[[], Site]


def contents(version: str, stocks: int = 3) -> dict[str, bytes]:
    """CSV bytes by symbol; another version is another content of every one."""
    return {f"S{number}": f"20240802T,1,1,1,1,{number}{version}\n".encode() for number in range(stocks)}


def publication(
    store: Store,
    timeframe: str,
    key: str,
    csvs: Mapping[str, bytes],
    *,
    at: datetime = AT,
    keep: int = 10,
    compressed: Mapping[str, bytes] | None = None,
    tables: Mapping[str, bytes] | None = None,
    history: Mapping[str, bytes] | None = None,
    extras: Mapping[str, bytes] | None = None,
    mirrors: Mapping[str, str] | None = None,
) -> Publication:
    """The partition with those CSVs (by symbol), its files put into the store."""
    sources = [_stored(store, f"series/{timeframe}/{key}", f"{name}_{INDICATOR}.csv", csvs[name]) for name in csvs]
    whole = {
        f"tables/{name}": _stored(store, f"bars/{timeframe}/{key}", name, content)
        for name, content in (tables or {}).items()
    }
    past = {
        name: _stored(store, f"history/{timeframe}/{sha256(content)}", name, content)
        for name, content in (history or {}).items()
    }
    index = Index(
        timeframe=timeframe,
        as_of=key,
        made_at=at,
        sample=False,
        counts=Counts(expected=len(csvs), stocks=len(csvs), csvs=len(csvs), bars=len(csvs), rejected=0),
        indicators=[INDICATOR],
        tables=table_entries(whole),
        stocks=[_entry(name, source) for name, source in zip(csvs, sources, strict=True)],
    )
    shown = Shown(
        complete=True,
        stocks=len(csvs),
        csvs=len(csvs),
        expected=len(csvs),
        sample=False,
        rejected=[],
        checks=[],
    )
    run = Run(key, "published", at, f"run-{timeframe}-{key}-{at:%H%M%S%f}", stocks=len(csvs), csvs=len(csvs))
    dashboard = Dashboard(timeframe=timeframe, as_of=key, session=AT.date(), sample=False, indicators=[INDICATOR])
    return Publication(
        index=index,
        dashboard=dashboard,
        csvs={source.name: source for source in sources},
        compressed=compressed or {},
        tables=whole,
        history=SiteHistory(past, 1, repr(history), lambda: b"{}\n") if history else None,
        shell=SHELL,
        run=run,
        shown=shown,
        keep=keep,
        extras=extras or {},
        mirrors=mirrors or {},
    )


def _stored(store: Store, folder: str, name: str, content: bytes) -> StoredObject:
    digest = hashlib.sha256(content).hexdigest()
    path = f"{folder}/{digest[:8]}/{name}"
    store.write(path, content)
    return StoredObject(path, len(content), digest, 1)


def _entry(symbol: str, source: StoredObject) -> StockEntry:
    day = date(2024, 8, 2)
    return StockEntry(
        symbol=symbol,
        name=None,
        first=day,
        last=day,
        rows=1,
        close=1.0,
        rlst=None,
        last_dot=None,
        etf=False,
        asm=False,
        gsm=False,
        pattern=None,
        md5="",
        sha256=[source.sha256],
        bytes=[source.bytes],
    )


def publish(site: Site, publication: Publication) -> Plan | None:
    return site.publish(lambda site: plan_publication(publication, site))


def fail(site: Site, timeframe: str, key: str, run_id: str = "failed") -> Plan | None:
    failure = Run(key, "failed", AT, run_id, reason="nothing came")
    return site.publish(lambda site: plan_failure(timeframe, failure, SHELL, site))


def publish_many(open_site: OpenSite, store: Store, timeframe: str, keys: Sequence[str]) -> None:
    """What a process of its own does; module-level, so that it can be spawned."""
    for place, key in enumerate(keys):
        publish(open_site(), publication(store, timeframe, key, contents(str(place))))


def digests(index: bytes) -> dict[str, str]:
    """What an index.json says of its folder: file name to sha256."""
    decoded = decode_index(index)
    tables = {name: one.sha256 for name, one in decoded.tables.items()}
    return tables | {
        f"{stock.symbol}_{name}.csv": digest
        for stock in decoded.stocks
        for name, digest in zip(decoded.indicators, stock.sha256, strict=True)
        if digest
    }


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
