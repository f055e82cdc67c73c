// What a link keeps: the view, its filters and its order, as the address's query; and which stocks pass.

import { myList } from "../data/preferences.js";
import { symbolsIn } from "../data/symbol_lists.js";
import { VIEWS } from "./views.js";

const DEFAULTS = { timeframe: "daily", view: "today", sort: "", rlst: 0, q: "", etf: "yes", flagged: "yes", mine: "no" };

/** The wish of an address; what is not understood is the default. */
export function wishOf(search) {
  const given = new URLSearchParams(search);
  const wish = { ...DEFAULTS };
  for (const key of Object.keys(DEFAULTS)) if (given.has(key)) wish[key] = given.get(key);
  wish.rlst = Math.min(99, Math.max(0, Math.round(Number(wish.rlst) || 0)));
  wish.given = given.has("timeframe");
  if (!Object.hasOwn(VIEWS, wish.view)) wish.view = DEFAULTS.view;
  const keys = VIEWS[wish.view].columns.map(({ key }) => key);
  if (!keys.includes(wish.sort.replace(/^-/, ""))) wish.sort = "";
  return wish;
}

/** The query of a wish, without what is default. */
export function queryOf(wish) {
  const kept = Object.entries(DEFAULTS).filter(([key, usual]) => String(wish[key]) !== String(usual));
  const query = new URLSearchParams(kept.map(([key]) => [key, wish[key]])).toString();
  return query ? `?${query}` : "";
}

/** Whether a stock passes the filters. */
export function passes(wish) {
  const mine = wish.mine === "yes" ? new Set(myList()) : null;
  const wanted = wish.q.trim().toLowerCase();
  return (one) => (wish.rlst === 0 || (one.rlst !== null && one.rlst >= wish.rlst))
    && (!wanted || one.symbol.toLowerCase().includes(wanted) || one.name.toLowerCase().includes(wanted))
    && (wish.etf === "yes" || !one.etf)
    && (wish.flagged === "yes" || !one.flagged)
    && (!mine || mine.has(one.symbol) || (one.ticker !== null && mine.has(symbolsIn(one.ticker)[0])));
}
