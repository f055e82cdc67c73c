"""The scripts as text: they parse, keep our rules, say what they hold, and change only with their data."""

import random
from datetime import timedelta

import pytest
from pynescript import ast

from bluedot_assets.kernel.tradingview.pine.data import epoch_of, parts_of
from bluedot_assets.kernel.tradingview.pine.rules import MAX_TOKENS, breaches, estimated_tokens
from bluedot_assets.kernel.tradingview.pine.scripts import INDICATOR, STRATEGY, Edition, embedded_script, seed_scripts
from bluedot_assets_tests.examples.pine_cases import AS_OF, MAPS, embedded, every_script, many, stock


@pytest.mark.long
def test_a_second_parser_reads_an_indicator_and_the_strategies() -> None:
    # One test, for pynescript spends most of its time on the first script that it meets; the others have the same
    # functions as the indicator.
    for name, script in every_script().items():
        if "strategy" in name or "embedded" in name:
            assert isinstance(ast.parse(script), ast.Script), name


@pytest.mark.parametrize(("name", "script"), every_script().items())
def test_every_script_keeps_the_rules(name: str, script: str) -> None:
    assert breaches(script) == [], name
    assert script.isascii()


def test_equal_data_in_another_order_give_equal_bytes() -> None:
    stocks = many(300, 160)
    turned = list(stocks)
    random.Random(1).shuffle(turned)
    assert embedded(turned) == embedded(stocks)


@pytest.mark.parametrize(("dots", "least", "most"), [(160, 4, 5), (36, 1, 2)])
def test_a_thousand_stocks_are_few_scripts_below_every_limit(dots: int, least: int, most: int) -> None:
    scripts = embedded(many(1000, dots))
    assert least <= len(scripts) <= most
    for script in scripts.values():
        assert breaches(script) == []
        assert MAX_TOKENS / 2 < estimated_tokens(script) <= MAX_TOKENS


def test_the_title_says_date_number_and_range() -> None:
    first, second, *_ = embedded(many(500, 160)).values()
    assert '"BlueDot 1/3 2024-08-02 (S0000 to S0165)"' in first
    assert '"BlueDot 2/3 2024-08-02 (S0166 to S0332)"' in second


def test_sample_data_are_named_in_title_and_heading() -> None:
    (script,) = embedded([stock("ACC")], Edition(AS_OF, sample=True)).values()
    assert '"BlueDot 1/1 SAMPLE 2024-08-02' in script
    assert "MADE-UP SAMPLE DATA" in script


def test_the_address_of_the_site_stays_inside_its_comment() -> None:
    stocks = [stock("ACC")]
    epoch = epoch_of(stocks, AS_OF)
    (part,) = parts_of(stocks, AS_OF, epoch)
    script = embedded_script(part, Edition(AS_OF, False, 'https://x.io/"a\nplot(close)'), epoch)
    assert breaches(script) == []
    assert [line for line in script.splitlines() if "x.io" in line] == [
        '// Newest version: https://x.io/"a plot(close)/pine/'
    ]


def test_another_day_without_news_changes_only_what_names_the_day() -> None:
    stocks = [stock("ACC"), stock("ZEE")]
    epoch = epoch_of(stocks, AS_OF)
    (part,) = parts_of(stocks, AS_OF, epoch)
    one = embedded_script(part, Edition(AS_OF, False), epoch)
    other = embedded_script(part, Edition(AS_OF + timedelta(days=1), False), epoch)
    assert one.replace("2024-08-02", "2024-08-03") == other


def test_the_seed_scripts_name_the_repositories_of_this_installation() -> None:
    for script in seed_scripts(MAPS, "packed", {}).values():
        for repository in ("seed_user_daily_1", "seed_user_daily_2", "seed_user_weekly"):
            assert f'repository := "{repository}"' in script
        assert 'input.string("packed", "Layout"' in script


def test_without_repositories_the_scripts_ask_for_one() -> None:
    for script in seed_scripts({}, "series", {}).values():
        assert 'write the name of yours into the setting "Repository"' in script
        assert 'repository := "' not in script


def test_the_seed_scripts_name_the_benchmarks_whatever_those_are_called() -> None:
    names = {"Asia/Kolkata": 'NIFTY "500"\\\nplot(close)', "America/New_York": "S&P 500"}
    shown = seed_scripts(MAPS, "series", {}, names)
    for script in shown.values():
        assert breaches(script) == []
        assert (
            'the close of the benchmark (S&P 500 (America/New_York), NIFTY "500"\\ plot(close) (Asia/Kolkata))'
            in script
        )
    assert r'Benchmark: S&P 500 (America/New_York), NIFTY \"500\"\\ plot(close) (Asia/Kolkata)."' in shown[INDICATOR]
    assert "Benchmark: the index that the uploader asked the vendor for." in seed_scripts(MAPS, "series", {})[INDICATOR]


def test_a_ratio_has_decimals_of_its_own_for_a_charts_own_are_those_of_its_price() -> None:
    lines = [
        line
        for script in seed_scripts(MAPS, "series", {}).values()
        for line in script.splitlines()
        if line.startswith("plot(") and '"RS line"' in line
    ]
    assert len(lines) == 2
    assert all("format = format.price, precision = 10" in line for line in lines)


def test_too_many_renamed_stocks_are_left_to_the_setting() -> None:
    renamed = {f"TICKER{number}": f"NAME{number}" for number in range(3000)}
    for script in seed_scripts(MAPS, "series", renamed).values():
        assert 'RENAMED = ""' in script
        assert breaches(script) == []


def test_the_indicator_draws_dots_on_the_price_and_has_alerts() -> None:
    scripts = seed_scripts(MAPS, "series", {})
    assert "force_overlay = true" in scripts[INDICATOR]
    assert scripts[INDICATOR].count("alertcondition(") == 5
    assert "{{ticker}}" in scripts[INDICATOR]
    assert "strategy.exit(" in scripts[STRATEGY]
