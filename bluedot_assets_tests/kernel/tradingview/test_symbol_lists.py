"""The watchlist of the digest, in the forms that people have it in."""

import pytest

from bluedot_assets.kernel.tradingview.symbol_lists import watched_symbols


@pytest.mark.parametrize(
    "text",
    [
        "DIXON\nM&M\nBRK.B\n",
        "\ufeffdixon\r\nm&m\r\n\r\nbrk.b",
        "# mine\nNSE:DIXON\nNSE:M_M\nNYSE:BRK.B",
        "###Mine,NSE:DIXON,NSE:M_M,###Others 2024-08-02,NYSE:BRK.B",
        " DIXON ; M&M ;BRK_B;;",
    ],
)
def test_every_form_names_the_published_stocks(text: str) -> None:
    assert watched_symbols(text) == {"DIXON", "M_M", "BRK_B"}


def test_an_empty_list_watches_nothing() -> None:
    assert watched_symbols("\n# nothing yet\n") == frozenset()
