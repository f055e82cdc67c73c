"""What is stored of a stock in a partition, as far as it is about the days that are asked about. It is read by
`pipeline/stored/explanation`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bluedot_assets.kernel.bars.normalize import NormalizeRules
from bluedot_assets.kernel.series.indicators import Indicator
from bluedot_assets.kernel.series.provenance.question import Question
from bluedot_assets.kernel.source.raw_file import RawFile

Row = dict[str, Any]


@dataclass(frozen=True)
class StoredSeries:
    """A CSV of the stock, and the object in the store that holds it."""

    indicator: Indicator
    file: str
    stored_in: str
    content: bytes
    outdated: bool = False  # made of other bars than those that are stored now


@dataclass(frozen=True)
class OfPartition:
    """The row of the table of stocks (None where the file was rejected), the bars of those days, and the rejected files
    of the stock's name, also those of newer partitions by key (`rejected_since`). `file` is the vendor's, or `problem`
    says why there is none; `rules` are those that it was judged by. Weekly bars may be made `from_daily` ones: of which
    partition."""

    key: str
    stock: Row | None
    rejected: Sequence[Row]
    rules: NormalizeRules
    bars: Sequence[Row] = ()
    file: RawFile | None = None
    problem: str | None = None
    series: Sequence[StoredSeries] = ()
    from_daily: str | None = None
    rejected_since: Mapping[str, Row] = field(default_factory=dict)

    def covers(self, question: Question) -> bool:
        """Whether the stock's bars reach over those days."""
        stock = self.stock
        return bool(stock and stock["first_session"] <= question.last and stock["last_session"] >= question.first)
