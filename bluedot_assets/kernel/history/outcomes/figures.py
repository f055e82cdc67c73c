"""Figures of one group of entries: how many are independent, and what they returned. Nothing is drawn but from a fixed
sequence of bits, which is the same on every machine."""

from typing import Annotated, Final

import msgspec
import numpy as np
from msgspec import Meta

from bluedot_assets.kernel.history.outcomes.windows import MILLIONTHS, Numbers

FEWEST: Final = 30  # independent entries, below which there is no figure
REPEATS: Final = 1000
SEED: Final = 16
_TAILS: Final = (0.05, 0.95)  # 90 % lie between
_DECIMALS: Final = 6


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What the entries returned, each as a part of its first price (0.05 = 5 %)."""

    median: Annotated[float, Meta(description="Return that half of the entries surpassed.")]
    q10: Annotated[float, Meta(description="10 % quantile of the returns.")]
    q90: Annotated[float, Meta(description="90 % quantile of the returns.")]
    hit_rate: Annotated[float, Meta(description="Share of the entries that returned more than nothing.")]
    excess: Annotated[
        float | None, Meta(description="Mean of the returns less their controls' means; null without controls.")
    ]
    excess_low: Annotated[
        float | None, Meta(description="Lower end of its 90 % interval, by block bootstrap of the days of entry.")
    ]
    excess_high: Annotated[float | None, Meta(description="Upper end of the same.")]


def independent(places: Numbers, exits: Numbers) -> int:
    """How many windows do not overlap, of all stocks together: from the first entry on, each time the next one after
    the window before, and of several on one day the longest. `places` and `exits` are those of the days of entry and
    exit among the history's sessions."""
    count, taken = 0, -1
    order = np.lexsort((-exits, places))
    for place, end in zip(places[order].tolist(), exits[order].tolist(), strict=True):
        if place > taken:
            count, taken = count + 1, end
    return count


def figures_of(
    returns: Numbers, places: Numbers, exits: Numbers, controls: Numbers, controlled: Numbers, horizon: int
) -> Figures:
    """Of entries with their returns; `controls` are the mean returns of the controls of those at `controlled`."""
    low, median, high = np.quantile(returns, (0.1, 0.5, 0.9))
    excess = returns[controlled] - controls
    longest = int((exits - places).max()) + 1
    bounds = _interval(excess, places[controlled], horizon, longest) if len(excess) else None
    return Figures(
        median=_part(median),
        q10=_part(low),
        q90=_part(high),
        hit_rate=round(float(np.count_nonzero(returns > 0) / len(returns)), _DECIMALS),
        excess=_part(excess.mean()) if len(excess) else None,
        excess_low=bounds and bounds[0],
        excess_high=bounds and bounds[1],
    )


def _interval(excess: Numbers, places: Numbers, horizon: int, longest: int) -> tuple[float, float]:
    """Of the mean, by a circular block bootstrap (Politis and Romano 1992): blocks of as many sessions as the longest
    window spans, with all entries of their days."""
    at = places - places.min()
    days = int(at.max()) + 1
    # So many windows one after the other leave room for as many blocks, but for a few that are far longer than most.
    length = max(horizon, min(longest, days // (FEWEST - 1)))
    sums, counts = (_block_sums(np.bincount(at, weights, days), length) for weights in (excess, None))
    blocks = -(-days // length)
    # The raw bits are the same in every version of numpy, which it does not promise of its generators.
    drawn = (np.random.PCG64(SEED).random_raw(REPEATS * blocks) % np.uint64(days)).astype(np.int64)
    drawn = drawn.reshape(REPEATS, blocks)
    total, entries = sums[drawn].sum(axis=1), counts[drawn].sum(axis=1)
    low, high = np.quantile(total[entries > 0] / entries[entries > 0], _TAILS)
    return _part(low), _part(high)


def _block_sums(values: np.ndarray, length: int) -> Numbers:
    """Of the block that begins on each day; after the last day comes the first."""
    whole = values.astype(np.int64)
    sums: Numbers = np.cumsum(np.concatenate(([0], whole, np.resize(whole, length))))
    return sums[length : length + len(whole)] - sums[: len(whole)]


def _part(millionths: float) -> float:
    return round(float(millionths) / MILLIONTHS, _DECIMALS)
