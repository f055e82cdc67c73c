"""What a setting names: a folder, a repository, this machine or a public place. Every address is taken apart here; what
git needs of one is in `adapters/git/address`."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from bluedot_assets.kernel.errors import PublishRefused

_SHORT_SSH = re.compile(r"[^/\\]{2,}:(?!//)")  # git@github.com:user/repo.git; one letter is a Windows drive


def parse_address(text: str) -> SplitResult:
    """Its parts; the scheme is empty for a folder, and git@host:path has those of ssh://git@host/path. Raises
    ValueError, whose text may hold a password."""
    parts = urlsplit(text)
    if "://" in text or parts.scheme == "file" or not _SHORT_SSH.match(text):
        # What stands before the colon of a Windows path is a drive.
        return parts if len(parts.scheme) > 1 or parts.netloc else SplitResult("", "", text, "", "")
    place, _, path = text.partition(":")
    return SplitResult("ssh", place, f"/{path}", "", "")


def is_address(text: str) -> bool:
    """Whether it names a repository or a server (https://..., git@host:...) and no folder."""
    return "://" in text or parse_address(text).scheme != ""


def is_loopback(host: str | None) -> bool:
    """Whether the host is this machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def refuse_sample(sample: bool, site: str, setting: str = "BLUEDOT_SITE") -> None:
    """Raises PublishRefused for made-up data on its way to anywhere but a folder or this machine."""
    parts = parse_address(site)
    here = is_loopback(parts.hostname) if parts.netloc else parts.scheme == ""
    if sample and not here and parts.scheme != "file":
        raise PublishRefused(
            f"These are sample data made by `bluedot sample`, and {setting} is a public address: publish them to a "
            "folder, a file:// repository or a loopback server instead."
        )
