"""The one judge of versions: whether what was stored or published is of a version that this installation knows.

A format's version rises when what older readers know would mean something else; a new field leaves it, and an absent
one is 1. What has none of its own belongs to a whole that has one, which rises with it: tables, raw objects and CSVs to
the manifest that lists them, all of the data folder to its `format.json`, all files of the site to `status.json`. What
only saves work (calendars, source ranges, fetched bytes) has none: where it cannot be used it is made anew."""

from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from bluedot_assets.kernel.errors import NewerVersion
from bluedot_assets.kernel.stored.json_reader import decode_json

FIRST: Final = 1
SchemaVersion = Annotated[
    int, Meta(description="Rises when what older readers know would mean something else; a new field leaves it.")
]
File = TypeVar("File", bound=msgspec.Struct)


class Stated(msgspec.Struct, frozen=True):
    """All that every version of a file has in common."""

    schema_version: SchemaVersion = FIRST


def require_known(name: str, found: Any, ours: int = FIRST) -> int:
    """The version of `name`. Raises NewerVersion when it is above ours, or no whole number, as only a later format can
    state it."""
    if type(found) not in (int, float) or found % 1 or found > ours:
        raise NewerVersion(
            f"{name} is of version {found!r}, which a newer bluedot wrote; this one knows versions up to {ours}: "
            "upgrade this installation (documentation: Upgrading)."
        )
    return int(found)


def stated_version(content: bytes | str) -> Any:
    """The version that a JSON file states, of whatever type. What is no JSON object states none."""
    try:
        return decode_json(content, dict[str, Any]).get("schema_version", FIRST)
    except msgspec.DecodeError:
        return FIRST


def decode(kind: type[File], content: bytes | str, name: str, ours: int | None = None) -> File:
    """A file of that kind, whose field `schema_version` is `ours` by default. Raises NewerVersion, and
    msgspec.DecodeError for what is no such file."""
    ours = ours or version_of(kind)
    try:
        found = decode_json(content, kind)
    except msgspec.DecodeError:
        # What a newer version wrote may be no such file for us.
        require_known(name, stated_version(content), ours)
        raise
    version = getattr(found, "schema_version", UNSET)
    require_known(name, FIRST if isinstance(version, UnsetType) else version, ours)
    return found


def version_of(kind: type[msgspec.Struct]) -> int:
    """The version that the kind is written with: the default of its field."""
    return next(int(one.default) for one in msgspec.structs.fields(kind) if one.name == "schema_version")
