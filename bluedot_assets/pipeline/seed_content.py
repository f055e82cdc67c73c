"""What the seed repositories of a timeframe should show of a partition: the symbols, and their CSVs as they are asked
for, for all at once would not fit into memory. What is pushed of it now is decided in `pine_seeds`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from bluedot_assets.adapters.storage.stored_files import StoredFiles
from bluedot_assets.kernel.bars.tables import BARS, STOCKS
from bluedot_assets.kernel.calendar.sessions import weekdays
from bluedot_assets.kernel.series.csv_files import csv_files
from bluedot_assets.kernel.series.indicators import enabled_indicators
from bluedot_assets.kernel.source.file_names import MAX_SYMBOL
from bluedot_assets.kernel.stored.manifest import Manifest
from bluedot_assets.kernel.tradingview.seeds.files import (
    SymbolListing,
    description_of,
    last_session,
    packed_indicator,
    pricescale_of,
    shown_rows,
)
from bluedot_assets.kernel.tradingview.seeds.map import SeedMap
from bluedot_assets.kernel.tradingview.seeds.state import SeedsWanted
from bluedot_assets.kernel.tradingview.seeds.symbols import endings, symbol_of
from bluedot_assets.pipeline.stage import Work
from bluedot_assets.pipeline.stages.bars import StoredBars


@dataclass
class SeedContent:
    """All symbols of a partition. `ids` are git's of their CSVs."""

    sources: list[Manifest]
    sample: bool
    endings: tuple[str, ...]
    listings: dict[str, SymbolListing] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    by_stock: dict[str, list[str]] = field(default_factory=dict)
    readers: dict[str, Callable[[], bytes]] = field(default_factory=dict)

    def read(self, symbol: str) -> bytes:
        """The CSV as it is to be pushed."""
        return self.readers[symbol]()

    def wanted_by(self, repository: str, made: SeedMap, work: Work) -> SeedsWanted:
        """The part of one repository."""
        mine = [
            symbol
            for stock, symbols in self.by_stock.items()
            if stock not in made.without_room and made.repository_of(stock) == repository
            for symbol in symbols
        ]
        listings = {symbol: self.listings[symbol] for symbol in mine}
        ids = {symbol: self.ids[symbol] for symbol in mine}
        return SeedsWanted(work.timeframe.name, work.key, listings, ids, self.endings)


def seed_content(work: Work) -> SeedContent:
    """Of the stored series or, packed, of the stored bars. Raises OutputAbsent, OutputOutdated."""
    from bluedot_assets.adapters.git.branch import blob_id  # noqa: PLC0415  git costs a start 0.2 s

    bars = StoredBars(work)
    stocks = bars.table(STOCKS, "symbol", "name", "timezone")
    names: dict[str, str | None] = dict(stocks.select("symbol", "name").iter_rows())
    zones: dict[str, str] = dict(stocks.select("symbol", "timezone").iter_rows())
    sessions = _sessions(work, set(zones.values()))
    today = work.platform.clock().date()
    indicators = enabled_indicators(work.platform.settings.indicators)
    layout = work.platform.settings.seed_layout
    made = SeedContent([bars.made], bars.facts.sample, endings(layout, work.timeframe, indicators))
    csvs = _packed(work, bars) if layout == "packed" else _series(work, bars.made, made.sources)
    for stock, ending, read in csvs:
        session = sessions[zones[stock]]

        def shown(read: Callable[[], bytes] = read, session: date = session) -> bytes:
            return shown_rows(read(), today, session, work.timeframe)

        content, symbol = shown(), symbol_of(stock, ending)
        if len(symbol) > MAX_SYMBOL:
            work.warn(f"{symbol} is longer than the {MAX_SYMBOL} characters of a symbol: it is in no seed repository.")
        elif content:
            made.listings[symbol] = SymbolListing(description_of(stock, names[stock], ending), pricescale_of(content))
            made.ids[symbol] = blob_id(content)
            made.by_stock.setdefault(stock, []).append(symbol)
            made.readers[symbol] = shown
    return made


def _sessions(work: Work, zones: set[str]) -> Mapping[str, date]:
    """The last session of each exchange, which only an unfinished week needs to know."""
    now, days = work.platform.clock(), work.platform.trading_days if work.timeframe.days > 1 else None
    return {zone: last_session(now, days.of([zone]).calendars[0] if days else weekdays(zone)) for zone in zones}


Csv = tuple[str, str, Callable[[], bytes]]  # stock, ending, and how to get the bytes


def _series(work: Work, bars: Manifest, sources: list[Manifest]) -> Iterator[Csv]:
    outputs = work.platform.outputs
    files = StoredFiles(outputs.store)
    for indicator in enabled_indicators(work.platform.settings.indicators):
        manifest = outputs.require(work.slot(indicator.asset), bars)
        sources.append(manifest)
        for stored in manifest.objects:
            yield stored.symbol, indicator.name, partial(files.read, stored)


def _packed(work: Work, bars: StoredBars) -> Iterator[Csv]:
    indicator = packed_indicator(work.timeframe)
    for stock, content in csv_files(bars.table(BARS), indicator).items():
        yield stock, indicator.name, partial(bytes, content)
