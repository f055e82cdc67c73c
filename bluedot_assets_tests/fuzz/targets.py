"""What is fuzzed: for each kind of input a function that takes its bytes, gives them to our own code, and raises when a
rule is broken. Errors that a function declares are no fault; any other is. How inputs are made is in `mutator`."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Final, Protocol, TypeVar
from zlib import crc32

import msgspec

from bluedot_assets.adapters.source.drive.failures import Transient
from bluedot_assets.adapters.source.drive.tree import page_of
from bluedot_assets.kernel.alerts.ledger import LEDGER, Ledger, decode_ledger, merged, plan_ledger, with_deliveries
from bluedot_assets.kernel.alerts.reconcile import SiteObservation, reconcile
from bluedot_assets.kernel.alerts.site_monitor import PublicReading, problems_of, sampled_csvs
from bluedot_assets.kernel.bars.normalize import Shard
from bluedot_assets.kernel.bars.tables import BARS, DOTS, REJECTED, STOCKS
from bluedot_assets.kernel.calendar.own_days import own_closes_of, own_days_of, parse_own_days
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES
from bluedot_assets.kernel.errors import NewerVersion, OutputDamaged, PublishRefused, SettingsError, UsageError
from bluedot_assets.kernel.series.tradingview_rows import violations
from bluedot_assets.kernel.site.accepted_incomplete import checked_reason, still_accepted
from bluedot_assets.kernel.site.dashboard import StockRow, decode_dashboard
from bluedot_assets.kernel.site.freshness import freshness_verdict
from bluedot_assets.kernel.site.index import decode_index
from bluedot_assets.kernel.site.publication import DASHBOARD, INDEX, STATUS
from bluedot_assets.kernel.site.publish_plan import plan_failure, plan_publication
from bluedot_assets.kernel.site.rollback_file import ROLLBACK, decode_rollbacks
from bluedot_assets.kernel.site.rollback_plan import plan_rollback
from bluedot_assets.kernel.site.status import TimeframeStatus, decode_status
from bluedot_assets.kernel.source.file_names import publishable_stock, stock_files
from bluedot_assets.kernel.source.raw_file import RawFile, SourceFile, fingerprint_listing
from bluedot_assets.kernel.source.tree_names import (
    Place,
    ignored_names,
    in_a_sentence,
    list_partitions,
    misnamed_trigger,
)
from bluedot_assets.kernel.source.trigger_file import parse_trigger
from bluedot_assets.kernel.stored.manifest import VERSION, Manifest
from bluedot_assets.kernel.stored.versions import decode
from bluedot_assets.kernel.tradingview.symbol_lists import symbols_in
from bluedot_assets.kernel.tradingview.tickers import TickerRules, read_ticker_list, tickers_verdict
from bluedot_assets.kernel.tradingview.watchlists import make_watchlists, watchlist_files
from bluedot_assets_tests.examples.publications import PAGES, Site, publication, run, with_days
from bluedot_assets_tests.examples.vendor_files import FRIDAY, bars, document, encoded, judged, raw, series

Target = Callable[[bytes], None]
TARGETS: Final[dict[str, Target]] = {}
NOW: Final = datetime(2024, 8, 5, 4, tzinfo=UTC)
GOOD: Final = encoded(document(bars(4), dates=[{"blueDotDate": "2024-08-01"}]))
NEIGHBOUR: Final = "ZOMATO_daily.json"
_TABLES: Final = ((BARS, "bars"), (DOTS, "dots"), (STOCKS, "stocks"), (REJECTED, "rejected"))
_File = TypeVar("_File", bound="Written")

DAYS: Final = ("2024-08-01", "2024-08-02")
_LINE_ENDS: Final = {*map(chr, range(32)), "\x7f", "\x85", "\u2028", "\u2029"}
_PUBLISHED: Final = with_days(*DAYS)
DASHBOARDS: Final = {day: decode_dashboard(_PUBLISHED.files[f"daily/{day}/{DASHBOARD}"]) for day in DAYS}


class Written(Protocol):
    """A file of ours, which is written as it was read."""

    def encoded(self) -> bytes: ...


def target(check: Target) -> Target:
    """Declares a target by its function's name."""
    TARGETS[check.__name__] = check
    return check


@target
def vendor(content: bytes) -> None:
    """A vendor's file through to tables and series."""
    vendor_files([content])


def vendor_files(contents: Sequence[bytes]) -> Shard:
    """Several of them and a good neighbour: each has one fate, and no row is there that the rules refuse."""
    names = [f"S{place}_daily.json" for place in range(len(contents))]
    shard = judged(*map(raw, contents, names), raw(GOOD, NEIGHBOUR))
    assert sorted([*shard.stocks["file"], *shard.rejected["file"]]) == sorted([*names, NEIGHBOUR])
    _assert_as_declared(shard)
    neighbour = shard.bars.filter(symbol="ZOMATO")
    assert neighbour.height == 4, "the neighbour lost bars"
    assert neighbour["blue_dot"].sum() == 1
    assert shard.rejected["reason"].str.len_chars().fill_null(0).min() != 0
    unforeseen = shard.rejected["reason"].str.contains("did not foresee", literal=True)
    assert not unforeseen.any(), shard.rejected.filter(unforeseen)["reason"].to_list()
    return shard


