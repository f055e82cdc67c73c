"""The bars of the history as they are known now, or were at a moment, and when what a partition has was known. What
follows from the state is in `kernel/history`."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from bluedot_assets.adapters.history.open import SETTING
from bluedot_assets.adapters.history.port import HistoryReader
from bluedot_assets.adapters.storage.layout import Slot
from bluedot_assets.adapters.storage.outputs import Outputs
from bluedot_assets.kernel.bars.tables import STOCKS
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES
from bluedot_assets.kernel.errors import OutputAbsent
from bluedot_assets.kernel.history.adjustments import ADJUSTMENTS
from bluedot_assets.kernel.history.published import HISTORY, bars_of
from bluedot_assets.kernel.history.ranges import Stocks
from bluedot_assets.kernel.history.tables import LISTED, RATINGS, SEEN, VERSIONS, VOLUMES
from bluedot_assets.kernel.history.update import Book, File
from bluedot_assets.pipeline.stages.bars import NAME as OF_BARS
from bluedot_assets.pipeline.stages.history import NAME, rewriting


def open_book(place: HistoryReader, timeframe: str) -> Book:
    """All that the place has of the timeframe. Raises OutputAbsent, OutputDamaged."""
    book = rewriting(place.snapshot(timeframe)).book(Stocks())
    if not book.there:
        raise OutputAbsent(
            f"There is no {timeframe} history in {place.address}: `bluedot run` begins it, in the place that {SETTING} "
            "names where that is set; then give that one as data."
        )
    return book


def history_bars(
    book: Book, timeframe: str, known_by: datetime | pl.Expr | None = None, *, adjusted: bool = True
) -> pl.DataFrame:
    """As known now, at that moment, or at that of each stock; not `adjusted`: prices and volumes as they were given
    first. Only what is known now, adjusted, needs no state in the book. Raises OutputDamaged."""
    if known_by is None and adjusted:
        return book.of_years(HISTORY, book.years_of(HISTORY)).sort("symbol", "session")
    years = book.years_of(VERSIONS)
    versions, volumes = book.of_years(VERSIONS, years), book.of_years(VOLUMES, years)
    if not adjusted:
        versions, volumes = _first_given(versions), _first_given(volumes)
    found = book.file(File(ADJUSTMENTS)) if adjusted else ADJUSTMENTS.empty()
    ratings, listed = book.of_years(RATINGS, years), book.file(File(LISTED))
    return bars_of(versions, ratings, volumes, listed, found, TIMEFRAMES[timeframe], known_by)


def _first_given(rows: pl.DataFrame) -> pl.DataFrame:
    """Of each session what was given first, as if it had stayed."""
    first = rows.unique(["symbol", "session"], keep="first", maintain_order=True)
    return first.with_columns(known_until=pl.lit(None, rows.schema["known_until"]))


def known_of(book: Book, outputs: Outputs, timeframe: str, keys: Sequence[str]) -> pl.Expr:
    """When the newest answer about each stock of those partitions, oldest first, was known; of stocks that they have
    not, when half of the answers were. Raises OutputAbsent."""
    seen = book.of_years(SEEN, book.years_of(SEEN))
    answers = [seen.filter(pl.col("partition").is_in(keys))]
    if made := outputs.manifest(Slot(timeframe, keys[-1], OF_BARS)):
        # A file that stands unchanged in a later folder too is an answer of that one.
        same = seen.join(outputs.read_table(made, STOCKS, ("symbol", "md5")), on=["symbol", "md5"], how="semi")
        answers.append(same.unique("symbol", keep="first", maintain_order=True))
    known = pl.concat(answers).group_by("symbol").agg(pl.col("known").max()).sort("known")
    if known.is_empty():
        raise OutputAbsent(f"The history has nothing of {timeframe}/{keys[-1]}: materialize {timeframe}/{NAME} of it.")
    half = known["known"][(known.height - 1) // 2]
    return pl.col("symbol").replace_strict(
        known["symbol"], known["known"], default=half, return_dtype=known.schema["known"]
    )
