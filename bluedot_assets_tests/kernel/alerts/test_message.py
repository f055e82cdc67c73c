"""The text of a message within a service's limit, and names from outside that stay text."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bluedot_assets.kernel.alerts.message import Item, Message, length, plain, render

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=60)


def message(count: int, *, more: str = "https://x.example/", after: str = "57 stocks.") -> Message:
    items = [
        Item(f"[S{number:03d}](https://x.example/S{number:03d}) 110.00", f"S{number:03d}") for number in range(count)
    ]
    return Message(id="m", topic="digest", title="t", paragraphs=["Many."], items=items, after=[after], more=more)


def test_what_fits_is_whole() -> None:
    assert render(message(2), 500) == (
        "Many.\n\n- [S000](https://x.example/S000) 110.00\n- [S001](https://x.example/S001) 110.00\n\n57 stocks."
    )


def test_what_does_not_fit_as_lines_is_named_at_least() -> None:
    text = render(message(20), 300)
    assert len(text) <= 300
    assert text.startswith("Many.\n\n- [S000]")
    assert all(f"S{number:03d}" in text for number in range(20))
    assert "Also: " in text


def test_what_cannot_even_be_named_is_counted_with_a_link_to_the_rest() -> None:
    text = render(message(500), 300)
    named = len(re.findall(r"S\d{3}", text))
    assert named > 10
    assert f"and {500 - named} more: https://x.example/" in text
    assert text.endswith("57 stocks.")


def test_where_nothing_fits_the_text_is_cut_and_says_so() -> None:
    assert render(message(3), 4) == "Man…"


def test_an_emoji_counts_as_the_services_count_it() -> None:
    assert length("a😀") == 3


@given(st.integers(0, 120), st.integers(2, 3000), WORDS)
@settings(max_examples=300, deadline=None)
def test_no_text_is_longer_than_its_limit_and_none_hides_how_many_there_are(count: int, limit: int, after: str) -> None:
    made = message(count, after=plain(after))
    text = render(made, limit)
    assert length(text) <= limit
    left = re.search(r"and (\d+) more|(\d+) in all", text)
    named = len(set(re.findall(r"\bS\d{3}\b", text)))
    if not text.endswith("…"):
        assert named + int((left[1] or left[2]) if left else 0) == count


@pytest.mark.parametrize(
    ("given_", "shown"),
    [
        ("Larsen & Toubro", "Larsen & Toubro"),
        ("<script>alert(1)</script>", "(script)alert(1)(/script)"),
        ("<!channel> *bold* `code` [x](http://evil)", "(!channel) ·bold· 'code' (x)(http://evil)"),
        ("two\nlines\tand\x00nul", "two lines and nul"),
        ("right\u202eto left\u200f", "right to left"),
        ("BLUEDOT_MIN_COMPLETE", "BLUEDOT_MIN_COMPLETE"),
    ],
)
def test_a_name_from_outside_is_one_line_without_markup(given_: str, shown: str) -> None:
    assert plain(given_) == shown


@pytest.mark.parametrize("call", ["@everyone", "@here", "@channel", "@EVERYONE"])
def test_a_name_wakes_nobody(call: str) -> None:
    assert call not in plain(f"hello {call}")
    assert call.removeprefix("@") in plain(f"hello {call}")


@given(st.text(max_size=900))
def test_plain_text_is_short_and_holds_no_markup(text: str) -> None:
    shown = plain(text, 100)
    assert len(shown) <= 100
    assert not set(shown) & set("<>*`[]|\\~\n\r")
