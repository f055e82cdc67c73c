"""New inputs made of the corpus: JSON is changed by its structure, text by lines and separators, anything by bytes. The
same random numbers make the same input."""

import copy
import json
import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final

_DATES: Final = (
    *("2024-08-02", "2024-8-2", "2024-02-30", "0001-01-01", "9999-12-31", "0000-00-00", "1899-12-31", "2024-08-02 "),
    *("2024-W31", "2024-W53", "2020-W53", "9999-W52", "0001-W01", "2024-W31-1", "20240802", "02.08.2024", "08/02/24"),
    *("2024-08-02T00:00:00", "2024-08-02T00:00:00Z", "2024-08-02T23:59:60Z", "0001-01-01T00:00:00+23:59"),
    *("9999-12-31T23:59:59.999999-23:59", "2024-08-02T09:15:00+05:30", "2024-08-02T09:15:00.1234567+0530"),
    *("today", "+2027-11-07@19:15", "+2027-11-07@29:61", "XBOM:2027-01-15", "expected=3", "expected=999999999"),
)
_TEXTS: Final = (
    *("", " ", "-", "--", "N/A", "null", "None", "nan", "inf", "103", "1,234", "1.234,5", "1e999", "-1", "0x10", "٣"),
    *(
        "\ud800",
        "\udfff\ud800",
        "\0",
        "\ufeff",
        "\u200b",
        "\u2028",
        "\x85",
        "\r\n",
        "é",
        "ß",
        "ŉ",
        "ﬃ",
        "\uff1d1+1",
        "\U0001d7d9",
    ),
    *("=1+1", "@x", "../x", "..", "/etc/passwd", "a\\b", "x" * 300, "true", "Daily", "Weekly", "Holiday", "NSE:M&M"),
    *(
        "\uff1d1+1",
        "\uff21\uff22",
        "a\nb",
        "###x,",
        "#",
        ",",
        '"',
        "'",
        "</script>",
        "\x1b[0m",
        "~$x",
        "x (1)",
        "Copy of x",
    ),
)
_NUMBERS: Final = (
    *(0, -0.0, 1, -1, 0.5, 1.1, 99, 100, 1e-7, 5e-324, 1e22, 1.7976931348623157e308, float("nan"), float("inf")),
    *(float("-inf"), 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 2**64, 10**18, 10**400, -(10**19)),
    *(1722537000000, 1722537000, 1722537000000.5, 1722571200000, -2208988800000, 253402300799999, -62135596800000),
    *(8.64e15, 8.64e15 + 1, 1e17, -1e17),
)
_OTHERS: Final[tuple[Any, ...]] = (
    None,
    True,
    False,
    [],
    {},
    [[]],
    [{}],
    {"": None},
    {"\ud800": 1},
    [None] * 3,
    {"0": 0},
)
_ODD: Final = (*_DATES, *_DATES, *_TEXTS, *_NUMBERS, *_NUMBERS, *_OTHERS, *_OTHERS)
_PIECES: Final = (
    *(
        b"\0",
        b"\xff",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xf4\x90\x80\x80",
        b"\\ud800",
        b"\\u0000",
    ),
    *(b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\n", b"\r", b"\t", b";", b"#", b"=", b"-", b"@", b"+", b"NaN"),
    *(
        b"Infinity",
        b"-Infinity",
        b"1e999",
        b"1E400",
        b"-0",
        b"00",
        b"0.",
        b".5",
        b"null",
        b"tru",
        b"//",
        b"/*",
        b"\x1a",
    ),
)
_ENCODINGS: Final = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "latin-1", "cp1252", "utf-7")
_SEPARATORS: Final = (",", ";", "\t", "|", " ", "\n", "\r\n", "\r", "\x85", "\u2028", ", ", "=", ":")
_SCALAR: Final = re.compile(r'"(?:[^"\\]|\\.)*"(?!\s*:)|-?\d[\d.eE+-]*|true|false|null')
_KEY: Final = re.compile(r'("(?:[^"\\]|\\.)*")\s*:')
_LARGE: Final = 60_000  # bytes that a repeated piece may add, rarely


