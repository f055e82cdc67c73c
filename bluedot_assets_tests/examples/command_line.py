"""The `bluedot` command as tests call it, and what it gave back."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Called:
    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode()


Bluedot = Callable[..., Called]
