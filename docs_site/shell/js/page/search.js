// The search box over all stocks of all timeframes; the files are read when somebody begins to search.

import { loadDashboard } from "../data/published.js";
import { element, name } from "./dom.js";

const MOST = 12;

/** The best matches: symbols that begin so, symbols that hold it, then names. */
export function matches(stocks, typed) {
  const wanted = typed.trim().toLowerCase();
  if (!wanted) return [];
  const ranked = [[], [], []];
  for (const one of stocks) {
    const place = one.symbol.toLowerCase().indexOf(wanted);
    if (place === 0) ranked[0].push(one);
    else if (place > 0) ranked[1].push(one);
    else if (one.name.toLowerCase().includes(wanted)) ranked[2].push(one);
    if (ranked[0].length >= MOST) break;
  }
  return ranked.flat().slice(0, MOST);
}

async function everything(timeframes) {
  const found = new Map();
  const read = await Promise.allSettled(timeframes.map((timeframe) => loadDashboard(timeframe)));
  for (const { value } of read) {
    for (const one of value?.stocks ?? []) {
      if (!found.has(one.symbol)) found.set(one.symbol, { symbol: one.symbol, name: one.name, timeframe: value.timeframe });
    }
  }
  return [...found.values()].sort((one, two) => (one.symbol < two.symbol ? -1 : 1));
}

export class Search {
  constructor(place, timeframes) {
    this.timeframes = timeframes;
    this.list = element("ul", { id: "found", role: "listbox", "aria-label": "Stocks found", hidden: true });
    this.box = element("input", { type: "search", id: "search", role: "combobox", "aria-label": "Search all stocks",
      "aria-expanded": "false", "aria-controls": "found", "aria-autocomplete": "list", autocomplete: "off", spellcheck: "false",
      maxlength: 60, placeholder: "Search stocks  /", focus: () => this.load(), input: () => this.find(),
      keydown: (event) => this.key(event), blur: () => setTimeout(() => this.close(), 150) });
    place.replaceChildren(this.box, this.list);
    document.addEventListener("keydown", (event) => {
      const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "");
      if (event.key !== "/" || typing || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.box.focus();
    });
  }

  load() {
    this.stocks ??= everything(this.timeframes);
    return this.stocks;
  }

  async find() {
    const stocks = await this.load();
    this.found = matches(stocks, this.box.value);
    this.chosen = 0;
    const nothing = this.box.value.trim() && !this.found.length;
    this.list.replaceChildren(...this.found.map((one, place) => this.option(one, place)),
      ...(nothing ? [element("li", { class: "soft" }, "No stock of that name.")] : []));
    this.list.hidden = !this.found.length && !nothing;
    this.box.setAttribute("aria-expanded", String(!this.list.hidden));
    this.mark();
  }

  option(one, place) {
    return element("li", { role: "option", id: `found-${place}` },
      element("a", { href: address(one), tabindex: "-1" }, element("strong", {}, one.symbol), name(one.name)));
  }

  mark() {
    [...this.list.querySelectorAll("[role=option]")].forEach((option, place) =>
      option.setAttribute("aria-selected", String(place === this.chosen)));
    if (this.found.length) this.box.setAttribute("aria-activedescendant", `found-${this.chosen}`);
    else this.box.removeAttribute("aria-activedescendant");
  }

  key(event) {
    if (event.key === "Escape") this.close();
    if (!this.found?.length || this.list.hidden) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter") location.href = address(this.found[this.chosen]);
    if (!step) return;
    event.preventDefault();
    this.chosen = (this.chosen + step + this.found.length) % this.found.length;
    this.mark();
  }

  close() {
    this.list.hidden = true;
    this.box.setAttribute("aria-expanded", "false");
  }
}

const address = (one) => `stock.html?symbol=${encodeURIComponent(one.symbol)}&timeframe=${one.timeframe}`;
