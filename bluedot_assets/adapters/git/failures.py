"""What git prints when it fails, turned into our errors. Git has no codes for causes, so its English words decide. What
becomes of a lost race is in `push`."""

import re
from typing import Final

from git import GitCommandError

from bluedot_assets.adapters.git.address import GitAddress
from bluedot_assets.kernel.errors import BluedotError, PublishRefused, RepositoryRefused, RepositoryUnreachable
from bluedot_assets.kernel.site.addresses import without_users

_LOST_RACE: Final = re.compile(
    r"stale info|fetch first|\[rejected\] \(non-fast-forward\)|cannot lock ref|failed to update ref|incorrect old value"
    "|reference already exists|failed to lock"
)
# The same words where it is no race: another push would fail so too.
_NO_RACE: Final = re.compile(r"exists; cannot create|permission denied|no space left|read-only file system")
_STALE_LOCK: Final = re.compile(r"unable to create '([^']*\.lock)': file exists", re.IGNORECASE)
# In [remote rejected] git itself says (non-fast-forward); GitHub, GitLab, Gitea, Bitbucket and Azure have own words.
_NO_FORCE: Final = re.compile(r"non-fast-forward|force[ -]?push|rewriting|tf401027")
_REMOTE_REMEDIES: Final = (
    (
        _NO_FORCE,
        "it takes no rewritten history. Set BLUEDOT_SITE_HISTORY=keep, or allow force pushes to this branch there "
        "(git's receive.denyNonFastForwards, the host's rules of the branch)",
    ),
    (re.compile("checked out"), "name a repository without work tree (git init --bare), or another branch"),
    (re.compile("exists; cannot create"), "delete the branch that is in the way, or name another one"),
)
_SMALLER: Final = (
    "use the repository's ssh:// address, which no proxy limits, or publish fewer series (BLUEDOT_INDICATORS). "
    "git's http.postBuffer changes nothing here"
)
_MOVED: Final = (
    "it has moved, and GITHUB_TOKEN goes nowhere but to the address that is set: set the repository's own address, "
    "which a browser shows (GitLab's ends with .git)"
)
# What a host answers over HTTP, where neither another try nor another token would help.
_STATUSES: Final = {
    **dict.fromkeys((301, 302, 307, 308), _MOVED),
    407: "the proxy wants a user and a password: put them into HTTPS_PROXY",
    411: "it or a proxy before it takes no upload of unknown length, as git sends it: let the proxy pass such "
    "(chunked) uploads, or use the repository's ssh:// address. git's http.postBuffer changes nothing here",
    413: "the upload is larger than it or a proxy before it takes in one push: raise that limit (nginx: "
    f"client_max_body_size; Cloudflare takes 100 MB), {_SMALLER}",
    422: "it does not take what this push holds, most often for its size (GitHub takes 2 GB in one push) or for a rule "
    f"of the host: look at the repository's limits and rules there, {_SMALLER}",
    451: "the host has locked the repository: ask the host",
    507: "the host's disk or your account there is full: make room",
}
_CONTENT: Final = frozenset({411, 413, 422, 507})  # not who asks is refused, but what
_PASSING: Final = frozenset({400, 408, 425, 429, *range(500, 600)} - {507})
_STATUS: Final = re.compile(r"(?:returned error: |rpc failed; http |http code = )(\d{3})")
# What this machine lacks: git's words, and what to do about them.
_LOCAL: Final = (
    (
        re.compile("ssl certificate problem|certificate verification failed|no alternative certificate subject"),
        (
            "its certificate is not trusted here. Install ca-certificates, or give git the authority's file "
            "(GIT_SSL_CAINFO=<file>), as behind a company's proxy; one that has expired is the host's to renew"
        ),
    ),
    (re.compile("no space left on device"), "the disk of the temporary folder is full. Make room, or set TMPDIR"),
    (re.compile("cannot run ssh"), "there is no ssh on this machine. Install OpenSSH's client"),
    (re.compile("git: 'remote-https?' is not a git command"), "this git speaks no HTTPS. Install the whole git"),
    (re.compile("(receive|upload)-pack: (command )?not found"), "there is no git on the server. Install it there"),
    (re.compile("could not resolve proxy"), "there is no such proxy. Correct HTTPS_PROXY"),
    (
        re.compile("identification has changed"),
        "the host shows another key than before. See why (the host tells its fingerprints), then remove the old one: "
        "ssh-keygen -R <host>",
    ),
    (
        re.compile("host key verification failed"),
        "ssh does not know the host's key. Run ssh -T git@<host> once as this user, compare the fingerprint with the "
        "host's, and say yes",
    ),
    (re.compile("unprotected private key file|are too open"), "others may read the SSH key. Run chmod 600 on it"),
)
_ACCESS_REMEDIES: Final = (
    (re.compile("archived"), "it is archived, which no token changes. Unarchive it there, or name another repository"),
    (re.compile("saml|sso"), "authorize the token for that organization (GitHub: Configure SSO beside the token)"),
)
_NO_ACCESS: Final = re.compile(
    "authentication failed|could not read (username|password)|invalid username or"
    "|permission (denied|to)|write access to repository not granted|marked as read only|not allowed to (push|upload)"
)
_NOT_THERE: Final = re.compile("does not appear to be a git repository|not found|is this a git repository|redirection")
_UNREACHABLE: Final = re.compile(
    "could not resolve host|failed to connect|couldn't connect|connection (refused|reset|closed)|timed out"
    "|operation too slow|early eof|unexpected disconnect|hung up unexpectedly|rpc failed|empty reply from server"
    "|gnutls|ssl|network is unreachable|no route to host"
)


