"""Every script over the published files of a whole run shows what the stored tables say, bar by bar, on an exchange
east and on one west of UTC."""

from datetime import date, time
from itertools import groupby
from typing import Any

import polars as pl
import pytest

from bluedot_assets.adapters.storage.layout import Slot
from bluedot_assets.kernel.bars.ratings import last_known_ratings, newest_bars
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES
from bluedot_assets.kernel.series.csv_files import csv_files
from bluedot_assets.kernel.tradingview.pine.data import epoch_of, paste_text
from bluedot_assets.kernel.tradingview.pine.scripts import INDICATOR, paste_script, seed_scripts
from bluedot_assets.kernel.tradingview.pine.stocks import stocks_with_dots
from bluedot_assets.kernel.tradingview.seeds.files import packed_indicator
from bluedot_assets.kernel.tradingview.seeds.map import SeedMap, SeedRange
from bluedot_assets_tests.examples.pine_cases import AS_OF, FIELD, embedded
from bluedot_assets_tests.examples.trees import DAY, WEEK, Installation
from bluedot_assets_tests.pine.runs import Chart, Job, Row, Shown, needs_pinets, rows_of, run_pine

pytestmark = [pytest.mark.long, needs_pinets]
KEYS = {"daily": DAY, "weekly": WEEK}
UNITS = {"daily": "D", "weekly": "W"}
SYMBOLS = {"Asia/Kolkata": "DASESEN", "America/New_York": "REVIBUX"}
ZONES = list(SYMBOLS)
MAPS = {
    "daily": SeedMap((SeedRange("", "seed_user_d1"), SeedRange("F", "seed_user_d2")), {}),
    "weekly": SeedMap((SeedRange("", "seed_user_w"),), {}),
}


