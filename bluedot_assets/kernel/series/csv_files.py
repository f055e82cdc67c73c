"""The bars table to the bytes of headerless CSVs, one per stock: `YYYYMMDDT,open,high,low,close,volume`. What a series
holds is entered in `indicators`; TradingView's rules for rows are in `tradingview_rows`."""

from decimal import Decimal

import polars as pl

from bluedot_assets.kernel.series.indicators import Indicator


def csv_files(bars: pl.DataFrame, indicator: Indicator) -> dict[str, bytes]:
    """The CSV of each stock in `bars` (columns of `tables.BARS`, sorted), by symbol; a stock without a single value
    has none. Numbers are the shortest decimals that read back equal, never with an exponent."""
    prices = [pl.sql_expr(price) for price in indicator.prices]
    if indicator.significant_digits is not None:
        prices = [price.round_sig_figs(indicator.significant_digits) for price in prices]
    # A quotient may leave the range of floats, and infinity is no row.
    prices = [pl.when(price.is_finite()).then(price).alias(f"price_{place}") for place, price in enumerate(prices)]
    volume = pl.sql_expr(indicator.volume).fill_null(0) if indicator.volume else pl.lit(0, pl.Int64)
    rows = bars.select("symbol", "session", *prices, volume=volume).drop_nulls()
    fields = [decimal_text(rows[f"price_{place}"]) for place in range(len(prices))]
    texts = [text.alias(f"text_{place}") for place, text in enumerate(fields * (4 // len(fields)))]
    volumes = decimal_text(rows["volume"]) if rows["volume"].dtype.is_float() else rows["volume"]
    lines = pl.DataFrame([rows["symbol"], _date_text(rows["session"]), *texts, volumes]).select(
        "symbol", line=pl.concat_str(pl.exclude("symbol"), separator=",")
    )
    files = lines.group_by("symbol", maintain_order=True).agg(pl.col("line").str.join("\n"))
    return {symbol: f"{text}\n".encode() for symbol, text in files.iter_rows()}


def _date_text(sessions: pl.Series) -> pl.Series:
    """Each date is written once: all stocks have the same."""
    distinct = sessions.unique()
    return sessions.replace_strict(distinct, distinct.dt.strftime("%Y%m%dT"), return_dtype=pl.String)


def decimal_text(numbers: pl.Series) -> pl.Series:
    """float64 to plain decimals: 94.0 is `94`, 16768.05 is `16768.05`, 1e-7 is `0.0000001`."""
    text = numbers.cast(pl.String).str.strip_suffix(".0")
    exponents = text.str.contains("e", literal=True)
    if not exponents.any():
        return text
    plain = text.filter(exponents).unique()
    mapping = {short: format(Decimal(short), "f") for short in plain}
    return text.replace(mapping)
