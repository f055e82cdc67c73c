"""Text from outside, of any length and of any characters: as much of it as is shown, stored and published. What a
value means that came as text is in `plain_values`."""

from typing import Final

MOST_LETTERS: Final = 200  # of a name, or of another's words


def storable(text: str) -> str:
    """Text as it came, without what no table or page can hold (lone surrogates)."""
    return text.encode("utf-8", "replace").decode("utf-8")


def cut(text: str) -> str:
    """The text in at most MOST_LETTERS letters; where more are missing, `…` stands for them."""
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 1]}…"
