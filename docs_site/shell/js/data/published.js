// Reading the published files. What cannot be read is an Unreadable with a sentence, never an empty result.

export class Unreadable extends Error {}

async function answer(path) {
  let response;
  try {
    response = await fetch(path, { cache: "no-cache" });
  } catch {
    throw new Unreadable(`${path} cannot be reached. Open this page over http (bluedot serve), or try again later.`);
  }
  if (!response.ok) throw new Unreadable(`${path} cannot be read: the server answered ${response.status}.`);
  return response;
}

export async function json(path) {
  const response = await answer(path);
  try {
    const content = await response.json();
    if (content && typeof content === "object" && !Array.isArray(content)) return content;
  } catch {
    // Said below: cut short, empty, or no JSON at all is the same to who reads the page.
  }
  throw new Unreadable(`${path} cannot be read: it is not the JSON that it should be.`);
}

export async function text(path) {
  return (await answer(path)).text();
}

const list = (value) => (Array.isArray(value) ? value.filter((one) => one && typeof one === "object") : []);
const object = (value) => (value && typeof value === "object" && !Array.isArray(value) ? value : {});

/** status.json as {states: {daily: state, weekly: state}, undelivered}, every list and object of a state in place. */
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

/** dashboard.json of a timeframe, each stock as an object with its change and rises worked out. */
export async function loadDashboard(timeframe) {
  const path = `${timeframe}/latest/dashboard.json`;
  const content = await json(path);
  if (!Array.isArray(content.columns) || !Array.isArray(content.stocks)) {
    throw new Unreadable(`${path} cannot be read: it has no stocks.`);
  }
  const zones = Array.isArray(content.timezones) ? content.timezones : [];
  const stocks = content.stocks.filter(Array.isArray).map((row) => stock(content, zones, row));
  const indicators = Array.isArray(content.indicators) ? content.indicators : [];
  return { ...content, indicators, watchlists: object(content.watchlists), timeframe, stocks };
}

const difference = (now, then) => (Number.isFinite(now) && Number.isFinite(then) ? now - then : null);

function stock(content, zones, row) {
  const made = {};
  content.columns.forEach((column, place) => { made[column] = row[place] ?? null; });
  made.symbol = String(made.symbol ?? "");
  made.name = made.name === null ? "" : String(made.name);
  made.timezone = zones[made.zone] ?? "";
  made.ticker = /^[A-Z0-9_]+:[A-Z0-9._!]+$/.test(made.ticker ?? "") ? made.ticker : null;
  made.flagged = Boolean(made.asm || made.gsm);
  made.stale = made.last !== content.session;
  made.change = made.previous ? (made.close / made.previous - 1) * 100 : null;
  made.rise_5 = difference(made.rlst, made.rlst_5);
  made.rise_20 = difference(made.rlst, made.rlst_20);
  return made;
}
