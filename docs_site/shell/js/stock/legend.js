// The line above the chart: the values of the bar under the crosshair, else of the newest one.

import { element } from "../page/dom.js";
import { count, price, rating, ratio } from "../page/format.js";

/** The series that the chart itself is made of. */
export const DRAWN = ["PRICE_DATA", "RLST_RATING", "BC_INDICATOR", "BLUE_DOTS"];

export class Legend {
  /** `line` is what the line of close against benchmark is called, `words` are those of the timeframe. */
  constructor(rows, others, line, words) {
    Object.assign(this, { others, line, words, more: () => ({ words: [] }) });
    this.place = element("p", { class: "legend", "aria-live": "off" });
    this.fill(rows);
  }

  /** Other rows; the bar stays. `more` gives {source, words} of a bar: a text and elements. */
  fill(rows, more = this.more) {
    const by = (list) => new Map((list ?? []).map((row) => [row.time, row]));
    this.more = more;
    this.of = Object.fromEntries([...DRAWN, ...this.others.map((one) => one.name)].map((name) => [name, by(rows[name])]));
    this.newest = rows.PRICE_DATA.at(-1).time;
    this.show(this.time);
  }

  show(time) {
    this.time = this.of.PRICE_DATA.has(time) ? time : this.newest;
    const at = (name) => this.of[name].get(this.time);
    const bar = at("PRICE_DATA");
    const { source, words } = this.more(this.time);
    const parts = [["", this.words.date(this.time)], ["O", price(bar.open)], ["H", price(bar.high)], ["L", price(bar.low)], ["C", price(bar.close)],
      ["Vol", count(bar.volume)], ["RLST", rating(at("RLST_RATING")?.close)],
      [this.line, ratio(bar.close / at("BC_INDICATOR")?.close)],
      ...this.others.map((one) => [one.name, at(one.name)?.close.toFixed(one.decimals) ?? "–"]), ...(source ? [["source", source]] : [])];
    this.place.replaceChildren(...parts.map(([term, value]) => element("span", {}, element("b", {}, term), " ", value)),
      at("BLUE_DOTS")?.close === 1 ? element("span", { class: "dotted" }, "blue dot") : "", ...words);
  }
}
