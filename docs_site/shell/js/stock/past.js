// What the history adds to the chart of a stock: older bars, when each dot came, adjustments, the source of a bar and its
// explanation.

import { Unreadable } from "../data/files.js";
import { dotWords, marksOf, nameOf } from "../history/marks.js";
import { withOlder } from "../history/older_rows.js";
import { outcomeLine } from "../history/outcomes.js";
import { VendorFiles } from "../history/vendor_files.js";
import { element, keepingFocus, sentence } from "../page/dom.js";
import { day, moment, plural } from "../page/format.js";
import { explanation } from "./explain.js";
import { askedRange, keepRange, rangeChoice, rangesOf } from "./ranges.js";
import { record } from "./record.js";

const STEPS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20, Home: -Infinity, End: Infinity };

export class Past {
  /** `stock` is {symbol, timeframe, data, words}, `series` are its published rows by indicator, `host` has the chart. */
  constructor(stock, series, history, { chart, legend, host }) {
    Object.assign(this, { stock, series, history, chart, legend, host, rows: series, dots: [], adjustments: [], marks: marksOf(series) });
    const first = series.PRICE_DATA[0].time;
    const oldest = [`${history.years.at(-1)}-01-01`, first].sort()[0];
    this.ranges = rangesOf(series.PRICE_DATA.at(-1).time, oldest);
    this.reach = first;
    this.bars = new Map(); // of the history, as far as they are read
    this.files = new VendorFiles(stock.timeframe, stock.symbol);
    this.pointed = new Set(); // years
    this.choice = element("div");
    this.status = element("p", { class: "soft", role: "status" });
    this.button = element("button", { type: "button", click: () => this.explain(this.legend.time) }, `Explain this ${stock.words.bar}`);
    this.tools = element("div", { class: "tools" }, this.choice, this.button, this.status);
    this.explained = element("div");
    this.key = element("p", { class: "soft" }, "A hollow dot came late, a crossed one was withdrawn; flags are splits and other adjustments. "
      + `Click on a ${stock.words.bar} for its explanation, or choose one with the arrow keys and press Enter.`);
    this.record = element("div", { class: "record" });
    this.legend.place.classList.add("roomy");
    this.offer("");
    this.listen();
  }

  async begin() {
    const range = askedRange();
    const reading = [this.readRecord()];
    if (Object.hasOwn(this.ranges, range)) reading.push(this.choose(range));
    await Promise.all(reading);
  }

  listen() {
    this.host.tabIndex = 0;
    this.host.setAttribute("role", "application");
    this.host.addEventListener("keydown", (event) => this.pressed(event));
    // Not before somebody moves the chart: it may open with an empty left side.
    const watch = () => {
      if (!this.watched) this.chart.watch(() => this.earlier());
      this.watched = true;
    };
    for (const move of ["wheel", "pointerdown"]) this.host.addEventListener(move, watch, { once: true, passive: true });
    this.host.addEventListener("focus", () => this.legend.place.setAttribute("aria-live", "polite"));
    this.host.addEventListener("blur", () => this.legend.place.setAttribute("aria-live", "off"));
  }

  pressed(event) {
    const step = STEPS[event.key];
    if (step) this.point(this.chart.point(this.legend.time, step));
    else if (event.key === "Enter") this.explain(this.legend.time);
    else return;
    event.preventDefault();
  }

  /** The bar at `time` is under the crosshair, which asks for a year once: what cannot be read is not asked for with every
   * move, but by a click or a range. */
  async point(time) {
    this.legend.show(time);
    const year = time.slice(0, 4);
    if (this.pointed.has(year)) return;
    this.pointed.add(year);
    await this.barOf(time);
    this.legend.show(this.legend.time);
  }

  /** The history's bar, null where it has none, undefined where it cannot be read. */
  async barOf(time) {
    if (!this.bars.has(time)) {
      const read = await this.trying(() => this.history.bars(Number(time.slice(0, 4))), (problem) => this.warn(problem));
      if (!read) return undefined;
      for (const [session, bar] of read) this.bars.set(session, bar);
      this.warn(null);
    }
    return this.bars.get(time) ?? null;
  }

