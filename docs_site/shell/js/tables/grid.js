// A table of any number of stocks that holds only the rows in sight, so that 5,000 cost no more than 50.

import { element, keepingFocus, name } from "../page/dom.js";
import { day } from "../page/format.js";
import { wordsOf } from "../page/timeframe.js";

const BEYOND = 10; // rows kept on either side of what is in sight, so that Tab finds the next one

export class Grid {
  constructor(address) {
    this.address = address;
    this.rows = new Map();
    this.above = element("tr", { "aria-hidden": "true", class: "space" });
    this.below = element("tr", { "aria-hidden": "true", class: "space" });
    this.body = element("tbody");
    this.head = element("tr", { "aria-rowindex": "1" });
    this.caption = element("caption", { class: "unseen" });
    this.table = element("table", { class: "grid" }, this.caption, element("thead", {}, this.head), this.body);
    this.scroller = element("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": "Stocks" }, this.table);
    this.scroller.addEventListener("scroll", () => this.draw(), { passive: true });
    addEventListener("resize", () => this.draw());
  }

  show(stocks, { columns, sort, onSort, caption, timeframe }) {
    Object.assign(this, { stocks, columns, words: wordsOf(timeframe) });
    this.caption.textContent = caption;
    this.table.setAttribute("aria-rowcount", stocks.length + 1);
    keepingFocus(this.head, () =>
      this.head.replaceChildren(...columns.map((column) => heading(column, sort, onSort))));
    this.rows.clear();
    this.body.replaceChildren(this.above, this.below);
    this.scroller.scrollTop = 0;
    this.draw();
  }

  draw() {
    const height = parseFloat(getComputedStyle(this.table).getPropertyValue("--row")) || 48;
    const first = Math.max(0, Math.floor(this.scroller.scrollTop / height) - BEYOND);
    const seen = Math.ceil((this.scroller.clientHeight || 800) / height);
    const end = Math.min(this.stocks.length, first + seen + 2 * BEYOND);
    for (const [place, row] of this.rows) {
      if (place >= first && place < end) continue;
      row.remove();
      this.rows.delete(place);
    }
    this.fill(first, end);
    this.above.style.height = `${first * height}px`;
    this.below.style.height = `${(this.stocks.length - end) * height}px`;
  }

  fill(first, end) {
    let after = this.above;
    for (let place = first; place < end; place += 1) {
      let row = this.rows.get(place);
      if (!row) {
        row = this.row(this.stocks[place], place);
        this.rows.set(place, row);
        after.after(row);
      }
      after = row;
    }
  }

  row(stock, place) {
    return element("tr", { "aria-rowindex": place + 2 }, this.columns.map((column) =>
      column.key === "symbol" ? this.symbol(stock) : cell(stock, column)));
  }

  symbol(stock) {
    const flags = [stock.etf && "ETF", stock.asm && "ASM", stock.gsm && "GSM"].filter(Boolean);
    return element("th", { scope: "row" },
      element("span", { class: "line" }, element("a", { href: this.address(stock) }, stock.symbol),
        flags.map((flag) => element("span", { class: `tag ${flag === "ETF" ? "" : "flag"}`, title: FLAGS[flag] }, flag))),
      element("span", { class: "line" },
        stock.stale ? element("span", { class: "tag stale", title: `Its last bar is older than the newest ${this.words.period} of its exchange` },
          this.words.date(stock.last)) : null,
        stock.rlst_date ? element("span", { class: "tag rated", title: `Its last bar has no rating; the last known one is of ${day(stock.rlst_date)}` },
          `RLST of ${day(stock.rlst_date).slice(0, -5)}`) : null,
        name(stock.name, { class: "who" })));
  }
}

const FLAGS = { ETF: "Exchange-traded fund", ASM: "Additional surveillance measure", GSM: "Graded surveillance measure" };

function heading(column, sort, onSort) {
  const sorted = sort.replace(/^-/, "") === column.key;
  const down = sort.startsWith("-");
  const classes = [column.number && "number", `c-${column.key}`].filter(Boolean).join(" ");
  // The first press shows what people look for: the highest number, the first name, the newest dot.
  const next = sorted ? (down ? column.key : `-${column.key}`) : column.number && !column.rising ? `-${column.key}` : column.key;
  return element("th", { scope: "col", class: classes, "aria-sort": sorted ? (down ? "descending" : "ascending") : null },
    element("button", { type: "button", "data-key": column.key, click: () => onSort(next) }, column.name,
      element("span", { class: "arrow", "aria-hidden": "true" }, sorted ? (down ? "▼" : "▲") : "")));
}

function cell(stock, column) {
  const value = column.of(stock);
  const tone = column.toned && value ? (value > 0 ? "up" : "down") : null;
  const classes = [column.number && "number", `c-${column.key}`, tone].filter(Boolean).join(" ");
  if (column.meter && value !== null) return element("td", { class: classes }, meter(value), column.shown(value));
  return element("td", { class: classes }, column.key === "pattern" ? element("bdi", {}, column.shown(value)) : column.shown(value));
}

function meter(value) {
  const fill = element("i", {});
  fill.style.width = `${Math.max(0, Math.min(100, value))}%`;
  return element("span", { class: "meter", "aria-hidden": "true" }, fill);
}