class World:
    """The tables and published CSVs of an installation."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation

    def table(self, name: str, timeframe: str = "daily") -> pl.DataFrame:
        made = self.installation.platform.outputs.require(Slot(timeframe, KEYS[timeframe], "bars"))
        stored = made.table(name)
        return pl.read_parquet(self.installation.platform.outputs.read(stored))

    def bars(self, symbol: str, timeframe: str = "daily") -> pl.DataFrame:
        return self.table("bars", timeframe).filter(symbol=symbol).sort("session")

    def csv(self, symbol: str, indicator: str, timeframe: str = "daily") -> bytes:
        return (self.installation.site / timeframe / "latest" / f"{symbol}_{indicator}.csv").read_bytes()

    def chart(self, zone: str, unit: str = "D", timeframe: str = "daily") -> Chart:
        """The stock of that zone at TradingView, whose bars are the published prices."""
        return Chart(SYMBOLS[zone], zone, rows_of(self.csv(SYMBOLS[zone], "PRICE_DATA", timeframe)), unit)

    def seeds(self, zone: str, timeframe: str, layout: str) -> dict[tuple[str, str], bytes]:
        symbol, repository = SYMBOLS[zone], MAPS[timeframe].repository_of(SYMBOLS[zone])
        if layout == "packed":
            made = csv_files(self.table("bars", timeframe), packed_indicator(TIMEFRAMES[timeframe]))
            return {(repository, f"{symbol}_{UNITS[timeframe]}"): made[symbol]}
        names = ("RLST_RATING", "BLUE_DOTS", "BC_INDICATOR")
        return {(repository, f"{symbol}_{name}"): self.csv(symbol, name, timeframe) for name in names}

    def dots(self, symbol: str) -> set[date]:
        return set(self.table("dots").filter(symbol=symbol)["date"])

    def scripts(self) -> tuple[str, str]:
        """The embedded script, and the text for the paste script."""
        stocks = self.table("stocks")
        keys = {symbol: symbol for symbol in stocks["symbol"]}
        ratings = last_known_ratings(newest_bars([self.table("bars")], stocks), stocks, TIMEFRAMES["daily"])
        every = stocks_with_dots(stocks, ratings, self.table("dots"), keys)
        (script,) = embedded(every).values()
        return script, paste_text(every, AS_OF, epoch_of(every, AS_OF))


@pytest.fixture(scope="session")
def world(published: Installation) -> World:
    return World(published)


def near(found: list[Any], expected: list[float | None]) -> bool:
    """Equal, where both have a value; pinets keeps ten decimals."""
    return len(found) == len(expected) and all(
        one is other if one is None or other is None else abs(one - other) <= 1e-9 * max(1, abs(other))
        for one, other in zip(found, expected, strict=True)
    )


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("layout", ["series", "packed"])
@pytest.mark.parametrize("timeframe", ["daily", "weekly"])
def test_the_seed_indicator_equals_the_bars_table(world: World, timeframe: str, layout: str, zone: str) -> None:
    bars = world.bars(SYMBOLS[zone], timeframe)
    assert bars["rlst"].null_count() > 0, "a null shows whether it stays one"
    inputs = {"Series": timeframe, "Layout": layout}
    script = seed_scripts(MAPS, "series", {})[INDICATOR]
    chart = world.chart(zone, UNITS[timeframe], timeframe)
    seeds = world.seeds(zone, timeframe, layout)
    rated, lined = run_pine(
        Job(script, chart, seeds, inputs), Job(script, chart, seeds, {**inputs, "This pane shows": "RS line"})
    )
    assert rated.plots["Blue dot, 1 or 0"] == bars["blue_dot"].cast(int).to_list()
    assert [bool(one) for one in rated.plots["Blue dot"]] == bars["blue_dot"].to_list()
    assert rated.plots["RLST of this bar"] == bars["rlst"].to_list()
    assert rated.plots["RLST"] == bars["rlst"].forward_fill().to_list()
    assert near(rated.plots["Benchmark of this bar"], bars["bc"].to_list())
    assert near(lined.plots["RS line"], (bars["close"] / bars["bc"].forward_fill()).to_list())
    assert rated.tables == []
    fired = {place for title, place in rated.alerts if title == "Blue dot"}
    assert fired == {place for place, dot in enumerate(bars["blue_dot"]) if dot}


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("layout", ["series", "packed"])
def test_weekly_series_hold_on_a_daily_chart_until_the_next_week(world: World, layout: str, zone: str) -> None:
    weekly = {row["session"]: row for row in world.bars(SYMBOLS[zone], "weekly").iter_rows(named=True)}
    chart = world.chart(zone)
    script = seed_scripts(MAPS, layout, {})[INDICATOR]
    (shown,) = run_pine(Job(script, chart, world.seeds(zone, "weekly", layout), {"Series": "weekly"}))
    fridays = [(place, weekly[row[0]]) for place, row in enumerate(chart.rows) if row[0] in weekly]
    assert len(fridays) > 40
    for place, row in fridays:
        assert shown.plots["Blue dot, 1 or 0"][place] == int(row["blue_dot"])
        assert shown.plots["RLST of this bar"][place] == row["rlst"]
    between = [place for place, row in enumerate(chart.rows) if row[0].weekday() != 4]
    assert not any(shown.plots["Blue dot, 1 or 0"][place] for place in between)


def test_a_packed_dot_shows_on_a_longer_bar_and_the_joined_benchmark_does_not(world: World) -> None:
    zone = ZONES[0]
    chart = world.chart(zone, "W")
    weeks = {chart.first_day(row[0]) for row in chart.rows}
    rows = [_joined(week, [row for row in chart.rows if chart.first_day(row[0]) == week]) for week in sorted(weeks)]
    packed = rows_of(world.seeds(zone, "daily", "packed").popitem()[1])
    joined = [_joined(week, [row for row in packed if chart.first_day(row[0]) == week]) for week in sorted(weeks)]
    content = "".join(f"{day:%Y%m%d}T,{','.join(map(str, numbers))}\n" for day, *numbers in joined).encode()
    seeds = {(MAPS["daily"].repository_of(SYMBOLS[zone]), f"{SYMBOLS[zone]}_D"): content}
    script = seed_scripts(MAPS, "packed", {})[INDICATOR]
    (shown,) = run_pine(Job(script, Chart(SYMBOLS[zone], zone, rows, "W"), seeds))
    dotted = {chart.first_day(dot) for dot in world.bars(SYMBOLS[zone]).filter(pl.col("blue_dot"))["session"]}
    assert shown.plots["Blue dot, 1 or 0"] == [int(week in dotted) for week in sorted(weeks)]
    assert set(shown.plots["Benchmark of this bar"]) == {None}


def _joined(day: date, rows: list[Row]) -> Row:
    """Bars of one period as TradingView joins them."""
    return (
        day,
        rows[0][1],
        max(row[2] for row in rows),
        min(row[3] for row in rows),
        rows[-1][4],
        sum(row[5] for row in rows),
    )


def of_dots(world: World, chart: Chart, **more: Any) -> list[Shown]:
    """The embedded and the paste script on that chart."""
    script, text = world.scripts()
    return run_pine(Job(script, chart, **more), Job(paste_script(), chart, inputs={FIELD: text}, **more))


@pytest.mark.parametrize("zone", ZONES)
def test_embedded_and_paste_show_exactly_the_dots_on_daily_bars(world: World, zone: str) -> None:
    bars, dots = world.bars(SYMBOLS[zone]), world.dots(SYMBOLS[zone])
    inside = sum(bars["session"][0] <= dot for dot in dots)
    for shown in of_dots(world, world.chart(zone)):
        assert shown.plots["Blue dot, 1 or 0"] == bars["blue_dot"].cast(int).to_list()
        assert sum(shown.plots["Blue dot, 1 or 0"]) == sum(day in dots for day in bars["session"])
        (said,) = shown.tables
        assert f"{len(dots)} dots since {min(dots)}, last {max(dots)}" in said
        rating = bars["rlst"][-1]
        assert (f"RLST {rating:g} on {bars['session'][-1]}" if rating is not None else "no RLST") in said
        off_bar = inside - sum(bars["blue_dot"])
        assert ("on days without a bar here" in said) == (off_bar > 0)


@pytest.mark.parametrize("zone", ZONES)
def test_embedded_and_paste_mark_the_weeks_that_hold_a_dot(world: World, zone: str) -> None:
    bars = world.bars(SYMBOLS[zone], "weekly")
    for shown in of_dots(world, world.chart(zone, "W", "weekly")):
        assert shown.plots["Blue dot, 1 or 0"] == bars["blue_dot"].cast(int).to_list()


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("unit", "months"), [("M", 1), ("12M", 12)])  # pinets takes 3M for minutes
def test_embedded_and_paste_mark_the_months_that_hold_a_dot(world: World, zone: str, unit: str, months: int) -> None:
    def month(day: date) -> date:
        return date(day.year, (day.month - 1) // months * months + 1, 1)

    daily = world.chart(zone)
    rows = [_joined(start, list(days)) for start, days in groupby(daily.rows, lambda row: month(row[0]))]
    dotted = {month(dot) for dot in world.dots(SYMBOLS[zone])}
    for shown in of_dots(world, Chart(SYMBOLS[zone], zone, rows, unit)):
        assert shown.plots["Blue dot, 1 or 0"] == [int(row[0] in dotted) for row in rows]


@pytest.mark.parametrize("zone", ZONES)
def test_embedded_and_paste_mark_the_first_bar_of_a_day_on_intraday_charts(world: World, zone: str) -> None:
    rows = world.chart(zone).rows[-40:]
    chart = Chart(SYMBOLS[zone], zone, rows, "60")
    hours = [time(hour, 30) for hour in range(9, 16)]
    bars = [[chart.open_ms(row[0], hour), *row[1:], chart.open_ms(row[0], hour)] for row in rows for hour in hours]
    dots = world.dots(SYMBOLS[zone])
    for shown in of_dots(world, chart, bars=bars):
        assert shown.plots["Blue dot, 1 or 0"] == [
            int(hour == hours[0] and row[0] in dots) for row in rows for hour in hours
        ]


def test_a_stock_of_another_exchange_under_the_same_ticker_gets_no_dots(world: World) -> None:
    here, there = ZONES
    chart = Chart(SYMBOLS[here], there, world.chart(here).rows, prefix="NYSE")
    for shown in of_dots(world, chart):
        assert not any(shown.plots["Blue dot, 1 or 0"])
        assert f"{SYMBOLS[here]} is not in" in shown.tables[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "open this script's settings"),
        ("2024-08-02", "none of the site's"),
        ("BLUEDOT2;2024-08-02;2020#Asia/Kolkata|DASESEN:1:0:1|#END", "none of the site's"),
        ("BLUEDOT1;2024-08-02;2020#Asia/Kolkata|DASESEN:1:0:1", "was cut short"),
        ("BLUEDOT1;2024-08-02;2020#Asia/Kolkata|DASESEN:1:0:1z2|#END", "is damaged"),
        ("BLUEDOT1;2024-08-02;2020#Asia/Kolkata|DASESEN:1:0:1-|#END", "is damaged"),
        ("BLUEDOT1;2024-08-02;2020#Asia/Kolkata|OTHER:1:0:1|#END", "is not in the pasted text"),
        ("BLUEDOT1;2024-08-02;2020#America/New_York|DASESEN:1:0:1|#END", "is not in the pasted text"),
    ],
)
def test_what_is_wrong_with_a_pasted_text_is_said(world: World, text: str, said: str) -> None:
    (shown,) = run_pine(Job(paste_script(), world.chart(ZONES[0]), inputs={FIELD: text}))
    assert said in shown.tables[0]
    assert not any(shown.plots["Blue dot, 1 or 0"])


def test_line_breaks_and_spaces_that_a_paste_brings_in_do_no_harm(world: World) -> None:
    _, text = world.scripts()
    broken = "\r\n ".join(text[place : place + 70] for place in range(0, len(text), 70)) + "\n"
    (shown,) = run_pine(Job(paste_script(), world.chart(ZONES[0]), inputs={FIELD: broken}))
    assert shown.plots["Blue dot, 1 or 0"] == world.bars(SYMBOLS[ZONES[0]])["blue_dot"].cast(int).to_list()


def test_the_seed_scripts_find_the_repository_of_every_name(world: World) -> None:
    """Ranges, stocks outside of them, renamed tickers: what the corner says names the repository."""
    made = {
        "daily": SeedMap(
            (SeedRange("", "one"), SeedRange("BB_", "two"), SeedRange("M", "three")), {"ZEE": "one", "AA": "three"}
        )
    }
    script = seed_scripts(made, "series", {"DIXON": "DIX_IN"})[INDICATOR]
    rows = world.chart(ZONES[0]).rows[-2:]
    names = ["3M", "A", "AA", "BB", "BB_", "BB_A", "BBA", "BC", "LZ", "M", "M&M", "ZED", "ZEE", "ZEEL", "9"]
    jobs = [Job(script, Chart(name, ZONES[0], rows)) for name in [*names, "DIXON"]]
    said = [shown.tables[0].split("\n")[0] for shown in run_pine(*jobs)]
    published = [name.replace("&", "_") for name in names]
    assert said == [f"No rows of {name} in {made['daily'].repository_of(name)}." for name in published] + [
        "No rows of DIX_IN in two."
    ]
