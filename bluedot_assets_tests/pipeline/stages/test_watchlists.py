"""The stage `watchlists` and what the site publishes of it."""

import json
import shutil
from pathlib import Path
from typing import Any

import dagster as dg

from bluedot_assets_tests.examples.tradingview_lists import sections, symbols
from bluedot_assets_tests.examples.trees import DAY, DAYS, Installation, failure, hashes, stock_files

MONDAY = "2024-08-05"
EXCHANGES = "Asia/Kolkata=NSE,America/New_York=NSE"
FILES = {"dots_today.txt", "new_dots.txt", "dots_5_bars.txt", "dots_20_bars.txt", "rlst_90.txt", "tickers.csv"}


def lists_of(installation: Installation, folder: str = f"daily/{DAY}") -> dict[str, str]:
    return {path.name: path.read_text() for path in (installation.site / folder / "watchlists").iterdir()}


def dashboard(installation: Installation, folder: str = f"daily/{DAY}") -> tuple[Any, list[dict[str, Any]]]:
    content = json.loads((installation.site / folder / "dashboard.json").read_bytes())
    return content, [dict(zip(content["columns"], row, strict=True)) for row in content["stocks"]]


def check(result: dg.ExecuteInProcessResult, rule: str) -> dg.AssetCheckEvaluation:
    return next(one for one in result.get_asset_check_evaluations() if one.check_name == rule)


def rename(folder: Path, place: int, stock: str) -> None:
    path = stock_files(folder)[place]
    path.rename(path.with_name(f"{stock}_daily.json"))


def add_dots(folder: Path) -> None:
    """Every stock has a dot on the newest session."""
    for path in stock_files(folder):
        content = json.loads(path.read_bytes())
        content["chart"]["blueDotData"] = {"dates": [{"blueDotDate": DAY}]}
        path.write_text(json.dumps(content))


def test_the_lists_stand_in_the_dated_folder_and_in_latest_and_agree_with_the_dashboard(
    published: Installation,
) -> None:
    for timeframe in ("daily", "weekly"):
        content, stocks = dashboard(published, f"{timeframe}/latest")
        lists = {path.name: path.read_text() for path in (published.site / timeframe / "latest/watchlists").iterdir()}
        assert set(lists) == FILES
        of = {f"dots_{bars}_bars.txt": bars for bars in (5, 20)} | {"dots_today.txt": 1}
        for name, bars in of.items():
            dotted = [one for one in stocks if one["dot_age"] is not None and one["dot_age"] < bars]
            assert sorted(symbols(lists[name])) == sorted(one["ticker"] for one in dotted if one["ticker"])
        assert content["watchlists"] == {name: len(symbols(lists[name])) for name in FILES - {"tickers.csv"}}
        exchanges = {"Asia/Kolkata": "NSE:{}", "America/New_York": None}  # by default nobody says where US stocks trade
        for one in stocks:
            form = exchanges[content["timezones"][one["zone"]]]
            assert one["ticker"] == (form and form.format(one["symbol"]))


