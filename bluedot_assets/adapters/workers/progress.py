"""How a stage reports its progress. How a terminal shows it is in `commands/run/summary`."""


class Progress:
    """Receives the reports of a stage; never decides anything. This one shows nothing."""

    def begin(self, stage: str, total: int) -> None:
        """A stage such as `daily/bars` starts on `total` files."""

    def advance(self, files: int, rejected: int = 0) -> None:
        """So many files more are done, so many of them rejected."""

    def warn(self, message: str) -> None:
        """Something that did not stop the stage and that a person should know."""
