"""What is kept beside every stored output: which objects it has, what it was made from, and the verdicts on it.

A stage's output exists when its manifest does; the manifest is written last and removed first."""

import hashlib
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from bluedot_assets.kernel.checks.verdict import Verdict

NEVER: Final = datetime.min.replace(tzinfo=UTC)  # stands for made-at where two contents are compared without it


class StoredObject(msgspec.Struct, frozen=True):
    """One object of an output. `path` is relative to the store; `rows` counts table rows or CSV lines."""

    path: str
    bytes: int
    sha256: str
    rows: int
    symbol: str = ""  # of a series CSV


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The output of one stage for one partition."""

    stage: str
    timeframe: str
    partition: str
    made_at: datetime  # when this content first appeared
    made_from: dict[str, str]  # stage -> fingerprint
    objects: list[StoredObject]
    verdicts: list[Verdict]
    facts: dict[str, Any]  # counts, and what later stages need without opening the objects

    @property
    def fingerprint(self) -> str:
        """Changes whenever the output or what is said of it does, and by nothing else."""
        said = msgspec.structs.replace(self, made_at=NEVER, made_from={})
        return hashlib.sha256(msgspec.json.encode(said, order="sorted")).hexdigest()

    def same_output(self, other: "Manifest | None") -> bool:
        """Whether `other` says the same of the same content, made-at aside."""
        return other is not None and msgspec.structs.replace(other, made_at=self.made_at) == self

    def encoded(self) -> bytes:
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"


def decode_manifest(content: bytes) -> Manifest:
    """Raises msgspec.DecodeError (msgspec.ValidationError among it) when `content` is no manifest."""
    return msgspec.json.decode(content, type=Manifest)