def _assert_as_declared(shard: Shard) -> None:
    broken = [one for table, name in _TABLES for one in table.violations(getattr(shard, name))]
    assert not broken, broken
    assert not (found := violations(series(shard), FRIDAY)), found[:3]


@target
def trigger(content: bytes) -> None:
    """A trigger file."""
    for timeframe in TIMEFRAMES.values():
        read = parse_trigger(content, timeframe, "id", NOW)
        assert read.key is None or timeframe.is_key(read.key)
        assert read.expected is None or 0 <= read.expected < 10**6
        assert len(read.problem or "") < 500
        read.expected_of(read.key_among(["2024-08-02"]), ["2024-08-02"], NOW)


@target
def tickers(content: bytes) -> None:
    """A list of tickers."""
    try:
        listed = read_ticker_list(content.decode("utf-8", "surrogatepass" if b"\xed" in content else "replace"))
    except UnicodeDecodeError:
        return  # it is refused before: only UTF-8 is read
    except SettingsError:
        return
    assert all(is_ascii(name, ticker) and ":" in ticker for name, ticker in listed.tickers.items())
    rules = TickerRules(listed, {"Asia/Kolkata": "NSE"})
    stocks = [{"symbol": "M_M", "file": "M&M_daily.json", "timezone": "Asia/Kolkata"}]
    tickers_verdict(rules.of_stocks(stocks, TIMEFRAMES["daily"]), listed)


def is_ascii(*texts: str) -> bool:
    return all(text.isascii() and text.isprintable() for text in texts)


@target
def symbols(content: bytes) -> None:
    """A watchlist, or another list of symbols."""
    found = symbols_in(content.decode("utf-8", "replace"))
    assert len(found) == len(set(found))
    assert all(name.strip("_") and is_ascii(name) and name == name.upper() for name in found), found
    assert symbols_in(",".join(found)) == found


def _decoded(decode: Callable[[bytes], _File], content: bytes, *declared: type[Exception]) -> _File | None:
    """What is read of it, which is the same once it is written: its bytes are stable. None for a declared error."""
    try:
        read = decode(content)
    except NewerVersion:
        return None
    except declared as error:
        assert len(str(error)) > 10
        return None
    written = read.encoded()
    again = decode(written)
    assert again.encoded() == written, "it is another each time that it is written"
    return read


def _planned(*plans: Callable[[], object]) -> None:
    for plan in plans:
        try:
            plan()
        except (PublishRefused, UsageError, NewerVersion) as error:
            assert len(str(error)) > 10


def _site_with(path: str, content: bytes) -> Site:
    """A site in memory of one publish, one file of which is that."""
    site = Site()
    site.files = {**_PUBLISHED.files, path: content}
    return site


def _assert_publishable(site: Site) -> None:
    """Every change of a site that has one odd file is made or refused."""
    _planned(
        lambda: plan_publication(publication("2024-08-05", at=72), site),
        lambda: plan_failure("daily", run("2024-08-05", "failed", at=72), PAGES, site),
        lambda: plan_rollback("daily", "2024-08-01", NOW, "why", site),
        lambda: plan_ledger(Ledger(), Ledger(), [], site),
    )


@target
def status(content: bytes) -> None:
    """`status.json` of the site."""
    read = _decoded(decode_status, content, PublishRefused)
    if read is None:
        return
    reconcile(_observation(read.timeframes), Ledger())
    for name in TIMEFRAMES:
        state = read.of(name)
        freshness_verdict(name, state, NOW)
        problems_of(PublicReading(name, state), 95)
        still_accepted(state, state.as_of or "", "", 3)
        state.published(["2024-08-02"])
        assert state.mirrors is not None
    _assert_publishable(_site_with(STATUS, content))


def _observation(states: dict[str, TimeframeStatus]) -> SiteObservation:
    return SiteObservation(NOW, states, lambda _, key: DASHBOARDS.get(key), urls={"daily": "https://x.example"})


@target
def index(content: bytes) -> None:
    """`index.json` of a folder."""
    read = _decoded(decode_index, content, msgspec.DecodeError)
    if read is not None:
        wanted = sampled_csvs(read, 5, Random(1))
        problems_of(PublicReading("daily", TimeframeStatus(as_of="2024-08-02"), read, None, wanted), 95)
    _assert_publishable(_site_with(f"daily/2024-08-01/{INDEX}", content))


@target
def dashboard(content: bytes) -> None:
    """`dashboard.json` of a folder."""
    read = _decoded(decode_dashboard, content, msgspec.DecodeError)
    if read is None:
        return
    assert read.newest is not None
    assert all(one == ours for one, ours in zip(read.columns, StockRow.__struct_fields__, strict=False))
    for watchlist in make_watchlists(read, read.stocks[:2]):
        files = watchlist_files(watchlist, read)
        assert all(len(text) > 3 and count <= 1000 for text, count in files.values())


