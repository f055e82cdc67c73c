// The questions that the table answers: which stocks belong to each, in which order, with which columns.

import { bars, day, percent, price, rating, signed } from "../page/format.js";

const COLUMNS = {
  symbol: { name: "Symbol", of: (one) => one.symbol },
  close: { name: "Close", number: true, of: (one) => one.close, shown: price },
  change: { name: "Change", number: true, of: (one) => one.change, shown: percent, toned: true },
  rlst: { name: "RLST", number: true, of: (one) => one.rlst, shown: rating, meter: true },
  dot_age: { name: "Dot", number: true, of: (one) => one.dot_age, shown: bars, rising: true },
  pattern: { name: "Base pattern", of: (one) => one.pattern, shown: (value) => value ?? "–", wide: true },
  last: { name: "Last bar", number: true, of: (one) => one.last, shown: day, wide: true },
};

function rise(back) {
  return {
    was: { key: `rlst_${back}`, name: `${back} bars ago`, number: true, of: (one) => one[`rlst_${back}`], shown: rating, wide: true },
    rise: { key: `rise_${back}`, name: "Rise", number: true, of: (one) => one[`rise_${back}`], shown: signed, toned: true },
  };
}

const keyed = (key) => ({ key, ...COLUMNS[key] });
const DOTS = ["symbol", "close", "change", "rlst", "dot_age", "pattern", "last"].map(keyed);
const movers = (back) => [...["symbol", "close", "change", "rlst"].map(keyed), rise(back).was, rise(back).rise,
  keyed("pattern"), keyed("last")];

const dots = (within) => (one) => one.dot_age !== null && one.dot_age < within && !(within === 1 && one.stale);
// A stock that stopped trading would stand for months among the movers of a day.
const risen = (back) => (one) => !one.stale && one[`rise_${back}`] > 0;
const crossed = (back) => (one) => !one.stale && one.rlst > 80 && one[`rlst_${back}`] !== null && one[`rlst_${back}`] <= 80;

// `list` is what the sections of a view's watchlist are called; of a view of ratings its name.
export const VIEWS = {
  today: { name: "Today’s dots", of: dots(1), sort: "-rlst", list: "Blue dots", columns: DOTS, about: "a blue dot on the newest session" },
  last5: { name: "Last 5 bars", of: dots(5), sort: "dot_age", list: "Blue dots", columns: DOTS, about: "a blue dot within the last 5 bars" },
  last20: { name: "Last 20 bars", of: dots(20), sort: "dot_age", list: "Blue dots", columns: DOTS, about: "a blue dot within the last 20 bars" },
  rise5: { name: "RLST up, 5 bars", of: risen(5), sort: "-rise_5", columns: movers(5), about: "a higher RLST than 5 bars ago" },
  rise20: { name: "RLST up, 20 bars", of: risen(20), sort: "-rise_20", columns: movers(20), about: "a higher RLST than 20 bars ago" },
  above80: { name: "New above 80", of: crossed(5), sort: "-rlst", columns: movers(5), about: "RLST above 80 now and not 5 bars ago" },
};

/** Stocks in the order of `sort` (a column's key, `-` before it for downwards); no value comes last either way. */
export function sorted(stocks, view, sort) {
  const column = view.columns.find(({ key }) => key === sort.replace(/^-/, "")) ?? view.columns[0];
  const sign = sort.startsWith("-") ? -1 : 1;
  const absent = (value) => value === null || value === undefined;
  const less = (one, two) => (one < two ? -1 : one > two ? 1 : 0);
  return [...stocks].sort((one, two) => {
    const [first, second] = [column.of(one), column.of(two)];
    if (absent(first) || absent(second)) return absent(first) - absent(second) || less(one.symbol, two.symbol);
    return sign * less(first, second) || less(one.symbol, two.symbol);
  });
}
