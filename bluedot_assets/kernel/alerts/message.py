"""A message to people, and its text within the length that a service takes: CommonMark of the plainest kind, which
Apprise turns into what each service understands. Everything from the data goes through `plain`, so that a name is never
markup and wakes nobody as `@everyone`. What messages say is in `wording` and `digest`; sending is
`adapters/notifier`."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable
from typing import Final, Literal

import msgspec

Topic = Literal["digest", "trouble"]
LONGEST_PLAIN: Final = 600  # characters of a reason; whole tracebacks are in the run's log
_MARKUP: Final = str.maketrans(
    {"<": "(", ">": ")", "[": "(", "]": ")", "|": "/", "\\": "/", "*": "\N{MIDDLE DOT}", "`": "'", "~": "-"}
)
_CALLS: Final = re.compile(r"@(?=everyone|here|channel)", re.IGNORECASE)


class Item(msgspec.Struct, frozen=True, array_like=True):
    """A line of a list, and its name alone for where the line does not fit."""

    line: str
    name: str


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`id` says of which event it speaks: two of one id are the same news. Paragraphs stand before the list, `after`
    behind it; `more` is where the rest of a list that was cut can be read."""

    id: str
    topic: Topic
    title: str
    paragraphs: list[str] = []
    items: list[Item] = []
    after: list[str] = []
    more: str = ""


def plain(text: object, most: int = LONGEST_PLAIN) -> str:
    """Text from outside as one line without markup or control characters, cut at `most` characters."""
    visible = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in str(text))
    line = _CALLS.sub("@\u200b", " ".join(visible.split()).translate(_MARKUP))
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def length(text: str) -> int:
    """As the strictest of the services count: UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def render(message: Message, limit: int) -> str:
    """The body within `limit`: whole lines for as many items as fit beside the names of all others; where not even the
    names fit, some, and how many more there are. Text that is too long without any list is cut at its end."""
    items = message.items

    def body(lines: int, names: int) -> str:
        listed = "\n".join(f"- {item.line}" for item in items[:lines])
        named = ", ".join(item.name for item in items[lines : lines + names])
        left = len(items) - lines - names
        rest = _rest(named, left, message.more) if len(items) > lines else ""
        return "\n\n".join(part for part in (*message.paragraphs, listed, rest, *message.after) if part)

    def fits(lines: int, names: int) -> bool:
        return length(body(lines, names)) <= limit

    if fits(len(items), 0):
        return body(len(items), 0)
    lines = _most(len(items), lambda count: fits(count, len(items) - count))
    if lines >= 0:
        return body(lines, len(items) - lines)
    names = _most(len(items), lambda count: fits(0, count))
    return body(0, names) if names >= 0 else _cut(body(0, 0), limit)


def _rest(named: str, left: int, more: str) -> str:
    where = f": {more}" if more else ""
    if not left:
        return f"Also: {named}."
    return f"Also: {named} and {left} more{where}" if named else f"{left} in all{where}"


def _most(highest: int, fits: Callable[[int], bool]) -> int:
    """The highest count that fits, where a lower one fits whenever a higher one does; -1 when not even 0 does."""
    return bisect_left(range(highest + 1), 1, key=lambda count: not fits(count)) - 1


def _cut(text: str, limit: int) -> str:
    while text and length(text) > limit - 1:
        text = text[: -max(1, (length(text) - limit) // 2)]
    return f"{text.rstrip()}…"


def link(text: str, url: str) -> str:
    """`text` is a link where there is an address."""
    return f"[{text}]({url})" if url else text


def without_links(text: str) -> str:
    """As a terminal shows it: the text of each link alone."""
    return re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text)