@target
def notices(content: bytes) -> None:
    """`notices.json`, the ledger of notifications."""
    read = _decoded(decode_ledger, content, PublishRefused)
    if read is None:
        return
    state = decode_status(_PUBLISHED.files[STATUS])
    messages, after = reconcile(_observation(state.timeframes), read)
    waiting = [one.message for one in read.undelivered.values()]
    with_deliveries(after, [*messages, *waiting], {one.id: {"Slack 1": "no"} for one in messages}, NOW)
    merged(Ledger(), after, read)
    _planned(lambda: plan_ledger(Ledger(), after, messages, _site_with(LEDGER, content)))


@target
def rollback(content: bytes) -> None:
    """`rollback.json` of the site."""
    read = _decoded(decode_rollbacks, content, PublishRefused)
    if read is not None:
        assert "daily" not in read.after_publishing("daily", "9999-12-31").timeframes or read.timeframes
    _assert_publishable(_site_with(ROLLBACK, content))


@target
def reason(content: bytes) -> None:
    """Why a person accepts an incomplete partition."""
    try:
        words = checked_reason(content.decode("utf-8", "surrogateescape"))
    except UsageError:
        return
    assert 0 < len(words) <= 500
    assert words.isprintable()


@target
def manifest(content: bytes) -> None:
    """The manifest of a stored output."""
    read = _decoded(lambda one: decode(Manifest, one, "manifest", VERSION), content, msgspec.DecodeError)
    if read is None:
        return
    assert len(read.fingerprint) == len(read.checksum_with("inputs")) == 64
    assert isinstance(read.size, int)
    for name in ("bars", read.partition):
        try:
            read.table(name)
        except OutputDamaged as error:
            assert len(str(error)) > 10


@target
def drive(content: bytes) -> None:
    """Drive's answer to a question for a folder's files."""
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return  # the client's own business; its errors are declared in `failures`
    try:
        entries, token = page_of(answer)
    except Transient:
        return
    assert token is None or token
    assert len(set(entries)) <= len(entries)
    named = [(one.name, one.folder_id is not None) for one in entries]
    files = [SourceFile(one.name, one.id, one.size, one.modified, one.md5) for one in entries if one.folder_id is None]
    assert all(one.modified <= max(other.modified for other in entries) for one in entries)
    _assert_names(named)
    fingerprint_listing(files)
    for timeframe in TIMEFRAMES.values():
        _assert_taken(stock_files(files, timeframe), timeframe.name)


@target
def own_days(content: bytes) -> None:
    """A file of holidays and sessions."""
    text = content.decode("utf-8", "replace").removeprefix("\ufeff")
    words = [word for line in text.splitlines() for word in line.partition("#")[0].replace(",", " ").split()]
    try:
        days = parse_own_days(words)
    except SettingsError as error:
        assert str(error).isprintable()
        return
    for calendar in (None, "XBOM"):
        assert all(isinstance(day, date) for day in own_days_of(days, calendar))
        assert all(timedelta() <= after < timedelta(days=1) for after in own_closes_of(days, calendar).values())


@target
def names(content: bytes) -> None:
    """Names of files, folders and partitions."""
    text = content.decode("utf-8", "surrogateescape")
    listed = text.split("\n")
    _assert_names([(name, folder) for name in listed for folder in (True, False)])
    for timeframe in TIMEFRAMES.values():
        files = [SourceFile(name, str(place), 1, NOW) for place, name in enumerate(listed)]
        _assert_taken(stock_files(files, timeframe), timeframe.name)
        misnamed_trigger(listed, timeframe)
        for key in listed:
            if timeframe.is_key(key):
                assert timeframe.key_of(timeframe.start(key)) == key
                assert timeframe.end(key) >= timeframe.start(key)
                assert timeframe.folder_key(timeframe.dagster_key(key)) == key
            else:
                timeframe.hint(key)


def _assert_names(named: Sequence[tuple[str, bool]]) -> None:
    for timeframe in TIMEFRAMES.values():
        listing = list_partitions(timeframe, named, named)
        assert all(map(timeframe.is_key, listing.keys))
        found = [*listing.ignored, *ignored_names(named, Place(timeframe, timeframe.example))]
        assert not (_LINE_ENDS & set(in_a_sentence(found)))


def _assert_taken(files: Sequence[SourceFile], timeframe: str) -> None:
    """Each file that takes part has a fate, whatever its name is."""
    once = list({file.name: file for file in files}.values())
    stored = [RawFile(one.name, one.origin_id, len(GOOD), one.modified, raw(GOOD).md5, GOOD) for one in once]
    published = {publishable_stock(one.name, TIMEFRAMES[timeframe]) for one in stored}
    alone = [one for one in stored if None in published or len(published) == len(stored)]
    if timeframe == "daily" and alone and crc32(alone[0].name.encode("utf-8", "replace")) % 10 == 0:  # it takes long
        shard = judged(*alone)
        assert shard.stocks.height + shard.rejected.height == len(alone)
        _assert_as_declared(shard)
