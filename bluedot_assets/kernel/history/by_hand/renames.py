"""Stocks that have another name since some day (BLUEDOT_RENAMES): what was answered under the old one is the new one's,
so that its bars go on. Each answer keeps the name that it was `stated` under, so a line that goes is taken back."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

import polars as pl

from bluedot_assets.kernel.bars.tables import BARS, DOTS, Column, Table
from bluedot_assets.kernel.history.adjustments import FEWEST_SESSIONS, FOUND, find_adjustments
from bluedot_assets.kernel.history.by_hand.decisions import RENAMES_SETTING, Decision, Rename
from bluedot_assets.kernel.history.merge import State, forget, merge
from bluedot_assets.kernel.history.observations import Observed
from bluedot_assets.kernel.history.tables import LISTED, RATINGS, SEEN, VERSIONS, VOLUMES

RENAMES: Final = Table(
    "renames",
    "one row per line that counts, also on a machine that has no file of them, by the old name",
    (
        Column("symbol", "text", "The old name."),
        Column("new", "text", "The new name."),
        Column("since", "date", "The day from which the stock has the new name."),
    ),
    ("symbol", "since"),
)
OF_FILE: Final = ("stated", "md5", "partition", "last_session")  # of a stock's file in a partition
Names = Mapping[tuple[str, str], str]  # by name and md5 of a file what its stock is called now


def path_of(symbol: str, last_session: date, renames: Mapping[str, Sequence[Rename]]) -> list[Rename]:
    """The lines by which the stock is called otherwise now of which an answer under that name ends with that session.
    `renames` are by old name, oldest first."""
    path: list[Rename] = []
    while one := next((one for one in renames.get(symbol, ()) if last_session < one.since and one not in path), None):
        path.append(one)
        symbol = one.new
    return path


def by_old_name(renames: Iterable[Rename]) -> dict[str, list[Rename]]:
    found: dict[str, list[Rename]] = {}
    for one in sorted(renames, key=lambda one: one.since):
        found.setdefault(one.old, []).append(one)
    return found


def name_of(symbol: str, last_session: date, renames: Mapping[str, Sequence[Rename]]) -> str:
    path = path_of(symbol, last_session, renames)
    return path[-1].new if path else symbol


def names_of(files: pl.DataFrame, renames: Sequence[Rename]) -> tuple[Names, list[Rename]]:
    """What the stocks of all those files (OF_FILE) are called, and the lines that are about none. A file that stands in
    several partitions is of the last one. Where a partition has a stock under both names, the old one stays apart."""
    lines = by_old_name(renames)
    last = files.group_by("stated", "md5").agg(pl.col("partition", "last_session").max())
    paths, own = {}, set()
    for stated, md5, partition, session in last.select(OF_FILE).iter_rows():
        paths[stated, md5, partition] = path = path_of(stated, session, lines)
        if not path or path[-1].new == stated:
            own.add((stated, partition))
    names, used = {}, set()
    for (stated, md5, partition), path in paths.items():
        goes_on = bool(path) and (path[-1].new, partition) not in own
        names[stated, md5] = path[-1].new if goes_on else stated
        used |= {*path} if goes_on else set()
    return names, [one for one in renames if one not in used]


def with_names(rows: pl.DataFrame, names: Mapping[str, str]) -> pl.DataFrame:
    """The rows under the new names, stocks by name."""
    if not names:
        return rows
    return rows.with_columns(pl.col("symbol").replace(names)).sort("symbol", maintain_order=True)


def decisions_of(decisions: Iterable[Decision], renames: Iterable[Rename]) -> tuple[Decision, ...]:
    """Those about an old name as the new one's, in their order."""
    lines = by_old_name(renames)
    return tuple(one._replace(symbol=name_of(one.symbol, one.effective, lines)) for one in decisions)


def due(seen: pl.DataFrame, names: Names) -> pl.DataFrame:
    """The answers (columns: SEEN, and `called`) that stand under another name than their stock has now."""
    name = [names[file] for file in seen.select("stated", "md5").iter_rows()]
    return seen.with_columns(called=pl.Series(name, dtype=pl.String)).filter(pl.col("called") != pl.col("symbol"))


def moved(state: State, answers: pl.DataFrame) -> State:
    """The state with those answers (as of `due`) under their names. Loaded must be all of these stocks."""
    while answers.height:
        now = answers
        for each in ("symbol", "called"):
            now = now.unique(each, keep="first", maintain_order=True)
        answers = answers.join(now, on=["symbol", "known"], how="anti")
        given = _given(state, now)
        state = merge(forget(state, now.drop("called")), given).state
    return state


