// The history of one stock: bars of all years, every dot that was ever listed, and adjustments, each file read once and
// when somebody asks for it.

import { json, object, Unreadable } from "../data/files.js";
import { once, rowsOf } from "./tables.js";

const YEAR = /^bars-(\d{4})\.parquet$/;

/** null where the site has no history. */
export async function historyOf(timeframe, symbol) {
  const folder = `${timeframe}/history`;
  try {
    const { files } = await json(`${folder}/history.json`);
    const history = new History(folder, symbol, Object.keys(object(files)));
    return history.years.length ? history : null;
  } catch (error) {
    if (error instanceof Unreadable && error.status === 404) return null;
    throw error;
  }
}

class History {
  constructor(folder, symbol, names) {
    Object.assign(this, { folder, symbol, names, reading: new Map() });
    this.years = names.flatMap((name) => YEAR.exec(name)?.[1] ?? []).map(Number).sort((one, two) => two - one);
  }

  pathOf(year) {
    return `${this.folder}/bars-${year}.parquet`;
  }

  /** The bars of a year by session. */
  async bars(year) {
    const rows = await this.rows(`bars-${year}.parquet`);
    return new Map(rows.map((row) => [row.session, row]));
  }

  dots() {
    return this.rows("dots.parquet");
  }

  adjustments() {
    return this.rows("adjustments.parquet");
  }

  rows(name) {
    if (!this.names.includes(name)) return Promise.resolve([]);
    return once(this.reading, name, () => rowsOf(`${this.folder}/${name}`, this.symbol));
  }

  /** Bars of sessions from `from` on and before `until`, oldest first: all years are asked for at once, newest first. Where
   * one cannot be read, {bars} are those after it, and {problem} says so. */
  async between(from, until) {
    const [first, last] = [from, until].map((date) => Number(date.slice(0, 4)));
    const years = this.years.filter((year) => year >= first && year <= last);
    const read = await Promise.allSettled(years.map((year) => this.bars(year)));
    const failed = read.findIndex((one) => one.status === "rejected");
    if (failed >= 0 && !(read[failed].reason instanceof Unreadable)) throw read[failed].reason;
    const whole = failed < 0 ? read : read.slice(0, failed);
    const bars = whole.reverse().flatMap((one) => [...one.value.values()]).filter((bar) => bar.session >= from && bar.session < until);
    return { bars, problem: failed < 0 ? null : read[failed].reason.message };
  }
}
