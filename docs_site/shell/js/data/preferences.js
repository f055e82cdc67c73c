// What one person sets, kept in this browser alone. A browser that keeps nothing loses comfort, never function.

import { tickerAt } from "./ticker_forms.js";

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(`bluedot.${key}`));
  } catch {
    return null;
  }
}

function write(key, value) {
  try {
    localStorage.setItem(`bluedot.${key}`, JSON.stringify(value));
  } catch {
    // Storage is off or full: the setting holds until the page is left.
  }
}

let list = read("list");
let prefixes = read("prefixes");

export const myList = () => (Array.isArray(list) ? list : []);
export function keepMyList(symbols) {
  list = symbols;
  write("list", symbols);
}

/** What TradingView calls a stock: the published ticker, else its name with the exchange that this person set, if any. */
export function tickerOf(stock) {
  if (stock.ticker) return stock.ticker;
  const prefix = prefixOf(stock);
  return (prefix && tickerAt(prefix, stock.symbol)) || stock.symbol;
}

/** The exchange of a stock that has no published ticker: this person's for its timezone, else the registry's, else none. */
export const prefixOf = ({ timezone, exchange }) => prefixes?.[timezone] ?? exchange;
export function keepPrefix(timezone, prefix) {
  prefixes = { ...prefixes, [timezone]: prefix.toUpperCase().replace(/[^A-Z0-9_]/g, "") };
  write("prefixes", prefixes);
}

export const seedRepository = (timeframe) => read(`seed.${timeframe}`) || `seed_user_${timeframe}`;
export const keepSeedRepository = (timeframe, text) => write(`seed.${timeframe}`, text.replace(/[^A-Za-z0-9_-]/g, ""));
