"""How a stage reports its progress, to whomever it is. What a terminal shows is in `commands/run/summary`."""

from typing import Protocol


class Progress(Protocol):
    """Called by a stage while it works; never decides anything."""

    def begin(self, stage: str, total: int) -> None:
        """A stage such as `daily/bars` starts on `total` files."""
        ...

    def advance(self, files: int, rejected: int = 0) -> None:
        """So many files more are done, so many of them rejected."""
        ...

    def warn(self, message: str) -> None:
        """Something that did not stop the stage and that a person should know."""
        ...


class Silent:
    """Progress that nobody watches."""

    def begin(self, stage: str, total: int) -> None:
        pass

    def advance(self, files: int, rejected: int = 0) -> None:
        pass

    def warn(self, message: str) -> None:
        pass
