"""The partitions before this one: what the store has of them, else what the site shows of the newest."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import polars as pl

from bluedot_assets.adapters.storage.outputs import Slot
from bluedot_assets.adapters.workers.shard_tasks import BarsBefore
from bluedot_assets.kernel.bars.tables import DOTS, STOCKS
from bluedot_assets.kernel.errors import BluedotError, OutputDamaged
from bluedot_assets.kernel.manifest import Manifest
from bluedot_assets.kernel.site.dashboard import decode_dashboard
from bluedot_assets.kernel.site.publication import DASHBOARD, STATUS
from bluedot_assets.kernel.site.status import decode_status
from bluedot_assets.pipeline.stage import Work

BARS = "bars"
LOOKED_BACK = 5  # partitions; a stock that is absent for longer is taken for delisted
KNOWN = {"symbol": pl.String(), "last_session": pl.Date()}


@dataclass(frozen=True)
class EarlierPartitions:
    """`history` are keys and their symbols, newest first; the rest is of the newest. Not `whole`: the site alone knows
    it, so there is one bar and one dot of each stock."""

    history: Sequence[tuple[str, Sequence[str]]] = ()
    stocks: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=KNOWN))
    dots: pl.DataFrame = field(default_factory=DOTS.empty)
    bars: BarsBefore | None = None
    whole: bool = True
    problem: str | None = None  # why it could not be read

    @property
    def key(self) -> str | None:
        return self.history[0][0] if self.history else None


def find_earlier(work: Work) -> EarlierPartitions:
    """What there is. The site is not what bars are made from, so that it cannot be read is no error here."""
    try:
        try:
            stored = _stored(work)
        except OutputDamaged as error:
            work.warn(f"The partition before is taken from the site: {error}")
            stored = None
        return stored or _public(work)
    except (BluedotError, OSError) as error:
        return EarlierPartitions(problem=f"The partition before could not be read: {error}")


def earlier_keys(work: Work, stage: str) -> list[str]:
    """The earlier partitions of which the store has an output of that stage, newest first."""
    paths = work.platform.outputs.store.list(f"manifests/{work.timeframe.name}")
    keys = {path.split("/")[2] for path in paths if path.endswith(f"/{stage}.json")}
    return sorted((key for key in keys if key < work.key), reverse=True)


def _stored(work: Work) -> EarlierPartitions | None:
    keys = earlier_keys(work, BARS)[:LOOKED_BACK]
    if not keys:
        return None
    outputs = work.platform.outputs
    manifests = [outputs.require(Slot(work.timeframe.name, key, BARS)) for key in keys]
    newest = manifests[0]
    outputs.verify(newest.objects[0])
    stocks = _read(work, newest, STOCKS.name, list(KNOWN))
    older = [_read(work, manifest, STOCKS.name, ["symbol"])["symbol"].to_list() for manifest in manifests[1:]]
    return EarlierPartitions(
        history=list(zip(keys, [stocks["symbol"].to_list(), *older], strict=True)),
        stocks=stocks,
        dots=_read(work, newest, DOTS.name, list(DOTS.polars_schema)),
        bars=BarsBefore(path=newest.objects[0].path),
    )


def _read(work: Work, manifest: Manifest, table: str, columns: list[str]) -> pl.DataFrame:
    stored = next(one for one in manifest.objects if one.path.endswith(f"/{table}.parquet"))
    return pl.read_parquet(work.platform.outputs.read(stored), columns=columns)


def _public(work: Work) -> EarlierPartitions:
    """The newest earlier folder of the site: its dashboard.json has each stock's newest bar and dot."""
    site, name = work.platform.site_of(work.timeframe).snapshot(), work.timeframe.name
    folders = decode_status(site.read(STATUS)).of(name).folders
    key = max((key for key in folders if key < work.key), default=None)
    content = site.read(f"{name}/{key}/{DASHBOARD}") if key else None
    if key is None or content is None:
        return EarlierPartitions()
    try:
        rows = decode_dashboard(content).stocks
    except msgspec.DecodeError as error:
        return EarlierPartitions(problem=f"{name}/{key}/{DASHBOARD} of the site cannot be read ({error}).")
    symbols = [row.symbol for row in rows]
    last = pl.Series([row.last for row in rows], dtype=pl.Date)
    dotted = [(row.symbol, row.last_dot) for row in rows if row.last_dot]
    values = {"close": [row.close for row in rows], "rlst": [row.rlst for row in rows]}
    shown = pl.DataFrame(
        {"symbol": symbols, "session": last, **values}, schema_overrides=dict.fromkeys(values, pl.Float64)
    )
    return EarlierPartitions(
        history=[(key, symbols)],
        stocks=pl.DataFrame({"symbol": symbols, "last_session": last}, KNOWN),
        dots=pl.DataFrame(dotted, DOTS.polars_schema, orient="row"),
        bars=BarsBefore(shown=shown),
        whole=False,
    )
