"""Whether a partition's folder bears the name that its files speak for: one that is named a day or a week too early
loses the newest bar of every stock. In one that is named too late no stock is current (`missing_sessions`)."""

from datetime import date
from typing import Final

import polars as pl

from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.checks.verdict import ErrorRule, Numbers, Verdict, rows_of

RULE: Final = ErrorRule(
    "folder_named_right",
    "The files of each exchange end by the partition's end; blocks when most files of a large one go on after it.",
)
MOST: Final = 0.5  # of an exchange's files
FEW: Final = 2  # files that run ahead say nothing of a folder in which others do not


def folder_name_verdict(answers: pl.DataFrame, timeframe: Timeframe, key: str) -> Verdict:
    """Blocking where most files of an exchange that has half of all files have a bar after the partition's end whose
    session was over (`answers`: ANSWERS); of a smaller one a warning, for those bars are left out. An export of today,
    made while the exchange trades, is still one of yesterday."""
    end = timeframe.end(key)
    dated = answers.drop_nulls("finished")
    ahead = dated.filter(pl.col("finished") > end)
    exchanges, shares = [], [0.0]
    for (zone,), of_zone in dated.group_by("timezone", maintain_order=True):
        here = ahead.filter(timezone=zone)
        shares.append(here.height / of_zone.height)
        known = here.height > FEW or here.height > MOST * dated.height
        if known and here.height > MOST * of_zone.height:
            exchanges.append((str(zone), here.height, of_zone.height, _session_of_most(of_zone)))
    numbers = Numbers(ahead.height, dated.height, share=max(shares), most_share=MOST)
    if not exchanges:
        return RULE.passes(f"Most files of every exchange end by {end}, as the folder's name says.", numbers)
    name, right = timeframe.name, timeframe.key_of(max(newest for *_, newest in exchanges))
    listed = "; ".join(
        f"{some} of {all_} files of {zone} have bars after {end}, most up to {newest}"
        for zone, some, all_, newest in exchanges
    )
    message = (
        f"{listed}. The folder {name}/{key} holds the files of {name}/{right}: rename it to {right} and "
        f"run {right}. Where there is a {right} already, or {key} is what is wanted, export {key} as of its end."
    )
    rows = ahead.sort("symbol").select("symbol", pl.col("timezone").alias("exchange"), pl.col("finished").alias("bar"))
    blocks = any(2 * all_ >= dated.height for _, _, all_, _ in exchanges)
    return (RULE.fails if blocks else RULE.warns)(message, rows_of(rows), numbers)


def _session_of_most(files: pl.DataFrame) -> date:
    """The newest session that more than half of the files have reached."""
    newest: list[date] = files["finished"].sort(descending=True).to_list()
    return newest[len(newest) // 2]
