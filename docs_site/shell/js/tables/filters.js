// What a link keeps: the view, its filters and its order, as the address's query; and which stocks pass.

import { myList } from "../data/preferences.js";
import { symbolsIn } from "../data/symbol_lists.js";
import { tickersOf } from "../data/ticker_forms.js";
import { viewsOf } from "./views.js";

const DEFAULTS = { timeframe: "daily", view: "today", sort: "", rlst: 0, q: "", etf: "yes", flagged: "yes", mine: "no" };

/** The selection of an address; what is not understood is the default. */
export function selectionOf(search) {
  const given = new URLSearchParams(search);
  const selection = { ...DEFAULTS };
  for (const key of Object.keys(DEFAULTS)) if (given.has(key)) selection[key] = given.get(key);
  selection.rlst = Math.min(99, Math.max(0, Math.round(Number(selection.rlst) || 0)));
  selection.given = given.has("timeframe");
  const views = viewsOf(selection.timeframe);
  if (!Object.hasOwn(views, selection.view)) selection.view = DEFAULTS.view;
  const keys = views[selection.view].columns.map(({ key }) => key);
  if (!keys.includes(selection.sort.replace(/^-/, ""))) selection.sort = "";
  return selection;
}

/** The query of a selection, without what is default. */
export function queryOf(selection) {
  const kept = Object.entries(DEFAULTS).filter(([key, usual]) => String(selection[key]) !== String(usual));
  const query = new URLSearchParams(kept.map(([key]) => [key, selection[key]])).toString();
  return query ? `?${query}` : "";
}

// What a list may call a stock: its name, its ticker, and the ticker without its exchange.
const callsOf = ({ symbol, ticker }) => (ticker ? [symbol, ticker, symbolsIn(ticker)[0]] : [symbol]);

/** The names of a list that no stock has. */
export function notAmong(names, stocks) {
  const known = new Set(stocks.flatMap(callsOf));
  return names.filter((one) => !known.has(one) && !tickersOf(one).some((ticker) => known.has(ticker)));
}

/** Whether a stock passes the filters. */
export function passes(selection) {
  const mine = selection.mine === "yes" ? new Set(myList().flatMap((one) => [one, ...tickersOf(one)])) : null;
  const wanted = selection.q.trim().toLowerCase();
  return (one) => (selection.rlst === 0 || (one.rlst !== null && one.rlst >= selection.rlst))
    && (!wanted || one.symbol.toLowerCase().includes(wanted) || one.name.toLowerCase().includes(wanted))
    && (selection.etf === "yes" || !one.etf)
    && (selection.flagged === "yes" || !one.flagged)
    && (!mine || callsOf(one).some((call) => mine.has(call)));
}
