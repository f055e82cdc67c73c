"""The forms of BLUEDOT_SOURCE: a folder of this machine, `gdrive:` with the id of a folder in Google Drive, or the
address that Drive itself gives for it. What looks like one of them and is none is refused with what was meant. The
other settings' forms are in `forms`."""

import re
from difflib import get_close_matches
from typing import Final
from urllib.parse import parse_qs, urlsplit

DRIVE: Final = "gdrive:"
FORM: Final = (
    "give a folder of this machine such as /srv/vendor, or gdrive:<id of the folder in Google Drive>, or the folder's "
    "address there, https://drive.google.com/drive/folders/<id>"
)
_HOSTS: Final = ("drive.google.com", "docs.google.com")
_ID: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_WORDS: Final = ("gdrive", "drive", "googledrive", "google-drive", "google_drive")
# A word before a colon or two slashes: `gdirve://x`, `drive:x`, `gdrive//x`. One letter is a drive of Windows, and
# drive//x may be a folder.
_PREFIX: Final = re.compile(r"([A-Za-z][A-Za-z0-9_-]+)(?::/{0,2}|(?<!^drive)//)(.*)", re.ASCII)


def source_folder(value: str) -> str:
    """The folder's path, or `gdrive:` and the id. Raises ValueError for what is neither."""
    text = value.strip()
    address = text.removeprefix(DRIVE).strip()
    if re.sub(r"^https?://", "", address).startswith(_HOSTS):
        return DRIVE + _id_in(address)
    if text.startswith(DRIVE) and _ID.fullmatch(address):
        return DRIVE + address
    prefix = _PREFIX.fullmatch(text)
    if prefix and get_close_matches(prefix[1].lower(), _WORDS, 1, 0.75):
        folder = prefix[2].strip("/ ")
        meant = f"; did you mean {DRIVE}{folder}?" if _ID.fullmatch(folder) else ""
        raise ValueError(FORM + meant)
    if "://" in text or text.lower() == DRIVE.rstrip(":"):
        raise ValueError(FORM)
    return value


def _id_in(address: str) -> str:
    """The folder's id in an address of Google Drive. Raises ValueError where it is that of something else."""
    parts = urlsplit(address if "://" in address else f"https://{address}")
    found = re.search(r"/folders/([^/]+)", parts.path)
    folder = found[1] if found else next(iter(parse_qs(parts.query).get("id", [])), "")
    if not _ID.fullmatch(folder) or "/file/" in parts.path or parts.netloc != _HOSTS[0]:
        raise ValueError(f"that address leads to no folder of Google Drive: {FORM}")
    return folder