def ends_of(seen: pl.DataFrame, renames: Sequence[Rename]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Of each line with answers of both names the last one of the old name and the first one of the new name (columns:
    SEEN, and as `called` the line's number)."""
    seen = seen.sort("known").with_columns(called=pl.lit(""))
    last, first = [seen.clear()], [seen.clear()]
    for number, one in enumerate(renames):
        before, name = pl.col("last_session") < one.since, pl.lit(f"{number}")
        olds = seen.filter(pl.col("stated") == one.old, before).tail(1)
        news = seen.filter(pl.col("stated") == one.new).sort(before, maintain_order=True).head(1)
        if olds.height and news.height:
            last.append(olds.with_columns(called=name))
            first.append(news.with_columns(called=name))
    return pl.concat(last), pl.concat(first)


def refused(state: State, renames: Sequence[Rename], last: pl.DataFrame, first: pl.DataFrame) -> dict[Rename, str]:
    """Lines about two stocks, with the sentence that says so: their answers (of `ends_of`; loaded must be their days)
    would leave the prices of one stock undecided (`adjustments`)."""
    if first.is_empty():
        return {}
    old, new = _given(state, last), _given(state, first)
    known = new.answers.select("symbol", known=pl.col("known") - timedelta(seconds=1))
    before = old.answers.drop("known").join(known, on="symbol").select(old.answers.columns)
    both = merge(merge(State(), Observed(before, old.bars, old.dots)).state, new).state
    found = find_adjustments(both[VERSIONS], both[VOLUMES], both[SEEN], FOUND.empty())
    frozen = found.filter(pl.col("state") == "frozen", pl.col("bars") >= FEWEST_SESSIONS)
    common = old.bars.join(new.bars, on=["symbol", "session"], how="semi")
    days = common.group_by("symbol").agg(begin=pl.col("session").min(), end=pl.col("session").max())
    sentences = {}
    for number, bars, begin, end in frozen.join(days, on="symbol").select("symbol", "bars", "begin", "end").rows():
        one = renames[int(number)]
        sentences[one] = (
            f"{RENAMES_SETTING} has {one.old},{one.new},{one.since}, which is ignored: {one.old} and {one.new} have "
            f"other prices on {bars} sessions of {begin} to {end}, so they are two stocks: correct or remove the line."
        )
    return sentences


def _given(state: State, answers: pl.DataFrame) -> Observed:
    """Answers (rows of SEEN) with what the state has of them, each as its stock is `called`."""

    def stated(table: Table, day: str, first: pl.Expr, last: pl.Expr) -> pl.DataFrame:
        until = pl.col("known_until")
        reach = answers.select("symbol", "called", "known", _first=first, _last=last)
        rows = (
            state[table]
            .join(reach, on="symbol")
            .filter(
                pl.col("known_from") <= pl.col("known"),
                until.is_null() | (until > pl.col("known")),
                pl.col(day).is_between("_first", "_last"),
            )
        )
        return rows.with_columns(symbol="called").sort("symbol", day)

    of_bars = pl.col("first_session"), pl.col("last_session")
    versions, ratings, volumes = (stated(table, "session", *of_bars) for table in (VERSIONS, RATINGS, VOLUMES))
    place = ["symbol", "session"]
    bars = (
        versions.join(ratings.select(*place, "rlst"), on=place, how="left")
        .join(volumes.select(*place, "volume"), on=place, how="left")
        .with_columns(blue_dot=pl.lit(False))
    )
    ends = pl.min_horizontal("first_dot", "first_session"), pl.max_horizontal("last_dot", "last_session")
    return Observed(
        answers.with_columns(symbol="called").select(list(SEEN.polars_schema)).sort("symbol"),
        bars.select(list(BARS.polars_schema)),
        stated(LISTED, "date", *ends).select(list(DOTS.polars_schema)),
    )


def with_answers(adjustments: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """The adjustments that came with those answers (as of `due`) under their names."""
    names = answers.select("symbol", "known", "called")
    named = adjustments.join(names, on=["symbol", "known"], how="left")
    named = named.with_columns(symbol=pl.coalesce("called", "symbol")).drop("called")
    return named.sort("symbol", "effective", "known")


def renames_in(table: pl.DataFrame) -> tuple[Rename, ...]:
    return tuple(Rename(*row) for row in table.select("symbol", "new", "since").iter_rows())


def table_of(renames: Iterable[Rename]) -> pl.DataFrame:
    return pl.DataFrame(sorted(renames), RENAMES.polars_schema, orient="row").sort("symbol", "since")
