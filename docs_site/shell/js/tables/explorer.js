// The table of stocks with its views, filters, order and downloads, held together by the selection in the address.

import { copyButton } from "../page/copying.js";
import { prefixOf, tickerOf } from "../data/preferences.js";
import { loadDashboard } from "../data/published.js";
import { element, keepingFocus, sentence } from "../page/dom.js";
import { csvOf, download, watchlistsOf } from "./exports.js";
import { choice, filters, firstOf, settings, viewChoice } from "./filterbar.js";
import { passes, queryOf, selectionOf } from "./filters.js";
import { count, plural } from "../page/format.js";
import { Grid } from "./grid.js";
import { newestOf, wordsOf } from "../page/timeframe.js";
import { pastedText } from "../pine/pasted.js";
import { sorted, viewsOf } from "./views.js";
import { published } from "./watchlists.js";

export class Explorer {
  constructor(place, timeframes) {
    this.selection = selectionOf(location.search);
    // A site may publish one timeframe alone.
    if (!timeframes.includes(this.selection.timeframe)) [this.selection.timeframe] = timeframes;
    this.timeframes = timeframes;
    this.grid = new Grid((stock) => `stock.html?symbol=${encodeURIComponent(stock.symbol)}&timeframe=${this.selection.timeframe}`);
    this.parts = Object.fromEntries(["bar", "problem", "filters", "said", "downloads", "left", "lists", "paste", "settings"].map((part) => [part, element("div", { class: part })]));
    this.parts.said.setAttribute("role", "status");
    this.body = element("div", {}, this.parts.filters, element("div", { class: "result" }, this.parts.said, this.parts.downloads),
      this.parts.left, this.grid.scroller, this.parts.lists, this.parts.paste, this.parts.settings);
    place.replaceChildren(this.parts.bar, this.parts.problem, this.body);
  }

  async open() {
    const { timeframe } = this.selection;
    this.bar();
    this.data = null;
    let data;
    try {
      data = await loadDashboard(timeframe);
    } catch (error) {
      if (timeframe !== this.selection.timeframe) return;
      this.body.hidden = true;
      this.parts.problem.replaceChildren(sentence(`The ${timeframe} stocks cannot be shown. ${error.message}`, "bad"));
      return;
    }
    if (timeframe !== this.selection.timeframe) return; // another one was chosen meanwhile
    this.data = data;
    this.parts.problem.replaceChildren();
    this.body.hidden = false;
    this.parts.filters.replaceChildren(filters(this.selection, (part) => this.change(part)));
    this.parts.settings.replaceChildren(settings(data, withoutTicker(data), () => this.draw()));
    this.parts.lists.replaceChildren(...published(data), ...benchmarks(data));
    this.parts.downloads.replaceChildren(
      element("button", { type: "button", click: () => this.saveWatchlist() }, "Watchlist"),
      element("button", { type: "button", click: () => this.saveCsv() }, "CSV"));
    this.draw();
  }

  bar() {
    keepingFocus(this.parts.bar, () => this.parts.bar.replaceChildren(
      element("div", { class: "tabs" }, viewChoice(this.selection, (view) => this.change({ view, sort: "" })),
        this.timeframes.length > 1 && choice("Timeframe", this.timeframes.map((one) => [one, one]), this.selection.timeframe, (timeframe) => {
          this.change({ timeframe });
          this.open();
        }))));
  }

  change(part) {
    Object.assign(this.selection, part);
    history.replaceState(null, "", `${location.pathname}${queryOf(this.selection)}${location.hash}`);
    if (part.view || part.timeframe) this.bar();
    if (this.data && !part.timeframe) this.draw();
  }

  get view() {
    return viewsOf(this.data.timeframe)[this.selection.view];
  }

  draw() {
    const { view } = this;
    const sort = this.selection.sort || view.sort;
    const all = this.data.stocks.filter(view.of);
    this.shown = sorted(all.filter(passes(this.selection)), view, sort);
    this.grid.show(this.shown, { columns: view.columns, sort, onSort: (next) => this.change({ sort: next }),
      caption: `${view.name}, ${this.data.timeframe}`, timeframe: this.data.timeframe });
    this.grid.scroller.hidden = this.shown.length === 0;
    const left = all.length - this.shown.length;
    this.parts.said.replaceChildren(element("strong", {}, plural(this.shown.length, "stock")), ` with ${view.about}`,
      `${view.newest ? "," : ` · newest ${wordsOf(this.data.timeframe).period}`} ${newestOf(this.data)}`, left ? ` · ${count(left)} hidden by the filters` : "",
      this.shown.length ? "" : ". Nothing to show: widen the view or the filters.");
    this.paste();
    const unlisted = this.shown.filter((one) => !tickerOf(one));
    const [watchlist, csv] = this.parts.downloads.children;
    watchlist.disabled = unlisted.length === this.shown.length;
    csv.disabled = this.shown.length === 0;
    this.parts.left.replaceChildren(unlisted.length
      ? element("p", { class: "soft" }, `The watchlist leaves out ${count(unlisted.length)} without a ticker: ${firstOf(unlisted.map((one) => one.symbol))}.`
        + (unlisted.some((one) => !prefixOf(one)) ? " Their exchange can be set below the table."
          : " The reason stands below the table, under their exchange.")) : "");
  }

  /** Made anew for each table: what an earlier one copied is not this one's. */
  paste() {
    const made = copyButton("Copy these stocks as text for the paste script", () => this.forPaste());
    made.firstChild.disabled = this.shown.length === 0;
    this.parts.paste.replaceChildren(made, element("p", { class: "soft" }, "The paste script marks blue dots on your charts: ",
      element("a", { href: "pine/index.html" }, "Scripts for TradingView"), ". It is no watchlist."));
  }

  file(ending) {
    return `bluedot-${this.data.timeframe}-${this.view.file ?? this.selection.view}-${this.data.as_of}${ending}`.replace(/[^\w.-]/g, "_");
  }

  saveCsv() {
    download(this.file(".csv"), csvOf(this.shown), "text/csv;charset=utf-8");
  }

  /** As many of the shown stocks, from the top, as the paste script can take. */
  async forPaste() {
    const made = await pastedText(this.shown);
    return { text: made.text, note: `${plural(made.taken, "stock")}${made.taken < this.shown.length
      ? ` of ${count(this.shown.length)}${made.missing ? `; ${count(made.missing)} have no daily dots here` : ": more do not fit"}` : ""}.` };
  }

  saveWatchlist() {
    const texts = watchlistsOf(this.shown, this.view, this.data.sample);
    texts.forEach((text, place) => {
      const part = texts.length > 1 ? `-${place + 1}of${texts.length}` : "";
      download(this.file(`${part}.txt`), text, "text/plain;charset=utf-8");
    });
  }
}

const benchmarks = (data) => data.benchmarks.map(([zone, title]) =>
  element("p", { class: "soft" }, `Benchmark of ${zone} stocks (bc): `, element("bdi", {}, title)));

/** The stocks without a published ticker, a list for each timezone that has any. */
const withoutTicker = (data) => (data.timezones ?? []).map((zone) =>
  data.stocks.filter((one) => one.timezone === zone && !one.ticker)).filter((stocks) => stocks.length);