class Mutator:
    """`corpus` are the inputs to begin with; at least one."""

    def __init__(self, corpus: Sequence[bytes]) -> None:
        self._corpus = list(corpus)
        self._parsed = [one for one in map(_parsed, self._corpus) if isinstance(one, dict | list)]
        self._texts = [json.dumps(one) for one in self._parsed]

    def input(self, chance: Random) -> bytes:
        """One more: of JSON mostly JSON of another shape, now and then with damage."""
        if self._texts and chance.random() < 0.75:
            content = self._of_json(chance)
            return self._of_bytes(content, chance) if chance.random() < 0.1 else content
        content = chance.choice(self._corpus)
        kinds = (self._of_text, self._of_bytes, self._of_two)
        for _ in range(1 + _few(chance)):
            content = chance.choice(kinds)(content, chance)
        return content

    def changed(self, content: bytes, chance: Random) -> bytes:
        """That one, changed: by its structure where it has one."""
        found = _parsed(content)
        if isinstance(found, dict | list) and chance.random() < 0.6:
            return self._encoded(found, chance)
        return chance.choice((self._of_text, self._of_bytes, self._of_two))(content, chance)

    def _of_json(self, chance: Random) -> bytes:
        return self._encoded(json.loads(chance.choice(self._texts)), chance)

    def _encoded(self, document: Any, chance: Random) -> bytes:
        for _ in range(1 + _few(chance)):
            document = self._change(document, chance)
        # Bytes that are no text stand in it as lone surrogates.
        text = json.dumps(document, ensure_ascii=chance.random() < 0.7)
        for _ in range(_few(chance)):
            text = chance.choice(_IN_JSON)(text, chance)
        return text.encode("utf-8", "surrogatepass")

    def _change(self, document: Any, chance: Random) -> Any:
        """One change at a random place."""
        holder, place = _somewhere(document, chance)
        if place is None:
            return _odd(chance)
        kind = chance.randrange(10)
        if kind < 4:
            holder[place] = _odd(chance)
        elif kind == 4:
            del holder[place]
        elif kind == 5:
            other = _somewhere(json.loads(chance.choice(self._texts)), chance)
            holder[place] = other[0] if other[1] is None else other[0][other[1]]
        elif kind == 6:
            holder[place] = [holder[place]] if chance.random() < 0.5 else {str(place): holder[place]}
        elif kind == 7:
            holder[place] = _other_form(holder[place], chance)
        elif isinstance(holder, list):
            _reordered(holder, place, chance)
        else:
            holder[chance.choice((*_TEXTS, *holder))] = holder.pop(place)
        return document

    def _of_two(self, content: bytes, chance: Random) -> bytes:
        """The start of this one and the end of another."""
        other = chance.choice(self._corpus)
        return content[: chance.randint(0, len(content))] + other[chance.randint(0, len(other)) :]

    def _of_text(self, content: bytes, chance: Random) -> bytes:
        text = content.decode("utf-8", "surrogateescape")
        kind = chance.randrange(6)
        if kind == 0:
            lines = text.splitlines(keepends=True)
            chance.shuffle(lines)
            text = "".join(lines)
        elif kind == 1:
            lines = text.splitlines(keepends=True) or [""]
            place = chance.randrange(len(lines))
            lines[place : place + 1] = [] if chance.random() < 0.3 else [lines[place]] * chance.randint(1, 5)
            text = "".join(lines)
        elif kind == 2:
            text = text.replace(chance.choice(_SEPARATORS), chance.choice(_SEPARATORS))
        elif kind == 3:
            place = chance.randint(0, len(text))
            text = text[:place] + str(_odd(chance)) + text[place + chance.randrange(12) :]
        elif kind == 4:
            text = (
                text.swapcase()
                if chance.random() < 0.5
                else re.sub(r"\d+", lambda _: str(chance.choice(_NUMBERS)), text)
            )
        else:
            return text.encode(chance.choice(_ENCODINGS), "replace")
        return text.encode("utf-8", "surrogatepass" if chance.random() < 0.5 else "replace")

    def _of_bytes(self, content: bytes, chance: Random) -> bytes:
        changed = bytearray(content)
        for _ in range(1 + _few(chance)):
            place, kind = chance.randint(0, len(changed)), chance.randrange(6)
            if kind == 0:
                del changed[place:]
            elif kind == 1 and place < len(changed):
                changed[place] ^= 1 << chance.randrange(8)
            elif kind == 2:
                changed[place:place] = chance.choice(_PIECES)
            elif kind == 3:
                del changed[place : place + chance.randint(1, 40)]
            elif kind == 4:
                changed[place:place] = changed[place : place + chance.randint(1, 60)]
            else:
                changed[place : place + chance.randint(1, 4)] = chance.randbytes(chance.randint(1, 4))
        return bytes(changed)


