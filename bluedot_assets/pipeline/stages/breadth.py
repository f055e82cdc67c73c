"""The stage `breadth`: the partition's stocks counted by exchange and session. What is counted, and how, is in
`kernel/series/breadth`."""

from typing import Any, Final

import msgspec

from bluedot_assets.adapters.storage.outputs import Draft
from bluedot_assets.kernel.bars.tables import BARS, STOCKS
from bluedot_assets.kernel.checks.files.validity import SCHEMA_RULE, schema_verdict
from bluedot_assets.kernel.series.breadth import BREADTH, NEEDED, breadth_of
from bluedot_assets.kernel.stored.manifest import Manifest, fingerprints
from bluedot_assets.pipeline.stage import Done, Rows, Stage, Work, columns_of, commit, stored_output
from bluedot_assets.pipeline.stages.bars import NAME as BARS_NAME
from bluedot_assets.pipeline.stages.bars import StoredBars, write_tables
from bluedot_assets.pipeline.stages.unchanged import inputs_of

NAME: Final = BREADTH.name


class BreadthFacts(msgspec.Struct, frozen=True):
    """What is kept with the table: how many rows it has, and the newest of each exchange."""

    rows: int
    newest: list[dict[str, Any]]


def make_breadth(work: Work) -> Done:
    """Count the stored bars, a row group at a time, and store the counts."""
    outputs, slot, bars = work.platform.outputs, work.slot(NAME), StoredBars(work)
    inputs = inputs_of(work, bars.made)
    work.begin(NAME, bars.facts.stocks)
    if made := outputs.unchanged(slot, inputs):
        work.platform.progress.advance(bars.facts.stocks)
        return _done(work, made, changed=False)
    table = breadth_of(outputs.read_parts(bars.made, BARS, NEEDED), bars.table(STOCKS, "symbol", "timezone"))
    verdict = schema_verdict([(BREADTH, table)])
    newest = table.group_by("timezone", maintain_order=True).last().select(table.columns).rows(named=True)
    with outputs.staging() as staged:
        if not verdict.blocks:
            write_tables(staged, slot, {BREADTH: table}, work.platform.compression)
        draft = Draft([verdict], BreadthFacts(table.height, newest), fingerprints(bars.made), inputs)
        made, changed = commit(work, slot, staged, draft)
    work.platform.progress.advance(bars.facts.stocks)
    return _done(work, made, changed=changed)


def _done(work: Work, made: Manifest, *, changed: bool) -> Done:
    facts = made.facts_as(BreadthFacts)
    metadata = {"rows": facts.rows, "preview": Rows(facts.newest), "dagster/row_count": facts.rows}
    return stored_output(work, made, metadata, work.slot(NAME).table_path(NAME), changed=changed)


BREADTH_STAGE: Final = Stage(
    NAME,
    "How many stocks of each exchange rose, fell, have a dot, are strong, are above their means or made new highs and "
    "lows: one row per exchange and session.",
    after=(BARS_NAME,),
    checks=(SCHEMA_RULE,),
    kinds=frozenset({"parquet", "polars"}),
    columns=columns_of(BREADTH),
)
