// The published CSVs of one stock, as the chart wants them.

import { text, Unreadable } from "./files.js";

const ROW = /^(\d{4})(\d{2})(\d{2})T,/;

/** Rows `YYYYMMDDT,open,high,low,close,volume` as objects, with the line itself; a file of another form is Unreadable. */
export function rowsOf(content, path) {
  return content.split("\n").filter(Boolean).map((line) => {
    const found = ROW.exec(line);
    const [open, high, low, close, volume] = line.split(",").slice(1).map(Number);
    if (!found || ![open, high, low, close, volume].every(Number.isFinite)) {
      throw new Unreadable(`${path} cannot be read: it holds a row that is none.`);
    }
    return { time: `${found[1]}-${found[2]}-${found[3]}`, open, high, low, close, volume, line };
  });
}

/** {rows by indicator, problems in words}; one missing file does not hide the others. */
export async function loadSeries(timeframe, symbol, indicators) {
  const problems = [];
  const read = await Promise.all(indicators.map(async (indicator) => {
    const path = pathOf(timeframe, symbol, indicator);
    try {
      return [indicator, rowsOf(await text(path), path)];
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      problems.push(error.message);
      return [indicator, []];
    }
  }));
  return { rows: Object.fromEntries(read), problems };
}

export const pathOf = (timeframe, symbol, indicator) => `${timeframe}/latest/${encodeURIComponent(symbol)}_${indicator}.csv`;

/** close divided by the benchmark's close, where both have a bar. */
export function strength(prices, benchmark) {
  const by = new Map(benchmark.map((row) => [row.time, row.close]));
  return prices.filter((row) => by.get(row.time) > 0).map((row) => ({ time: row.time, value: row.close / by.get(row.time) }));
}
