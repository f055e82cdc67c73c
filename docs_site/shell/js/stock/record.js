// The dots of a stock that were ever listed and the adjustments of its prices, with their dates, as tables.

import { element, table } from "../page/dom.js";
import { day, moment } from "../page/format.js";
import { comingOf, nameOf, timesOf } from "../history/marks.js";

const STATES = { "by hand": ", decided by hand", frozen: ": older bars stay as they are" };
const heads = (...names) => names.map((name) => ({ name }));

const amount = (row) => (row.nearest ? `, prices × ${timesOf(row)}` : "");

/** null where there is neither; `outcome` is a line below the dots. */
export function record(ledger, adjustments, outcome) {
  if (!ledger.length && !adjustments.length) return null;
  return element("section", { class: "panel" }, element("h2", {}, "Dots and adjustments"),
    ledger.length ? table("Every dot that was ever listed, newest first", heads("Dot", "How it came", "Withdrawn"),
      [...ledger].reverse().map((row) => [day(row.date), comingOf(row), row.withdrawn ? moment(row.withdrawn) : "–"])) : null,
    ledger.length ? outcome : null,
    adjustments.length ? table("Adjustments of all older prices, newest first", heads("From", "What", "Known"),
      [...adjustments].reverse().map((row) => [day(row.effective), `${nameOf(row)}${amount(row)}${STATES[row.state] ?? ""}`, moment(row.known)])) : null,
    element("p", { class: "soft" }, "Times are those of the vendor’s answers. Of what was there already when the stock was first seen, nobody "
      + "can say when it came."));
}
