// What stands behind the cards: rejected files, checks, runs and downloads of a timeframe.

import { element, name, table } from "../page/dom.js";
import { count, megabytes, moment, plural } from "../page/format.js";

export function details(timeframe, state) {
  const title = element("h3", {}, timeframe);
  return element("section", { class: "panel details", "data-timeframe": timeframe }, title,
    rejected(state), checks(state),
    runs(state), downloads(timeframe, state));
}

function folded(text, open, content) {
  return element("details", { open }, element("summary", {}, text), content);
}

// The site keeps them of its newest publish alone, which always has checks: after a rollback, and after it was taken
// back, there are none.
const unknown = (state) => !state.checks.length;

function rejected(state) {
  if (!state.as_of) return null;
  if (unknown(state)) return element("p", { class: "soft" }, `The rejected files and checks of ${state.as_of} are not kept.`);
  if (!state.rejected.length) return element("p", { class: "soft" }, "No file of the newest partition was rejected.");
  return folded(`Rejected files: ${count(state.rejected.length)}`, true,
    table(`Files of ${state.as_of} without series`, [{ name: "File" }, { name: "Reason" }],
      state.rejected.map((one) => [name(one.file ?? ""), element("bdi", {}, one.reason ?? "")])));
}

function checks(state) {
  if (unknown(state)) return null;
  const bad = state.checks.filter((one) => !one.passed).length;
  const inOrder = [...state.checks].sort((one, two) => Boolean(one.passed) - Boolean(two.passed));
  const result = (one) => (one.passed ? element("span", { class: "good" }, "passed")
    : element("span", { class: one.severity === "error" ? "bad" : "warn" }, one.severity ?? "failed"));
  return folded(`Checks: ${count(state.checks.length - bad)} passed${bad ? `, ${count(bad)} not` : ""}`, bad > 0,
    table(`Checks of ${state.as_of ?? "nothing"}`, [{ name: "Check" }, { name: "Result" }, { name: "What it found" }],
      inOrder.map((one) => [steps(one.check ?? ""), result(one), element("bdi", {}, one.message ?? "")])));
}

/** A name of a check, broken at "/" and "_" alone. */
const steps = (text) => element("bdi", { class: "steps" },
  text.split(/(?<=[/_])/).flatMap((part, place) => (place ? [element("wbr"), part] : [part])));

function runs(state) {
  const heads = [{ name: "Partition" }, { name: "Outcome" }, { name: "When" }, { name: "Stocks", number: true },
    { name: "Rejected", number: true }, { name: "Seconds", number: true }];
  return folded(`Runs: the last ${count(state.runs.length)}`, false, table("Runs, newest first", heads,
    state.runs.map((run) => [run.partition ?? "", run.reason ? `${run.outcome}: ${run.reason}` : run.outcome ?? "",
      moment(run.at), count(run.stocks), count(run.rejected), run.duration_s ?? "–"])));
}

function downloads(timeframe, state) {
  const link = (path, text = path) => element("a", { href: path }, text);
  const dated = Object.entries(state.folders).sort().reverse();
  return folded(`Downloads: ${plural(dated.length, "dated folder")}`, true, element("div", {},
    element("p", {}, link(`${timeframe}/latest/index.json`), " · ", link(`${timeframe}/latest/dashboard.json`),
      " · ", link(`${timeframe}/latest/tables/bars.parquet`), " · ", link(`${timeframe}/history/history.json`), element("br"),
      "Series: ", element("code", {}, `${timeframe}/latest/<SYMBOL>_<INDICATOR>.csv`)),
    table("Dated folders", [{ name: "Folder" }, { name: "Files", number: true }, { name: "Size", number: true }, { name: "Made" }],
      dated.map(([key, one]) => [link(`${timeframe}/${encodeURIComponent(key)}/index.json`, key), count(one?.files),
        megabytes(one?.bytes), moment(one?.made_at)]))));
}
