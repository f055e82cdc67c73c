"""The expressions of workflows, `${{ ... }}`, as far as ours use them (GitHub, evaluate expressions). What is not known
here raises: a workflow that needs more must not pass by being misread."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

Context = Mapping[str, Any]
Function = Callable[..., Any]
STATUS: Final = frozenset({"success", "failure", "always", "cancelled"})
_TOKEN: Final = re.compile(r"\s*(?:('(?:[^']|'')*')|(==|!=|&&|\|\||[!(),.])|([A-Za-z_][\w-]*))")
_EMBEDDED: Final = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)


def interpolate(text: str, contexts: Context, functions: Mapping[str, Function]) -> str:
    """The text with every expression replaced by its value."""
    return _EMBEDDED.sub(lambda found: as_text(evaluate(found[1], contexts, functions)), text)


def condition(text: str | None, contexts: Context, functions: Mapping[str, Function]) -> bool:
    """An `if:`; one that asks for no status holds only while nothing failed."""
    inner = (text or "success()").strip()
    inner = inner[3:-2] if inner.startswith("${{") and inner.endswith("}}") else inner
    asks = any(re.search(rf"\b{name}\s*\(", inner) for name in STATUS)
    return truth(evaluate(inner if asks else f"success() && ({inner})", contexts, functions))


def evaluate(text: str, contexts: Context, functions: Mapping[str, Function]) -> Any:
    return _Parser(_tokens(text), contexts, functions).whole()


def truth(value: object) -> bool:
    return value not in (None, False, "", 0)


def as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else json.dumps(value)


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            raise ValueError(f"not understood in an expression: {text[at:]!r}")
        tokens.append(found[0].strip())
        at = found.end()
    return tokens


class _Parser:
    """Recursive descent: or, and, comparison, not, then names, calls and literals."""

    def __init__(self, tokens: Sequence[str], contexts: Context, functions: Mapping[str, Function]) -> None:
        self._tokens, self._at = tokens, 0
        self._contexts, self._functions = contexts, functions

    def whole(self) -> Any:
        value = self._or()
        if self._at != len(self._tokens):
            raise ValueError(f"left over in an expression: {' '.join(self._tokens[self._at :])}")
        return value

    def _next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1]

    def _takes(self, token: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at] == token:
            self._at += 1
            return True
        return False

    def _or(self) -> Any:
        value = self._and()
        while self._takes("||"):
            other = self._and()
            value = value if truth(value) else other
        return value

    def _and(self) -> Any:
        value = self._compared()
        while self._takes("&&"):
            other = self._compared()
            value = other if truth(value) else value
        return value

    def _compared(self) -> Any:
        value = self._one()
        if self._takes("=="):
            return as_text(value).lower() == as_text(self._one()).lower()
        if self._takes("!="):
            return as_text(value).lower() != as_text(self._one()).lower()
        return value

    def _one(self) -> Any:
        if self._takes("!"):
            return not truth(self._one())
        if self._takes("("):
            value = self._or()
            assert self._takes(")"), "a parenthesis is not closed"
            return value
        word = self._next()
        if word.startswith("'"):
            return word[1:-1].replace("''", "'")
        return self._call(word) if self._takes("(") else self._looked_up(word)

    def _call(self, name: str) -> Any:
        arguments = []
        while not self._takes(")"):
            arguments.append(self._or())
            self._takes(",")
        return self._functions[name](*arguments)

    def _looked_up(self, name: str) -> Any:
        value: Any = self._contexts[name]  # an unknown context is a mistake; an unknown property is empty
        while self._takes("."):
            key = self._next()
            value = value.get(key) if isinstance(value, Mapping) else None
        return value