def test_a_ticker_has_its_own_form_in_lists_and_dashboard_and_a_csv_decides_first(installation: Installation) -> None:
    folder = installation.source / "daily" / DAY
    for place, stock in enumerate(("BAJAJ-AUTO", "M&M", "TWO WORDS")):
        rename(folder, place, stock)
    add_dots(folder)
    tickers = installation.root / "tickers.csv"
    tickers.write_text("symbol,exchange,ticker\nM&M,BSE,M&M\nSOME,,SOME\n")
    installation.set(BLUEDOT_TICKERS=str(tickers), BLUEDOT_EXCHANGES=EXCHANGES)
    result = installation.run()
    assert result.success
    _, stocks = dashboard(installation)
    found = {one["symbol"]: one["ticker"] for one in stocks}
    assert {found[name] for name in ("BAJAJ_AUTO", "M_M", "TWO_WORDS")} == {"NSE:BAJAJ_AUTO", "BSE:M_M", None}
    today = lists_of(installation)["dots_today.txt"]
    assert set(symbols(today)) == {ticker for ticker in found.values() if ticker}
    mapped = check(result, "tickers_mapped")
    assert (mapped.passed, mapped.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "leave out TWO_WORDS" in (mapped.description or "")
    assert "first line 3: '' is no exchange" in (mapped.description or "")
    manifest = installation.manifest("watchlists")
    assert manifest is not None
    assert (manifest.facts["stocks"]["dots_today"], manifest.facts["left_out"]["dots_today"]) == (4, 1)
    assert "TWO_WORDS,\n" in lists_of(installation)["tickers.csv"]


def test_shares_of_the_usa_keep_dot_and_slash_from_the_list_to_the_scripts(installation: Installation) -> None:
    folder = installation.source / "daily" / DAY
    for place, stock in enumerate(("BRK-B", "BAC-P-L", "IPO-WT")):
        rename(folder, place, stock)
    add_dots(folder)
    tickers = installation.root / "tickers.csv"
    tickers.write_text("symbol,ticker\nIPO-WT,NYSE:IPO/WS\n")
    installation.set(
        BLUEDOT_TICKERS=str(tickers),
        BLUEDOT_EXCHANGES="Asia/Kolkata=NYSE,America/New_York=NYSE",
        BLUEDOT_PINE_STOCKS="NYSE:BAC/PL,BRK.B",
    )
    result = installation.run()
    assert result.success
    wanted = {"BRK_B": "NYSE:BRK.B", "BAC_P_L": "NYSE:BAC/PL", "IPO_WT": "NYSE:IPO/WS"}
    _, stocks = dashboard(installation)
    assert wanted.items() <= {one["symbol"]: one["ticker"] for one in stocks}.items()
    lists = lists_of(installation)
    assert set(wanted.values()) <= set(symbols(lists["dots_today.txt"]))
    assert "BAC_P_L,NYSE:BAC/PL\n" in lists["tickers.csv"]
    catalog = json.loads((installation.site / "pine/scripts/scripts.json").read_bytes())
    assert (catalog["stocks"], catalog["keys"]) == (2, {"BAC_P_L": "BAC_PL", "IPO_WT": "IPO_WS"})
    assert check(result, "pine_stocks").passed
    assert (installation.site / f"daily/{DAY}/BAC_P_L_BLUE_DOTS.csv").is_file()


def test_a_list_of_tickers_that_cannot_be_read_publishes_nothing_and_is_named(running: Installation) -> None:
    before = hashes(running.site)
    running.set(BLUEDOT_TICKERS=str(running.root / "nowhere.csv"))
    assert "BLUEDOT_TICKERS names no file that can be read" in failure(running.run("daily", DAY, "watchlists"))
    after = hashes(running.site)
    assert {path for path in after if after[path] != before.get(path)} == {"status.json"}  # it tells of the failure


def holiday(installation: Installation) -> None:
    """The vendor uploads Friday's data again on a holiday's Monday."""
    installation.set(BLUEDOT_EXCHANGES=EXCHANGES)
    add_dots(installation.source / "daily" / DAY)
    assert installation.run().success
    shutil.copytree(installation.source / "daily" / DAY, installation.source / "daily" / MONDAY)


def test_a_holidays_folder_repeats_no_dot_as_new(installation: Installation) -> None:
    holiday(installation)
    assert len(symbols(lists_of(installation)["new_dots.txt"])) == 4
    result = installation.run("daily", MONDAY)
    assert result.success
    lists = lists_of(installation, f"daily/{MONDAY}")
    assert list(sections(lists["new_dots.txt"])) == [f"New blue dots {DAY} none (sample data)"]
    assert len(symbols(lists["dots_today.txt"])) == 4
    said = check(result, "new_dots_compared")
    assert (said.passed, said.description) == (True, f"{MONDAY}: Compared with {DAY}, which is public.")


def test_what_cannot_be_compared_lists_every_dot_and_says_so(installation: Installation) -> None:
    holiday(installation)
    for folder in (DAY, "latest"):
        (installation.site / f"daily/{folder}/dashboard.json").unlink()
    result = installation.run("daily", MONDAY)
    lists = lists_of(installation, f"daily/{MONDAY}")
    assert list(sections(lists["new_dots.txt"])) == [f"New blue dots {DAY} (sample data; not compared)"]
    assert len(symbols(lists["new_dots.txt"])) == 4
    said = check(result, "new_dots_compared")
    assert (said.passed, said.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert f"The site has no daily/{DAY}/dashboard.json" in (said.description or "")


def test_lists_do_not_depend_on_which_folders_are_public(running: Installation) -> None:
    before = lists_of(running)
    running.set(BLUEDOT_KEEP="daily=1")
    for key in DAYS:
        assert running.run("daily", key).success
    assert lists_of(running) == before


def test_a_damaged_list_is_found_and_written_again(running: Installation) -> None:
    before = hashes(running.site)
    for folder in (DAY, "latest"):
        path = running.site / f"daily/{folder}/watchlists/dots_today.txt"
        path.unlink()
        path.write_text("###Blue dots")
    result = running.run("daily", DAY, "site")
    assert result.success
    after = hashes(running.site)
    assert {path for path in after if after[path] != before[path]} <= {"status.json"}


def test_lists_made_of_older_bars_are_not_lists_of(running: Installation) -> None:
    path = stock_files(running.source / "daily" / DAY)[0]
    path.write_bytes(path.read_bytes().replace(b'"name": "', b'"name": "Renamed '))
    assert running.run(
        "daily", DAY, "raw_json", "bars", "price_data", "rlst_rating", "bc_indicator", "blue_dots"
    ).success
    assert "materialize daily/watchlists again" in failure(running.run("daily", DAY, "site"))
