// What became of stocks after their dots. Of too few independent entries no figure is shown, whatever the file says.

import { json, list, object, Unreadable } from "../data/files.js";
import { element } from "../page/dom.js";
import { count, percent, plural } from "../page/format.js";

const FEWEST = 30; // independent entries
const SHOWN = 20; // bars, of which a stock's page tells

/** {first, last, fewest, rows}; the figures of a row are empty where they may not be shown. */
export async function outcomesOf(timeframe) {
  const content = await json(`${timeframe}/history/outcomes.json`);
  const fewest = Math.max(FEWEST, Number(content.fewest) || 0);
  const rows = list(content.rows).map((row) => ({ ...row, figures: row.n_eff >= fewest ? object(row.figures) : {} }));
  return { first: content.first, last: content.last, fewest, rows };
}

/** A share of a price, 0.05 as +5.00 %. */
export const part = (value) => (Number.isFinite(value) ? percent(value * 100) : "–");

export function interval({ excess_low: low, excess_high: high }) {
  return Number.isFinite(low) && Number.isFinite(high) ? `${part(low)} to ${part(high)}` : "–";
}

/** One line on first dots of which it is known when they came, of all stocks; null where the site has nothing of them. */
export async function outcomeLine(timeframe) {
  const { fewest, rows } = await outcomesOf(timeframe).catch(absent);
  const row = rows.find((one) => one.origin === "ledger" && one.kind === "first" && one.horizon === SHOWN);
  if (!row) return null;
  const { median, excess } = row.figures;
  const words = Number.isFinite(median)
    ? `: over ${plural(SHOWN, "bar")} after the first dot of a run, all stocks: median ${part(median)}, excess over stocks of the same strength ${
      part(excess)} (90 % interval ${interval(row.figures)}, n_eff ${count(row.n_eff)}).`
    : `: too few to tell yet, n_eff ${count(row.n_eff)} of ${fewest}.`;
  return element("p", { class: "outcome" }, element("a", { href: `outcomes.html?timeframe=${timeframe}` }, "What became of stocks after a dot"), words);
}

function absent(error) {
  if (error instanceof Unreadable && error.status === 404) return { rows: [] };
  throw error;
}
