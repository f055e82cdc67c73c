"""The file of holidays: one on each line, with remarks, and what is said of one that cannot be read. Lists of tickers
and symbols are tested with what stands in them, in kernel/tradingview."""

from datetime import date
from pathlib import Path

import pytest

from bluedot_assets.adapters.user_files import load_own_days
from bluedot_assets.kernel.calendar.own_days import OwnDay
from bluedot_assets.kernel.errors import SettingsError


def test_days_stand_in_the_setting_or_in_its_file(tmp_path: Path) -> None:
    file = tmp_path / "holidays.txt"
    file.write_text("\ufeff# NSE, 2027\n2027-01-15\n\nXBOM:+2027-11-07  # Diwali\r\n2027-03-03,2027-03-04\n", "utf-8")
    from_file = load_own_days((str(file),))
    assert from_file == load_own_days(("2027-01-15", "XBOM:+2027-11-07", "2027-03-03", "2027-03-04"))
    assert from_file[1] == OwnDay(date(2027, 11, 7), True, "XBOM")
    assert load_own_days(()) == ()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, r"names no day and no file that can be read \(No such file or directory\): write days such as"),
        (b"\xff\xfe", r"it is not UTF-8 text"),
        (b"2027-01-15\n15.01.2027\n", r"has '15\.01\.2027', which is no day: write days such as 2027-01-15"),
    ],
)
def test_a_file_that_cannot_be_read_or_has_no_days_is_named_with_its_setting(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    file = tmp_path / "holidays.txt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=f"^BLUEDOT_HOLIDAYS .*{said}"):
        load_own_days((str(file),))
