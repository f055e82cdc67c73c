"""`bluedot seeds plan`: what would be pushed to the seed repositories now, or why it has to wait. The push is in
`pipeline/stages/pine_seeds`."""

import sys
from typing import Any

from bluedot_assets.adapters.seeds.addresses import SETTING, timeframes_with_seeds
from bluedot_assets.commands.console import print_json, settings_here
from bluedot_assets.commands.partitions import timeframes_of
from bluedot_assets.commands.stored.files import newest_stored
from bluedot_assets.kernel.alerts.github_annotations import printable
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.errors import UsageError
from bluedot_assets.kernel.tradingview.seeds.state import Push, Step, Wait
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.stage import Work
from bluedot_assets.pipeline.stages.bars import NAME as BARS
from bluedot_assets.pipeline.stages.pine_seeds import counted, plan_seeds, wait_line


def show_plan(timeframe_word: str, partition: str, *, as_json: bool) -> None:
    """A line, or with `as_json` an object, for each repository. Raises SettingsError, UsageError, OutputAbsent,
    RuleBroken, RepositoryUnreachable."""
    platform = Platform(settings_here())
    seeded = timeframes_with_seeds(platform.settings.seeds)
    timeframes = [one for one in timeframes_of(timeframe_word) if one.name in seeded]
    if not timeframes:
        what = "" if timeframe_word == "all" else f"{timeframe_word} "
        raise UsageError(f"There is no {what}seed repository: name one with {SETTING}.")
    if partition != "latest":
        timeframes = [one for one in timeframes if one.is_key(partition)] or timeframes[:1]
    rows = [row for timeframe in timeframes for row in _rows(platform, timeframe, partition)]
    if as_json:
        print_json(rows)
    else:
        sys.stdout.writelines(f"{printable(_line(row))}\n" for row in rows)


def _rows(platform: Platform, timeframe: Timeframe, partition: str) -> list[dict[str, Any]]:
    key = newest_stored(platform, timeframe, BARS) if partition == "latest" else partition
    timeframe.start(key)
    work = Work(platform, timeframe, key, "", platform.clock(), lambda warning: None)
    asked = plan_seeds(work)
    rows = []
    for repository in asked.repositories:
        name = repository.name
        first = next((one.first for one in asked.map.ranges if one.repository == name), None)
        rows.append(
            {
                "timeframe": timeframe.name,
                "partition": key,
                "repository": name,
                "first_stock": first,
                **_facts(asked.decide(name, work)(asked.states[name])),
                "problem": asked.map.problem,
            }
        )
    return rows


def _facts(step: Step) -> dict[str, Any]:
    if isinstance(step, Push):
        return {
            "next": "push",
            "files": step.files,
            "new_symbols": len(step.listed),
            "csvs": len(step.write),
            "removed": len(step.remove),
            "left": step.left,
            "reason": step.message.partition("\n")[0],
        }
    if isinstance(step, Wait):
        return {
            "next": "wait",
            "until": f"{step.until:%Y-%m-%dT%H:%M:%SZ}",
            "reason": step.reason,
            "said": wait_line(step),
        }
    return {"next": "nothing", "reason": step.reason}


def _line(row: dict[str, Any]) -> str:
    line = f"{row['timeframe']} {row['partition']} {row['repository']}: "
    if row["next"] == "push":
        line += (
            f"push {counted(row['files'], 'file')} ({counted(row['new_symbols'], 'new symbol')}, "
            f"{counted(row['csvs'], 'CSV')}, {row['removed']:,} removed)"
        )
        line += f"; {counted(row['left'], 'change')} left for later" if row["left"] else ""
    else:
        line += f"nothing to push now; {row['said']}" if row["next"] == "wait" else f"nothing to push, {row['reason']}"
    return f"{line}. {row['problem']}".rstrip()
