"""Which dots are news."""

from datetime import date

from bluedot_assets.kernel.site.dashboard import Dashboard, StockRow
from bluedot_assets.kernel.site.new_dots import shown_dots, unseen_dots

FRIDAY, THURSDAY = date(2024, 8, 2), date(2024, 8, 1)


def stock(symbol: str, dot_age: int | None, last: date = FRIDAY) -> StockRow:
    return StockRow(
        symbol=symbol,
        name=None,
        zone=0,
        last=last,
        close=1.0,
        previous=None,
        rlst=None,
        rlst_5=None,
        rlst_20=None,
        dot_age=dot_age,
        last_dot=last if dot_age == 0 else None,
        etf=0,
        asm=0,
        gsm=0,
        pattern=None,
    )


def folder(session: date, *stocks: StockRow) -> Dashboard:
    return Dashboard(
        timeframe="daily",
        as_of=session.isoformat(),
        session=session,
        sample=False,
        indicators=[],
        stocks=list(stocks),
    )


def symbols(rows: list[StockRow]) -> list[str]:
    return [row.symbol for row in rows]


def test_on_a_first_publish_every_dot_of_the_as_of_bar_is_new() -> None:
    assert symbols(unseen_dots(folder(FRIDAY, stock("A", 0), stock("B", 1), stock("C", None)), ())) == ["A"]


def test_a_dot_on_the_next_bar_is_new_though_the_stock_had_one_the_day_before() -> None:
    before = folder(THURSDAY, stock("A", 0, THURSDAY))
    assert symbols(unseen_dots(folder(FRIDAY, stock("A", 0)), shown_dots(before))) == ["A"]


def test_a_corrected_folder_names_only_what_it_adds() -> None:
    before = folder(FRIDAY, stock("A", 0), stock("B", None))
    assert symbols(unseen_dots(folder(FRIDAY, stock("A", 0), stock("B", 0)), shown_dots(before))) == ["B"]
