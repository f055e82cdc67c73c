"""The partitions before this one: what the store has of them, else what the site shows of the newest.

How a partition is compared with them is in `bar_checks` and `kernel/checks`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial

import msgspec
import polars as pl

from bluedot_assets.adapters.storage.layout import Slot
from bluedot_assets.adapters.workers.shard_tasks import BarsBefore
from bluedot_assets.kernel.bars.tables import DOTS, STOCKS
from bluedot_assets.kernel.bars.unforeseen import FAULTS, words_of
from bluedot_assets.kernel.checks.continuity import continued, renamed_stocks
from bluedot_assets.kernel.checks.files.given_fields import NO_STOCKS
from bluedot_assets.kernel.errors import BluedotError, OutputDamaged
from bluedot_assets.kernel.site.dashboard import decode_dashboard
from bluedot_assets.kernel.site.publication import DASHBOARD, STATUS
from bluedot_assets.kernel.site.status import decode_state
from bluedot_assets.kernel.source.file_names import published_stock, stock_of
from bluedot_assets.kernel.stored.manifest import Manifest
from bluedot_assets.kernel.tradingview.same_stock import shared_by_names
from bluedot_assets.kernel.tradingview.tickers import TickerRules
from bluedot_assets.pipeline.stage import Work

BARS = "bars"
EARLIER_PARTITIONS = 5  # partitions; a stock that is absent for longer is taken for delisted
KNOWN = {"last_session": pl.Date(), **NO_STOCKS}
NAMED = ("symbol", "file", "timezone")

SharedByNames = Callable[[str, str], str]  # of a stock's own name and its timezone


@dataclass(frozen=True)
class EarlierPartitions:
    """`history` are keys and their symbols, each with what all names of its stock share, newest first; the rest is of
    the newest. Not `whole`: the site alone knows it, so there is one bar and one dot of each stock."""

    history: Sequence[tuple[str, Mapping[str, str]]] = ()
    zones: Mapping[str, str] = field(default_factory=dict)  # timezone by symbol
    stocks: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=KNOWN))
    dots: pl.DataFrame = field(default_factory=DOTS.empty)
    bars: BarsBefore | None = None
    whole: bool = True
    shared: SharedByNames = lambda stock, _: stock  # which `history` follows
    problem: str | None = None  # why it could not be read

    @property
    def key(self) -> str | None:
        return self.history[0][0] if self.history else None

    def bars_for(self, files: Iterable[str], work: Work) -> BarsBefore | None:
        """The bars, under the names that their stocks have in the partition of these files. The timezone of a file is
        not known before it is read: a stock keeps its own."""
        if self.bars is None or self.key is None:
            return None
        known = self.history[0][1]
        named = {published_stock(file, work.timeframe): stock_of(file, work.timeframe) for file in files}
        names = {symbol: own for symbol, own in named.items() if symbol is not None}
        renamed: dict[str, str] = {}
        for zone in sorted(set(self.zones.values())) if known.keys() - names.keys() else ():
            now = {symbol: known.get(symbol) or self.shared(own, zone) for symbol, own in names.items()}
            renamed |= renamed_stocks(now, [{one: share for one, share in known.items() if self.zones[one] == zone}])
        return replace(self.bars, renamed=continued(renamed, known))


@dataclass(frozen=True)
class EarlierSource:
    """Where they are: in the store, newest first, else as the site shows the newest (key, dashboard.json); and by which
    rules of tickers their stocks are found again."""

    rules: TickerRules = field(default_factory=TickerRules)
    stored: Sequence[Manifest] = ()
    public: tuple[str | None, bytes | None] = (None, None)
    problem: str | None = None  # why neither can be read

    @property
    def identity(self) -> object:
        """What tells these partitions from others."""
        return self.rules, [made.fingerprint for made in self.stored] or self.public, self.problem


def locate_earlier(work: Work) -> EarlierSource:
    """The site is not what bars are made from, so that it cannot be read is no error here."""
    try:
        rules, stored = work.platform.ticker_rules(), earlier_outputs(work, BARS, EARLIER_PARTITIONS)
        return EarlierSource(rules, stored) if stored else EarlierSource(rules, public=public_dashboard(work))
    except (BluedotError, OSError) as error:
        return EarlierSource(problem=f"The partition before could not be read: {error}")


def read_earlier(work: Work, source: EarlierSource) -> EarlierPartitions:
    """What there is to compare with."""
    if source.problem:
        return EarlierPartitions(problem=source.problem)
    try:
        try:
            return _stored(work, source) if source.stored else _public(work, source, *source.public)
        except OutputDamaged as error:
            shown = _public(work, source, *public_dashboard(work))
            if shown.key is None:
                return not_compared(error)
            work.warn(f"The partition before is taken from the site: {error}")
            return shown
    except FAULTS as error:
        return not_compared(error)


def not_compared(error: BaseException) -> EarlierPartitions:
    """Nothing, and why: what is made today is published all the same."""
    return EarlierPartitions(problem=f"The partition before could not be read: {words_of(error)}")


def earlier_outputs(work: Work, stage: str, most: int) -> list[Manifest]:
    """What the store has of that stage for the partitions before, newest first."""
    outputs, name = work.platform.outputs, work.timeframe.name
    keys = [key for key in reversed(outputs.partitions(name, stage)) if key < work.key]
    return [outputs.require(Slot(name, key, stage)) for key in keys[:most]]


def _stored(work: Work, source: EarlierSource) -> EarlierPartitions:
    outputs, manifests, newest = work.platform.outputs, source.stored, source.stored[0]
    bars = newest.table(BARS)
    outputs.verify(bars)
    stocks = [outputs.read_table(made, STOCKS, list({**KNOWN, **dict.fromkeys(NAMED)})) for made in manifests]
    shared = _shared(source.rules)
    return EarlierPartitions(
        history=[(made.partition, names_of(of, work, shared)) for made, of in zip(manifests, stocks, strict=True)],
        zones=dict(stocks[0].select("symbol", "timezone").iter_rows()),
        stocks=stocks[0].select(list(KNOWN)),
        dots=outputs.read_table(newest, DOTS),
        bars=BarsBefore(bars),
        shared=shared,
    )


def _shared(rules: TickerRules) -> SharedByNames:
    return cache(partial(shared_by_names, rules))


def names_of(stocks: pl.DataFrame, work: Work, shared: SharedByNames) -> dict[str, str]:
    """What all names of a stock share, by symbol, of the table `stocks`."""
    rows = stocks.select(NAMED).iter_rows()
    return {symbol: shared(stock_of(file, work.timeframe), timezone) for symbol, file, timezone in rows}


def _public(work: Work, source: EarlierSource, key: str | None, content: bytes | None) -> EarlierPartitions:
    """What the dashboard of the site's newest earlier folder says: each stock's newest bar and dot."""
    if key is None or content is None:
        return EarlierPartitions()
    try:
        dashboard = decode_dashboard(content)
    except msgspec.DecodeError as error:
        return EarlierPartitions(
            problem=f"{work.timeframe.name}/{key}/{DASHBOARD} of the site cannot be read ({error})."
        )
    rows, shared = dashboard.stocks, _shared(source.rules)
    symbols = [row.symbol for row in rows]
    timezones = dict(enumerate(dashboard.timezones))  # older files have none
    zones = {row.symbol: timezones.get(row.zone, "") for row in rows}
    last = pl.Series([row.last for row in rows], dtype=pl.Date)
    dotted = [(row.symbol, row.last_dot) for row in rows if row.last_dot]
    # A rating of an earlier session is not the bar's.
    ratings = [row.rlst if row.rlst_date is None else None for row in rows]
    values = {"close": [row.close for row in rows], "rlst": ratings}
    shown = pl.DataFrame(
        {"symbol": symbols, "session": last, **values}, schema_overrides=dict.fromkeys(values, pl.Float64)
    )
    return EarlierPartitions(
        history=[(key, {symbol: shared(symbol, zone) for symbol, zone in zones.items()})],
        zones=zones,
        stocks=pl.DataFrame(
            [
                (row.last, row.symbol, row.name, bool(row.etf), bool(row.asm), bool(row.gsm), row.pattern)
                for row in rows
            ],
            KNOWN,
            orient="row",
        ),
        dots=pl.DataFrame(dotted, DOTS.polars_schema, orient="row"),
        bars=BarsBefore(shown=shown),
        whole=False,
        shared=shared,
    )


def public_dashboard(work: Work) -> tuple[str | None, bytes | None]:
    """The key of the site's newest earlier folder, and its dashboard.json as it stands there; None for what is absent.
    Raises what reading the site raises."""
    site, name = work.platform.site_of(work.timeframe).snapshot(), work.timeframe.name
    folders = decode_state(site.read(STATUS), name).folders
    key = max((key for key in folders if key < work.key), default=None)
    return key, site.read(f"{name}/{key}/{DASHBOARD}") if key else None
