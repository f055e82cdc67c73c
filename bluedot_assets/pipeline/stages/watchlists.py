"""The stage `watchlists`: each stock's ticker at TradingView, and the lists that TradingView imports."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from bluedot_assets.adapters.storage.outputs import Draft, Slot, staged_path, stored_object
from bluedot_assets.kernel.bars.tables import STOCKS
from bluedot_assets.kernel.checks.verdict import Verdict
from bluedot_assets.kernel.errors import BluedotError, PublishRefused
from bluedot_assets.kernel.manifest import Manifest
from bluedot_assets.kernel.site.dashboard import Dashboard, StockRow, decode_dashboard, dotted_on
from bluedot_assets.kernel.site.new_dots import may_repeat, new_dots
from bluedot_assets.kernel.site.publication import DASHBOARD, STATUS
from bluedot_assets.kernel.site.status import decode_status
from bluedot_assets.kernel.tradingview.tickers import RULE, tickers_verdict
from bluedot_assets.kernel.tradingview.watchlists import Watchlist, make_watchlists, watchlist_files
from bluedot_assets.pipeline.stage import Done, Stage, Work
from bluedot_assets.pipeline.stages.bars import bars_slot, read_table
from bluedot_assets.pipeline.stages.dashboard import bars_for_dashboard, dashboard_of
from bluedot_assets.pipeline.stages.raw_json import raw_slot

NAME = "watchlists"
TICKERS = "tickers.csv"
COMPARED = "new_dots_compared"


def watchlists_slot(work: Work) -> Slot:
    return Slot(work.timeframe.name, work.key, NAME)


def make_lists(work: Work) -> Done:
    """Map the stocks to tickers, make the lists of the stored bars, and store both."""
    outputs = work.platform.outputs
    bars = outputs.require_current(bars_slot(work), outputs.require(raw_slot(work)))
    rules = work.platform.ticker_rules()
    stocks = read_table(work, bars, STOCKS).select("symbol", "file", "timezone")
    tickers = rules.of_stocks(stocks.iter_rows(named=True), work.timeframe)
    table = bars_for_dashboard(work, bars)
    dashboard = dashboard_of(work, bars, table, tickers)
    new, note, compared = _new(work, dashboard)
    lists = make_watchlists(dashboard, dotted_on(table), new, note)
    files = {name: made for one in lists for name, made in watchlist_files(one, dashboard).items()}
    files[TICKERS] = (_encoded(tickers), len(tickers))
    verdicts = [tickers_verdict(tickers, rules.listed), compared]
    work.platform.progress.begin(f"{work.timeframe.name}/{NAME}", len(files))
    with outputs.staging() as staged:
        paths = {f"{NAME}/{work.timeframe.name}/{work.key}/{name}": made for name, made in files.items()}
        for path, (text, _) in paths.items():
            outputs.store.write(staged_path(staged, path), text.encode())
        objects = [stored_object(outputs.store, staged, path, rows) for path, (_, rows) in paths.items()]
        draft = Draft(objects, verdicts, _facts(lists), {bars.stage: bars.fingerprint})
        manifest, changed = outputs.commit(watchlists_slot(work), staged, draft)
    work.platform.progress.advance(len(files))
    return Done(manifest.verdicts, _metadata(work, manifest, changed), manifest.fingerprint)


def _new(work: Work, dashboard: Dashboard) -> tuple[Sequence[StockRow], str, Verdict]:
    """The new dots, what the list says of them, and whether they could be compared where that decides anything."""
    if not may_repeat(dashboard, work.timeframe):
        said = "The newest session is the partition's own, so every dot on it is new."
        return new_dots(dashboard, None), "", Verdict(COMPARED, True, said, "warning")
    try:
        key, before = _public_before(work)
    except (BluedotError, msgspec.DecodeError, OSError) as error:  # never "no new dots" because of a failed read
        said = f"The new dots are not compared with an earlier publish, so all are listed: {error}"
        return new_dots(dashboard, None), "not compared", Verdict(COMPARED, False, said, "warning")
    said = f"Compared with {key}, which is public." if key else "Nothing earlier is public, so every dot is new."
    return new_dots(dashboard, before), "", Verdict(COMPARED, True, said, "warning")


def _public_before(work: Work) -> tuple[str | None, Dashboard | None]:
    """The newest public folder with an earlier key, and its dashboard; None when there is no such folder."""
    site = work.platform.site_of(work.timeframe).snapshot()
    folders = decode_status(site.read(STATUS)).of(work.timeframe.name).folders
    earlier = max((key for key in folders if key < work.key), default=None)
    if earlier is None:
        return None, None
    path = f"{work.timeframe.name}/{earlier}/{DASHBOARD}"
    content = site.read(path)
    if content is None:
        raise PublishRefused(f"The site has no {path}: run that partition again.")
    return earlier, decode_dashboard(content)


def _facts(lists: Sequence[Watchlist]) -> dict[str, Any]:
    return {
        "stocks": {one.name: len(one.stocks) for one in lists},
        "left_out": {one.name: sum(stock.ticker is None for _, stock in one.stocks) for one in lists},
    }


def _metadata(work: Work, manifest: Manifest, changed: bool) -> dict[str, Any]:
    left_out = manifest.facts["left_out"]
    return {
        **{name: count - left_out[name] for name, count in manifest.facts["stocks"].items()},
        "left_out_without_ticker": left_out,
        "path": f"{work.platform.outputs.store.address}/{NAME}/{work.timeframe.name}/{work.key}",
        "changed": changed,
    }


def _encoded(tickers: Mapping[str, str | None]) -> str:
    """As BLUEDOT_TICKERS reads it: whoever misses a ticker writes it in."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["symbol", "ticker"])
    writer.writerows((symbol, tickers[symbol] or "") for symbol in sorted(tickers))
    return text.getvalue()


def stored_tickers(work: Work, made: Manifest) -> dict[str, str | None]:
    """Each stock's `EXCHANGE:TICKER` by published name, None where nothing maps it; `made` is this stage's output."""
    (stored,) = [one for one in made.objects if one.path.endswith(f"/{TICKERS}")]
    rows = csv.DictReader(io.StringIO(work.platform.outputs.read(stored).decode()))
    return {row["symbol"]: row["ticker"] or None for row in rows}


def symbols_by_file(made: Manifest) -> dict[str, int]:
    """How many symbols each list holds."""
    names = {one.path.rpartition("/")[2]: one.rows for one in made.objects}
    return {name: rows for name, rows in names.items() if name != TICKERS}


WATCHLISTS_STAGE = Stage(
    NAME,
    "The stocks' tickers at TradingView, and watchlists that it imports: today's dots, new ones, those of the last 5 "
    "and 20 bars, RLST 90 or more.",
    after=("bars",),
    checks={
        RULE: "Every stock has a ticker at TradingView; a warning names those that watchlists leave out.",
        COMPARED: "New dots were compared with the publish before, where that one may have shown them; a warning.",
    },
    body=make_lists,
    stored_verdicts=lambda work: work.platform.outputs.require(watchlists_slot(work)).verdicts,
    kinds=frozenset({"txt"}),
)
