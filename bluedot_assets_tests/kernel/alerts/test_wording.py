"""The words of every message, as a person wrote them into golden files.

`python -m bluedot_assets_tests.kernel.alerts.test_wording` writes the files anew: then read them."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import structs

from bluedot_assets.kernel.alerts import wording as alerts
from bluedot_assets.kernel.alerts.digest import correction_message, digest_message
from bluedot_assets.kernel.alerts.message import Message, render
from bluedot_assets.kernel.site.status import CheckResult, RolledBack, Run
from bluedot_assets_tests.examples.sights import URL, folder_of, stock

FOLDER = Path(__file__).parent / "golden_messages"
DISCORD_LIMIT = 2000
AT = datetime(2024, 8, 2, 12, 5, tzinfo=UTC)
DAY = date(2024, 8, 2)
RUN = Run("2024-08-02", "published", AT, "4f2a", 8.2, 1043, 4172, 2)
FAILED = Run(
    "2024-08-05",
    "failed",
    AT,
    "4f2a",
    reason="500 of 1043 files (48 %) gave series, less than the 95 % of BLUEDOT_MIN_COMPLETE. Nothing is stored.",
)
STOCKS = [
    stock("DIXON", DAY, close=13450.5, previous=13146.8, rlst=97.0, asm=1, pattern="Cup With Handle"),
    stock("M_M", DAY, close=2871.0, previous=2900.0, rlst=71.4),
    stock("PENNY", DAY, close=0.0425, previous=None, rlst=None, gsm=1, etf=1, pattern="<b>Flat</b> @everyone"),
]
MANY = [stock(f"STOCK{number:03d}", DAY, rlst=float(99 - number % 99)) for number in range(150)]


def digest(stocks: list[object], **more: object) -> Message:
    folder = folder_of("2024-08-02", stocks)  # type: ignore[arg-type]
    parts = {"run": RUN, "url": URL, "watched": frozenset(), "notes": []} | more
    return digest_message(folder, folder.stocks, **parts)  # type: ignore[arg-type]


def correction() -> Message:
    folder = folder_of("2024-08-02", STOCKS)
    gone = {("ACC", DAY), ("ZEE", DAY)}
    made = correction_message(folder, STOCKS[:1], gone, run=RUN, url=URL, watched={"ZEE"})
    assert made is not None
    return made


def cases() -> dict[str, Message]:
    back = RolledBack(to="2024-08-01", withdrawn="2024-08-02", at=AT, reason="closes of another exchange")
    broken = [
        CheckResult("daily/bars accepted", False, "warning", "1041 of 1043 files gave series."),
        CheckResult("daily/bars dots_on_bars", False, "warning", "1 dot lies on no bar: DIXON 2024-07-31."),
    ]
    due = datetime(2024, 8, 6, 9, tzinfo=UTC)
    return {
        "digest": digest(list(STOCKS), watched={"M_M"}),
        "digest_without_dots": digest([]),
        "digest_without_address": digest(list(STOCKS), url=""),
        "digest_cut_for_discord": digest(list(MANY), watched={"STOCK149"}),
        "correction": correction(),
        "failed": alerts.failed(
            "daily", FAILED, "2024-08-02", url=URL, log="Log: https://github.com/a/b/actions/runs/1"
        ),
        "failed_first": alerts.failed("weekly", FAILED, None, url="", log=""),
        "late": alerts.late("daily", "2024-08-02", "2024-08-05", due, due + timedelta(hours=6, minutes=4), url=URL),
        "withdrawn": alerts.rolled_back("daily", back, url=URL),
        "checks": alerts.checks("daily", "2024-08-02", broken, url=URL),
        "problem": alerts.problem(
            "public:down", "The public site cannot be reached", "no answer within 10 s", "open it in a browser", url=URL
        ),
        "over": alerts.problem_is_over(
            "public:down", "The public site cannot be reached", AT, AT + timedelta(hours=6), url=URL
        ),
        "back": alerts.back_again(
            "daily",
            [
                alerts.late_is_over("daily", "2024-08-05", due, due + timedelta(hours=3, minutes=10)),
                alerts.published_after_all("daily", "2024-08-05", AT, AT + timedelta(days=3)),
            ],
            AT,
            url=URL,
        ),
    }


def written(message: Message) -> str:
    return f"{message.title}\n\n{render(message, DISCORD_LIMIT - len(message.title) - 16)}\n"


@pytest.mark.parametrize("name", list(cases()))
def test_the_message_reads_as_it_was_written(name: str) -> None:
    assert written(cases()[name]) == (FOLDER / f"{name}.txt").read_text("utf-8")


def test_every_golden_file_is_a_message() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(cases())


def test_every_message_of_trouble_says_what_to_do_and_where_to_look() -> None:
    for name, message in cases().items():
        text = written(message)
        if message.topic == "trouble" and name != "failed_first":
            assert "What to do: " in text or "Nothing is to be done." in text
            assert URL in text


def test_watched_stocks_come_first_then_the_strongest() -> None:
    names = [item.name for item in cases()["digest"].items]
    assert names == ["★ M_M", "DIXON", "PENNY"]


def test_a_stock_is_watched_by_its_ticker_too() -> None:
    tickers = {"BAC_P_L": "NYSE:BAC/PL", "20MICRONS_BE": "NSE:20MICRONS", "OTHER": None}
    rows = [stock(symbol, DAY, ticker=ticker) for symbol, ticker in tickers.items()]
    names = [item.name for item in digest(list(rows), watched={"BAC_PL", "20MICRONS"}).items]
    assert names == ["★ 20MICRONS_BE", "★ BAC_P_L", "OTHER"]


def test_a_watched_stock_stays_watched_under_another_name() -> None:
    tickers = {"20MICRONS": "NSE:20MICRONS", "ACC_BE": "NSE:ACC", "OTHER": "NSE:OTHER"}
    rows = [stock(symbol, DAY, ticker=ticker) for symbol, ticker in tickers.items()]
    names = [item.name for item in digest(list(rows), watched={"20MICRONS_BE", "ACC_NS", "GONE"}).items]
    assert names == ["★ 20MICRONS", "★ ACC_BE", "OTHER"]


@pytest.mark.parametrize(("close", "text"), [(0.000046, "0.000046"), (1e-7, "0.0000001"), (13450.05, "13,450.05")])
def test_a_price_of_any_size_is_whole_in_the_digest(close: float, text: str) -> None:
    (item,) = digest([stock("A", DAY, close=close, previous=None)]).items
    assert f"{text}, RLST" in item.line


def test_each_exchange_has_its_own_newest_session_and_each_rating_its_date() -> None:
    day_before = date(2024, 8, 1)
    folder = folder_of("2024-08-02", [stock("ACC", DAY, rlst_date=day_before), stock("BRK_B", day_before, zone=1)])
    sessions = {"America/New_York": day_before, "Asia/Kolkata": DAY}
    message = digest_message(
        structs.replace(folder, sessions=sessions), folder.stocks, run=RUN, url="", watched=(), notes=[]
    )
    assert message.paragraphs == ["The newest session is 2024-08-01 in America/New_York, 2024-08-02 in Asia/Kolkata."]
    acc, american = (line for line in written(message).splitlines() if line.startswith("- "))
    assert acc == "- ACC 110.00 (+10.00 %), RLST 85 of 2024-08-01"
    assert american == "- BRK_B 110.00 (+10.00 %), RLST 85, on 2024-08-01"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, message in cases().items():
        (FOLDER / f"{name}.txt").write_text(written(message), "utf-8")
