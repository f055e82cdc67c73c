// What the pages know of indicators, watchlists, exchanges and benchmarks: registry.json, which the pipeline makes of its registries.

import { json, list, object, Unreadable } from "./files.js";

let reading;

/** {indicator(name), titlesOf(timeframe): {watchlist: title}, exchanges: {timezone: exchange}, benchmarks: {timezone: name}}. Where the file cannot be read, or does
 * not know a name, names stand for themselves: who reads the page loses words, and no data. */
export function loadRegistry() {
  reading ??= json("registry.json").catch((error) => {
    if (error instanceof Unreadable) return {};
    throw error;
  }).then((content) => {
    const known = new Map(list(content.indicators).map((one) => [one.name, one]));
    return {
      indicator: (name) => ({ meaning: "", unit: "", decimals: 2, ...known.get(name), name }),
      titlesOf: (timeframe) => ({ ...object(content.watchlists), ...(timeframe === "weekly" && object(content.weekly_watchlists)) }),
      exchanges: object(content.exchanges),
      benchmarks: object(content.benchmarks),
    };
  });
  return reading;
}
