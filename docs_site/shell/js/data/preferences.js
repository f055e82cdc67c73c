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

/** What TradingView calls a stock: the published ticker, else its name at the exchange that this person set. null without
 * either, or where the name is no ticker there: TradingView would refuse it, or show another company's chart. */
export function tickerOf(stock) {
  const prefix = prefixOf(stock);
  return stock.ticker ?? (prefix ? tickerAt(prefix, stock.symbol) : null);
}

/** The exchange that this person set for the stocks of a timezone that have no published ticker, or "". */
export const prefixOf = ({ timezone }) => prefixes?.[timezone] ?? "";
export function keepPrefix(timezone, prefix) {
  prefixes = { ...prefixes, [timezone]: prefix.toUpperCase().replace(/[^A-Z0-9_]/g, "") };
  write("prefixes", prefixes);
}

export const seedRepository = (timeframe) => read(`seed.${timeframe}`) || `seed_user_${timeframe}`;
export const keepSeedRepository = (timeframe, text) => write(`seed.${timeframe}`, text.replace(/[^A-Za-z0-9_-]/g, ""));

/** How much of a stock's chart is shown at first, "" for what the page chooses. */
export const chartRange = () => read("range") || "";
export const keepChartRange = (range) => write("range", range);
