// The questions that the table answers: which stocks belong to each, in which order, with which columns.

import { bars, percent, price, rating, signed } from "../page/format.js";
import { wordsOf } from "../page/timeframe.js";

const columnsOf = ({ bar, date }) => ({
  symbol: { name: "Symbol", of: (one) => one.symbol },
  close: { name: "Close", number: true, of: (one) => one.close, shown: price },
  change: { name: "Change", number: true, of: (one) => one.change, shown: percent, toned: true },
  rlst: { name: "RLST", number: true, of: (one) => one.rlst, shown: rating, meter: true },
  dot_age: { name: "Dot", number: true, of: (one) => one.dot_age, shown: (age) => bars(age, bar), rising: true },
  pattern: { name: "Base pattern", of: (one) => one.pattern, shown: (value) => value ?? "–" },
  last: { name: "Last bar", number: true, of: (one) => one.last, shown: date },
});

function rise(back, bar) {
  return {
    was: { key: `rlst_${back}`, name: `${back} ${bar}s ago`, number: true, of: (one) => one[`rlst_${back}`], shown: rating },
    rise: { key: `rise_${back}`, name: "Rise", number: true, of: (one) => one[`rise_${back}`], shown: signed, toned: true },
  };
}

const dots = (within) => (one) => one.dot_age !== null && one.dot_age < within && !(within === 1 && one.stale);
// A stock that stopped trading would stand for months among the movers of a day.
const risen = (back) => (one) => !one.stale && one[`rise_${back}`] > 0;
const crossed = (back) => (one) => !one.stale && one.rlst > 80 && one[`rlst_${back}`] !== null && one[`rlst_${back}`] <= 80;

/** The views of a timeframe by their key in the address. `list` is what the sections of a view's watchlist are called; of
 * a view of ratings its name. `newest` says that `about` ends with the newest period, whose date follows. */
export function viewsOf(timeframe) {
  const words = wordsOf(timeframe);
  const columns = columnsOf(words);
  const keyed = (key) => ({ key, ...columns[key] });
  const DOTS = ["symbol", "close", "change", "rlst", "dot_age", "pattern", "last"].map(keyed);
  const movers = (back) => [...["symbol", "close", "change", "rlst"].map(keyed), rise(back, words.bar).was,
    rise(back, words.bar).rise, keyed("pattern"), keyed("last")];
  const within = (back) => ({ name: `Last ${back} ${words.bar}s`, of: dots(back), sort: "dot_age", list: "Blue dots",
    columns: DOTS, about: `a blue dot within the last ${back} ${words.bar}s` });
  const up = (back) => ({ name: `RLST up, ${back} ${words.bar}s`, of: risen(back), sort: `-rise_${back}`, columns: movers(back),
    about: `a higher RLST than ${back} ${words.bar}s ago` });
  return {
    today: { name: words.today, file: words.file, of: dots(1), sort: "-rlst", list: "Blue dots", columns: DOTS, newest: true,
      about: `a blue dot ${words.on} the newest ${words.period}` },
    last5: within(5),
    last20: within(20),
    rise5: up(5),
    rise20: up(20),
    above80: { name: "New above 80", of: crossed(5), sort: "-rlst", columns: movers(5),
      about: `RLST above 80 now and not 5 ${words.bar}s ago` },
  };
}

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
