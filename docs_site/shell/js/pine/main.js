// pine/index.html: the scripts of the newest publish, what each is for, and a button that copies it.

import { copyButton } from "../page/copying.js";
import { json, text, Unreadable } from "../data/files.js";
import { symbolsIn } from "../data/symbol_lists.js";
import { element, sampleBanner, sentence } from "../page/dom.js";
import { count, day, plural } from "../page/format.js";

const FOLDER = "scripts";
const KINDS = {
  embedded: { title: (one) => `Blue dots${one.of > 1 ? `, ${one.number} of ${one.of}` : ""}: ${one.first} to ${one.last}`,
    about: (one) => `Needs nothing but TradingView. Holds the dots of ${plural(one.stocks, "stock")} inside the script and marks them on any `
      + "chart of these stocks, with the newest RLST in the corner. It does not move on by itself: paste the new version over it." },
  paste: { title: () => "Paste script: dots of a text",
    about: () => "Add it to a chart once. Then paste into its settings the text that a stock’s page, or the table of stocks, copies for it." },
  indicator: { title: () => "Indicator on seeds",
    about: () => "For owners of Pine Seeds repositories: dots on the price, RLST or the RS line in a pane, alerts. Moves on by itself." },
  strategy: { title: () => "Strategy on seeds",
    about: () => "For owners of Pine Seeds repositories: buys strong stocks on a dot, with a stop. A starting point, not advice." },
};

const place = document.getElementById("scripts");

function card(one) {
  const kind = KINDS[one.kind] ?? { title: () => one.file, about: () => "" };
  const code = element("code", {}, "");
  const read = () => text(`${FOLDER}/${encodeURIComponent(one.file)}`);
  const shown = element("details", { toggle: async (event) => {
    if (!event.target.open || code.textContent) return;
    code.textContent = "Reading …";
    code.textContent = await read().catch((error) => { if (error instanceof Unreadable) return error.message; throw error; });
  } }, element("summary", {}, "Show the code"), element("pre", { tabindex: "0", "aria-label": one.file }, code));
  return element("article", { class: "panel script", "data-file": one.file }, element("h2", {}, kind.title(one)),
    element("p", {}, kind.about(one)),
    copyButton(`Copy ${one.file}`, async () => ({ text: await read(), note: "Now paste it into the Pine Editor." })),
    element("p", { class: "soft" }, element("a", { href: `${FOLDER}/${encodeURIComponent(one.file)}`, download: one.file }, one.file),
      ` · ${count(one.bytes)} bytes · `, element("span", { title: "TradingView counts the words and signs of a script as tokens, and compiles "
        + `100,000 at most. This script has about ${count(one.tokens)}.` }, `about ${Math.ceil(one.tokens / 1000)} % of the size that TradingView takes`)), shown);
}

/** Which embedded script would hold a ticker: names are in the order of their characters’ codes. */
export function holding(scripts, typed) {
  const [key] = symbolsIn(typed);
  return key ? scripts.find((one) => one.kind === "embedded" && key >= one.first && key <= one.last) : undefined;
}

function finder(catalog) {
  const answer = element("span", { role: "status" });
  const box = element("input", { maxlength: 42, spellcheck: "false", autocomplete: "off", placeholder: "DIXON, BRK.B …", input: () => {
    const found = holding(catalog.scripts, box.value);
    answer.textContent = !box.value.trim() ? "" : found ? `If it is published, it is in ${found.file}.` : "No script holds that name.";
  } });
  return element("p", {}, element("label", { class: "field" }, "Which script has my stock?", box), " ", answer);
}

async function show() {
  try {
    const catalog = await json(`${FOLDER}/scripts.json`);
    if (!Array.isArray(catalog.scripts)) throw new Unreadable(`${FOLDER}/scripts.json cannot be read: it names no scripts.`);
    const scripts = catalog.scripts.filter((one) => one && typeof one.file === "string");
    const embedded = scripts.filter((one) => one.kind === "embedded");
    const back = catalog.newest ? `the newest ${plural(catalog.newest, "dot")} of each` : "all their dots";
    place.replaceChildren(
      element("p", { class: "said" }, `As of ${day(catalog.as_of)}: ${plural(catalog.stocks, "stock")} with ${back}, in ${plural(embedded.length, "script")}.`),
      embedded.length > 1 ? finder({ scripts }) : "",
      catalog.sample ? sampleBanner() : "",
      element("div", { class: "cards" }, scripts.map(card)));
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    place.replaceChildren(sentence(`There are no scripts to show yet. ${error.message}`, "bad"));
  }
}

show();
