"""The language of files.list's q: read strictly, as Drive does, into an expression.

Source: "Search query terms and operators" of the Drive API guide. `and` and `or` bind alike, from the left.
Here: the grammar. Not here: which files an expression selects (matching.py).
"""

import functools
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bluedot_assets_tests.servers.drive.errors import DriveError, invalid_value, not_implemented

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\['\\])*')|(?P<operator><=|>=|!=|=|<|>)|(?P<bracket>[()])|(?P<word>[A-Za-z.]+))"
)
_ESCAPED = re.compile(r"\\(['\\])")
_TEXT = frozenset({"=", "!=", "contains"})
_EQUAL = frozenset({"=", "!="})
_TIME = frozenset({"=", "!=", "<", "<=", ">", ">="})
_OPERATORS = {
    "name": _TEXT,
    "mimeType": _TEXT,
    "modifiedTime": _TIME,
    "createdTime": _TIME,
    "trashed": _EQUAL,
    "starred": _EQUAL,
    "sharedWithMe": _EQUAL,
    "shortcutDetails.targetId": _EQUAL,
}
_FLAGS = {"trashed", "starred", "sharedWithMe"}
_TIMES = {"modifiedTime", "createdTime"}
_COLLECTIONS = {"parents", "owners", "writers", "readers"}
_ELSEWHERE = {"fullText", "properties", "appProperties", "visibility", "viewedByMeTime", "labels", "memberCount"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """`field operator value`; the value is epoch seconds for times, a bool for flags."""

    field: str
    operator: str
    value: str | float | bool


@dataclass(frozen=True, slots=True)
class In:
    """`'value' in collection`. `dropped`: a second parent in an `or`, which Drive silently leaves out."""

    value: str
    collection: str
    dropped: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of an expression."""

    inner: "Expression"


@dataclass(frozen=True, slots=True)
class Both:
    """`left and right` or `left or right`."""

    operator: str
    left: "Expression"
    right: "Expression"


Expression = Comparison | In | Not | Both


@functools.lru_cache(maxsize=512)
def parse_query(q: str) -> Expression | None:
    """The expression of a query, None for an empty one.

    Raises DriveError: 400 invalid (location q) for what Drive can't read, 501 for terms this server lacks.
    """
    if not q.strip():
        return None
    parser = _Parser(_tokens(q))
    expression = parser.expression()
    if parser.peek() is not None:
        raise invalid_value("q")
    return _drop_later_parents(expression)


def parents_of(expression: Expression | None) -> list[str]:
    """Every folder id that a query names, those that Drive drops left out."""
    match expression:
        case In(value, "parents", dropped=False):
            return [value]
        case Not(inner):
            return parents_of(inner)
        case Both(_, left, right):
            return parents_of(left) + parents_of(right)
        case _:
            return []


def required_parent(expression: Expression | None) -> str | None:
    """The folder in which every match must stand, if the query says so."""
    match expression:
        case In(value, "parents", dropped=False):
            return value
        case Both("and", left, right):
            return required_parent(left) or required_parent(right)
        case Both("or", left, In(_, "parents", dropped=True)):
            return required_parent(left)
        case _:
            return None


def _tokens(q: str) -> list[tuple[str, str]]:
    found, at = [], 0
    end = len(q.rstrip())
    while at < end:
        token = _TOKEN.match(q, at)
        if token is None or token.lastgroup is None:
            raise invalid_value("q")
        found.append((token.lastgroup, token[token.lastgroup]))
        at = token.end()
    return found


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0

    def peek(self) -> tuple[str, str] | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next(self) -> tuple[str, str]:
        token = self.peek()
        if token is None:
            raise invalid_value("q")
        self._at += 1
        return token

    def _word(self, *words: str) -> str | None:
        token = self.peek()
        if token is not None and token[0] == "word" and token[1].lower() in words:
            self._at += 1
            return token[1].lower()
        return None

    def expression(self) -> Expression:
        left = self._term()
        while operator := self._word("and", "or"):
            left = Both(operator, left, self._term())
        return left

    def _term(self) -> Expression:
        if self._word("not"):
            return Not(self._term())
        kind, text = self._next()
        if text == "(":
            inner = self.expression()
            if self._next() != ("bracket", ")"):
                raise invalid_value("q")
            return inner
        if kind == "text":
            return self._membership(_unquoted(text))
        if kind == "word":
            return self._comparison(text)
        raise invalid_value("q")

    def _membership(self, value: str) -> Expression:
        if not self._word("in"):
            raise invalid_value("q")
        kind, collection = self._next()
        if kind != "word" or collection not in _COLLECTIONS:
            raise invalid_value("q")
        return In(value, collection)

    def _comparison(self, field: str) -> Expression:
        if field in _ELSEWHERE:
            raise not_implemented(f"the query term {field}")
        kind, operator = self._next()
        if kind not in {"operator", "word"} or operator.lower() not in _OPERATORS.get(field, ()):
            raise invalid_value("q")
        kind, text = self._next()
        if field in _FLAGS:
            if kind != "word" or text.lower() not in {"true", "false"}:
                raise invalid_value("q")
            return Comparison(field, operator, text.lower() == "true")
        if kind != "text":
            raise invalid_value("q")
        value = _unquoted(text)
        return Comparison(field, operator.lower(), _moment(value) if field in _TIMES else value)


def _unquoted(text: str) -> str:
    return _ESCAPED.sub(r"\1", text[1:-1])


def _moment(text: str) -> float:
    """Epoch seconds of an RFC 3339 time; UTC where it names no offset."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise _bad_time() from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _bad_time() -> DriveError:
    return invalid_value("q")


def _drop_later_parents(expression: Expression, kept: list[str] | None = None) -> Expression:
    """Mark each parent after the first one in an `or`: Drive answers for the first and says nothing."""
    match expression:
        case Both("or", left, right):
            kept = [] if kept is None else kept
            left = _drop_later_parents(left, kept)
            return Both("or", left, _drop_later_parents(right, kept))
        case Both("and", left, right):
            return Both("and", _drop_later_parents(left, kept), _drop_later_parents(right, kept))
        case In(value, "parents") if kept is not None:
            if kept and value not in kept:
                return replace(expression, dropped=True)
            kept.append(value)
            return expression
        case _:
            return expression
