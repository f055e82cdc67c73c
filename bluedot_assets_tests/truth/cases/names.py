"""Files and folders that are called otherwise than expected."""

import gzip
from datetime import timedelta
from typing import Final

from bluedot_assets_tests.truth.case import Absent, Case, Value, check, refused, rows, warned
from bluedot_assets_tests.truth.market import (
    DAY,
    UPLOADED,
    WEEK,
    Content,
    File,
    Files,
    Source,
    daily,
    each_bar,
    edited,
    encoded,
    renamed,
    stocks,
    weekly,
    weekly_stocks,
)

ALL: Final = stocks()
ABLE: Final = ALL["ABLE_daily.json"]
CORRECTED: Final = edited(ALL, each_bar(0, 1, volume=7), "ABLE")["ABLE_daily.json"]
LATER: Final = UPLOADED + timedelta(hours=1)
STOCKS_ARE_FIVE: Final = Value("status.json", "timeframes/daily/runs/0/stocks", 5)
IGNORED: Final = ("is ignored", "rename it to")


def later(content: Content) -> File:
    assert not isinstance(content, File)
    return File(content, LATER)


def named(name: str, content: Content = ABLE) -> Source:
    """All good files of the day, and another."""
    return daily(ALL | {name: content})


def misnamed(name: str) -> Files:
    """Four good files, and that of ABLE under another name."""
    return renamed(ALL, {"ABLE_daily.json": name})


def _misspelled(fault: str, name: str, *, meant: str = "ABLE_daily.json", remedy: str = "") -> Case:
    """A stock's only file bears a wrong name: its stock is missing, which the check says."""
    said = remedy or f"rename it to {meant}"
    return Case(
        name=fault,
        source=daily(misnamed(name)),
        says=(check("files_named", name, said),),
        shows=(Value("status.json", "timeframes/daily/runs/0/stocks", 4),),
        published="Four of the five stocks: an ignored file is not expected.",
        remedy=f"Let the file be called `{meant}`, then run the partition again.",
    )


COPIES: Final = (
    Case(
        name="macOS and Windows left files of their own beside every stock's",
        source=daily(
            ALL
            | {f"._{name}": b"\0\5\26\7" for name in ALL}
            | {".DS_Store": b"\0", "Thumbs.db": b"\0", "desktop.ini": b"[.ShellClassInfo]"}
        ),
        silent=("files_named", "received", "accepted"),
        shows=(STOCKS_ARE_FIVE,),
        quick=True,
    ),
    Case(
        name="A newer upload came under the name of a copy, ABLE_daily (1).json",
        source=named("ABLE_daily (1).json", later(CORRECTED)),
        says=(
            check("files_named", "ABLE_daily (1).json", "newer than ABLE_daily.json, whose older values are published"),
        ),
        shows=(STOCKS_ARE_FIVE, rows("ABLE_PRICE_DATA.csv", lacks=("20250801T,0",))),
        published="The older values of that stock.",
        remedy="If the newer values are right, let that file take the name `ABLE_daily.json`; run the partition again.",
        quick=True,
    ),
    Case(
        name="A newer upload came as Copy of ABLE_daily.json",
        source=named("Copy of ABLE_daily.json", later(CORRECTED)),
        says=(check("files_named", "Copy of ABLE_daily.json", "newer than ABLE_daily.json"),),
        shows=(STOCKS_ARE_FIVE, Absent("daily/latest/COPY_OF_ABLE_PRICE_DATA.csv")),
        published="The older values of that stock; no stock `COPY_OF_ABLE`.",
        remedy="If the newer values are right, let that file take the name `ABLE_daily.json`; run the partition again.",
    ),
    Case(
        name="An older copy with other values lies beside a stock's file",
        source=daily(ALL | {"ABLE_daily.json": later(CORRECTED), "ABLE_daily - Copy.json": ABLE}),
        says=(check("files_named", "ABLE_daily - Copy.json", "delete it, or let it take the name ABLE_daily.json"),),
        shows=(STOCKS_ARE_FIVE,),
        remedy="Delete the copy.",
    ),
    Case(
        name="Copies with the same bytes lie beside a stock's file",
        source=daily(ALL | {"Copy of ABLE_daily.json": later(ABLE), "ABLE_daily (1).json": ABLE}),
        silent=("files_named", "contents_differ"),
        shows=(STOCKS_ARE_FIVE, Absent("daily/latest/COPY_OF_ABLE_PRICE_DATA.csv")),
    ),
)
MISSPELLED: Final = (
    _misspelled("A text editor added .txt to a file's name", "ABLE_daily.json.txt"),
    _misspelled("A browser numbered a file although it is the only one", "ABLE_daily (1).json"),
    _misspelled("A file is a hidden one", ".ABLE_daily.json"),
    _misspelled("A file has no timeframe in its name", "ABLE.json"),
    _misspelled("A file has a blank in its name", "ABLE _daily.json"),
    _misspelled("A file's name has full-width letters", "\uff21BLE_daily.json"),
    _misspelled("A file's name has another hyphen", "BRK\u2013B_daily.json", meant="BRK-B_daily.json"),
    _misspelled("An upload of a file broke off", "ABLE_daily.json.part", remedy="wait until it ends, else delete it"),
    _misspelled("A file is the weekly one", "ABLE_weekly.json", remedy="move it to its folder in weekly/"),
    Case(
        name="A file is compressed",
        source=daily(
            {k: v for k, v in ALL.items() if v is not ABLE} | {"ABLE_daily.json.gz": gzip.compress(encoded(ABLE))}
        ),
        says=(check("files_named", "ABLE_daily.json.gz", "unpack it to ABLE_daily.json"),),
        published="Four of the five stocks.",
        remedy="Unpack it, then run the partition again.",
    ),
    Case(
        name="The files lie in a folder within the folder",
        source=daily({f"{DAY}/{name}": content for name, content in ALL.items()}),
        outcome="blocked",
        says=(
            check("received", "0 of 0 files", "move its files up into daily/2025-08-01"),
            check("files_named", "a folder"),
        ),
        remedy="Move the files up, then run the partition again.",
    ),
    Case(
        name="Every file of a folder bears a wrong name",
        source=daily({f"{name}.txt": content for name, content in ALL.items()}),
        outcome="blocked",
        says=(
            check("received", "0 of 0 files", "rename it to ABLE_daily.json"),
            check("files_named", *IGNORED),
        ),
        remedy="Rename the files, then run the partition again.",
    ),
    Case(
        name="A file's ending is in capital letters",
        source=daily(misnamed("ABLE_DAILY.JSON")),
        silent=("files_named", "accepted"),
        shows=(STOCKS_ARE_FIVE,),
    ),
    Case(
        name="A file lies there that is plainly none of a stock",
        source=daily(ALL | {"README.txt": b"Hello", "checksums.md5": b"0"}),
        silent=("files_named", "received"),
        shows=(STOCKS_ARE_FIVE,),
    ),
)