def _odd(chance: Random) -> Any:
    """Of lists and objects a new one, which can be changed."""
    return copy.deepcopy(chance.choice(_ODD))


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _few(chance: Random) -> int:
    """Mostly none, seldom many."""
    return min(int(chance.expovariate(1)), 4)


def _somewhere(document: Any, chance: Random) -> tuple[Any, Any]:
    """A list or object in it and a place of it; the document and None where it has none."""
    holder, place = document, None
    inner = document
    while isinstance(inner, dict | list) and inner and (place is None or chance.random() < 0.85):
        holder = inner
        place = chance.choice(list(holder)) if isinstance(holder, dict) else chance.randrange(len(holder))
        inner = holder[place]
    return holder, place


def _other_form(value: Any, chance: Random) -> Any:
    """The same in another type, or nearly the same."""
    if isinstance(value, bool) or value is None:
        return chance.choice((str(value), int(bool(value)), [value]))
    if isinstance(value, int | float):
        near = (
            str(value),
            f"{value:,}",
            -value,
            value + 1,
            value // 3,
            value * 1000,
            value * 86_400_000,
            [value],
            bool(value),
        )
        return chance.choice(near)
    if isinstance(value, str):
        return chance.choice(
            (
                value[::-1],
                value + " ",
                value * 2,
                value.lower(),
                value[1:],
                chance.choice(_TEXTS) + value,
                [value],
                len(value),
            )
        )
    if isinstance(value, dict):
        return list(value.values()) if chance.random() < 0.5 else list(value)
    return dict(enumerate(value)) if chance.random() < 0.5 else value[::-1]


def _reordered(values: list[Any], place: int, chance: Random) -> None:
    kind = chance.randrange(3)
    if kind == 0:
        chance.shuffle(values)
    elif kind == 1:
        values[place:place] = [values[place]] * chance.randint(1, 30)
    else:
        other = chance.randrange(len(values))
        values[place], values[other] = values[other], values[place]


def _twice(text: str, chance: Random) -> str:
    """A key that stands twice in its object."""
    keys = list(_KEY.finditer(text))
    if not keys:
        return text
    one = chance.choice(keys)
    return f"{text[: one.start()]}{one[0]}{json.dumps(_odd(chance))},{text[one.start() :]}"


def _replaced(text: str, chance: Random, made: Callable[[], str]) -> str:
    """One value of it, replaced by a text that need not be JSON."""
    values = list(_SCALAR.finditer(text))
    if not values:
        return made()
    one = chance.choice(values)
    return text[: one.start()] + made() + text[one.end() :]


def _deep(text: str, chance: Random) -> str:
    deep = chance.choice((3, 30, 300, 500, 900, 1000, 1100, 3000))
    opened, closed = chance.choice((("[", "]"), ('{"a":', "}"), ("[{}, ", "]")))
    return _replaced(text, chance, lambda: opened * deep + "1" + closed * deep)


def _long(text: str, chance: Random) -> str:
    unit = chance.choice(("1", "x", " ", "\\u00e9", "[],", "{},", '"2024-08-02",', "0,", "null,"))
    count = chance.choice((20, 400, 4000)) if chance.random() < 0.95 else _LARGE // len(unit)
    many = unit * count
    return _replaced(text, chance, lambda: f"[{many}0]" if unit.endswith(",") else many if unit == "1" else f'"{many}"')


def _literal(text: str, chance: Random) -> str:
    words = (
        "NaN",
        "-Infinity",
        "1e999",
        "-1e-999",
        "0e5",
        "1E+2",
        "01",
        "+1",
        ".5",
        "1.",
        "'x'",
        "undefined",
        '"\\ud800"',
    )
    return _replaced(text, chance, lambda: chance.choice(words))


_IN_JSON: Final = (_twice, _deep, _long, _literal)
