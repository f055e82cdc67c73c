// The last runs as a drawing: stocks as bars with the rejected on top, and the duration as a line below.

import { element, svg } from "../page/dom.js";
import { count, moment, plural } from "../page/format.js";

const WIDTH = 600;
const TALL = 92;
const LOW = 34;
const GAP = 12;
const PLACES = 60;

const finite = (value) => (Number.isFinite(value) ? value : 0);

export function runChart(timeframe, runs) {
  const shown = runs.slice(0, PLACES).reverse();
  if (!shown.length) return element("p", { class: "soft" }, "No run yet.");
  const step = WIDTH / Math.max(shown.length, 12);
  const most = Math.max(1, ...shown.map((run) => finite(run.stocks) + finite(run.rejected)));
  const longest = Math.max(0, ...shown.map((run) => finite(run.duration_s)));
  const drawing = svg("svg", { viewBox: `0 0 ${WIDTH} ${TALL + GAP + LOW}`, class: "runs", role: "img",
    "aria-label": words(timeframe, shown), preserveAspectRatio: "none" },
    svg("line", { x1: 0, x2: WIDTH, y1: TALL, y2: TALL, class: "axis" }),
    shown.map((run, place) => bar(run, place * step, step, most)), duration(shown, step, longest || 1));
  return element("figure", {}, drawing, element("figcaption", {},
    key("stocks", "stocks published", `The tallest column is ${plural(most, "file")}`),
    key("rejected", "files rejected", "Files at fault: their stocks are missing"), key("failed", "failed run", "Nothing was published"),
    longest > 0 ? key("duration", `time taken, the longest ${longest.toFixed(1)} s`, "How long the pipeline worked") : null,
    element("span", {}, `${plural(shown.length, "run")} of the pipeline, newest right`)));
}

function bar(run, x, step, most) {
  const width = Math.max(1.5, step * 0.68);
  const tall = (value) => (finite(value) / most) * (TALL - 6);
  const stocks = tall(run.stocks);
  const rejected = finite(run.rejected) ? Math.max(2, tall(run.rejected)) : 0;
  const rect = (y, height, kind) => svg("rect", { x, y, width, height, class: kind, rx: 1 });
  const summary = `${run.partition}: ${run.outcome}, ${count(run.stocks)} stocks, ${count(run.rejected)} rejected, `
    + `${finite(run.duration_s)} s, ${moment(run.at)}`;
  return svg("g", {}, svg("title", {}, summary), rect(0, TALL, "hit"),
    run.outcome === "failed" ? rect(TALL - 14, 14, "failed") : rect(TALL - stocks, stocks, "stocks"),
    rejected ? rect(TALL - stocks - rejected, rejected, "rejected") : null);
}

function duration(shown, step, longest) {
  const timed = shown.map((run, place) => [run, place]).filter(([run]) => Number.isFinite(run.duration_s));
  const points = timed.map(([run, place]) =>
    `${(place * step + step * 0.34).toFixed(1)},${(TALL + GAP + LOW - 3 - (run.duration_s / longest) * (LOW - 6)).toFixed(1)}`);
  return svg("polyline", { points: points.join(" "), class: "duration" });
}

const key = (kind, text, title) => element("span", { title }, element("i", { class: `swatch ${kind}`, "aria-hidden": "true" }), text);

function words(timeframe, shown) {
  const failed = shown.filter((run) => run.outcome === "failed").length;
  const newest = shown.at(-1);
  return `The last ${shown.length} ${timeframe} runs; ${failed} failed. Newest: ${newest.partition}, ${newest.outcome}, `
    + `${count(newest.stocks)} stocks, ${count(newest.rejected)} rejected.`;
}