  /** What `read` gives; where something cannot be read, undefined, and a sentence says it. */
  async trying(read, warn = (problem) => this.tools.append(sentence(problem, "warn"))) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      warn(error.message);
      return undefined;
    }
  }

  /** What hindered the bars that were asked for last, or null. */
  warn(problem) {
    this.unread?.remove();
    this.unread = problem ? sentence(problem, "warn") : null;
    if (problem) this.tools.append(this.unread);
  }

  async readRecord() {
    const read = [this.history.dots(), this.history.adjustments()].map(async (rows) => (await this.trying(() => rows)) ?? []);
    [this.dots, this.adjustments] = await Promise.all(read);
    this.draw();
    const outcome = this.dots.length ? await this.trying(() => outcomeLine(this.stock.timeframe)) : null;
    this.record.replaceChildren(...[record(this.dots, this.adjustments, outcome)].filter(Boolean));
  }

  draw() {
    const { words } = this.stock;
    this.marks = marksOf(this.rows, this.dots, this.adjustments, words.date);
    this.chart.show(this.rows, this.marks);
    this.legend.fill(this.rows, (time) => this.more(time));
  }

  /** What the legend says of a bar besides its values, and the partition that it is from, as far as it is read. */
  more(time) {
    const of = (marks) => marks.get(time)?.rows ?? [];
    const dated = (row) => (this.stock.timeframe === "weekly" ? `${day(row.date)}, ` : "");
    const words = [...of(this.marks.dots).map((row) => element("span", {}, `${row.withdrawn ? "withdrawn dot: " : ""}${dated(row)}${dotWords(row)}`)),
      ...of(this.marks.flags).map((row) => element("span", { class: "flagged" }, `${nameOf(row)}, known ${moment(row.known)}`))];
    return { source: this.bars.get(time)?.partition, words };
  }

  offer(chosen) {
    keepingFocus(this.choice, () => this.choice.replaceChildren(rangeChoice(this.ranges, chosen, (key) => {
      keepRange(key);
      this.choose(key);
    })));
  }

  /** Shows a range, and reads what of it is not there yet. */
  async choose(key) {
    const from = this.ranges[key];
    this.chosen = key;
    this.offer(key);
    if (from < this.reach) await this.read(`${from.slice(0, 4)}-01-01`);
    if (this.chosen === key) this.chart.zoom(from);
  }

  /** The year before the oldest bar. */
  async earlier() {
    const year = Number(this.reach.slice(0, 4)) - Number(this.reach.endsWith("-01-01"));
    const begin = `${year}-01-01`;
    if (this.reading || year < this.history.years.at(-1) || this.failed === begin) return;
    this.reading = true;
    await this.read(begin);
    this.reading = false;
  }

  /** All bars from that date on, or those after the newest year that cannot be read. */
  async read(begin) {
    this.status.textContent = "Reading the history …";
    const { bars, problem } = await this.history.between(begin, this.series.PRICE_DATA[0].time);
    for (const bar of bars) this.bars.set(bar.session, bar);
    this.failed = problem ? begin : null;
    const reach = problem ? (bars[0]?.session ?? this.reach) : begin;
    if (reach < this.reach) {
      this.reach = reach;
      this.rows = withOlder(this.series, bars);
      this.draw();
    }
    const { PRICE_DATA: prices } = this.rows;
    this.status.textContent = `${plural(prices.length, this.stock.words.bar)} since ${day(prices[0].time)}.`;
    this.warn(problem);
  }

  /** Opens the panel of a bar, and goes there unless `stay`. */
  async explain(time, stay = false) {
    this.picked = time;
    this.legend.show(time);
    const { symbol, timeframe, data, words } = this.stock;
    const row = await this.barOf(time);
    this.legend.show(this.legend.time);
    if (this.picked !== time) return;
    const { made, title } = explanation({ symbol, timeframe, time, words, series: this.series, asOf: data.as_of, row,
      path: this.history.pathOf(time.slice(0, 4)), files: this.files, adjustments: this.adjustments,
      dots: this.dots.filter((one) => words.date(one.date) === words.date(time)), onClose: () => this.close() });
    this.explained.replaceChildren(made);
    if (stay) return;
    title.focus({ preventScroll: true });
    made.scrollIntoView({ block: "nearest" });
  }

  close() {
    this.picked = null;
    this.explained.replaceChildren();
    this.host.focus({ preventScroll: true });
  }
}