def _folder(name: str, folder: str, *said: str, remedy: str = "") -> Case:
    """Something lies beside the good folder, and is not read."""
    return Case(
        name=name,
        source=daily(ALL) | {folder: b""},
        says=(warned("is ignored", *said),),
        remedy=remedy or "Rename the folder as the message says.",
    )


FOLDERS: Final = (
    _folder("A day's folder has underscores", "daily/2025_07_31/", "daily/2025_07_31", "rename it to 2025-07-31"),
    _folder("A day's folder has no hyphens", "daily/20250731/", "rename it to 2025-07-31"),
    _folder("A day's folder has a blank at its end", f"daily/{DAY} /", f"'daily/{DAY} '", f"move its files into {DAY}"),
    _folder("A day's folder is a numbered copy", f"daily/{DAY} (1)/", f"move its files into {DAY}"),
    _folder(
        "A day's folder has hyphens of another alphabet", "daily/2025\u201107\u201131/", "only look like those of a key"
    ),
    _folder("A day's folder names a day that does not exist", "daily/2025-02-30/", "2025-02-30 is not in the calendar"),
    _folder("A week's folder lies among the days", f"daily/{WEEK}/", f"move it to weekly/{WEEK}"),
    _folder("A day's folder lies above its place", "2025-07-31/", "move it to daily/2025-07-31"),
    _folder("A timeframe's folder is written with a capital letter", "Weekly/", "rename it to weekly"),
    _folder("The triggers' folder is written with a capital letter", "Triggers/", "rename it to triggers"),
    _folder(
        "A day came as an archive", "daily/2025-07-31.zip", "an archive", "daily/2025-07-31", remedy="Unpack it there."
    ),
    _folder(
        "A stock's file lies beside the days' folders",
        "daily/ABLE_daily.json",
        "move it into the folder of its date",
        remedy="Move it into the folder of its date.",
    ),
    Case(
        name="A week's folder names a week that its year does not have",
        source=weekly(weekly_stocks()) | {"weekly/2025-W53/": b""},
        words=("--timeframe", "weekly"),
        says=(warned("weekly/2025-W53", "2025 has 52 ISO weeks: that week is 2026-W01", "rename it to 2026-W01"),),
        remedy="Rename the folder as the message says.",
    ),
    Case(
        name="A week is asked for that its year does not have",
        source=weekly(weekly_stocks()),
        words=("--timeframe", "weekly", "--partition", "2025-W53"),
        outcome="refused",
        says=(refused("'2025-W53' is not a weekly partition", "2025 has 52 ISO weeks: that week is 2026-W01"),),
        remedy="Name the week that the message names.",
    ),
    Case(
        name="A day is asked for whose folder is misspelled",
        source=daily(ALL) | daily(ALL, "2025_07_31"),
        words=("--timeframe", "daily", "--partition", "2025-07-31"),
        outcome="refused",
        says=(refused("has no daily/2025-07-31", "daily/2025_07_31", "rename it to 2025-07-31"),),
        remedy="Rename the folder as the message says.",
    ),
    Case(
        name="The only day's folder is misspelled",
        source=daily(ALL, "2025_08_01"),
        outcome="refused",
        says=(refused("has no daily partition", "rename it to 2025-08-01"),),
        remedy="Rename the folder as the message says.",
    ),
    Case(
        name="Both timeframes' folders are written with a capital letter",
        source={f"Daily/{DAY}/{name}": content for name, content in ALL.items()} | {"Weekly/": b""},
        outcome="refused",
        says=(refused("holds neither daily/ nor weekly/", "Daily is ignored", "rename it to daily"),),
        remedy="Rename the folders as the message says.",
    ),
    Case(
        name="Folders lie there that name no date",
        source=daily(ALL)
        | {"daily/old/": b"", "daily/latest/": b"", "docs/": b"", "backup 2024/": b"", "__MACOSX/": b""},
        silent=("received",),
        shows=(STOCKS_ARE_FIVE,),
    ),
)

CASES: Final[tuple[Case, ...]] = (*COPIES, *MISSPELLED, *FOLDERS)
