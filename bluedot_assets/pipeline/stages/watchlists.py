"""The stage `watchlists`: each stock's ticker at TradingView, and the lists that TradingView imports.

How a ticker is found and what a list holds is in `kernel/tradingview`."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from bluedot_assets.adapters.storage.outputs import Draft
from bluedot_assets.kernel.bars.ratings import KnownRating, daily_ratings, ratings_of_weeks
from bluedot_assets.kernel.bars.tables import BARS, DOTS, STOCKS
from bluedot_assets.kernel.checks.continuity import some_of
from bluedot_assets.kernel.checks.verdict import Rule, Verdict
from bluedot_assets.kernel.errors import BluedotError, OutputAbsent, OutputDamaged, PublishRefused
from bluedot_assets.kernel.site.dashboard import (
    Dashboard,
    StockRow,
    decode_dashboard,
    make_dashboard,
    with_ratings,
    with_tickers,
)
from bluedot_assets.kernel.site.new_dots import may_repeat, shown_dots, unseen_dots
from bluedot_assets.kernel.site.publication import DASHBOARD
from bluedot_assets.kernel.stored.manifest import Manifest, fingerprints
from bluedot_assets.kernel.tradingview.same_stock import dots_now
from bluedot_assets.kernel.tradingview.tickers import RULE, tickers_verdict
from bluedot_assets.kernel.tradingview.watchlists import make_watchlists, watchlist_files
from bluedot_assets.pipeline.stage import Done, Markdown, Rows, Stage, Work, store_files, stored_output
from bluedot_assets.pipeline.stages.bars import StoredBars
from bluedot_assets.pipeline.stages.unchanged import inputs_of
from bluedot_assets.pipeline.stored.daily_table import daily_of_week
from bluedot_assets.pipeline.stored.earlier_partitions import public_dashboard

NAME = "watchlists"
TICKERS = "tickers.csv"
MOST_NAMED = 50
COMPARED = Rule(
    "new_dots_compared", "New dots were compared with the publish before, where that one may have shown them."
)
ALL_NEW = "The newest session is the partition's own, so every dot on it is new."
WEEKLY_ALONE = "Ratings are those of the weekly bars alone"


class WatchlistsFacts(msgspec.Struct, frozen=True):
    """What is kept with the lists: by their names, how many stocks each has, and how many of them have no ticker."""

    stocks: dict[str, int]
    left_out: dict[str, int]
    new: list[str] = []  # symbols of the new dots
    ratings: dict[str, KnownRating] = {}  # by symbol, what the week's daily table knew better than the weekly bars


def make_lists(work: Work) -> Done:
    """Map the stocks to tickers, make the lists of the stored bars, and store both."""
    bars = StoredBars(work)
    rules, daily = work.platform.ticker_rules(), _daily(work)
    inputs = inputs_of(work, bars.made, daily, tickers=rules)
    if stored := _stored(work, inputs):
        return stored_output(work, stored, _metadata(stored.facts_as(WatchlistsFacts)), work.slot(NAME).folder)
    stocks = bars.table(STOCKS).select("symbol", "file", "timezone")
    found = rules.of_stocks(stocks.iter_rows(named=True), work.timeframe)
    tickers = {symbol: one.ticker for symbol, one in found.items()}
    ratings = _daily_ratings(work, bars, daily)
    dashboard = dashboard_of(work, bars, tickers, ratings or {})
    new, note, compared = _new(work, dashboard)
    lists = make_watchlists(dashboard, new, note)
    made = [one for each in lists for one in watchlist_files(each, dashboard).items()]
    files = {name: (text.encode(), rows) for name, (text, rows) in made}
    files[TICKERS] = (_encoded(tickers), len(tickers))
    facts = WatchlistsFacts(
        stocks={one.name: len(one.stocks) for one in lists},
        left_out={one.name: sum(stock.ticker is None for _, stock in one.stocks) for one in lists},
        new=[stock.symbol for stock in new],
        ratings=ratings or {},
    )
    made_from = fingerprints(bars.made) | (
        {} if daily is None else {f"{daily.timeframe}/{daily.stage}": daily.fingerprint}
    )
    verdicts = [tickers_verdict(found, rules.listed), compared]
    draft = Draft(verdicts, facts, made_from, "" if ratings is None else inputs)
    return store_files(work, NAME, files, draft, _metadata(facts))


def _metadata(facts: WatchlistsFacts) -> dict[str, Any]:
    left_out = {name: count for name, count in facts.left_out.items() if count}
    return {
        **{name: count - facts.left_out[name] for name, count in facts.stocks.items()},
        "preview": Markdown(f"New dots: {some_of(facts.new, MOST_NAMED)}." if facts.new else "There are no new dots."),
        "left_out_without_ticker": Rows([{"list": name, "stocks": count} for name, count in left_out.items()]),
    }


def _stored(work: Work, inputs: str) -> Manifest | None:
    """What is stored, where it would be made the same again: what an earlier publish showed is no input of it."""
    made = work.platform.outputs.unchanged(work.slot(NAME), inputs)
    return made if made and any(one.message == ALL_NEW for one in made.verdicts) else None


def _daily(work: Work) -> Manifest | None:
    """The daily table that is asked for the ratings of weeks."""
    try:
        return daily_of_week(work)
    except (OutputAbsent, OutputDamaged) as error:
        work.warn(f"{WEEKLY_ALONE}: {error}")
        return None


def _daily_ratings(work: Work, bars: StoredBars, daily: Manifest | None) -> dict[str, KnownRating] | None:
    """What it knew; None where it cannot be read."""
    if daily is None:
        return {}
    try:
        rated = daily_ratings(
            work.platform.outputs.read_parts(daily, BARS, ("symbol", "session", "rlst")), work.timeframe
        )
    except OutputDamaged as error:
        work.warn(f"{WEEKLY_ALONE}: {error}")
        return None
    return ratings_of_weeks(bars.newest, bars.table(STOCKS), work.timeframe, rated)


def dashboard_of(
    work: Work,
    bars: StoredBars,
    tickers: Mapping[str, str | None],
    ratings: Mapping[str, KnownRating],
    indicators: Sequence[str] = (),
) -> Dashboard:
    """The dashboard of the stored bars, with the `ratings` that are known better than by them alone."""
    made = make_dashboard(
        work.timeframe.name,
        work.key,
        sample=bars.facts.sample,
        indicators=indicators,
        stocks=bars.table(STOCKS),
        bars=bars.newest,
        dots=bars.table(DOTS),
    )
    return with_ratings(with_tickers(made, tickers), ratings)


def _new(work: Work, dashboard: Dashboard) -> tuple[Sequence[StockRow], str, Verdict]:
    """The new dots, what the list says of them, and whether they could be compared where that decides anything."""
    if not may_repeat(dashboard, work.timeframe):
        return unseen_dots(dashboard, ()), "", COMPARED.passes(ALL_NEW)
    try:
        key, content = public_dashboard(work)
        if key is not None and content is None:
            raise PublishRefused(f"The site has no {work.timeframe.name}/{key}/{DASHBOARD}: run that partition again.")
        before = decode_dashboard(content) if content is not None else None
    except (BluedotError, msgspec.DecodeError, OSError) as error:  # never "no new dots" because of a failed read
        message = f"The new dots are not compared with an earlier publish, so all are listed: {error}"
        return unseen_dots(dashboard, ()), "not compared", COMPARED.warns(message)
    message = f"Compared with {key}, which is public." if key else "Nothing earlier is public, so every dot is new."
    known = dots_now(shown_dots(before), dashboard) if before else ()
    return unseen_dots(dashboard, known), "", COMPARED.passes(message)


def _encoded(tickers: Mapping[str, str | None]) -> bytes:
    """As BLUEDOT_TICKERS reads it: whoever misses a ticker writes it in."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["symbol", "ticker"])
    writer.writerows((symbol, tickers[symbol] or "") for symbol in sorted(tickers))
    return text.getvalue().encode()


def stored_tickers(work: Work, made: Manifest) -> dict[str, str | None]:
    """Each stock's `EXCHANGE:TICKER` by published name, None where nothing maps it; `made` is this stage's output."""
    rows = csv.DictReader(io.StringIO(work.platform.outputs.read(made.file(TICKERS)).decode()))
    return {row["symbol"]: row["ticker"] or None for row in rows}


def symbols_by_file(made: Manifest) -> dict[str, int]:
    """How many symbols each list holds."""
    return {name: one.rows for name, one in made.files.items() if name != TICKERS}


WATCHLISTS_STAGE = Stage(
    NAME,
    "The stocks' tickers at TradingView, and watchlists that it imports: today's dots, new ones, those of the last 5 "
    "and 20 bars, RLST 90 or more.",
    after=("bars",),
    checks=(RULE, COMPARED),
    kinds=frozenset({"txt"}),
)
