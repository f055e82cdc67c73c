// The status page: reads status.json and says what it holds. Whatever comes from the data is set as text, never markup.

const page = document.getElementById("page");

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null && child !== undefined).map((child) =>
    child instanceof Node ? child : String(child)));
  return made;
}

const number = (value) => Number(value).toLocaleString("en");
const time = (text) => (text ? `${text.slice(0, 10)} ${text.slice(11, 16)} UTC` : "never");

function facts(rows) {
  return element("dl", {}, ...rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
}

function table(caption, heads, rows) {
  const cell = (name, value, index) =>
    element(name, { ...(heads[index].number ? { class: "number" } : {}), ...(name === "th" ? { scope: "col" } : {}) }, value);
  return element("section", {}, element("h3", {}, caption), element("table", {},
    element("thead", {}, element("tr", {}, ...heads.map((head, index) => cell("th", head.name, index)))),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((value, index) => cell("td", value, index)))))));
}

function stateOf(state) {
  const failed = Object.keys(state.failures ?? {}).sort().reverse();
  const newest = failed[0];
  if (newest && newest >= (state.as_of ?? "")) return ["bad", `failed: the run for ${newest} published nothing. ${state.failures[newest].reason}`];
  if (!state.as_of) return ["warn", "nothing is published yet"];
  const warnings = [
    ...(state.complete ? [] : [`incomplete: ${number(state.stocks)} of ${number(state.expected)} files gave series`]),
    ...(newest ? [`older partitions failed and are absent or not corrected: ${failed.join(", ")}`] : []),
  ];
  return warnings.length ? ["warn", warnings.join("; ")] : ["good", "healthy"];
}

function card(timeframe, state) {
  const [mood, words] = stateOf(state);
  const folder = (key) => element("a", { href: `${timeframe}/${encodeURIComponent(key)}/index.json` }, key);
  return element("article", { class: "card" }, element("h2", {}, timeframe),
    element("p", { class: `state ${mood}` }, words),
    facts([
      ["As of", state.as_of ?? "nothing yet"],
      ["Last updated", time(state.updated_at)],
      ["Stocks", number(state.stocks)],
      ["CSVs", number(state.csvs)],
    ]),
    state.as_of ? element("p", {}, "Newest: ", element("a", { href: `${timeframe}/latest/index.json` }, `${timeframe}/latest`)) : null,
    state.rejected.length ? table(`Rejected files of ${state.as_of}`, [{ name: "File" }, { name: "Reason" }],
      state.rejected.map((one) => [one.file, one.reason])) : null,
    table("Dated folders", [{ name: "Date" }, { name: "Files", number: true }, { name: "MB", number: true }],
      Object.entries(state.folders).sort().reverse().map(([key, one]) => [folder(key), number(one.files), (one.bytes / 1e6).toFixed(1)])),
    table("Checks", [{ name: "Check" }, { name: "Result" }],
      state.checks.map((one) => [one.check, `${one.passed ? "passed" : one.severity}: ${one.message}`])),
    table("Latest runs", [{ name: "Partition" }, { name: "Outcome" }, { name: "When" }, { name: "Rejected", number: true }],
      state.runs.slice(0, 10).map((run) => [run.partition, run.outcome, time(run.at), number(run.rejected ?? 0)])));
}

async function show() {
  try {
    const response = await fetch("status.json", { cache: "no-cache" });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    const status = await response.json();
    const timeframes = Object.entries(status.timeframes);
    const sample = timeframes.some(([, state]) => state.sample);
    page.replaceChildren(
      sample ? element("p", { class: "banner" }, "These are made-up sample data, not a market's.") : "",
      timeframes.length ? element("div", { class: "cards" }, ...timeframes.map(([name, state]) => card(name, state)))
        : element("p", {}, "Nothing is published yet."));
  } catch (error) {
    page.replaceChildren(element("p", { class: "bad" },
      `status.json cannot be read (${error.message}). Open this page over http (bluedot serve), or try again later.`));
  }
}

show();
