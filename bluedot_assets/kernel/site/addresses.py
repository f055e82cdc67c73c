"""What a setting names: a folder, a repository, this machine or a public place. Every address is taken apart here; what
git needs of one is in `adapters/git/address`."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from bluedot_assets.kernel.errors import PublishRefused

_SHORT_SSH = re.compile(r"[^/\\]{2,}:(?!//)")  # git@github.com:user/repo.git; one letter is a Windows drive

_HOST_PATH = re.compile(
    r"(?://)?(?:[^/\\@]+@)?(?P<host>(?:[a-z0-9-]+\.)+[a-z]{2,})(?P<path>[/\\][^?#\s]*)?(?:[?#].*)?", re.IGNORECASE
)
_FORGE = re.compile(
    r"(?:[a-z0-9-]+\.)*(?:github|gitlab|bitbucket|codeberg|gitea|sourcehut|sr|azure|visualstudio)\.(?:com|org|ht|io)"
    r"|(?:git|gitlab|gitea|forgejo)(?:\.[a-z0-9-]+)+",
    re.IGNORECASE,
)


def _user(ends: str) -> re.Pattern[str]:
    """The slashes, what may be a user and a password, and the rest of an address that ends before one of `ends`. A
    password may hold a slash: behind a colon any @ may end it."""
    return re.compile(rf"((?::|(?<![^{ends}]))//)((?:[^/:{ends}]*:[^{ends}]*|[^/{ends}]*)@)([^{ends}]*)")


_USER = _user(r"\0")  # of a setting, which holds one address; none has a NUL
_ANY_USER = _user(r"""\s"'\\""")  # of a text that goes on behind the address, or JSON
_BARE_USER = re.compile(r"^[^/\\\s,]*(?::[^\s,]*@|@(?=[\w-]+(\.[\w-]+)+[:/\\]))")
_BARE_QUERY = re.compile(r"^([^/.~\\?][^?]*)\?.+|\?[\w.-]+=.*", re.DOTALL)  # the name of a folder may hold a ?
# A user (which may hold an @ itself), a host and a port: nothing that git or ssh could take for an option.
_PLACE = re.compile(r"(?:[\w.+~%][\w.+~%@-]*@)?(?:\w[\w.-]*|\[[\w:.%]+\])(?::\d*)?")
# What no branch's name may hold (git check-ref-format), in any of its parts between slashes.
_NO_BRANCH = re.compile(r"[\s~^:?*\[\\]|\.\.|@\{|//|^[/-]|[/.]$|(?:^|/)\.|\.lock(?:/|$)|^(?:@|HEAD)$|^refs/")
_COMMITS = {"github.com": "/commit/", "gitlab.com": "/-/commit/", "codeberg.org": "/commit/"}
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]*/[\w.-]+\.git", re.IGNORECASE)  # user/repo.git
_BUCKET = re.compile(r"(?:s3|gs|az)://(?P<place>\w[\w.-]*(?:/(?!\.+(?:/|$))[\w.+=-]+)*/?)?", re.IGNORECASE)


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


def is_bucket(text: str) -> bool:
    """Whether it names a place in an object store."""
    return _BUCKET.match(text.strip()) is not None


def is_repository(text: str) -> bool:
    """Whether it names a git repository."""
    return is_address(text) and not is_bucket(text)


def bucket_address(text: str) -> str:
    """A place in an object store, without a slash at its end. Raises ValueError for what holds more than that, without
    saying what: it may be secret."""
    found = _BUCKET.fullmatch(text.strip())
    if found is None or found["place"] is None:
        raise ValueError
    scheme, _, place = found[0].partition("://")
    return f"{scheme.lower()}://{place.rstrip('/')}"


def public_address(text: str) -> str:
    """An address as it may be printed, stored and published: without its user, password and query, any of which may be
    secret; a path as it is."""
    # An address that misses its scheme may hold a token; a folder may hold an @.
    if "://" not in text and not text.startswith("//"):
        return _BARE_QUERY.sub(r"\1", _BARE_USER.sub("", text))
    return _USER.sub(_without_user, text).partition("?")[0]


def without_users(text: str) -> str:
    """A text without the user and the password of any address in it, which may be secret."""
    return _ANY_USER.sub(_without_user, text) if "@" in text else text


def _without_user(found: re.Match[str]) -> str:
    """Where a `?` stands before the last @, the one may belong to a password and the other to a query: no part is
    surely public."""
    return found[1] + ("..." if "?" in found[2] else found[3])


def bare_address(text: str) -> SplitResult:
    """The parts of a server's address that holds nothing secret: no user, password, query or fragment. Raises
    ValueError, whose text may hold what it does hold."""
    parts = parse_address(text)
    holds_more = "@" in parts.netloc or set("?# ") & set(text) or not text.isprintable()
    if parts.port == 0 or not parts.hostname or not is_place(parts.netloc) or holds_more:
        raise ValueError
    return parts


def site_address(text: str) -> str:
    """Where the world reads a site, without a slash at its end. Raises ValueError, which says how to write it."""
    wrong = ValueError("write it like https://<user>.github.io/<repo>/")
    try:
        scheme = bare_address(text).scheme
    except ValueError:
        raise wrong from None
    if scheme not in {"http", "https"}:
        raise wrong
    return text.rstrip("/")


def is_place(text: str) -> bool:
    """Whether it is the user, host and port of a server, and nothing that a program could take for an option."""
    return _PLACE.fullmatch(text) is not None


def is_branch(name: str) -> bool:
    """Whether git takes it for a new branch's name (git check-ref-format --branch), whose ref is refs/heads/<name>; a
    whole ref is none."""
    return name.isprintable() and name != "" and _NO_BRANCH.search(name) is None


def missing_scheme(text: str) -> str | None:
    """How to write what names a repository or its host as a browser shows it; None for an address and for a folder.
    A relative folder may have dots in its name: only a known host, or a path that ends with .git, decides."""
    text = text.strip()
    if is_address(text):
        return None
    if _SLUG.fullmatch(text):
        return f"https://github.com/{text}"
    found = _HOST_PATH.fullmatch(text)
    path = (found["path"] or "").replace("\\", "/") if found else ""
    if found is None or not (_FORGE.fullmatch(found["host"]) or path.endswith(".git")):
        return None
    path = re.sub(r"/(-/)?(tree|blob|src|branch)/.*", "", path)  # what a browser shows of a repository
    if found["host"].endswith(".io") or path.count("/") < 2:  # a site's public address, or no repository
        return "https://github.com/<user>/<repo>.git"
    return f"https://{found['host'].removeprefix('www.')}{path.rstrip('/').removesuffix('.git')}.git"


def commit_page(repository: str, commit: str) -> str | None:
    """Where a browser shows a commit of a repository; None where that is not known."""
    try:
        parts = parse_address(repository)
    except ValueError:
        return None
    between = _COMMITS.get(parts.hostname or "")
    path = parts.path.rstrip("/").removesuffix(".git")
    return f"https://{parts.hostname}{path}{between}{commit}" if between else None


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
