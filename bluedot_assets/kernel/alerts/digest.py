"""The words of the digest: the new dots of a publish, by name. When there is one is in `reconcile`, the words of
trouble are in `wording`."""

from collections.abc import Collection, Sequence
from typing import Final
from urllib.parse import quote

from msgspec import structs

from bluedot_assets.kernel.alerts.message import Item, Message, link, plain
from bluedot_assets.kernel.bars.price_text import price_text
from bluedot_assets.kernel.site.dashboard import Dashboard, StockRow
from bluedot_assets.kernel.site.index import FLAGS
from bluedot_assets.kernel.site.new_dots import Dot
from bluedot_assets.kernel.site.status import Run
from bluedot_assets.kernel.source.file_names import published_name
from bluedot_assets.kernel.tradingview.same_stock import names_now

MARK: Final = "★"
MINUS: Final = "\N{MINUS SIGN}"


def digest_message(
    now: Dashboard, new: Sequence[StockRow], *, run: Run, url: str, watched: Collection[str], notes: Sequence[str]
) -> Message:
    """What a publish brought: `new` are the stocks whose dot on the as-of bar is news, `run` the publish, `url` the
    public site (empty: not known), `watched` published names that come first; `notes` are sentences on how the
    list came about."""
    watched = _symbols(now, watched)
    mine = sum(stock.symbol in watched for stock in new)
    opening = [
        "No stock has a blue dot on this bar that the publish before lacked." if not new else "",
        f"{mine} of them on your watchlist ({MARK})." if mine else "",
        _sessions(now),
    ]
    message = _of_dots(now, new, url, watched, f": {_dots(len(new), 'new blue dot')}")
    paragraphs = [part for part in (*opening, *notes) if part]
    return structs.replace(message, paragraphs=paragraphs, after=[_counts(run), *message.after])


def _sessions(now: Dashboard) -> str:
    """The newest session, or that of each exchange, where it is not the partition's own."""
    if now.sessions:
        return f"The newest session is {', '.join(f'{day} in {zone}' for zone, day in now.sessions.items())}."
    return f"The newest session is {now.session}." if now.session and str(now.session) != now.as_of else ""


def correction_message(
    now: Dashboard, new: Sequence[StockRow], withdrawn: Collection[Dot], *, run: Run, url: str, watched: Collection[str]
) -> Message | None:
    """The same partition was published anew with other dots on its as-of bar; None where they are the same."""
    if not new and not withdrawn:
        return None
    watched = _symbols(now, watched)
    names = sorted(symbol for symbol, _ in withdrawn)
    came = [f"{_dots(len(new), 'blue dot')} came"] if new else []
    went = [f"{_dots(len(names), 'blue dot')} {'was' if len(names) == 1 else 'were'} withdrawn"] if names else []
    gone = [f"No longer there: {', '.join(_marked(name, watched) for name in names)}."] if names else []
    what = " and ".join([*came, *went])
    message = _of_dots(now, new, url, watched, f" was corrected: {what}")
    paragraph = f"{now.timeframe} {now.as_of} was published anew from corrected files: {what}."
    id = f"correction:{now.timeframe}:{now.as_of}:{run.run_id}"
    return structs.replace(message, id=id, paragraphs=[paragraph], after=[*gone, *message.after])


def _symbols(now: Dashboard, watched: Collection[str]) -> frozenset[str]:
    """The watched names with those of the stocks whose ticker is watched: a list that TradingView exported calls
    BAC_P_L `NYSE:BAC/PL` and 20MICRONS_BE `NSE:20MICRONS`; and with what the stocks of other names are called now."""
    tickers = {stock.symbol: published_name(stock.ticker.rpartition(":")[2]) for stock in now.stocks if stock.ticker}
    by_ticker = {symbol for symbol, ticker in tickers.items() if ticker in watched}
    return frozenset(watched) | by_ticker | set(names_now(watched, now).values())


def _of_dots(now: Dashboard, new: Sequence[StockRow], url: str, watched: Collection[str], what: str) -> Message:
    """A list of dots: watched ones first, then the strongest."""
    order = sorted(
        new, key=lambda one: (one.symbol not in watched, -(one.rlst if one.rlst is not None else -1), one.symbol)
    )
    page = f"{url}/index.html?timeframe={now.timeframe}" if url else ""
    return Message(
        id=f"digest:{now.timeframe}:{now.as_of}",
        topic="digest",
        title=f"{now.timeframe} {now.as_of}{what}{' (sample data)' if now.sample else ''}",
        items=[Item(stock_line(one, now, url, watched), _marked(one.symbol, watched)) for one in order],
        after=[f"All dots of this bar: {page}" if page else ""],
        more=page,
    )


def _marked(symbol: str, watched: Collection[str]) -> str:
    return f"{MARK} {symbol}" if symbol in watched else symbol


def stock_line(stock: StockRow, now: Dashboard, url: str, watched: Collection[str]) -> str:
    """`★ DIXON 13,450.00 (+2.31 %), RLST 97, ASM`, the symbol a link to its chart."""
    chart = f"{url}/stock.html?symbol={quote(stock.symbol, safe='')}&timeframe={now.timeframe}" if url else ""
    mark = f"{MARK} " if stock.symbol in watched else ""
    change = f" ({_percent(stock.close, stock.previous)})" if stock.previous else ""
    rlst = f", RLST {stock.rlst:.4g}" if stock.rlst is not None else ", no RLST"
    rlst += f" of {stock.rlst_date}" if stock.rlst_date else ""
    session = "" if stock.last == now.session else f", on {stock.last}"
    flags = "".join(f", {flag.upper()}" for flag in FLAGS if getattr(stock, flag))
    pattern = f", {plain(stock.pattern, 40)}" if stock.pattern else ""
    return f"{mark}{link(stock.symbol, chart)} {price_text(stock.close)}{change}{rlst}{flags}{pattern}{session}"


def _dots(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"


def _counts(run: Run) -> str:
    files = {0: "no file rejected", 1: "1 file rejected"}.get(run.rejected, f"{run.rejected} files rejected")
    seconds = run.duration_s or 0
    duration = f"{seconds:.0f} s" if seconds < 120 else f"{round(seconds) / 60:.0f} min"
    took = f"published in {duration}" if seconds > 0 else ""
    incomplete = "incomplete" if run.outcome == "incomplete" else ""
    parts = (f"{run.stocks:,} stocks", f"{run.csvs:,} CSVs", files, incomplete, took)
    return f"{', '.join(part for part in parts if part)}."


def _percent(close: float, previous: float) -> str:
    change = (close / previous - 1) * 100
    return f"{change:+.2f} %".replace("-", MINUS)
