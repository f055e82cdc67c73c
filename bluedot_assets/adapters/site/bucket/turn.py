"""The turn to publish to a bucket site: who has it, that it lives, and when another may take it over. What is done with
one is in `site`."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

import msgspec
from msgspec import structs

from bluedot_assets.adapters.site.bucket.record import RECORDS, Record, record_number, record_path
from bluedot_assets.adapters.storage.store.objects import Objects
from bluedot_assets.kernel.errors import BluedotError, PublishRefused
from bluedot_assets.kernel.stored.versions import decode

BEAT_S: Final = 5.0
_GIVEN_UP: Final = -1


def newest_number(objects: Objects) -> int:
    """0 where there is none yet."""
    return max(filter(None, map(record_number, objects.sizes(RECORDS))), default=0)


def newest(objects: Objects, known: tuple[int, Record] | None = None) -> tuple[int, Record] | None:
    """The record that counts, and its number; None where there is none yet. A finished one that is `known` is not read
    again. Raises PublishRefused, NewerVersion."""
    while number := newest_number(objects):
        if known and known[0] == number and known[1].phase == "done":
            return known
        content = objects.get(record_path(number))
        if content is not None:  # else another publish has just replaced it by a newer one
            return number, _decoded(content, f"{objects.address}/{record_path(number)}")
    return None


def _decoded(content: bytes, name: str) -> Record:
    try:
        return decode(Record, content, name)
    except msgspec.DecodeError as error:
        raise PublishRefused(
            f"{name} cannot be read ({error}): delete it, and run again; then everything is written anew."
        ) from None


@dataclass
class Turn:
    """To publish, while the block lasts."""

    objects: Objects
    number: int
    record: Record
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)

    def begin(self) -> bool:
        """Whether nobody was faster."""
        if not self.objects.create(record_path(self.number), msgspec.json.encode(self.record)):
            return False
        if newest_number(self.objects) == self.number:
            return True
        # It was decided on a record so old that its successors are gone already.
        self.objects.delete([record_path(self.number)])
        return False

    @contextmanager
    def lived(self) -> Iterator[None]:
        """While the block lasts others see that this publish lives; a block that raises leaves its work to the next."""
        beating = threading.Thread(target=self._beat, daemon=True)
        beating.start()
        try:
            yield
        except BaseException:
            self._end(beating)
            with suppress(BluedotError):
                if self.record.phase != "done":
                    self.write(beat=_GIVEN_UP)
            raise
        self._end(beating)

    def write(self, **changes: object) -> None:
        with self._lock:
            self.record = structs.replace(self.record, **changes)
            self.objects.put({record_path(self.number): msgspec.json.encode(self.record)})

    def require(self) -> None:
        """Raises PublishRefused when another publish took this one for dead."""
        if newest_number(self.objects) > self.number:
            raise PublishRefused(
                f"{self.objects.address} is published to by another process, which took this one for dead: run again."
            )

    def _end(self, beating: threading.Thread) -> None:
        self._over.set()
        beating.join()

    def _beat(self) -> None:
        while not self._over.wait(BEAT_S):
            with suppress(BluedotError):  # whoever publishes meets it too
                self.write(beat=self.record.beat + 1)
