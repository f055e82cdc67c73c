"""Which git repository, and the environment in which git talks to it; free of GitPython, which a start must not pay
for. A token travels in that environment alone: never in an address, an argument or a configuration file. How an
address is taken apart is in `kernel/site/addresses`."""

import base64
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.kernel.site.addresses import is_loopback, is_place, parse_address

TOKEN_USER: Final = "x-access-token"  # noqa: S105  the user that GitHub expects beside a token
SSH: Final = "ssh -o BatchMode=yes -o ConnectTimeout=30 -o ServerAliveInterval=15"

# Whatever a person's own configuration says, these decide what is sent and what runs.
CONFIG: Final[Mapping[str, str]] = {
    "protocol.version": "2",  # wants objects by id, which version 0 may refuse
    # Else the server takes it that whoever has the commit has its trees.
    "fetch.negotiationAlgorithm": "noop",
    "core.hooksPath": os.devnull,
    "gc.auto": "0",
    "maintenance.auto": "false",
    "push.followTags": "false",
    "push.gpgSign": "false",
    "fetch.writeCommitGraph": "false",
    "http.lowSpeedLimit": "1000",  # bytes a second,
    "http.lowSpeedTime": "60",  # for so many seconds: the connection is dead
    # Blobs of one publish resemble those of the day before, which are not here; among each other hardly.
    "pack.window": "0",
    "pack.compression": "1",
    # With the sparse walk, `latest` pointing at an older tree would upload that tree's every blob again.
    "pack.useSparse": "false",
}

# What may hold secrets that are not git's: what it starts (ssh, the hooks of a repository on this machine) would have
# them as well.
_NOT_FOR_GIT: Final = re.compile(r"BLUEDOT_|NOTIFICATION_|GOOGLE_|DAGSTER_|ACTIONS_|GITHUB_TOKEN$|AZURE_|PG")
_CODECOMMIT: Final = re.compile(r"git-codecommit[\w.-]*\.amazonaws\.com(\.cn)?")


@dataclass(frozen=True)
class GitAddress:
    """A repository's URL without any secret, and the token for it (sent to its host only)."""

    url: str
    token: str | None = None

    @property
    def name(self) -> str:
        """The last part of the URL, without `.git`."""
        return self.url.rstrip("/").replace(":", "/").rpartition("/")[2].removesuffix(".git")

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """Variables for git: our configuration beside what the environment already configures, and empty what is not
        for git."""
        config = list(CONFIG.items())
        parts = urlsplit(self.url)
        if self.token and parts.scheme in {"http", "https"}:
            secret = base64.b64encode(f"{TOKEN_USER}:{self.token}".encode()).decode()
            header = f"http.{parts.scheme}://{parts.netloc}/.extraHeader"
            # The empty value drops headers configured elsewhere: GitHub refuses two Authorization headers.
            config += [(header, ""), (header, f"Authorization: Basic {secret}")]
            config += [("credential.helper", "")]  # a wrong token must fail, not be replaced by somebody's password
            # Once redirected, git sends every later request there, with the headers of the address that it was given.
            config += [("http.followRedirects", "false")]
        first = int(inherited.get("GIT_CONFIG_COUNT") or 0)
        of_aws = _CODECOMMIT.fullmatch(parts.hostname or "")  # its credential helper needs AWS_*
        numbered = [(number, *pair) for number, pair in enumerate(config, first)]
        return {
            **{name: "" for name in inherited if _NOT_FOR_GIT.match(name) or (name.startswith("AWS_") and not of_aws)},
            "GIT_CONFIG_COUNT": str(first + len(config)),
            **{f"GIT_CONFIG_KEY_{number}": key for number, key, _ in numbered},
            **{f"GIT_CONFIG_VALUE_{number}": value for number, _, value in numbered},
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "true",
            "GIT_TRACE_REDACT": "1",
            "GIT_SSH_COMMAND": inherited.get("GIT_SSH_COMMAND") or SSH,
        }


@dataclass(frozen=True)
class GitOptions:
    """How a site is published to a branch."""

    branch: str
    squash: bool
    token: str | None
    attempts: int  # more tries after the first
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]  # seconds


def git_address(setting: str, value: str, token: str | None = None) -> GitAddress:
    """The repository that a setting names. Raises SettingsError for what git cannot or must not be asked for; the
    sentence never repeats a password."""
    try:
        parts = parse_address(value)
    except ValueError:  # brackets that enclose no IPv6 address; the text may hold a password
        raise SettingsError(f"{setting} is no address: write it like https://github.com/<user>/<repo>.git.") from None
    short = parts.scheme == "ssh" and "://" not in value
    if parts.scheme not in {"https", "http", "ssh", "file"} or (short and not parts.username):
        raise SettingsError(f"{setting} is no address of a repository: use https://, ssh:// or file://.")
    if parts.password or (parts.username and parts.scheme != "ssh"):
        raise SettingsError(f"{setting} holds a user or a password: take it out, and put the token in GITHUB_TOKEN.")
    # What follows the colon of the short form is an argument of its own on the server.
    if not value.isprintable() or (parts.netloc and not is_place(parts.netloc)) or (short and parts.path[1:2] == "-"):
        raise SettingsError(
            f"{setting} holds characters that no address of a repository has, or a part that begins with -: write it "
            "like https://github.com/<user>/<repo>.git."
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise SettingsError(f"{setting} is {parts.scheme}://{parts.netloc}/...: use https://, for http hides nothing.")
    if parts.query or parts.fragment or (parts.scheme != "file" and not parts.netloc) or not parts.path.strip("/"):
        raise SettingsError(f"{setting} names no repository: write it like https://github.com/<user>/<repo>.git.")
    return GitAddress(value) if short else GitAddress(urlunsplit(parts), token or None)
