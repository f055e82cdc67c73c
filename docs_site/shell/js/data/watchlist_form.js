// How a watchlist is written for TradingView. The same form, case by case, as kernel/tradingview/watchlists.py.

const MOST_SYMBOLS = 1000; // TradingView, watchlists

const earlier = (one, two) => (one < two ? -1 : one > two ? 1 : 0);

/** Texts of at most 1,000 symbols. `entries` are {day, rlst, symbol, ticker}: the newest session first, in it the highest
 * RLST; a ticker stands in it once, and what has none is left out. `notes` stand behind the date in each section's name. */
export function watchlistTexts(title, entries, notes = []) {
  const note = notes.filter(Boolean).join("; ");
  // A comma would end the section's name.
  const section = (day) => `###${[title, day, note && `(${note})`].filter(Boolean).join(" ").replaceAll(",", ";")}`;
  const seen = new Set();
  const once = entries.filter((one) => one.ticker).sort((one, two) => earlier(two.day, one.day)
    || (two.rlst ?? -1) - (one.rlst ?? -1) || earlier(one.symbol, two.symbol))
    .filter(({ ticker }) => !seen.has(ticker) && seen.add(ticker));
  const texts = [];
  for (let start = 0; start < once.length; start += MOST_SYMBOLS) {
    const part = once.slice(start, start + MOST_SYMBOLS);
    texts.push(part.map((one, place) => `${one.day === part[place - 1]?.day ? "" : `${section(one.day)},`}${one.ticker}`).join(","));
  }
  return texts;
}
