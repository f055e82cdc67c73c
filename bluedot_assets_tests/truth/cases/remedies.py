"""Files that cannot be read, and what the reason says."""

import json
from datetime import date
from typing import Any, Final

from bluedot_assets_tests.examples.vendor_files import midnight_ms
from bluedot_assets_tests.truth.case import HALF, Case, check, refused, rejected, warned
from bluedot_assets_tests.truth.market import Content, Edit, daily, each_bar, edited, put, stocks, take, weekly_stocks

ALL: Final = stocks()
TEXT: Final = json.dumps(ALL["DOG_daily.json"]).encode()
ANEW: Final = "Have the file made anew, then run the partition again."


def _bad(name: str, content: Content | Edit, *reason: str, remedy: str = ANEW, **more: Any) -> Case:
    """DOG's file is that, or changed so."""
    files = edited(ALL, content, "DOG") if callable(content) else ALL | {"DOG_daily.json": content}
    says = (rejected("DOG_daily.json", *reason), check("accepted", "4 of 5 files (80 %)"))
    return Case(name=name, source=daily(files), settings=HALF, outcome="incomplete", says=says, remedy=remedy, **more)


def _dates(zone: str) -> Edit:
    """Every bar at midnight of that zone."""

    def edit(content: dict[str, Any]) -> None:
        for place, one in enumerate(content["chart"]["prices"]):
            one["priceDate"] = midnight_ms(date.fromordinal(date(2025, 8, 1).toordinal() - place), zone)

    return edit


CASES: Final = (
    _bad(
        "The vendor answered with an error for one stock",
        put(
            "responseHeader",
            {"error": True, "errorCode": 1004, "errorShortDesc": "No data", "errorLongDesc": "Symbol is not covered"},
        ),
        "the vendor answered with an error: 1004, No data, Symbol is not covered",
        remedy="The reason has the vendor's own words. Ask it for that stock again, then run the partition again.",
        quick=True,
    ),
    _bad("An error without words", put("responseHeader", {"error": True}), "the vendor answered with an error"),
    _bad("A file is empty", b"", "the file is empty"),
    _bad("A file breaks off", TEXT[: len(TEXT) // 2], "truncated: the JSON breaks off after"),
    _bad("A file is not JSON", b"<html><body>502 Bad Gateway</body></html>", "not JSON", "line 1, column 1"),
    _bad("A file is binary", b"\xff\xd8\xff\xe0" + bytes(200), "not text"),
    _bad("A file is JSON of another kind", b'{"quotes": []}', "another shape of JSON: chart is missing"),
    _bad("A file has no prices", take("chart.prices"), "chart.prices is missing"),
    _bad("A file has an empty list of prices", put("chart.prices", []), "no bars: chart.prices is empty"),
    _bad("A file has Holiday rows alone", each_bar(pdt="Holiday"), "no bars: every row is a Holiday placeholder"),
    _bad(
        "The bars are of a market that the settings do not name",
        _dates("Asia/Tokyo"),
        "midnight in none of Asia/Kolkata, America/New_York: add the exchange's timezone to BLUEDOT_EXCHANGE_TIMEZONES",
        remedy="Add the exchange's timezone to `BLUEDOT_EXCHANGE_TIMEZONES`, then run the partition again.",
    ),
    _bad(
        "A weekly file is called daily",
        weekly_stocks()["DOG_weekly.json"],
        "it holds Weekly bars, where Daily ones belong",
    ),
    Case(
        name="A file begins with a byte order mark",
        fault="A file in UTF-8 with a byte order mark, and one in UTF-16, as Windows writes them, are read",
        source=daily(
            ALL
            | {
                "DOG_daily.json": b"\xef\xbb\xbf" + TEXT,
                "EASY_daily.json": json.dumps(ALL["EASY_daily.json"]).encode("utf-16"),
            }
        ),
        silent=("accepted",),
    ),
    Case(
        name="Too many files are bad",
        fault="One of five files is bad, and `BLUEDOT_MIN_COMPLETE` is 95 %",
        source=daily(ALL | {"DOG_daily.json": b""}),
        outcome="blocked",
        says=(check("accepted", "4 of 5 files (80 %) gave series", "less than the 95 % of BLUEDOT_MIN_COMPLETE"),),
        remedy="Have the files made anew, or publish the date with `--accept-incomplete` and a reason.",
    ),
    Case(
        name="A trigger is written in UTF-16",
        fault="A trigger in UTF-16, as PowerShell's `>` writes it",
        source=daily(ALL) | {"triggers/daily_ready.txt": "2025-08-01\r\nexpected=10\r\n".encode("utf-16")},
        outcome="blocked",
        says=(check("received", "5 of 10 files"),),
        remedy="It is read as any other: wait for the other files.",
    ),
    Case(
        name="A trigger is not understood",
        fault="The trigger says `ready!`",
        source=daily(ALL) | {"triggers/daily_ready.txt": b"ready!"},
        says=(warned("triggers/daily_ready.txt is not understood", "'ready!' is no daily key like 2024-08-02"),),
        remedy="Write nothing into it, or the folder's key on the first line and `expected=1247` on the second.",
    ),
    Case(
        name="The site's repository has no scheme",
        fault="`BLUEDOT_SITE=github.com/user/repo`, which could be a folder of that name",
        source=daily(ALL),
        settings={"BLUEDOT_SITE": "github.com/user/repo"},
        outcome="refused",
        says=(refused("BLUEDOT_SITE", "write https://github.com/user/repo", "begins with ./"),),
        remedy="Write `https://github.com/user/repo`.",
    ),
    Case(
        name="The source is a folder too deep",
        fault="`BLUEDOT_SOURCE` names the folder `daily` itself",
        source=daily(ALL),
        settings={"BLUEDOT_SOURCE": "drive/daily"},
        outcome="refused",
        says=(refused("holds neither daily/ nor weekly/: point it at the folder above them"),),
        remedy="Name the folder that holds `daily/`, `weekly/` and `triggers/`.",
    ),
    Case(
        name="A setting is mistyped",
        fault="`BLUEDOT_MIN_COMPLET` is set",
        source=daily(ALL),
        settings={"BLUEDOT_MIN_COMPLET": "50"},
        says=(warned("BLUEDOT_MIN_COMPLET is no setting: did you mean BLUEDOT_MIN_COMPLETE?"),),
        remedy="Correct its name.",
    ),
)
