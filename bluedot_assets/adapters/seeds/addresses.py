"""The setting BLUEDOT_SEEDS: which repositories hold the series of which timeframe. Kept free of git, which settings
must not pay for; what happens there is in `repository`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bluedot_assets.adapters.git.address import GitAddress, git_address
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES
from bluedot_assets.kernel.errors import SettingsError

SETTING: Final = "BLUEDOT_SEEDS"
_FORM: Final = "write it like daily=https://github.com/<user>/seed_<user>_daily.git"


@dataclass(frozen=True)
class SeedAddress:
    """A seed repository and the timeframe whose series it holds. `request.seed` and its symbol_info file call it by its
    address's name."""

    timeframe: str
    address: GitAddress


def seed_addresses(values: Sequence[str], namespace: str | None, token: str | None = None) -> list[SeedAddress]:
    """The repositories in their order. Raises SettingsError, which says of a name what is wrong with it."""
    found = [_seed_address(value, namespace, token) for value in values]
    names = [one.address.name for one in found]
    for name in names:
        if names.count(name) > 1:
            raise SettingsError(f"{SETTING} names {name} {names.count(name)} times: name every repository once.")
    return found


def timeframes_with_seeds(values: Sequence[str]) -> set[str]:
    """The timeframes that have a repository."""
    return {one.timeframe for one in seed_addresses(values, None)}


def _seed_address(value: str, namespace: str | None, token: str | None) -> SeedAddress:
    timeframe, _, url = (part.strip() for part in value.partition("="))
    if timeframe not in TIMEFRAMES or not url:
        raise SettingsError(f"{SETTING} has an entry without timeframe or address: {_FORM}.")
    address = git_address(SETTING, url, token)
    if not re.fullmatch(r"[A-Za-z0-9_.-]+", address.name):
        raise SettingsError(f"{SETTING} has a repository of no usable name ({address.name!r}): {_FORM}.")
    if namespace and not re.fullmatch(re.escape(namespace) + r"_[A-Za-z0-9_.-]+", address.name):
        raise SettingsError(
            f"{SETTING} has the repository {address.name}, whose name does not start with {namespace}_ "
            "(TRADINGVIEW_NAMESPACE and a suffix): TradingView reads no other. Correct one of the two."
        )
    return SeedAddress(timeframe, address)
