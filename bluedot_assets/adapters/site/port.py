"""The published site as a port: what can be read of it, and how a plan is carried out on it. Its adapters are `folder`,
`git_branch` and `bucket`; the world's view of it is `public`."""

from collections.abc import Callable, Mapping
from typing import Protocol

from bluedot_assets.kernel.site.publication import Plan, Published
from bluedot_assets.kernel.stored.manifest import StoredObject


class Snapshot(Published, Protocol):
    """The site as it stood at one moment."""

    @property
    def page(self) -> str | None:
        """Where a browser shows this state's commit; None where it has none."""
        ...

    def damaged(self, folder: str, files: Mapping[str, StoredObject]) -> list[str]:
        """Names of those files that stand in a published folder with other bytes, or not at all."""
        ...


Decide = Callable[[Snapshot], Plan | None]


class Site(Protocol):
    """The contract; `bluedot_assets_tests/contracts/site.py` says it as tests."""

    @property
    def address(self) -> str:
        """Where it is, for people."""
        ...

    def require_usable(self) -> None:
        """Raises SettingsError where a publish would be refused or could not be written."""
        ...

    def snapshot(self) -> Snapshot:
        """What is public now."""
        ...

    def publish(self, decide: Decide, known: Snapshot | None = None) -> Plan | None:
        """Carry out what `decide` makes of the site as it stands, whole or not at all; `decide` is asked again when
        somebody else published in between. It may be asked of a snapshot that the caller took a moment ago. Returns
        the plan that was carried out, None when there was none."""
        ...
