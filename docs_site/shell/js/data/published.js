// The published state and the stocks of a timeframe, every list and object in its place.

import { json, list, object, Unreadable } from "./files.js";
import { loadRegistry } from "./registry.js";
import { isStale, newestSessions, sessionOf } from "./sessions.js";

/** status.json as {states: {daily: state, weekly: state}, undelivered}. */
export async function loadStatus() {
  const status = await json("status.json");
  if (object(status.timeframes) !== status.timeframes) {
    throw new Unreadable("status.json cannot be read: it names no timeframes.");
  }
  const states = Object.entries(status.timeframes).filter(([, state]) => object(state) === state);
  return {
    states: Object.fromEntries(states.map(([name, state]) => [name, {
      ...state, rejected: list(state.rejected), checks: list(state.checks), runs: list(state.runs), folders: object(state.folders),
    }])),
    undelivered: list(status.undelivered).map((one) => ({ ...one, receivers: object(one.receivers) })),
  };
}

/** dashboard.json of a timeframe, each stock as an object with its change and rises worked out, and what registry.json
 * says of its indicators and watchlists. */
export async function loadDashboard(timeframe) {
  const path = `${timeframe}/latest/dashboard.json`;
  const [content, registry] = await Promise.all([json(path), loadRegistry()]);
  if (!Array.isArray(content.columns) || !Array.isArray(content.stocks)) {
    throw new Unreadable(`${path} cannot be read: it has no stocks.`);
  }
  const zones = Array.isArray(content.timezones) ? content.timezones : [];
  const stocks = content.stocks.filter(Array.isArray).map((row) => stock(content, zones, row, registry));
  const indicators = (Array.isArray(content.indicators) ? content.indicators : []).map(registry.indicator);
  const benchmarks = zones.filter((zone) => registry.benchmarks[zone]).map((zone) => [zone, registry.benchmarks[zone]]);
  const newest = newestSessions({ ...content, timezones: zones }, (zone) => registry.exchanges[zone] ?? zone);
  return {
    ...content, newest, indicators, watchlists: object(content.watchlists), titles: registry.titlesOf(timeframe), benchmarks, timeframe, stocks,
  };
}

const difference = (now, then) => (Number.isFinite(now) && Number.isFinite(then) ? now - then : null);

function stock(content, zones, row, registry) {
  const made = {};
  content.columns.forEach((column, place) => { made[column] = row[place] ?? null; });
  made.symbol = String(made.symbol ?? "");
  made.name = made.name === null ? "" : String(made.name);
  made.timezone = zones[made.zone] ?? "";
  made.benchmark = registry.benchmarks[made.timezone] ?? "benchmark";
  made.exchange = registry.exchanges[made.timezone] ?? "";
  made.ticker = /^[A-Z0-9_]+:[A-Z0-9._!/]+$/.test(made.ticker ?? "") ? made.ticker : null;
  made.flagged = Boolean(made.asm || made.gsm);
  made.session = sessionOf(content, made.timezone);
  made.dotted = made.dot_bar ?? (made.dot_age === 0 ? made.last : made.last_dot); // an earlier version has no dot_bar
  made.stale = isStale(content, made.timezone, made.last);
  made.change = made.previous ? (made.close / made.previous - 1) * 100 : null;
  made.rise_5 = difference(made.rlst, made.rlst_5);
  made.rise_20 = difference(made.rlst, made.rlst_20);
  return made;
}
