"""The stage `pine_scripts`: scripts for TradingView's Pine editor, made of the daily dots."""

from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any, Final

import msgspec

from bluedot_assets.adapters.storage.outputs import Draft, Slot, staged_path, stored_object
from bluedot_assets.adapters.user_files import load_symbols
from bluedot_assets.kernel.bars.tables import BARS, DOTS
from bluedot_assets.kernel.bars.tables import STOCKS as STOCKS_TABLE
from bluedot_assets.kernel.calendar.timeframes import DAILY, TIMEFRAMES, Timeframe
from bluedot_assets.kernel.checks.verdict import Verdict
from bluedot_assets.kernel.errors import BluedotError
from bluedot_assets.kernel.manifest import Manifest
from bluedot_assets.kernel.series.indicators import enabled_indicators
from bluedot_assets.kernel.tradingview.pine.data import keys_of
from bluedot_assets.kernel.tradingview.pine.library import (
    CATALOG,
    RULES,
    STOCKS,
    Catalog,
    Material,
    make_library,
    rules_verdict,
    stocks_verdict,
)
from bluedot_assets.kernel.tradingview.pine.scripts import Edition
from bluedot_assets.kernel.tradingview.pine.stocks import (
    SETTING,
    Choice,
    chosen,
    parse_choice,
    stocks_with_dots,
)
from bluedot_assets.kernel.tradingview.seeds.files import read_symbol_info
from bluedot_assets.kernel.tradingview.seeds.map import SeedMap, SeedRange, map_stocks
from bluedot_assets.kernel.tradingview.seeds.symbols import endings, symbol_of
from bluedot_assets.pipeline.stage import Done, Stage, Work
from bluedot_assets.pipeline.stages.bars import BARS_STAGE, bars_slot, read_table
from bluedot_assets.pipeline.stages.pine_seeds import require_readable
from bluedot_assets.pipeline.stages.raw_json import raw_slot
from bluedot_assets.pipeline.stages.watchlists import NAME as WATCHLISTS
from bluedot_assets.pipeline.stages.watchlists import stored_tickers, watchlists_slot

NAME: Final = "pine_scripts"
SEEDS: Final = "pine_seeds_known"


def scripts_slot(work: Work) -> Slot:
    return Slot(work.timeframe.name, work.key, NAME)


def make_scripts(work: Work) -> Done:
    """Fill the scripts with the stored dots, judge their text, and store them."""
    outputs = work.platform.outputs
    bars = outputs.require_current(bars_slot(work), outputs.require(raw_slot(work)))
    lists = outputs.require_current(watchlists_slot(work), bars)
    material, unknown, seeds = _material(work, bars, lists)
    files = make_library(material)
    work.platform.progress.begin(f"{work.timeframe.name}/{NAME}", len(files))
    verdicts = [rules_verdict(files), stocks_verdict(material, unknown), seeds]
    made_from = {one.stage: one.fingerprint for one in (bars, lists)}
    with outputs.staging() as staged:
        paths = {f"scripts/{work.timeframe.name}/{work.key}/{name}": content for name, content in files.items()}
        for path, content in paths.items():
            outputs.store.write(staged_path(staged, path), content)
        objects = [stored_object(outputs.store, staged, path, made.count(b"\n")) for path, made in paths.items()]
        facts = {"scripts": len(files) - 2, "stocks": len(material.chosen)}
        manifest, changed = outputs.commit(scripts_slot(work), staged, Draft(objects, verdicts, facts, made_from))
    work.platform.progress.advance(len(files))
    return Done(manifest.verdicts, _metadata(work, manifest, files, changed), manifest.fingerprint)


def _material(work: Work, bars: Manifest, lists: Manifest) -> tuple[Material, list[str], Verdict]:
    """What the scripts are made of, the names that were asked for and are no stocks, and what became of seeds."""
    settings = work.platform.settings
    stocks = read_table(work, bars, STOCKS_TABLE)
    zones: dict[str, str] = dict(stocks.select("symbol", "timezone").iter_rows())
    keys, without_key = keys_of(stored_tickers(work, lists), zones)
    table = read_table(work, bars, BARS, ["symbol", "rlst"])
    every = stocks_with_dots(stocks, table, read_table(work, bars, DOTS), keys)
    picked, unknown = chosen(_choice(work), stocks, every)
    maps, seeds = _seed_maps(work, stocks["symbol"].to_list())
    edition = Edition(
        work.timeframe.end(work.key), bars.facts["sample"], work.platform.public_url(work.timeframe) or ""
    )
    material = Material(edition, every, picked, settings.pine_dots, without_key, maps, settings.seed_layout)
    return material, unknown, seeds


def _choice(work: Work) -> Choice:
    choice = parse_choice(work.platform.settings.pine_stocks)
    lists = [
        load_symbols(Path(file), f"{SETTING} names the file {file}, which cannot be read") for file in choice.files
    ]
    return choice.with_names(chain.from_iterable(lists))


def _seed_maps(work: Work, stocks: list[str]) -> tuple[dict[str, SeedMap] | None, Verdict]:
    """By timeframe, which repository holds which stock. That a repository does not answer must not stop the site."""
    try:
        maps = {name: _seed_map(work, timeframe, stocks) for name, timeframe in TIMEFRAMES.items()}
    except (BluedotError, OSError) as error:
        said = f"The seed repositories could not be read, so their two scripts are left out this time: {error}"
        return None, Verdict(SEEDS, False, said, "warning")
    known = {name: made for name, made in maps.items() if made is not None}
    named = sorted({one.repository for made in known.values() for one in made.ranges})
    said = f"The seed scripts read {', '.join(named)}." if named else "No seed repositories are configured."
    return known, Verdict(SEEDS, True, said, "warning")


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


def _metadata(work: Work, manifest: Manifest, files: Mapping[str, bytes], changed: bool) -> dict[str, Any]:
    catalog = msgspec.json.decode(files[CATALOG], type=Catalog)
    return {
        **manifest.facts,
        "most_tokens": max(script.tokens for script in catalog.scripts),
        "files": "\n".join(
            f"{script.file}: about {script.tokens:,} tokens"
            + (f", {script.stocks} stocks, {script.first} to {script.last}" if script.stocks else "")
            for script in catalog.scripts
        ),
        "path": f"{work.platform.outputs.store.address}/scripts/{work.timeframe.name}/{work.key}",
        "changed": changed,
    }


PINE_SCRIPTS = Stage(
    NAME,
    "Scripts for TradingView's Pine editor: the dots of all stocks in scripts that need no seeds, one that shows a "
    "pasted text, and an indicator and a strategy for owners of seed repositories.",
    after=(BARS_STAGE.name, WATCHLISTS),
    checks={
        RULES: "Every script keeps TradingView's limits and the rules that open parsers do not know.",
        STOCKS: "The embedded scripts hold the stocks that BLUEDOT_PINE_STOCKS asks for; a warning.",
        SEEDS: "It is known which seed repository holds which stock; a warning.",
    },
    body=make_scripts,
    stored_verdicts=lambda work: work.platform.outputs.require(scripts_slot(work)).verdicts,
    kinds=frozenset({"pinescript"}),
    timeframes=frozenset({DAILY.name}),
)
