"""What is kept beside every stored output: which objects it has, what it was made from, and the verdicts on it.

A stage's output exists when its manifest does. Where manifests lie, and the order in which they are written and
removed, is in `adapters/storage`; which facts a stage keeps is in its module of `pipeline/stages`."""

import hashlib
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final, TypeVar

import msgspec

from bluedot_assets.kernel.checks.verdict import Verdict
from bluedot_assets.kernel.errors import OutputDamaged
from bluedot_assets.kernel.stored.versions import SchemaVersion

PARQUET: Final = ".parquet"  # how the objects of tables end
PART: Final = f"part{PARQUET}"  # the name of an object whose table its first folder says
RAW: Final = "raw"
Facts = TypeVar("Facts", bound=msgspec.Struct)
VERSION: Final = 2  # of a manifest and of the objects that it lists
NEVER: Final = datetime.min.replace(tzinfo=UTC)  # stands for made-at where two contents are compared without it


def made_again(timeframe: str, partition: str) -> str:
    """What a person does about a stored output that cannot be used."""
    return f"(`bluedot run --timeframe {timeframe} --partition {partition}`)"


class Within(msgspec.Struct, frozen=True):
    """The place of a file in a zip that holds several: its own name. In an object of version 1, which is the bytes of
    all, how many are before it."""

    name: str
    offset: int | msgspec.UnsetType = msgspec.UNSET


class StoredObject(msgspec.Struct, frozen=True):
    """One object of an output, or one file in an object that holds several. `path` is the object's, relative to the
    store; `rows` counts table rows or CSV lines."""

    path: str
    bytes: int
    sha256: str
    rows: int
    symbol: str = ""  # of a series CSV
    within: Within | msgspec.UnsetType = msgspec.UNSET  # so that manifests of earlier versions keep their fingerprint

    @property
    def content(self) -> str:
        """What the object at `path` is expected to be: its digest, and of one that holds several its name, which it has
        for what it holds."""
        return self.path if self.within else self.sha256

    @property
    def without_digest(self) -> "StoredObject":
        """The same, whatever bytes the zip has that holds it: another machine may pack the same files otherwise."""
        if not self.within or isinstance(self.within.offset, int):
            return self
        stem, dash, _ = self.path.rpartition("-")
        return msgspec.structs.replace(self, path=stem if dash else self.path)

    @property
    def name(self) -> str:
        """The file's own name; of a table's object the table's."""
        if self.within:
            return self.within.name
        folder, _, name = self.path.rpartition("/")
        return f"{folder.partition('/')[0]}{PARQUET}" if name == PART else name


class Manifest(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The output of one stage for one partition."""

    stage: str
    timeframe: str
    partition: str
    made_at: datetime  # when this content first appeared
    made_from: dict[str, str]  # stage -> fingerprint
    objects: list[StoredObject]
    verdicts: list[Verdict]
    facts: dict[str, Any]  # counts, and what later stages need without opening the objects
    checksum: str | msgspec.UnsetType = msgspec.UNSET  # of this, and of all that decided on it
    schema_version: SchemaVersion | msgspec.UnsetType = msgspec.UNSET  # manifests of earlier versions have none

    def __str__(self) -> str:
        return f"{self.timeframe}/{self.stage} of {self.partition}"

    @property
    def _again(self) -> str:
        return f"materialize it again {made_again(self.timeframe, self.partition)}"

    @property
    def _unversioned(self) -> "Manifest":
        """What digests are of: as manifests of earlier versions had it, so that theirs stay."""
        return msgspec.structs.replace(self, checksum=msgspec.UNSET, schema_version=msgspec.UNSET)

    @cached_property
    def fingerprint(self) -> str:
        """Changes whenever the output, its verdicts or its facts do, and by nothing else."""
        objects = [one.without_digest for one in self.objects]
        content = msgspec.structs.replace(self._unversioned, made_at=NEVER, made_from={}, objects=objects)
        return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()

    def checksum_with(self, inputs: str) -> str:
        """Of the manifest and of `inputs`, the digest of all that decides on the output."""
        content = self._unversioned
        return hashlib.sha256(inputs.encode() + msgspec.json.encode(content, order="sorted")).hexdigest()

    def facts_as(self, kind: type[Facts]) -> Facts:
        """The facts of the stage, typed. They are kept as they were stored, for the fingerprint is of them: what an
        older version did not count has its default here alone. Raises OutputDamaged."""
        try:
            return msgspec.convert(self.facts, kind)
        except msgspec.ValidationError as error:
            raise OutputDamaged(f"The facts of {self} cannot be read ({error}): {self._again}.") from None

    @property
    def size(self) -> int:
        """Bytes of all objects."""
        return sum(stored.bytes for stored in self.objects)

    @cached_property
    def files(self) -> dict[str, StoredObject]:
        """The objects by their files' own names."""
        return {stored.name: stored for stored in self.objects}

    def file(self, name: str) -> StoredObject:
        """The object of that name. Raises OutputDamaged when there is none."""
        if name not in self.files:
            raise OutputDamaged(f"{self} has no {name}: {self._again}.")
        return self.files[name]

    def table(self, name: str) -> StoredObject:
        """The object of that table."""
        return self.file(f"{name}{PARQUET}")

    @property
    def raw_object(self) -> StoredObject:
        """The one object of a raw partition; earlier versions named it after that."""
        return self.table(RAW if f"{RAW}{PARQUET}" in self.files else self.partition)

    def encoded(self) -> bytes:
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"


def fingerprints(*sources: Manifest) -> dict[str, str]:
    """What an output says of those that it was made from, by stage."""
    return {one.stage: one.fingerprint for one in sources}
