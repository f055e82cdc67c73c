"""Which dots are news."""

from datetime import date

import msgspec

from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.site.dashboard import Dashboard, StockRow
from bluedot_assets.kernel.site.new_dots import may_repeat, shown_dots, unseen_dots

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
        timezones=["Asia/Kolkata"],
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


def of_both(india: date, york: date, as_of: date) -> Dashboard:
    made = folder(max(india, york), stock("A", 0, india), stock("B", 0, york))
    return msgspec.structs.replace(made, as_of=str(as_of), sessions={"Asia/Kolkata": india, "America/New_York": york})


def test_a_dot_of_the_day_before_is_news_once_though_two_folders_show_it() -> None:
    before, now = of_both(THURSDAY, THURSDAY, THURSDAY), of_both(FRIDAY, THURSDAY, FRIDAY)
    assert symbols(unseen_dots(now, shown_dots(before))) == ["A"]
    assert symbols(unseen_dots(now, ())) == ["A", "B"]


def test_an_earlier_folder_can_have_shown_the_dots_of_any_exchange_that_ends_before_the_partition() -> None:
    assert may_repeat(of_both(FRIDAY, THURSDAY, FRIDAY), DAILY)
    assert not may_repeat(of_both(FRIDAY, FRIDAY, FRIDAY), DAILY)
    assert may_repeat(msgspec.structs.replace(folder(THURSDAY), as_of=str(FRIDAY)), DAILY)
    assert not may_repeat(folder(FRIDAY), DAILY)
