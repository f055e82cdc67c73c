"""The stage `pine_scripts`: scripts for TradingView's Pine editor, made of the daily dots.

Their text, and the rules that it keeps, are in `kernel/tradingview/pine`."""

from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any, Final

import msgspec

from bluedot_assets.adapters.storage.outputs import Draft
from bluedot_assets.adapters.user_files import load_symbols
from bluedot_assets.kernel.bars.ratings import last_known_ratings
from bluedot_assets.kernel.bars.tables import DOTS, STOCKS
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES, Timeframe
from bluedot_assets.kernel.checks.verdict import Rule, Verdict
from bluedot_assets.kernel.errors import BluedotError
from bluedot_assets.kernel.series.indicators import enabled_indicators
from bluedot_assets.kernel.stored.manifest import fingerprints
from bluedot_assets.kernel.stored.versions import decode
from bluedot_assets.kernel.tradingview.pine.data import keys_of
from bluedot_assets.kernel.tradingview.pine.library import (
    CATALOG,
    SCRIPTS_RULE,
    STOCKS_RULE,
    Catalog,
    Material,
    make_library,
    rules_verdict,
    stocks_verdict,
)
from bluedot_assets.kernel.tradingview.pine.scripts import Edition
from bluedot_assets.kernel.tradingview.pine.stocks import (
    PINE_STOCKS,
    Choice,
    chosen,
    parse_choice,
    stocks_with_dots,
)
from bluedot_assets.kernel.tradingview.seeds.files import read_symbol_info
from bluedot_assets.kernel.tradingview.seeds.map import SeedMap, SeedRange, map_stocks
from bluedot_assets.kernel.tradingview.seeds.symbols import endings, symbol_of
from bluedot_assets.pipeline.stage import Done, Rows, Stage, Work, store_files, stored_output
from bluedot_assets.pipeline.stages.bars import NAME as BARS_NAME
from bluedot_assets.pipeline.stages.bars import StoredBars
from bluedot_assets.pipeline.stages.pine_seeds import require_readable
from bluedot_assets.pipeline.stages.unchanged import inputs_of
from bluedot_assets.pipeline.stages.watchlists import NAME as WATCHLISTS
from bluedot_assets.pipeline.stages.watchlists import stored_tickers

NAME: Final = "pine_scripts"
SEEDS: Final = Rule("pine_seeds_known", "It is known which seed repository holds which stock.")


class ScriptsFacts(msgspec.Struct, frozen=True):
    """What is kept with the scripts: how many they are, and how many stocks the embedded ones hold."""

    scripts: int
    stocks: int


def make_scripts(work: Work) -> Done:
    """Fill the scripts with the stored dots, judge their text, and store them."""
    bars = StoredBars(work)
    lists = work.platform.outputs.require(work.slot(WATCHLISTS), bars.made)
    choice, (maps, seeds) = _choice(work), _seed_maps(work, bars.table(STOCKS)["symbol"].to_list())
    inputs = inputs_of(work, bars.made, lists, choice=choice, maps=maps, seeds=seeds)
    if stored := work.platform.outputs.unchanged(work.slot(NAME), inputs):
        catalog = work.platform.outputs.read(stored.file(CATALOG))
        metadata = _metadata(stored.facts_as(ScriptsFacts), catalog)
        return stored_output(work, stored, metadata, work.slot(NAME).folder)
    material, unknown = _material(work, bars, stored_tickers(work, lists), choice, maps)
    files = make_library(material)
    facts = ScriptsFacts(len(files) - 2, len(material.chosen))
    verdicts = [rules_verdict(files), stocks_verdict(material, unknown), seeds]
    rows = {name: (content, content.count(b"\n")) for name, content in files.items()}
    draft = Draft(verdicts, facts, fingerprints(bars.made, lists), inputs)
    return store_files(work, NAME, rows, draft, _metadata(facts, files[CATALOG]))


def _material(
    work: Work,
    bars: StoredBars,
    tickers: Mapping[str, str | None],
    choice: Choice,
    maps: dict[str, SeedMap] | None,
) -> tuple[Material, list[str]]:
    """What the scripts are made of, and the names that were asked for and are no stocks."""
    settings = work.platform.settings
    stocks = bars.table(STOCKS)
    zones: dict[str, str] = dict(stocks.select("symbol", "timezone").iter_rows())
    keys, without_key = keys_of(tickers, zones)
    ratings = last_known_ratings(bars.newest, stocks, work.timeframe)
    every = stocks_with_dots(stocks, ratings, bars.table(DOTS), keys)
    picked, unknown = chosen(choice, stocks, every)
    url = work.platform.public_url(work.timeframe) or ""
    edition = Edition(work.timeframe.end(work.key), bars.facts.sample, url)
    seeds_of = (maps, settings.seed_layout, settings.benchmarks)
    material = Material(edition, every, picked, settings.pine_dots, without_key, *seeds_of)
    return material, unknown


def _choice(work: Work) -> Choice:
    choice = parse_choice(work.platform.settings.pine_stocks)
    lists = [
        load_symbols(Path(file), f"{PINE_STOCKS} names the file {file}, which cannot be read") for file in choice.files
    ]
    return choice.with_names(chain.from_iterable(lists))


def _seed_maps(work: Work, stocks: list[str]) -> tuple[dict[str, SeedMap] | None, Verdict]:
    """By timeframe, which repository holds which stock. That a repository does not answer must not stop the site."""
    try:
        maps = {name: _seed_map(work, timeframe, stocks) for name, timeframe in TIMEFRAMES.items()}
    except (BluedotError, OSError) as error:
        message = f"The seed repositories could not be read, so their two scripts are left out this time: {error}"
        return None, SEEDS.warns(message)
    known = {name: made for name, made in maps.items() if made is not None}
    named = sorted({one.repository for made in known.values() for one in made.ranges})
    message = f"The seed scripts read {', '.join(named)}." if named else "No seed repositories are configured."
    return known, SEEDS.passes(message)


def _seed_map(work: Work, timeframe: Timeframe, stocks: list[str]) -> SeedMap | None:
    if not any(seed.startswith(f"{timeframe.name}=") for seed in work.platform.settings.seeds):
        return None
    repositories = work.platform.seeds_of(timeframe)
    if len(repositories) == 1:
        return SeedMap((SeedRange("", repositories[0].name),))
    listed = {one.name: read_symbol_info(require_readable(one.state()).info) for one in repositories}
    settings = work.platform.settings
    ends = endings(settings.seed_layout, timeframe, enabled_indicators(settings.indicators))
    return map_stocks(listed, {stock: [symbol_of(stock, end) for end in ends] for stock in stocks})


def _metadata(facts: ScriptsFacts, catalog_file: bytes) -> dict[str, Any]:
    catalog = decode(Catalog, catalog_file, CATALOG)
    return {
        **msgspec.structs.asdict(facts),
        "most_tokens": max(script.tokens for script in catalog.scripts),
        "preview": Rows(
            [
                {
                    "script": script.file,
                    "tokens": script.tokens,
                    "stocks": script.stocks,
                    "first": script.first,
                    "last": script.last,
                }
                for script in catalog.scripts
            ]
        ),
    }


PINE_SCRIPTS = Stage(
    NAME,
    "Scripts for TradingView's Pine editor: the dots of all stocks in scripts that need no seeds, one that shows a "
    "pasted text, and an indicator and a strategy for owners of seed repositories.",
    after=(BARS_NAME, WATCHLISTS),
    checks=(SCRIPTS_RULE, STOCKS_RULE, SEEDS),
    kinds=frozenset({"pinescript"}),
)
