"""How old the installed packages are, without asking anybody. A package's metadata has no date, but some are named by
the month of their release; with a lock, one that is new is a sign that all are."""

from datetime import date
from importlib.metadata import PackageNotFoundError, version
from typing import Final

NAMED_BY_MONTH: Final = ("certifi", "fsspec")  # released every one or two months


def newest_release() -> date | None:
    """The month of the newest of them; None where that cannot be seen."""
    return max(filter(None, map(_released, NAMED_BY_MONTH)), default=None)


def _released(name: str) -> date | None:
    try:
        year, month, *_ = version(name).split(".")
        return date(int(year), int(month), 1)
    except (PackageNotFoundError, ValueError):
        return None
