"""What our own code fails with on data that nobody foresaw: caught, so that one file or comparison stops no other."""

from typing import Final

import polars as pl

from bluedot_assets.kernel.errors import BluedotError, StoreUnreachable
from bluedot_assets.kernel.source.plain_values import cut

# Whatever code can raise: no file may stop the others. A panic of polars is no Exception.
FAULTS: Final = (Exception, pl.exceptions.PanicException)


def words_of(error: BaseException) -> str:
    """An error that is data now: of ours its sentence, else its type too. What the machine lacks, or
    its store for a moment, stays an error."""
    if isinstance(error, MemoryError | StoreUnreachable):
        raise error
    words = " ".join(str(error).split())
    return words if isinstance(error, BluedotError) else cut(f"{type(error).__name__}: {words}")
