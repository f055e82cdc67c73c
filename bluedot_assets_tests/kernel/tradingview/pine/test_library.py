"""The published files as a whole: the catalog says what there is, and the verdicts what is wrong."""

import json
from dataclasses import replace

from bluedot_assets.kernel.tradingview.pine.library import Material, make_library, rules_verdict, stocks_verdict
from bluedot_assets.kernel.tradingview.pine.scripts import Edition
from bluedot_assets_tests.examples.pine_cases import AS_OF, MAPS, many, stock

STOCKS = [stock("ACC"), stock("DIX_IN", key="DIXON"), stock("ABC", key="NSE.ABC")]
MATERIAL = Material(Edition(AS_OF, False), STOCKS, STOCKS[:2], 2, ["TWICE"], MAPS, "series")


def test_the_catalog_tells_of_every_script() -> None:
    files = make_library(MATERIAL)
    catalog = json.loads(files["scripts.json"])
    assert {"scripts.json", "bluedot_dots.txt", *(one["file"] for one in catalog["scripts"])} == set(files)
    assert [one["kind"] for one in catalog["scripts"]] == ["embedded", "paste", "indicator", "strategy"]
    assert {key: catalog["scripts"][0][key] for key in ("number", "of", "stocks", "first", "last")} == {
        "number": 1,
        "of": 1,
        "stocks": 2,
        "first": "ACC",
        "last": "DIXON",
    }
    assert catalog["keys"] == {"DIX_IN": "DIXON", "ABC": "NSE.ABC", "TWICE": None}
    assert (catalog["as_of"], catalog["newest"], catalog["stocks"]) == ("2024-08-02", 2, 2)
    for one in catalog["scripts"]:
        assert one["bytes"] == len(files[one["file"]])


def test_the_text_holds_every_stock_with_all_dots_whatever_the_scripts_hold() -> None:
    text = make_library(MATERIAL)["bluedot_dots.txt"].decode()
    assert [name in text for name in ("|ACC:", "|DIXON:", "|NSE.ABC:")] == [True] * 3
    assert make_library(replace(MATERIAL, chosen=[], newest=None))["bluedot_dots.txt"].decode() == text


def test_equal_material_gives_equal_bytes() -> None:
    material = Material(Edition(AS_OF, True), many(300, 100), many(300, 100), None, [], MAPS, "packed")
    turned = replace(material, every=material.every[::-1], chosen=material.chosen[::-1])
    assert make_library(turned) == make_library(material)


def test_repositories_that_could_not_be_read_leave_their_scripts_out() -> None:
    files = make_library(replace(MATERIAL, maps=None))
    assert not {"bluedot_indicator.pine", "bluedot_strategy.pine"} & set(files)
    assert "bluedot_paste.pine" in files


def test_the_seed_scripts_know_what_a_ticker_is_called_in_the_files() -> None:
    assert '"|DIXON:DIX_IN|"' in make_library(MATERIAL)["bluedot_indicator.pine"].decode()


def test_good_scripts_pass_and_a_broken_one_is_named() -> None:
    files = make_library(MATERIAL)
    assert rules_verdict(files).passed
    broken = files | {"bluedot_paste.pine": files["bluedot_paste.pine"] + b"plot(close, wide = 2)\n"}
    verdict = rules_verdict(broken)
    assert verdict.blocks
    assert "bluedot_paste.pine, line" in verdict.message
    assert "plot() has no argument wide" in verdict.message


def test_what_the_embedded_scripts_lack_is_a_warning() -> None:
    assert stocks_verdict(replace(MATERIAL, without_key=[]), []).passed
    unknown = stocks_verdict(replace(MATERIAL, without_key=[]), ["GONE"])
    assert not unknown.passed
    assert not unknown.blocks
    assert "names 1 that are not published, first GONE" in unknown.message
    assert "first TWICE: see BLUEDOT_TICKERS" in stocks_verdict(MATERIAL, []).message
    assert "chooses none" in stocks_verdict(replace(MATERIAL, chosen=[], without_key=[]), []).message
