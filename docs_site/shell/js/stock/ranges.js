// How much of a stock's chart is shown: buttons, the link, and what this browser keeps of the choice.

import { chartRange, keepChartRange } from "../data/preferences.js";
import { choice } from "../tables/filterbar.js";

const RANGES = { "3m": ["3 months", 3], "6m": ["6 months", 6], "1y": ["1 year", 12], "5y": ["5 years", 60], all: ["All", Infinity] };

/** The date so many months before another, as text; of all there is, one before every other. */
function before(date, months) {
  if (months === Infinity) return "0000-01-01";
  const begin = new Date(`${date}T00:00:00Z`);
  begin.setUTCMonth(begin.getUTCMonth() - months);
  if (begin.getUTCDate() !== Number(date.slice(8))) begin.setUTCDate(0); // the last day of a shorter month
  return begin.toISOString().slice(0, 10);
}

/** {key: first date} of the ranges that a history reaches which begins in the year of `oldest`, and of all. */
export const rangesOf = (newest, oldest) => Object.fromEntries(Object.entries(RANGES)
  .map(([key, [, months]]) => [key, before(newest, months)]).filter(([key, first]) => key === "all" || first >= oldest));

/** What the link asks for, else what was chosen last. */
export const askedRange = () => new URLSearchParams(location.search).get("range") ?? chartRange();

export function keepRange(key) {
  const address = new URL(location.href);
  address.searchParams.set("range", key);
  history.replaceState(null, "", address);
  keepChartRange(key);
}

export const rangeChoice = (ranges, chosen, onChoose) =>
  choice("Range of the chart", Object.keys(ranges).map((key) => [key, RANGES[key][0]]), chosen, onChoose);
