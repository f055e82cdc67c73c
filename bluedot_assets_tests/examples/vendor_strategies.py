"""Hypothesis strategies for documents of the vendor's shape, good ones and bad ones. No test belongs here."""

from datetime import date, timedelta
from typing import Any, Final

from hypothesis import strategies as st

from bluedot_assets_tests.examples.vendor_files import FRIDAY, INDIA, NEW_YORK, Record, bar, bars, document, midnight_ms

# Tokyo is no candidate: files of it must be rejected as a whole.
ZONE: Final = st.sampled_from([*[INDIA, NEW_YORK] * 5, "Asia/Tokyo"])
PRICE: Final = st.one_of(
    st.floats(0.01, 100_000).map(lambda price: round(price, 2)),
    st.integers(1, 100_000),
    st.floats(min_value=0, exclude_min=True, allow_infinity=False),
    st.integers(1, 2**53),
    st.sampled_from([1e-7, 1e22, 16768.05, 94, 94.0, 5e-324, 1.7976931348623157e308]),
)
ODD: Final = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(
        [float("nan"), float("inf"), float("-inf"), 0, -0.0, -1, -94.5, 10**400, "103", "None", "", [], {}]
    ),
    st.floats(),
    st.integers(),
)
VOLUME: Final = st.one_of(st.none(), st.integers(0, 2**53), st.floats(0, 1e9).map(round).map(float))
RLST: Final = st.one_of(st.none(), st.integers(0, 99), st.just(-0.0))
BC: Final = st.one_of(st.none(), PRICE)
DAY: Final = st.integers(0, 40).map(lambda back: FRIDAY - timedelta(days=back))
KEY: Final = st.one_of(st.text(max_size=5), st.just("\ud800"))
ANY_JSON: Final = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just("\ud800")),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEY, inner, max_size=3)),
    max_leaves=6,
)


@st.composite
def good_bars(draw: st.DrawFn, day: date, zone: str = INDIA) -> Record:
    """A bar that must be published as it is."""
    low, one, other, high = sorted(draw(st.lists(PRICE, min_size=4, max_size=4)))
    opened, close = draw(st.permutations([one, other]))
    values = {"volume": draw(VOLUME), "rlst": draw(RLST), "bc": draw(BC)}
    return bar(day, zone, open=opened, high=high, low=low, close=close, **values)


@st.composite
def good_documents(draw: st.DrawFn, zone: str = INDIA) -> Record:
    """A document all of whose bars must be published: unique days, newest first, as list or as dict."""
    days = sorted(draw(st.sets(DAY, min_size=1, max_size=6)), reverse=True)
    prices = [draw(good_bars(day, zone)) for day in days]
    as_dict = draw(st.booleans())
    dots = draw(st.lists(DAY, max_size=4))
    texts = [{"blueDotDate": day.isoformat()} for day in dots]
    numbers = [midnight_ms(day, zone) for day in dots]
    dates = draw(st.sampled_from([texts, numbers, None]))
    return document({str(place): one for place, one in enumerate(prices)} if as_dict else prices, dates=dates)


@st.composite
def _any_bars(draw: st.DrawFn, zone: str) -> Any:
    """A bar of any worth: good, with odd values, a placeholder, of another day or no bar at all."""
    future = st.integers(1, 9).map(lambda days: FRIDAY + timedelta(days=days))
    made: Any = draw(good_bars(draw(st.one_of(DAY, DAY, DAY, future)), zone))
    kind = draw(st.sampled_from(["good", "good", "good", "value", "value", "field", "holiday", "lacking", "no bar"]))
    if kind == "value":
        made[draw(st.sampled_from(["volume", "rlst", "bc"]))] = draw(ODD)
    elif kind == "field":
        # Not the date: a date that is midnight nowhere would reject the whole file.
        made[draw(st.sampled_from(["open", "high", "low", "close", "pdt"]))] = draw(ODD)
    elif kind == "holiday":
        made |= {"pdt": "Holiday", "volume": None, "rlst": None}
    elif kind == "lacking":
        made.pop(draw(st.sampled_from(sorted(made))))
    return draw(ANY_JSON) if kind == "no bar" else made


@st.composite
def any_documents(draw: st.DrawFn) -> Record:
    """A document of the vendor's shape with whatever may be wrong in it: order, repeats, future days, odd values."""
    zone = draw(ZONE)
    prices: Any = draw(st.lists(_any_bars(zone), max_size=8))
    # Enough good bars, some on the same days, for the others to be less than a tenth.
    prices += bars(draw(st.sampled_from([0, 60])), zone, FRIDAY - timedelta(days=20))
    if draw(st.integers(0, 9)) == 0 and prices:
        prices[0] = bar(FRIDAY, zone, priceDate=draw(ODD))
    dot = st.one_of(DAY.map(lambda day: {"blueDotDate": day.isoformat()}), DAY.map(midnight_ms), ODD, ANY_JSON)
    dates = draw(st.one_of(st.lists(dot, max_size=5), st.none(), ANY_JSON))
    if draw(st.booleans()):
        prices = {str(place): one for place, one in enumerate(prices)}
    return document(prices, dates=dates)


@st.composite
def broken_shapes(draw: st.DrawFn) -> Record:
    """A good document, one part of which is replaced by any JSON or missing."""
    made = draw(good_documents())
    path = draw(
        st.sampled_from(
            [
                ["responseHeader"],
                ["responseHeader", "error"],
                ["chart"],
                ["chart", "prices"],
                ["chart", "peripheralData"],
                ["chart", "peripheralData", "name"],
                ["chart", "peripheralData", "periodcity"],
                ["chart", "blueDotData"],
                ["chart", "blueDotData", "dates"],
                ["chart", "blueDotData", "isASM"],
                ["chart", "lastCompletedPattern"],
                ["chart", "lastCompletedPattern", "baseTypeName"],
            ]
        )
    )
    part = made
    for step in path[:-1]:
        part = part[step]
    if draw(st.booleans()):
        part[path[-1]] = draw(ANY_JSON)
    else:
        del part[path[-1]]
        part[draw(KEY)] = draw(ANY_JSON)
    if draw(st.booleans()):
        made["responseHeader"] = {"error": True, "errorMessage": draw(ANY_JSON)}
    return made


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """Those bytes after a few cuts, flips and insertions."""
    changed = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(changed)))
        kind = draw(st.sampled_from(["cut", "flip", "insert", "delete"]))
        if kind == "cut":
            del changed[place:]
        elif kind == "flip" and place < len(changed):
            changed[place] ^= draw(st.integers(1, 255))
        elif kind == "insert":
            changed[place:place] = draw(
                st.one_of(st.binary(max_size=6), st.sampled_from([b"NaN", b"-", b"\0", b"1e999"]))
            )
        else:
            del changed[place : place + draw(st.integers(1, 40))]
    return bytes(changed)
