"""The reference pages, made from what they document whenever the documentation is built (a hook of MkDocs).

Settings come from the settings module, commands from the command line, assets and checks from the Dagster definitions,
tables and series from their declarations: so none of them can say something else than the code."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import typer
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from bluedot_assets.cli import app
from bluedot_assets.definitions import build_definitions
from bluedot_assets.kernel.bars.tables import TABLES, Column, Table
from bluedot_assets.kernel.series.indicators import INDICATORS, Indicator
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.settings.fields import Settings
from bluedot_assets.settings.load import documented

# Not needed where it is published: maps of minified code, other languages' word lists, and what bears the build's time.
LEFT_OUT = ("**/*.map", "sitemap.xml*", "404.html", "assets/javascripts/lunr/**/*.js")


def on_post_build(config: MkDocsConfig) -> None:
    """MkDocs calls this once the pages are written."""
    for pattern in LEFT_OUT:
        for path in Path(config.site_dir).glob(pattern):
            path.unlink()


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """MkDocs calls this once the written pages are found."""
    pages = {
        "settings.md": settings_page(),
        "commands.md": commands_page(),
        "assets.md": assets_page(),
        "data-dictionary.md": data_page(),
    }
    for name, content in pages.items():
        files.append(File.generated(config, name, content=content))
    return files


def settings_page() -> str:
    """Every setting with its default and meaning, in the order of the settings module."""
    rows = [(f"`{name}`", f"`{default}`" if default else "", meaning) for name, default, meaning in documented()]
    return "\n".join(
        [
            "# Settings",
            "",
            "Each is a variable of the environment, or a line of the file `.env` in the folder that the command runs",
            "in (quotes and `export` may stand there); empty means the default. `bluedot doctor` tries them all. Copy",
            "`.env.example` to begin.",
            "",
            *_table(("Setting", "Default", "Meaning"), rows),
        ]
    )


def commands_page() -> str:
    """Every command of `bluedot` with its arguments and options."""
    lines = [
        "# Commands",
        "",
        "Exit codes: 0 done, 1 the run or a blocking rule failed, 2 wrong usage or settings, 130 interrupted.",
        "`bluedot --version` says which version is installed.",
    ]
    for name, command in _commands(typer.main.get_command(app), "bluedot"):
        lines += ["", f"## {name}", "", (command.help or "").strip(), ""]
        lines += _table(("Argument", "Default", "Meaning"), [_parameter(one, command) for one in command.params])
    return "\n".join(lines)


def _commands(command: Any, name: str) -> Iterable[tuple[str, Any]]:
    """Commands without those that only hold others, by their whole name."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name, command
    for word, one in (inner or {}).items():
        yield from _commands(one, f"{name} {word}")


def _parameter(parameter: Any, command: Any) -> tuple[str, str, str]:
    record = parameter.get_help_record(typer.Context(command))
    form = record[0] if record else parameter.name.upper()
    default = parameter.default
    shown = "" if default is None or default is False or callable(default) else str(getattr(default, "value", default))
    return f"`{form}`", f"`{shown}`" if shown else "", parameter.help or ""


def assets_page() -> str:
    """Every asset of the graph with what it is made from and its checks; then jobs, schedules and sensors."""
    definitions = build_definitions(Platform(Settings(_env_file=None)))
    repository = definitions.get_repository_def()
    graph = repository.asset_graph
    lines = ["# Assets and checks", "", "What a check means and what to do when it fails: [Checks](checks.md)."]
    for key in sorted(graph.get_all_asset_keys(), key=lambda one: one.path):
        node = graph.get(key)
        parents = ", ".join(
            f"`{parent.to_user_string()}`" for parent in sorted(node.parent_keys, key=lambda one: one.path)
        )
        lines += ["", f"## {key.to_user_string()}", "", node.description or ""]
        lines += ["", f"Made from {parents}."] if parents else []
        rows = []
        for check in sorted(node.check_keys, key=lambda one: one.name):
            spec = graph.get_check_spec(check)
            rows.append((f"`{check.name}`", "yes" if spec.blocking else "no", spec.description or ""))
        lines += ["", *_table(("Check", "Can block", "What it says"), rows)] if rows else []
    lines += _instigators(repository)
    return "\n".join(lines)


def _instigators(repository: dg.RepositoryDefinition) -> list[str]:
    lines: list[str] = []
    jobs = [
        (f"`{job.name}`", job.description or "") for job in repository.get_all_jobs() if not job.name.startswith("__")
    ]
    schedules = [(f"`{one.name}`", f"`{one.cron_schedule}`", one.description or "") for one in repository.schedule_defs]
    sensors = [(f"`{one.name}`", one.description or "") for one in repository.sensor_defs]
    lines += ["", "## Jobs", "", *_table(("Job", "What it does"), jobs)]
    lines += ["", "## Schedules", "", *_table(("Schedule", "When", "What it does"), schedules)]
    return [*lines, "", "## Sensors", "", *_table(("Sensor", "What it does"), sensors)]


def data_page() -> str:
    """Every stored table with its columns, and every published series."""
    lines = ["# Data dictionary", "", "The tables are Parquet files in the data folder, one of each for a partition."]
    for table in TABLES:
        lines += ["", f"## {table.name}", "", _grain(table), ""]
        lines += _table(("Column", "Type", "Unit", "Null", "Values", "Meaning"), map(_column, table.columns))
    lines += ["", "## Series", "", "CSV files `<SYMBOL>_<SERIES>.csv` without a heading, one row a bar, oldest first:"]
    lines += ["`YYYYMMDDT,open,high,low,close,volume`.", ""]
    heads = ("Series", "open, high, low, close", "volume", "Unit", "By default", "Meaning")
    return "\n".join([*lines, *_table(heads, map(_series, INDICATORS.values()))])


def _grain(table: Table) -> str:
    unique = ", ".join(f"`{name}`" for name in table.unique)
    rules = f" In every row: {'; '.join(f'`{rule}`' for rule in table.rules)}." if table.rules else ""
    return f"{table.grain} Unique: {unique}.{rules}" if unique else f"{table.grain}{rules}"


def _column(column: Column) -> tuple[str, ...]:
    bounds = (("above", column.above), ("at least", column.at_least), ("at most", column.at_most))
    values = [f"{word} {bound:g}" for word, bound in bounds if bound is not None]
    values += [f"`{column.pattern}`"] if column.pattern else []
    null = "yes" if column.nullable else ""
    return f"`{column.name}`", column.type, column.unit, null, ", ".join(values), column.meaning


def _series(indicator: Indicator) -> tuple[str, ...]:
    prices = ", ".join(f"`{one}`" for one in indicator.prices)
    volume = f"`{indicator.volume}`" if indicator.volume else "0"
    return (
        f"`{indicator.name}`",
        prices,
        volume,
        indicator.unit,
        "yes" if indicator.by_default else "no",
        indicator.meaning,
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    written = [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows]
    return [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}", *written] if written else []


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
