// The controls above the table. They change a selection; what follows from that is the explorer's.

import { element } from "../page/dom.js";
import { keepMyList, keepPrefix, myList, prefixOf, tickerOf } from "../data/preferences.js";
import { count, plural } from "../page/format.js";
import { symbolsIn } from "../data/symbol_lists.js";
import { notAmong } from "./filters.js";
import { viewsOf } from "./views.js";

/** Buttons of which one is pressed. */
export function choice(label, options, chosen, onChoose) {
  return element("div", { class: "choice", role: "group", "aria-label": label }, options.map(([key, text]) =>
    element("button", { type: "button", "aria-pressed": String(key === chosen), "data-key": key, click: () => onChoose(key) }, text)));
}

export function viewChoice(selection, onChoose) {
  return choice("View", Object.entries(viewsOf(selection.timeframe)).map(([key, view]) => [key, view.name]), selection.view, onChoose);
}

function check(label, checked, onChange) {
  return element("label", { class: "check" },
    element("input", { type: "checkbox", checked, change: (event) => onChange(event.target.checked) }), label);
}

/** Filters; `onChange` gets the part of the selection that changed. */
export function filters(selection, onChange) {
  const rlst = element("input", { type: "number", min: 0, max: 99, step: 1, inputmode: "numeric", id: "rlst",
    value: selection.rlst || "", placeholder: "0", input: (event) => onChange({ rlst: clamp(event.target.value) }) });
  const symbol = element("input", { type: "search", id: "q", value: selection.q, placeholder: "symbol or name", autocomplete: "off",
    spellcheck: "false", maxlength: 60, input: (event) => onChange({ q: event.target.value }) });
  return element("div", { class: "filters", role: "group", "aria-label": "Filters" },
    element("label", { class: "field" }, "RLST at least", rlst),
    element("label", { class: "field grow" }, "Only", symbol),
    check("no ETFs", selection.etf === "no", (on) => onChange({ etf: on ? "no" : "yes" })),
    check("no flagged", selection.flagged === "no", (on) => onChange({ flagged: on ? "no" : "yes" })),
    check("my list", selection.mine === "yes", (on) => onChange({ mine: on ? "yes" : "no" })));
}

const clamp = (text) => Math.min(99, Math.max(0, Math.round(Number(text) || 0)));

/** What stays in this browser: the list of symbols, and the exchange prefixes of `unmapped`, the stocks of each timezone. */
export function settings({ stocks, timeframe }, unmapped, onChange) {
  const kept = () => saidOf(notAmong(myList(), stocks), timeframe);
  const status = element("p", { class: "soft", role: "status" }, kept());
  const pasted = element("textarea", { id: "mine", rows: 3, spellcheck: "false", placeholder: "AAPL, NSE:DIXON …",
    "aria-describedby": "mine-said" }, myList().join(", "));
  status.id = "mine-said";
  const keep = () => {
    keepMyList(symbolsIn(pasted.value));
    status.textContent = kept();
    onChange();
  };
  pasted.addEventListener("change", keep);
  return element("details", { class: "settings" }, element("summary", {}, "My list and exchanges"),
    element("div", { class: "pair" },
      element("div", {}, element("label", { for: "mine" }, "My list: paste symbols or a watchlist"), pasted,
        element("button", { type: "button", class: "quiet", click: keep }, "Keep my list"), status),
      element("div", {}, unmapped.map((stocks) => exchange(stocks, onChange)))));
}

/** The exchange of the stocks of a timezone that have no published ticker, and below it what it does for them. */
function exchange(stocks, onChange) {
  const [one] = stocks;
  const effect = element("p", { class: "soft", role: "status", id: `effect-${one.timezone}` }, effectOf(stocks));
  const box = element("input", { value: prefixOf(one), maxlength: 20, spellcheck: "false", "data-zone": one.timezone,
    placeholder: one.exchange || "none", "aria-describedby": effect.id, change: () => {
      keepPrefix(one.timezone, box.value);
      box.value = prefixOf(one);
      effect.textContent = effectOf(stocks);
      onChange();
    } });
  return element("div", {}, element("label", { class: "field" },
    `Exchange at TradingView of ${one.timezone} stocks without a ticker`, box), effect);
}

function effectOf(stocks) {
  const prefix = prefixOf(stocks[0]);
  const left = stocks.filter((one) => !tickerOf(one)).map((one) => one.symbol);
  if (!prefix) {
    return `${plural(stocks.length, "stock")} without a ticker: ${firstOf(left)}. Watchlists leave them out until you write their `
      + "exchange here, as TradingView calls it.";
  }
  return `${prefix}: ${count(stocks.length - left.length)} of ${plural(stocks.length, "stock")} got a ticker.`
    + (left.length ? ` No ticker of ${prefix} is written like ${firstOf(left)}: ask the person who runs the site to name `
      + "their tickers." : "");
}

const saidOf = (unknown, timeframe) => (myList().length ? `${count(myList().length)} symbols, kept in this browser only.`
  : "Kept in this browser only.") + (unknown.length ? ` Not among the ${timeframe} stocks here: ${firstOf(unknown)}.` : "");

/** The first names of a list, and how many more there are. */
export const firstOf = (names, most = 5) => names.slice(0, most).join(", ")
  + (names.length > most ? ` and ${count(names.length - most)} more` : "");