class LostRace(BluedotError):
    """Somebody else pushed first; what was built has to be built anew on the new tip."""

    retryable = True


def text_of(error: GitCommandError) -> str:
    """What git wrote on both channels, without users and passwords of the addresses in it."""
    return without_users(f"{_plain(error.stdout)}\n{_plain(error.stderr)}")


def _plain(output: object) -> str:
    text = output.decode(errors="replace") if isinstance(output, bytes) else str(output or "")
    return re.sub(r"^\s*(stdout|stderr): '(.*)'\s*$", r"\2", text, flags=re.DOTALL)


def git_failure(error: GitCommandError, address: GitAddress, what: str) -> BluedotError:
    """The error of ours for a failed git command that was to `what` (fetch, push to) the repository."""
    output = text_of(error)
    low = output.lower()
    race = _LOST_RACE.search(low) and not _NO_RACE.search(low)
    # A refusal by the remote's own rules comes first: its text is free and may hold any of the words below.
    if "hook declined" in low or ("[remote rejected]" in low and not race):
        return PublishRefused(_refused(output, address))
    if race:
        lock = _STALE_LOCK.search(output)
        left = f" Where nobody does, a push that died has left {lock[1]} there: delete it." if lock else ""
        return LostRace(f"Somebody else pushed to {address.url} at the same time.{left}")
    if "dubious ownership" in low or "unsafe repository" in low:
        return RepositoryRefused(_other_owner(output, address))
    return _permanent(output, address, what) or _passing(output, address, what)


def _permanent(output: str, address: GitAddress, what: str) -> BluedotError | None:
    """What stays so until a person does something."""
    low, status = output.lower(), _status(output)
    if remedy := _STATUSES.get(status) or _remedy(_LOCAL, _ours(output)):
        kind = PublishRefused if status in _CONTENT else RepositoryRefused
        return kind(f"Could not {what} {address.url} ({_cause(output)}): {remedy}.")
    if status in {401, 403} or _NO_ACCESS.search(low):
        return RepositoryRefused(_no_access(output, address, what))
    if status in {404, 410} or (_NOT_THERE.search(low) and not _may_pass(output)):
        return RepositoryRefused(_not_there(address))
    if status >= 300 and status not in _PASSING:
        return RepositoryRefused(
            f"{address.url} answers {status} ({_cause(output)}), which another try does not change: see whether this "
            "is the repository's own address, and what a proxy before it says."
        )
    return None


