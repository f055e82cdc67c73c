"""How a stage tells of its progress: to a terminal, to a log, or, here, to nobody."""


class Progress:
    """Told by a stage while it works; never decides anything. This one shows nothing."""

    def begin(self, stage: str, total: int) -> None:
        """A stage such as `daily/bars` starts on `total` files."""

    def advance(self, files: int, rejected: int = 0) -> None:
        """So many files more are done, so many of them rejected."""

    def warn(self, message: str) -> None:
        """Something that did not stop the stage and that a person should know."""
