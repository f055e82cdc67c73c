"""Rules for generated Pine scripts that TradingView enforces and open parsers do not: limits, scopes, argument names.

Source: TradingView, Pine Script v6 user manual (limitations, script structure, other timeframes and data). The rules
read the script's text alone, so that a fault in a template is found as well as one in the data. The functions that
scripts may call are in `functions`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

from bluedot_assets.kernel.series.tradingview_rows import Violation
from bluedot_assets.kernel.tradingview.pine.functions import ANY, ARGUMENTS

VERSION: Final = "//@version=6"
MAX_TOKENS: Final = 85_000  # TradingView compiles 100,000; our estimate is no compiler
MAX_LITERAL: Final = 40_960  # characters
TOKENS_PER_CHARACTER: Final = 2  # of a literal, measured
MAX_REQUESTS: Final = 40
MAX_PLOTS: Final = 64
MAX_VARIABLES: Final = 1000
PLOTS: Final = frozenset(
    {"plot", "plotshape", "plotchar", "plotarrow", "plotbar", "plotcandle", "hline", "fill", "bgcolor", "barcolor"}
)
DECLARATIONS: Final = frozenset({"indicator", "strategy", "library"})
GLOBAL_ONLY: Final = PLOTS | DECLARATIONS | {"alertcondition"}
# TradingView, guide to version 5: these name no variable, parameter or function (a named argument may be `text`).
_RESERVED: Final = (
    "and as break by catch class continue do ellipse else export false for if import in is not or polygon range return "
    "struct switch text throw to true try var varip while"
)
_BUILT_IN: Final = (
    "ask bar_index bid close dayofmonth dayofweek high hl2 hlc3 hlcc4 hour last_bar_index low minute month na ohlc4 "
    "open second time time_close time_tradingday timenow volume weekofyear year"
)
RESERVED: Final = frozenset(_RESERVED.split())
BUILT_IN: Final = frozenset(_BUILT_IN.split())
NOT_OF_SEEDS: Final = frozenset({"gaps", "lookahead", "timeframe"})
_TOKEN: Final = re.compile(
    r"""(?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|(?P<comment>//[^\n]*)|(?P<end>\n)|(?P<colour>\#[0-9a-fA-F]{6,8})"""
    r"""|(?P<number>\d+(?:\.\d+)?|\.\d+)|(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)"""
    r"""|(?P<mark>:=|\+=|-=|\*=|/=|==|!=|<=|>=|=>|[-+*/%<>=?:,.()\[\]])|(?P<space>[ ]+)|(?P<foreign>.)"""
)
_PAIRS: Final = {")": "(", "]": "["}
_NO_FUNCTIONS: Final = {"and", "or", "not", "if", "while", "for", "to", "in", "switch", "return", "by"}
_NAMESPACES: Final = frozenset(name.partition(".")[0] for name in ARGUMENTS if "." in name)


@dataclass(frozen=True)
class Token:
    """A word of a script: its kind, its text, its line (from 1) and the indentation of the statement's line."""

    kind: str
    text: str
    line: int
    indent: int


@dataclass(frozen=True)
class Call:
    """A call: the function, the names of its named arguments, how many have none, and where it stands."""

    function: str
    named: tuple[str, ...]
    unnamed: int
    line: int
    indent: int
    nested: bool  # inside the brackets of another call


def breaches(script: str) -> list[Violation]:
    """What `script` breaks, in the order of its lines (0: all of it); empty when TradingView should take it."""
    tokens = tokens_of(script)
    calls = list(calls_of(tokens))
    found = [*_form(script, tokens), *_names(tokens), *_limits(tokens, calls), *chain.from_iterable(map(_call, calls))]
    return sorted((Violation("", line, rule) for line, rule in found), key=lambda one: one.line)


def estimated_tokens(script: str) -> int:
    """Compiled tokens as TradingView counts them, estimated: a literal costs two a character, the rest one a word."""
    return _estimate(tokens_of(script))


def tokens_of(script: str) -> list[Token]:
    """All tokens but spaces."""
    tokens = []
    line, indent, begins = 1, 0, True
    for match in _TOKEN.finditer(script):
        kind = str(match.lastgroup)
        if begins:
            indent = len(match[0]) if kind == "space" else 0
        begins = kind == "end"
        if kind != "space":
            tokens.append(Token(kind, match[0], line, indent))
        line += begins
    return tokens


def calls_of(tokens: list[Token]) -> Iterator[Call]:
    """The calls, inner ones before those that hold them. The head of a function's definition is none."""
    words = _words(tokens)
    opened: list[tuple[int, list[str], int, bool]] = []  # place of `(`, named arguments, commas, whether it is a call
    for place, word in enumerate(words):
        before = words[place - 1] if place else word
        if word.kind != "mark":
            continue
        if word.text in {"(", "["}:
            is_call = word.text == "(" and before.kind == "name" and before.text not in _NO_FUNCTIONS
            opened.append((place, [], 0, is_call))
        elif word.text in _PAIRS and opened:
            start, named, commas, is_call = opened.pop()
            if is_call and not (place + 1 < len(words) and words[place + 1].text == "=>"):
                count = commas + 1 if place > start + 1 else 0
                name, nested = words[start - 1], any(outer[3] for outer in opened)
                yield Call(name.text, tuple(named), count - len(named), name.line, name.indent, nested)
        elif word.text == "," and opened:
            start, named, commas, is_call = opened[-1]
            opened[-1] = (start, named, commas + 1, is_call)
        elif word.text == "=" and opened and before.kind == "name":
            opened[-1][1].append(before.text)


def declared(tokens: list[Token]) -> Iterator[Token]:
    """The names that the script gives: to variables, functions, their parameters and what loops run over."""
    words = _words(tokens)
    opened: list[int] = []
    for (place, word), after in zip(enumerate(words), [*(word.text for word in words[1:]), ""], strict=True):
        if word.kind == "mark" and word.text in {"(", "["}:
            opened.append(place)
        elif word.kind == "mark" and word.text in _PAIRS and opened:
            start = opened.pop()
            if after == "=>":
                yield from (one for one in words[max(start - 1, 0) : start] if one.kind == "name")
                yield from _parameters(words[start : place + 1])
        elif word.kind == "name" and not opened and (after == "=" or (place and words[place - 1].text == "for")):
            yield word


def _words(tokens: list[Token]) -> list[Token]:
    return [token for token in tokens if token.kind not in {"comment", "end"}]


def _parameters(head: list[Token]) -> Iterator[Token]:
    for before, word, after in zip(head, head[1:], head[2:], strict=False):
        if word.kind == "name" and before.text != "=" and after.text in {",", ")", "="}:
            yield word


Breach = tuple[int, str]  # line, and the rule that is broken there


def _form(script: str, tokens: list[Token]) -> Iterator[Breach]:
    if script.split("\n", 1)[0] != VERSION:
        yield 1, f"the first line is not {VERSION}"
    if not script.endswith("\n"):
        yield script.count("\n") + 1, "the last line has no end"
    opened: list[str] = []
    for token in tokens:
        if token.kind == "foreign":
            yield token.line, f"{token.text!r} is no part of Pine outside of texts and comments"
        elif token.kind == "mark" and token.text in {"(", "["}:
            opened.append(token.text)
        elif token.kind == "mark" and token.text in _PAIRS and (not opened or opened.pop() != _PAIRS[token.text]):
            yield token.line, f"{token.text!r} closes nothing"
        elif token.kind == "end" and opened:
            yield token.line, "the line ends inside brackets"
            opened.clear()
        if token.indent % 4:
            yield token.line, "the indentation is not a multiple of four spaces"


def _names(tokens: list[Token]) -> Iterator[Breach]:
    for name in declared(tokens):
        if name.text in RESERVED:
            yield name.line, f"{name.text} cannot be used as a name: Pine reserves the word"
        elif name.text in BUILT_IN:
            yield name.line, f"{name.text} as a name hides what Pine calls so"


def _limits(tokens: list[Token], calls: list[Call]) -> Iterator[Breach]:
    for token in tokens:
        if token.kind == "text" and len(token.text) - 2 > MAX_LITERAL:
            yield token.line, f"a text of {len(token.text) - 2} characters: at most {MAX_LITERAL}"
        if token.kind == "text" and not token.text.isprintable():
            yield token.line, "a text holds control characters"
    functions = [call.function for call in calls]
    if (declarations := sum(one in DECLARATIONS for one in functions)) != 1:
        yield 0, f"{declarations} declarations (indicator or strategy): exactly 1"
    counts = {
        "plots": (sum(one in PLOTS for one in functions), MAX_PLOTS),
        "request calls": (sum(one.startswith("request.") for one in functions), MAX_REQUESTS),
        "tokens (estimated)": (_estimate(tokens), MAX_TOKENS),
        "variables": (sum(token.text in {"=", ":="} for token in tokens), MAX_VARIABLES),
    }
    yield from ((0, f"{number} {what}: at most {most}") for what, (number, most) in counts.items() if number > most)


def _estimate(tokens: list[Token]) -> int:
    return sum(TOKENS_PER_CHARACTER * len(word.text) if word.kind == "text" else 1 for word in _words(tokens))


def _call(call: Call) -> Iterator[Breach]:
    if call.function in GLOBAL_ONLY and (call.indent or call.nested):
        yield call.line, f"{call.function}() stands inside a block or another call: only the global scope has it"
    if call.function == "request.seed" and (wrong := sorted(NOT_OF_SEEDS & set(call.named))):
        yield call.line, f"request.seed() has no argument {', '.join(wrong)}"
        return
    known = ARGUMENTS.get(call.function)
    if known is None and "." in call.function and call.function.partition(".")[0] in _NAMESPACES:
        yield call.line, f"{call.function}() is not among the functions that we know"
    if known is None or known == ANY:
        return
    if wrong := [name for name in call.named if name not in known]:
        yield call.line, f"{call.function}() has no argument {', '.join(wrong)}"
    if again := {name for name in call.named if call.named.count(name) > 1 or name in known[: call.unnamed]}:
        yield call.line, f"{call.function}() is given {', '.join(sorted(again))} twice"
    if call.unnamed > len(known):
        yield call.line, f"{call.function}() takes {len(known)} arguments and is given {call.unnamed}"
