"""What git prints when it fails, turned into our errors. Git has no codes for causes, so its English words decide. What
becomes of a lost race is in `push`."""

import re
from typing import Final

from git import GitCommandError

from bluedot_assets.adapters.git.address import GitAddress
from bluedot_assets.kernel.errors import BluedotError, PublishRefused, RepositoryRefused, RepositoryUnreachable

_LOST_RACE: Final = re.compile(
    "stale info|fetch first|non-fast-forward|cannot lock ref|failed to update ref|incorrect old value"
    "|reference already exists|failed to lock"
)
_NO_ACCESS: Final = re.compile(
    "authentication failed|could not read (username|password)|invalid username or|returned error: 40[13]"
    "|permission (denied|to)|host key verification failed|write access to repository not granted"
)
_NOT_THERE: Final = re.compile("returned error: 404|does not appear to be a git repository|not found")
_UNREACHABLE: Final = re.compile(
    "could not resolve host|failed to connect|couldn't connect|connection (refused|reset)|timed out"
    "|operation too slow|early eof|unexpected disconnect|hung up unexpectedly|rpc failed|empty reply from server"
    "|gnutls|ssl|network is unreachable|returned error: (429|5)"
)


class LostRace(BluedotError):
    """Somebody else pushed first; what was built has to be built anew on the new tip."""

    retryable = True


def text_of(error: GitCommandError) -> str:
    """What git wrote on both channels."""
    return f"{_plain(error.stdout)}\n{_plain(error.stderr)}"


def _plain(output: object) -> str:
    text = output.decode(errors="replace") if isinstance(output, bytes) else str(output or "")
    return re.sub(r"^\s*(stdout|stderr): '(.*)'\s*$", r"\2", text, flags=re.DOTALL)


def git_failure(error: GitCommandError, address: GitAddress, what: str) -> BluedotError:
    """The error of ours for a failed git command that was to `what` (fetch, push to) the repository."""
    output = text_of(error)
    low = output.lower()
    remote = "; ".join(re.findall(r"remote: +(.*\S)", output)[:5])
    # A refusal by the remote's own rules comes first: its text is free and may hold any of the words below.
    if "hook declined" in low or ("[remote rejected]" in low and not _LOST_RACE.search(low)):
        why = remote or "; ".join(re.findall(r"\[remote rejected\].*\((.*)\)", output)) or _last(output)
        return PublishRefused(f"{address.url} refuses the push ({why}): remove the cause there, and run again.")
    if _LOST_RACE.search(low):
        return LostRace(f"Somebody else pushed to {address.url} at the same time.")
    if _NO_ACCESS.search(low):
        return RepositoryRefused(_no_access(address, what))
    if _UNREACHABLE.search(low):
        return RepositoryUnreachable(
            f"{address.url} cannot be reached ({_last(output)}): nothing was changed, try again."
        )
    if _NOT_THERE.search(low):
        return RepositoryRefused(
            f"There is no repository {address.url}, or this token may not see it: correct the address or GITHUB_TOKEN."
        )
    return RepositoryUnreachable(f"Could not {what} {address.url}: {remote or _last(output)}.")


def _no_access(address: GitAddress, what: str) -> str:
    if address.url.startswith("http"):
        have = "GITHUB_TOKEN" if address.token else "no token (GITHUB_TOKEN is not set), and nobody else's"
        return (
            f"May not {what} {address.url} with {have}: give GITHUB_TOKEN a token that may write its contents "
            "(fine-grained: Contents, read and write; in Actions: permissions, contents: write)."
        )
    return f"May not {what} {address.url} with this machine's SSH key: add the key there as one with write access."


def _last(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    causes = [line for line in lines if line.startswith(("fatal:", "error:"))]
    first = (causes or lines or ["git said nothing"])[0]
    return first.removeprefix("fatal: ").removeprefix("error: ").rstrip(".")[:300]
