"""What the setting of a site or of a seed repository names: a folder, a repository, this machine or a public place."""

import re
from urllib.parse import urlsplit

from bluedot_assets.kernel.errors import PublishRefused

_SSH_ADDRESS = re.compile(r"[^/\\]{2,}:(?!//)")  # git@github.com:user/repo.git; one letter is a Windows drive


def is_address(site: str) -> bool:
    """Whether it names a repository or a server (https://..., git@host:...) and no folder."""
    return "://" in site or _SSH_ADDRESS.match(site) is not None


def refuse_sample(sample: bool, site: str, setting: str = "BLUEDOT_SITE") -> None:
    """Raises PublishRefused for made-up data on its way to anywhere but a folder or this machine."""
    parts = urlsplit(site)
    folder = not parts.netloc and not _SSH_ADDRESS.match(site)
    here = folder or parts.scheme == "file" or parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if sample and not here:
        raise PublishRefused(
            f"These are sample data made by `bluedot sample`, and {setting} is a public address: publish them to a "
            "folder, a file:// repository or a loopback server instead."
        )
