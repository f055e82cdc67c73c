// The vendor's files of one stock: what the table of stocks of a dated folder says of each, as long as that is published.

import { Unreadable } from "../data/files.js";
import { loadStatus } from "../data/published.js";
import { once, rowsOf } from "./tables.js";

export class VendorFiles {
  constructor(timeframe, symbol) {
    Object.assign(this, { timeframe, symbol, reading: new Map() });
  }

  pathOf(partition) {
    return `${this.timeframe}/${partition}/tables/stocks.parquet`;
  }

  /** The stock's row of a partition; null where the site has none. */
  async of(partition) {
    const { states } = await once(this.reading, "status.json", loadStatus);
    if (!Object.hasOwn(states[this.timeframe]?.folders ?? {}, partition)) return null;
    const path = this.pathOf(partition);
    return (await once(this.reading, path, () => rowsOf(path, this.symbol).catch(absent)))[0] ?? null;
  }
}

/** A folder that has gone since, or that an earlier version published without tables. */
function absent(error) {
  if (error instanceof Unreadable && error.status === 404) return [];
  throw error;
}
