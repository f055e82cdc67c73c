"""The golden cases: vendor files below `golden/` and the CSVs that a person wrote for them. No test belongs here.

`python -m bluedot_assets_tests.examples.golden_cases` prints what the kernel makes of them, for other processes to run.

How the expected CSVs came about, without the code under test:

- Dates. 1753986600000 is Friday 2025-08-01 in India by the source format's own example; the other Indian days are
  that plus or minus whole days of 86,400,000 ms, for India has no daylight-saving time: 1734633000000 is 224 days
  before 2025-08-01, so 2024-12-20. A New York midnight is 05:00 UTC in winter and 04:00 UTC from 2024-03-10 to
  2024-11-02: day number since 1970 * 86,400 s + 18,000 s (19790 is 2024-03-08, 20031 is 2024-11-04) or + 14,400 s
  (19793 is 2024-03-11, 20028 is 2024-11-01).
- Prices are copied from the JSON, without `.0`; a null volume is 0. Null rlst and bc have no row.
- RS_LINE is close / bc with bc(1) to twelve digits, then rounded by hand to six significant ones:
  103 / 24565.35 = 0.00419289771976, so 0.00419290, printed 0.0041929.
- Weekly dots: a dot marks the bar of its Monday-to-Sunday week; each case lists its weeks.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY, Timeframe
from bluedot_assets_tests.examples.vendor_files import judged, raw, series

FOLDER: Final = Path(__file__).parents[1] / "golden"


@dataclass(frozen=True)
class GoldenCase:
    """A folder with one vendor file and all its CSVs; `key` is the partition that the file belongs to."""

    folder: str
    timeframe: Timeframe
    key: str
    file: str

    @property
    def content(self) -> bytes:
        return (FOLDER / self.folder / self.file).read_bytes()

    def expected(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (FOLDER / self.folder).glob("*.csv")}

    def made(self) -> dict[str, bytes]:
        file = raw(self.content, self.file)
        return series(judged(file, timeframe=self.timeframe, last_day=self.timeframe.end(self.key)))


CASES: Final = (
    # The source format's example record; a Holiday row copying the bar before it (with a dot that so lies on no bar),
    # null volume, rlst and bc, 0 as rlst and as volume, whole numbers as int and as float.
    GoldenCase("india_daily", DAILY, "2025-08-01", "DIXON_daily.json"),
    # blueDotData null, no header and no peripheral data, no rlst at all (so no RLST_RATING file), `&` in the name,
    # 1e-7 and 1e22, which must be plain decimals.
    GoldenCase("india_daily_no_dots", DAILY, "2025-08-01", "M&M_daily.json"),
    # Both changes of New York's clock in 2024; prices as a dict, dots as epoch milliseconds, one before the first bar.
    GoldenCase("us_daily", DAILY, "2024-11-04", "ACME_daily.json"),
    # Across a year's end. Dots: Sunday 2024-12-22 (the week of Friday 20 December), Monday 2024-12-30 (the week of
    # Friday 2025-01-03), Sunday 2025-01-12 (the week of Friday 10 January), and 2020-12-31, before the first bar.
    GoldenCase("india_weekly", WEEKLY, "2025-W03", "BAJAJ_AUTO_weekly.json"),
    # Across the change of 10 March 2024. Dots: Sunday 2024-03-10, still at 05:00 UTC (the week of Friday 8 March),
    # Monday 2024-03-18 (the week of Friday 22 March), and 2021-03-05.
    GoldenCase("us_weekly", WEEKLY, "2024-W12", "ZEPHYR_weekly.json"),
)


def as_one_text(files: Mapping[str, Mapping[str, bytes]]) -> bytes:
    """The CSVs of each folder one after the other, each below its name."""
    return b"".join(
        f"{folder}/{name}\n".encode() + content
        for folder, contents in files.items()
        for name, content in sorted(contents.items())
    )


if __name__ == "__main__":
    sys.stdout.buffer.write(as_one_text({case.folder: case.made() for case in CASES}))
