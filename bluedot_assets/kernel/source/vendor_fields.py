"""The fields of a vendor file that are read, each with its form and meaning: the page *Input files* is made of them.
Which file can be read is decided in `vendor_file`, what its values are worth in `bars/normalize`."""

from typing import Annotated, Any, Final

import msgspec

SAMPLE_GENERATOR: Final = "bluedot-sample"  # in responseHeader.generator of every file that `bluedot sample` makes


# What a field holds and what it means, for the page *Input files*; msgspec decodes it as without.
def _means(form: str, meaning: str) -> msgspec.Meta:
    return msgspec.Meta(title=form, description=meaning)


_INSTANT: Final = "milliseconds since 1970 (UTC)"
_PRICE: Final = "number above 0, currency of the stock"
_TRUTH: Final = "true or false, 1 or 0"


class Bar(msgspec.Struct, gc=False):
    """A record of chart.prices as it came; absent fields are None."""

    priceDate: Annotated[
        float | None,
        _means(_INSTANT, "The bar's day: midnight at the exchange at which it begins. A weekly bar has its Friday."),
    ] = None
    open: Annotated[float | None, _means(_PRICE, "First price.")] = None
    high: Annotated[float | None, _means(_PRICE, "Highest price; not below open and close.")] = None
    low: Annotated[float | None, _means(_PRICE, "Lowest price; not above open and close.")] = None
    close: Annotated[float | None, _means(_PRICE, "Last price.")] = None
    volume: Annotated[float | None, _means("whole number, shares; or null", "Shares traded.")] = None
    pdt: Annotated[
        str | None,
        _means(
            "`TradingDate` or `Holiday`",
            "Whether there was trade. A Holiday row is a placeholder with the prices of the day before: left out.",
        ),
    ] = None
    rlst: Annotated[float | None, _means("number, 0 to 99; or null", "The vendor's relative strength rating.")] = None
    bc: Annotated[
        float | None, _means("number above 0, index points; or null", "Close of the benchmark on that day.")
    ] = None


class Peripheral(msgspec.Struct, gc=False):
    """chart.peripheralData, as far as it is used."""

    symbol: Annotated[Any, _means("text", "The vendor's own code. The stock's name is that of the file.")] = None
    name: Annotated[Any, _means("text", "Name of the company or fund.")] = None
    currencySymbol: Annotated[Any, _means("text", "Currency of the prices.")] = None
    periodcity: Annotated[
        Any,
        _means("`Daily` or `Weekly`", "Which bars these are (the vendor spells it so); the other kind is rejected."),
    ] = None
    isETF: Annotated[Any, _means(_TRUTH, "An exchange-traded fund.")] = None
    asOfDate: Annotated[Any, _means(_INSTANT, "The last quote of the stock. It must agree with the bars.")] = None
    week52High: Annotated[Any, _means("number", "Highest price of a year. It must agree with the bars.")] = None
    week52Low: Annotated[Any, _means("number", "Lowest price of a year. It must agree with the bars.")] = None
    vol50ma: Annotated[Any, _means("number", "Mean volume of 50 sessions. It must agree with the bars.")] = None
    prevPrice: Annotated[Any, _means("number", "Close of the bar before. It must agree with the bars.")] = None
    rsRating: Annotated[Any, _means("number", "Newest rating. It must agree with the bars.")] = None


class BlueDots(msgspec.Struct, gc=False):
    """chart.blueDotData, as far as it is used."""

    dates: Annotated[
        Any,
        _means(
            'list of `{"blueDotDate": "2024-08-02"}`, or of milliseconds; or null',
            "The days with a blue dot: calendar dates at the exchange, in weekly files too.",
        ),
    ] = None
    isASM: Annotated[Any, _means(_TRUTH, "India: additional surveillance measure.")] = None
    isGSM: Annotated[Any, _means(_TRUTH, "India: graded surveillance measure.")] = None


class Pattern(msgspec.Struct, gc=False):
    baseTypeName: Annotated[Any, _means("text", "Name of the last completed base pattern.")] = None


class Header(msgspec.Struct, gc=False):
    error: Annotated[
        Any, _means("true or false", "Whether the vendor answered with an error: such a file is rejected.")
    ] = False
    errorCode: Annotated[Any, _means("text or number", "The vendor's words, shown with the rejected file.")] = None
    errorShortDesc: Annotated[Any, _means("text", "The same.")] = None
    errorLongDesc: Annotated[Any, _means("text", "The same.")] = None
    # No real file has it; our own samples had.
    errorMessage: Annotated[Any, _means("text", "The same.")] = None
    generator: Annotated[Any, _means("text", f"`{SAMPLE_GENERATOR}` in files of `bluedot sample`.")] = None
    asOfDate: Annotated[
        Any, _means(_INSTANT, "When the vendor answered. A bar whose session was not over by then is unfinished.")
    ] = None


class Chart(msgspec.Struct, gc=False):
    prices: Annotated[
        list[Bar] | dict[str, Bar] | None, _means("list of bars, newest first; or an object of them", "The bars.")
    ] = None
    peripheralData: Annotated[Peripheral | None, _means("object", "What the file says of the stock.")] = None
    blueDotData: Annotated[BlueDots | None, _means("object; or null", "The stock's blue dots.")] = None
    lastCompletedPattern: Annotated[Pattern | None, _means("object; or null", "The last base pattern.")] = None


class Document(msgspec.Struct, gc=False):
    """A whole file; other fields are ignored."""

    chart: Annotated[Chart, _means("object", "All that is of the stock.")]
    responseHeader: Annotated[Header | None, _means("object", "What the vendor says of its answer.")] = None
