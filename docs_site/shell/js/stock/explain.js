// The panel that explains one bar: what is published of it, and what the history knows.

import { pathOf } from "../data/series.js";
import { dotWords, nameOf, timesOf } from "../history/marks.js";
import { copyButton } from "../page/copying.js";
import { element, sentence } from "../page/dom.js";
import { day, moment, plain, plural, price, rating } from "../page/format.js";

const BASES = {
  same: () => "that of the vendor’s newest answer",
  scaled: (factor) => `scaled here, × ${plain(Number(factor.toPrecision(8)))}`,
  unknown: () => "unknown: an adjustment is undecided",
};

const fact = (term, value) => [element("dt", {}, term), element("dd", {}, value)];

/** Of the bar at `time`: `series` are the published rows by indicator; `row` is that of the history in the file `path`,
 * null where there is none, undefined where nobody knows; `dots` are those of the bar, `adjustments` all of the stock;
 * `onClose` is called by its button. */
export function explanation({ symbol, timeframe, time, words, series, row, path, dots, adjustments, onClose }) {
  const title = element("h2", { tabindex: "-1" }, `${words.date(time)}: where its values come from`);
  const made = element("section", { class: "explained", "aria-label": `Explanation of ${words.date(time)}`,
    keydown: (event) => event.key === "Escape" && onClose() },
  element("header", {}, title, element("button", { type: "button", click: onClose }, "Close")),
  element("dl", {}, published(symbol, timeframe, time, series), row ? known(row, path) : fact("In the history", row === null ? "not yet" : "cannot be read"),
    dots.flatMap((one) => fact(`Dot of ${day(one.date)}`, dotText(one))),
    row ? scaling(row, adjustments).flatMap((one) => fact(nameOf(one), adjustmentText(one, time))) : null),
  row ? difference(time, series, row) : null, command(symbol, timeframe, time));
  return { made, title };
}

function published(symbol, timeframe, time, series) {
  const lines = Object.entries(series).flatMap(([name, rows]) => rows.filter((one) => one.time === time).map((one) => [name, one.line]));
  if (!lines.length) return fact("Published series", `They begin on ${day(series.PRICE_DATA[0].time)}; this bar is of the history alone.`);
  return fact("Published lines", lines.map(([name, line]) => element("div", {}, element("code", {}, line), " in ",
    element("a", { href: pathOf(timeframe, symbol, name) }, `${symbol}_${name}.csv`))));
}

function known(row, path) {
  return [...fact("First known", moment(row.first_known)),
    ...fact("Changed since by the vendor", row.revisions ? plural(row.revisions, "time") : "never"),
    ...fact("Source", [row.partition, " in ", element("a", { href: path }, path)]),
    ...fact("Close", `${price(row.close)}; as it was given first: ${price(row.close_traded)}`),
    ...fact("Basis of the prices", (BASES[row.basis] ?? (() => row.basis))(row.factor))];
}

function dotText(one) {
  return [`${dotWords(one)}; number ${one.run_day} of its run`, one.rlst_known === null ? null : `; RLST then ${rating(one.rlst_known)}`,
    one.pattern_known ? ["; base pattern then ", element("bdi", {}, one.pattern_known)] : null].flat().filter(Boolean);
}

/** The adjustments after the bar that the vendor made once he had given it. */
const scaling = (row, adjustments) => adjustments.filter((one) => row.session < one.effective && row.first_known < one.known);

function adjustmentText(one, time) {
  const by = one.state === "frozen" ? "undecided" : time < one.restated_from ? "older than what the vendor restated" : "restated by the vendor";
  const ratio = one.ratio === null ? "" : `, prices × ${timesOf(one)}`;
  return `from ${day(one.effective)} on${ratio}; ${by}; known ${moment(one.known)}`;
}

function difference(time, series, row) {
  const shown = series.PRICE_DATA.find((one) => one.time === time);
  if (!shown || shown.close === row.close) return null;
  return sentence(`The series has the close ${price(shown.close)}, the history ${price(row.close)}: the chart shows that of the series.`, "warn");
}

function command(symbol, timeframe, time) {
  const text = `bluedot explain ${symbol} ${time}${timeframe === "weekly" ? " --timeframe weekly" : ""}`;
  return element("div", { class: "command" }, element("p", { class: "soft" }, "The vendor’s own record of it, word by word, where bluedot runs:"),
    element("pre", { tabindex: "0", "aria-label": "Command" }, element("code", {}, text)), copyButton("Copy the command", async () => ({ text })));
}