def _passing(output: str, address: GitAddress, what: str) -> RepositoryUnreachable:
    if not _may_pass(output):
        return RepositoryUnreachable(f"Could not {what} {address.url}: {_cause(output)}.")
    return RepositoryUnreachable(
        f"{address.url} cannot be reached ({_last(output)}): nothing was changed, try again; where it stays so, see "
        "whether the host's name, this network and its proxy (HTTPS_PROXY) are right."
    )


def _may_pass(output: str) -> bool:
    status = _status(output)
    return status in _PASSING or (status == 0 and _UNREACHABLE.search(output.lower()) is not None)


def _status(output: str) -> int:
    """What the host answered over HTTP, 0 where it is silent."""
    found = _STATUS.search(_ours(output))
    return int(found[1]) if found else 0


def _ours(output: str) -> str:
    """In small letters, without the remote's own words: these may name any cause, and it is not this machine's."""
    return "\n".join(line for line in output.lower().splitlines() if not line.startswith("remote:"))


def _remedy(table: tuple[tuple[re.Pattern[str], str], ...], text: str) -> str | None:
    return next((remedy for words, remedy in table if words.search(text)), None)


def _refused(output: str, address: GitAddress) -> str:
    named = "; ".join(re.findall(r"\[remote rejected\].*\((.*)\)", output))
    remedy = _remedy(_REMOTE_REMEDIES, f"{named}\n{_remote(output)}".lower())
    why = _remote(output) or named or _last(output)
    return f"{address.url} refuses the push ({why}): {remedy or 'remove the cause there, and run again'}."


def _other_owner(output: str, address: GitAddress) -> str:
    command = re.search(r"git config --global --add safe\.directory \S.*", output)
    cure = command[0] if command else "git config --global --add safe.directory <its folder>"
    return (
        f"{address.url} belongs to another user than the one that runs git there, which git calls dubious ownership: "
        f"run `{cure}` on that machine as the user that runs git, or give the folder to that user."
    )


def _no_access(output: str, address: GitAddress, what: str) -> str:
    words = f" ({_remote(output)})" if _remote(output) else ""
    if remedy := _remedy(_ACCESS_REMEDIES, words.lower()):
        return f"May not {what} {address.url}{words}: {remedy}."
    if address.url.startswith("http"):
        have = "GITHUB_TOKEN" if address.token else "no token (GITHUB_TOKEN is not set), and nobody else's"
        return (
            f"May not {what} {address.url} with {have}{words}: give GITHUB_TOKEN a token that may write its contents "
            "(fine-grained: Contents, read and write; in Actions: permissions, contents: write; GitLab: "
            "write_repository)."
        )
    if address.url.startswith("file:"):
        return f"May not {what} {address.url}{words}: give the user that runs this the right to write in that folder."
    return f"May not {what} {address.url} with this machine's SSH key{words}: add the key there with write access."


def _not_there(address: GitAddress) -> str:
    if address.url.startswith("file:"):
        return f"There is no repository {address.url}: correct the path, or make one there (git init --bare)."
    key = "GITHUB_TOKEN" if address.url.startswith("http") else "give this machine's SSH key access to it"
    own = "token" if address.url.startswith("http") else "machine's SSH key"
    return f"There is no repository {address.url}, or this {own} may not see it: correct the address or {key}."


def _remote(output: str) -> str:
    """What the remote itself says, as far as it fits a sentence."""
    return "; ".join(re.findall(r"remote: +(.*\S)", output)[:5])[:300].rstrip(".")


def _cause(output: str) -> str:
    return _remote(output) or _last(output)


def _last(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    causes = [line for line in lines if line.startswith(("fatal:", "error:"))]
    first = (causes or lines or ["git said nothing"])[0]
    return first.removeprefix("fatal: ").removeprefix("error: ").rstrip(".")[:300]
