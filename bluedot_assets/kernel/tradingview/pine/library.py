"""All files that are published for TradingView's Pine editor on one day: scripts, the text of all dots, the catalog.

`scripts.json` lists them for the pages; they cut pasted texts out of `bluedot_dots.txt`. The text of a script is
filled in `scripts`, what it holds is written in `data`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from bluedot_assets.kernel.checks.verdict import ErrorRule, Numbers, Rule, Verdict
from bluedot_assets.kernel.stored.versions import SchemaVersion
from bluedot_assets.kernel.tradingview.pine.data import Part, StockDots, epoch_of, parts_of, paste_text
from bluedot_assets.kernel.tradingview.pine.rules import breaches, estimated_tokens
from bluedot_assets.kernel.tradingview.pine.scripts import (
    INDICATOR,
    PASTE,
    STRATEGY,
    Edition,
    embedded_name,
    embedded_script,
    paste_script,
    seed_scripts,
)
from bluedot_assets.kernel.tradingview.seeds.map import SeedMap

CATALOG: Final = "scripts.json"
_DOTS: Final = "bluedot_dots.txt"
_ENDING: Final = ".pine"
SCRIPTS_RULE: Final = ErrorRule(
    "pine_rules", "Every script keeps TradingView's limits and the rules that open parsers do not know."
)
STOCKS_RULE: Final = Rule("pine_stocks", "The embedded scripts hold the stocks that BLUEDOT_PINE_STOCKS asks for.")
_KINDS: Final = {PASTE: "paste", INDICATOR: "indicator", STRATEGY: "strategy"}


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """A script in the catalog; an embedded one has its range of tickers."""

    file: Annotated[str, Meta(description="Its name beside this one.")]
    kind: Annotated[str, Meta(description="`paste`, `indicator`, `strategy` or `embedded`.")]
    tokens: Annotated[int, Meta(description="Our estimate; TradingView takes 100,000.")]
    bytes: Annotated[int, Meta(description="Of the text.")]
    number: Annotated[int, Meta(description="Of an embedded script, from 1.")] = 0
    of: Annotated[int, Meta(description="Embedded scripts.")] = 0
    stocks: Annotated[int, Meta(description="In an embedded script.")] = 0
    first: Annotated[str, Meta(description="Its first ticker.")] = ""
    last: Annotated[str, Meta(description="Its last ticker.")] = ""


class Catalog(msgspec.Struct, frozen=True, kw_only=True):
    """The scripts of one day."""

    schema_version: SchemaVersion = 1
    as_of: Annotated[str, Meta(description="2024-08-02.")]
    sample: Annotated[bool, Meta(description="Made-up data.")]
    newest: Annotated[int | None, Meta(description="Dots of a stock in an embedded script; null is all.")]
    stocks: Annotated[int, Meta(description="In the embedded scripts.")]
    scripts: Annotated[list[Script], Meta(description="All of the folder.")]
    dots: Annotated[str, Meta(description="The file with the text of all dots.")] = _DOTS
    keys: Annotated[
        dict[str, str | None],
        Meta(
            description="What a stock is called in `dots`, where that is not its published name; null is under no name."
        ),
    ] = {}


@dataclass(frozen=True)
class Material:
    """What the scripts are made of. `every` stock is in the text; the `chosen` ones are in the embedded scripts, with
    their `newest` dots. `without_key` are symbols that share ticker and exchange with another."""

    edition: Edition
    every: Sequence[StockDots]
    chosen: Sequence[StockDots]
    newest: int | None
    without_key: Sequence[str]
    maps: Mapping[str, SeedMap] | None  # None: the seed repositories could not be read
    layout: str
    benchmarks: Mapping[str, str] = field(default_factory=dict)  # names by timezone


def make_library(material: Material) -> dict[str, bytes]:
    """The files by name. Equal material gives equal bytes."""
    edition = material.edition
    embedded = [stock.newest(material.newest) for stock in material.chosen]
    epoch = epoch_of(embedded, edition.as_of)
    parts = {embedded_name(part.number): part for part in parts_of(embedded, edition.as_of, epoch)}
    texts = {name: embedded_script(part, edition, epoch) for name, part in parts.items()}
    texts[PASTE] = paste_script(edition.url)
    if material.maps is not None:
        renamed = {stock.key.rpartition(".")[2]: stock.symbol for stock in material.every if "." not in stock.key}
        renamed = {ticker: symbol for ticker, symbol in renamed.items() if ticker != symbol}
        texts |= seed_scripts(material.maps, material.layout, renamed, material.benchmarks)
    catalog = Catalog(
        as_of=edition.as_of.isoformat(),
        sample=edition.sample,
        newest=material.newest,
        stocks=len(embedded),
        scripts=[_script(name, text, parts.get(name)) for name, text in texts.items()],
        keys={stock.symbol: stock.key for stock in material.every if stock.key != stock.symbol}
        | dict.fromkeys(material.without_key),
    )
    texts[_DOTS] = paste_text(material.every, edition.as_of, epoch_of(material.every, edition.as_of)) + "\n"
    texts[CATALOG] = msgspec.json.format(msgspec.json.encode(catalog), indent=1).decode() + "\n"
    return {name: text.encode() for name, text in texts.items()}


def _script(name: str, text: str, part: Part | None) -> Script:
    made = Script(file=name, kind=_KINDS.get(name, "embedded"), tokens=estimated_tokens(text), bytes=len(text.encode()))
    if part is None:
        return made
    return msgspec.structs.replace(
        made, number=part.number, of=part.of, stocks=part.count, first=part.first, last=part.last
    )


def rules_verdict(files: Mapping[str, bytes]) -> Verdict:
    """Whether TradingView should take every script; blocking."""
    scripts = {name: content.decode() for name, content in files.items() if name.endswith(_ENDING)}
    found = [
        {"script": name, "line": one.line, "rule": one.rule} for name in scripts for one in breaches(scripts[name])
    ]
    if not found:
        message = f"{len(scripts)} scripts keep TradingView's limits and our rules."
        return SCRIPTS_RULE.passes(message, Numbers(0, len(scripts)))
    first = found[0]
    message = f"{len(found)} rules are broken, first {first['script']}, line {first['line']}: {first['rule']}."
    return SCRIPTS_RULE.fails(message, found, Numbers(len({one["script"] for one in found}), len(scripts)))


def stocks_verdict(material: Material, unknown: Sequence[str]) -> Verdict:
    """Whether the embedded scripts hold what was asked for; a warning."""
    problems = [{"name": name, "problem": "no such stock"} for name in unknown]
    problems += [{"name": name, "problem": "another stock has the same ticker"} for name in material.without_key]
    message = f"The embedded scripts hold {len(material.chosen)} of {len(material.every)} stocks."
    if not material.chosen:
        problems.append({"name": "", "problem": "no stock is chosen"})
        message += " BLUEDOT_PINE_STOCKS chooses none."
    if unknown:
        message += f" BLUEDOT_PINE_STOCKS names {len(unknown)} that are not published, first {unknown[0]}."
    if material.without_key:
        first = material.without_key[0]
        message += (
            f" {len(material.without_key)} stocks share a ticker with another, first {first}: see BLUEDOT_TICKERS."
        )
    return STOCKS_RULE.judged(not problems, message, problems, Numbers(len(problems), len(material.every)))
