"""Every stored table with its columns, and every published series."""

from bluedot_assets.kernel.bars.tables import TABLES, Column, Table
from bluedot_assets.kernel.history.adjustments import ADJUSTMENTS
from bluedot_assets.kernel.history.published import HISTORY, LEDGER
from bluedot_assets.kernel.series.breadth import BREADTH
from bluedot_assets.kernel.series.indicators import INDICATORS, Indicator
from docs_site.pages.markdown import code, table, text


def data_page() -> str:
    """A part for each table, and one for the series."""
    lines = ["# Data dictionary", "", "The tables are Parquet files in the data folder, one of each for a partition."]
    lines += ["How to read them: [Reading the tables](tutorials/reading-the-tables.md)."]
    for one in (*TABLES, BREADTH):
        lines += ["", f"## {one.name}", "", _grain(one), ""]
        lines += table(("Column", "Type", "Unit", "Null", "Values", "Meaning"), map(_column, one.columns))
    lines += ["", "## History", "", "The tables of [the history](history.md), which go on beyond the partitions."]
    for one in (HISTORY, ADJUSTMENTS, LEDGER):
        lines += ["", f"### {one.name} of the history", "", _grain(one), ""]
        lines += table(("Column", "Type", "Unit", "Null", "Values", "Meaning"), map(_column, one.columns))
    lines += ["", "## Series", "", "CSV files `<SYMBOL>_<SERIES>.csv` without a heading, one row a bar, oldest first:"]
    lines += ["`YYYYMMDDT,open,high,low,close,volume`.", ""]
    heads = ("Series", "open, high, low, close", "volume", "Unit", "By default", "Meaning")
    return "\n".join([*lines, *table(heads, map(_series, INDICATORS.values()))])


def _grain(one: Table) -> str:
    unique = ", ".join(code(name) for name in one.unique)
    rules = f" In every row: {'; '.join(code(rule) for rule in one.rules)}." if one.rules else ""
    grain = f"{one.grain[0].upper()}{one.grain[1:]}."
    return f"{grain} Unique: {unique}.{rules}" if unique else f"{grain}{rules}"


def _column(column: Column) -> tuple[str, ...]:
    bounds = (("above", column.above), ("at least", column.at_least), ("at most", column.at_most))
    values = [f"{word} {bound:g}" for word, bound in bounds if bound is not None]
    values += [code(column.pattern)] if column.pattern else []
    null = "yes" if column.nullable else ""
    return code(column.name), column.type, text(column.unit), null, ", ".join(values), text(column.meaning)


def _series(indicator: Indicator) -> tuple[str, ...]:
    prices = ", ".join(code(one) for one in indicator.prices)
    by_default = "yes" if indicator.by_default else "no"
    volume = code(indicator.volume or "") or "0"
    return code(indicator.name), prices, volume, text(indicator.unit), by_default, text(indicator.meaning)
