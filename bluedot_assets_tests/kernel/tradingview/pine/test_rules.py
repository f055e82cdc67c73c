"""One mutation of a good script for every rule, and the tokenizer that they rest on."""

import pytest

from bluedot_assets.kernel.tradingview.pine.rules import breaches, calls_of, declared, estimated_tokens, tokens_of
from bluedot_assets_tests.examples.pine_cases import every_script

GOOD = """//@version=6
indicator("Good", overlay = true)
twice(float x) =>
    float made = x * 2
    made
float rows = request.seed("seed_a_b", syminfo.ticker + "_BLUE_DOTS", high, ignore_invalid_symbol = true)
bool dot = rows == 1 and not (close > open)
if dot
    log.info("a (b \\" c")
plot(twice(close), "Close", #2563eb, display = display.all) // plot(close, wrong = 1
plotshape(dot, "Dot", shape.circle)
"""


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1
    return GOOD.replace(old, new)


def said(script: str) -> list[str]:
    return [str(breach) for breach in breaches(script)]


def test_a_good_script_breaks_nothing() -> None:
    assert breaches(GOOD) == []


@pytest.mark.parametrize(
    ("script", "rule"),
    [
        (changed("//@version=6", "//@version=5"), "line 1: the first line is not //@version=6"),
        (changed("//@version=6\n", ""), "line 1: the first line is not //@version=6"),
        (GOOD.rstrip("\n"), "line 11: the last line has no end"),
        (changed('indicator("Good", overlay = true)\n', ""), "0 declarations (indicator or strategy): exactly 1"),
        (GOOD + 'strategy("Twice")\n', "2 declarations (indicator or strategy): exactly 1"),
        (changed("ignore_invalid_symbol = true", "gaps = true"), "request.seed() has no argument gaps"),
        (changed("ignore_invalid_symbol = true", "lookahead = true"), "request.seed() has no argument lookahead"),
        (changed("ignore_invalid_symbol = true", 'timeframe = "D"'), "request.seed() has no argument timeframe"),
        (changed("display = display.all", "wide = 2"), "line 10: plot() has no argument wide"),
        (changed("display = display.all", 'title = "Again"'), "line 10: plot() is given title twice"),
        (changed("if dot\n", "if dot\n    plot(close)\n"), "line 9: plot() stands inside a block or another call"),
        (changed("twice(close)", "plot(close)"), "line 10: plot() stands inside a block or another call"),
        (GOOD + 'if dot\n    alertcondition(dot, "Dot")\n', "line 13: alertcondition() stands inside a block"),
        (GOOD + "plot(ta.smaa(close, 3))\n", "line 12: ta.smaa() is not among the functions that we know"),
        (GOOD + "plot(ta.sma(close, 3, 4))\n", "line 12: ta.sma() takes 2 arguments and is given 3"),
        (GOOD + "plot(close)\n" * 63, "65 plots: at most 64"),
        (GOOD + 'x = request.seed("a", "b", close)\n' * 40, "41 request calls: at most 40"),
        (GOOD + f'x = "{"a" * 40_961}"\n', "line 12: a text of 40961 characters: at most 40960"),
        (GOOD + f'x = "{"a" * 40_000}"\ny = "{"a" * 3_000}"\n', "tokens (estimated): at most 85000"),
        (GOOD + "x = 1\n" * 1000, "variables: at most 1000"),
        (GOOD + "text = 1\n", "line 12: text cannot be used as a name"),
        (GOOD + "if dot\n    var int range = 1\n", "line 13: range cannot be used as a name"),
        (GOOD + "for is = 0 to 1\n    x = 1\n", "line 12: is cannot be used as a name"),
        (GOOD + "for text in made\n    x = 1\n", "line 12: text cannot be used as a name"),
        (GOOD + "try(x) =>\n    x\n", "line 12: try cannot be used as a name"),
        (GOOD + "f(string text, int x) =>\n    x\n", "line 12: text cannot be used as a name"),
        (GOOD + "f(int x, int range = 2) =>\n    x\n", "line 12: range cannot be used as a name"),
        (changed("float made", "float high"), "line 4: high as a name hides what Pine calls so"),
        (GOOD + "plot(close\n", "line 12: the line ends inside brackets"),
        (GOOD + "x = close)\n", "line 12: ')' closes nothing"),
        (GOOD + "x = (close]\n", "line 12: ']' closes nothing"),
        (GOOD + "if dot\n  x = 1\n", "line 13: the indentation is not a multiple of four spaces"),
        (GOOD + "if dot\n\tx = 1\n", "line 13: '\\t' is no part of Pine"),
        (GOOD + 'x = "open\n', "line 12: '\"' is no part of Pine"),
        (GOOD + "x = {}\n", "line 12: '{' is no part of Pine"),
        (GOOD + 'x = "a\x07"\n', "line 12: a text holds control characters"),
    ],
)
def test_a_broken_rule_is_found(script: str, rule: str) -> None:
    assert any(rule in one for one in said(script)), said(script)


def test_reserved_words_that_name_nothing_are_no_breach() -> None:
    assert breaches(GOOD + 'if dot\n    table.cell(t, 0, 0, text = "a", text_halign = text.align_left)\n') == []
    assert [name.text for name in declared(tokens_of(GOOD))] == ["twice", "x", "made", "rows", "dot"]


def test_calls_are_found_with_their_arguments() -> None:
    calls = {call.function: call for call in calls_of(tokens_of(GOOD))}
    assert calls["plot"].named == ("display",)
    assert calls["plot"].unnamed == 3
    assert calls["twice"].nested
    assert "if" not in calls
    assert set(calls) == {"indicator", "request.seed", "log.info", "plot", "plotshape", "twice"}


def test_a_literal_costs_two_tokens_a_character() -> None:
    assert estimated_tokens('x = "' + "a" * 998 + '"\n') == 2 + 2 * 1000


@pytest.mark.parametrize(("name", "script"), every_script().items())
def test_no_token_of_a_script_is_lost(name: str, script: str) -> None:
    kept = "".join(token.text for token in tokens_of(script)).replace(" ", "")
    assert kept == script.replace(" ", ""), name
