// Runs Pine scripts in pinets: a JSON list of jobs on stdin, a list of what each showed on stdout. `runs.py` is its caller.

import { Indicator, PineTS } from "pinets";

const read = async () => {
  const parts = [];
  for await (const part of process.stdin) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString("utf8"));
};

/** The arguments of the call that begins after `start` (its bracket), and where it ends. */
function callAt(text, start) {
  const parts = [];
  let depth = 0;
  let quoted = false;
  let from = start;
  for (let place = start; place < text.length; place += 1) {
    const one = text[place];
    if (one === '"' && text[place - 1] !== "\\") quoted = !quoted;
    if (quoted) continue;
    if (one === ")" && depth === 0) return { parts: [...parts, text.slice(from, place)].map((part) => part.trim()), end: place };
    if ("([".includes(one)) depth += 1;
    if (")]".includes(one)) depth -= 1;
    if (one === "," && depth === 0) {
      parts.push(text.slice(from, place));
      from = place + 1;
    }
  }
  throw new Error("a call without its end");
}

/** pinets knows no request.seed. A seed gives no value on bars without new data: gaps_on. */
function withoutSeeds(script) {
  const name = "request.seed(";
  let made = script;
  for (let place = made.indexOf(name); place >= 0; place = made.indexOf(name, place + 1)) {
    const { parts: [source, symbol, ...others], end } = callAt(made, place + name.length);
    const call = [`(${source}) + "/" + (${symbol})`, "timeframe.period", ...others.slice(0, 1), "gaps = barmerge.gaps_on", ...others.slice(1)];
    made = `${made.slice(0, place)}request.security(${call.join(", ")}${made.slice(end)}`;
  }
  return made;
}

const known = { type: "stock", session: "0930-1600", mintick: 0.01, minmove: 1, pricescale: 100, pointvalue: 1, currency: "USD" };

class Published {
  constructor(job) {
    this.job = job;
  }

  configure() {}

  async getMarketData(id) {
    const bars = this.job.series[id] ?? []; // the scripts ignore invalid symbols
    return bars.map(([openTime, open, high, low, close, volume, closeTime]) => ({ openTime, open, high, low, close, volume, closeTime }));
  }

  async getSymbolInfo(id) {
    return { ...known, ...this.job.symbol, tickerid: id, main_tickerid: id };
  }
}

const value = (one) => (typeof one === "number" && !Number.isFinite(one) ? null : one);

function shown(context) {
  const plots = {};
  for (const [title, plot] of Object.entries(context.plots)) {
    if (!title.startsWith("__")) plots[title] = plot.data.map((one) => value(one.value));
  }
  const tables = (context.plots.__tables__?.data ?? []).flatMap((one) => one.value).flatMap((one) => (one.cells ?? []).flat())
    .filter(Boolean).map((cell) => cell.text);
  const trades = (list) => (list ?? []).map((one) => Object.fromEntries(
    ["entry_id", "entry_price", "entry_bar_index", "exit_id", "exit_price", "exit_bar_index", "size"].map((key) => [key, value(one[key]) ?? null])));
  return {
    plots, tables, alerts: context.alerts.map(({ title, bar_index }) => [title, bar_index]),
    closed: trades(context.strategy?.closedtrades), open: trades(context.strategy?.opentrades),
  };
}

async function answer(job) {
  try {
    const pine = new PineTS(new Published(job), job.chart, job.timeframe, job.series[job.chart].length);
    pine.setAlertMode("all");
    return shown(await pine.run(new Indicator(withoutSeeds(job.script), job.inputs ?? {})));
  } catch (error) {
    return { error: String(error?.stack ?? error) };
  }
}

const jobs = await read();
console.log = () => {}; // stdout is the answers'
const answers = [];
for (const job of jobs) answers.push(await answer(job));
process.stdout.write(JSON.stringify(answers));
