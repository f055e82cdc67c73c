"""Texts that mean something to whoever shows them, and a source that has them wherever a person can write one. What
becomes of them is in `attacks/names`."""

import json
import random
from pathlib import Path
from typing import Any, Final

from bluedot_assets_tests.examples.trees import write_tree

# What runs in a page sets `taken`; the word stands in every text that could leave the place of a text.
RUNS: Final = "window.taken=1"
PAGES: Final = (
    f"<script>{RUNS}</script>",
    f'"><img src=x onerror="{RUNS}">',
    f"'><svg onload={RUNS}>",
    f"</script></style></title><script>{RUNS}</script>",
    f"javascript:{RUNS}//",
    f"<a href='javascript:{RUNS}'>click</a>",
    f"<iframe srcdoc='<script>parent.{RUNS}</script>'></iframe>",
    "<link rel=stylesheet href=//elsewhere.invalid/taken.css><img src=//elsewhere.invalid/taken.png>",
    f"{{{{constructor.constructor('{RUNS}')()}}}}",
    f"${{{RUNS}}} #{{{RUNS}}} <%= taken %>",
    f"]]><![CDATA[ --><script>{RUNS}</script>",
    f"[taken](javascript:{RUNS}) ![taken](//elsewhere.invalid/taken.png) **bold** `code`",
    "&lt;script&gt;taken&lt;/script&gt; %3Cscript%3E \\u003cscript\\u003e",
)
LOGS: Final = (
    "taken\n::error::taken\n::set-env name=taken::1",
    "taken\r::add-mask::e",
    "taken%0A::set-output name=taken::1",
    "taken ##[add-mask]e ##[error]taken",
    "taken\nTAKEN=1\nGITHUB_ENV<<EOF\ntaken\nEOF",
    "\x1b[2Jtaken\x1b]0;taken\x07\x1b]52;c;dGFrZW4=\x07",
    "taken\x9b2J\x85\u2028\u2029\x00\x08",
)
CHATS: Final = ("<!channel> taken", "<@U123> <#C123>", "<http://elsewhere.invalid|taken>", "@everyone @here taken")
SCRIPTS: Final = (
    'taken" + taken + "',
    "taken\\",
    "taken\n//@version=1\ntaken()",
    "###taken,NSE:TAKEN",
    "NSE:TAKEN,taken",
)
CELLS: Final = (
    '=HYPERLINK("http://elsewhere.invalid")',
    "\uff1d1+1",
    "+taken",
    "-taken",
    "@SUM(A1)",
    "\t=taken",
    "x;=taken",
)
NAMES: Final = ("__proto__", "constructor", "toString", "hasOwnProperty", "null", "NaN", "..", "CON", "%s%n{0}")
LETTERS: Final = (
    "\u202enekat\u202c \u2066taken",
    "t\u200ba\u200dk\ufeffen",
    "e\u0301" * 100,
    "taken" * 1000,
    "🙂\U0001d531",
)
ALL: Final = (*PAGES, *LOGS, *CHATS, *SCRIPTS, *CELLS, *NAMES, *LETTERS)
FIELDS: Final = (
    *(
        ("peripheralData", name)
        for name in ("name", "symbol", "currencySymbol", "groupName", "instrumentType", "periodcity")
    ),
    ("lastCompletedPattern", "baseTypeName"),
)


def file_name(text: str) -> str:
    """As a file or folder may be called."""
    return text.replace("/", "\u2215").replace("\0", "")[:60]


def write_hostile(root: Path, chance: random.Random, stocks: int = 4) -> None:
    """A tree of files whose texts are all hostile; beside each another of a hostile name, and such folders."""
    write_tree(root, stocks=stocks, days=1, weeks=1)
    for folder in (one for one in root.glob("*ly/*") if not one.is_symlink()):
        for path in sorted(folder.glob("*.json")):
            document = json.loads(path.read_bytes())
            chart: dict[str, Any] = document["chart"]
            chart["lastCompletedPattern"] = {"baseTypeId": 6}
            for place, name in FIELDS:
                if name != "periodcity" or chance.random() < 0.1:
                    chart[place][name] = chance.choice(ALL)
            chart["peripheralData"][chance.choice(ALL)] = chart[chance.choice(ALL)] = chance.choice(ALL)
            path.write_text(json.dumps(document))
            ending = path.name.rpartition("_")[2]
            folder.joinpath(f"{file_name(chance.choice(ALL))}_{ending}").write_text(chance.choice(ALL))
            folder.joinpath(f"{file_name(chance.choice(ALL))}_{ending}").write_bytes(path.read_bytes())
        folder.with_name(file_name(chance.choice(ALL)) + "x").mkdir(exist_ok=True)
    (root / "triggers" / "daily_ready.txt").write_text("2024-08-02\nexpected=4\n" + chance.choice(ALL))


def write_lists(root: Path, chance: random.Random) -> dict[str, str]:
    """A list of tickers and one of watched stocks, hostile both; the settings that name them and other texts."""
    rows = [",".join(f'"{chance.choice(ALL).replace(chr(34), chr(34) * 2)}"' for _ in range(3)) for _ in range(8)]
    (root / "tickers.csv").write_text("\n".join(["symbol,exchange,ticker", *rows]))
    (root / "watchlist.txt").write_text("\n".join(chance.choices(ALL, k=8)))
    label = chance.choice(["<script>taken=1</script>", "<img src=x onerror=taken=1>", "=taken|<!channel>", "@everyone"])
    return {
        "BLUEDOT_TICKERS": str(root / "tickers.csv"),
        "BLUEDOT_WATCHLIST": str(root / "watchlist.txt"),
        "BLUEDOT_BENCHMARKS": f"Asia/Kolkata={label},America/New_York={label}",
        "BLUEDOT_OWNERS": "team:<b>taken",
        "BLUEDOT_MIN_COMPLETE": "0",
    }
