// The panel that explains one bar: what is published of it, what the history knows, and of which files of the vendor it is.

import { Unreadable } from "../data/files.js";
import { pathOf } from "../data/series.js";
import { dotWords, nameOf, timesOf } from "../history/marks.js";
import { copyButton } from "../page/copying.js";
import { element, sentence } from "../page/dom.js";
import { count, day, moment, plain, plural, price, rating } from "../page/format.js";

const BASES = {
  same: () => "that of the vendor’s newest answer",
  scaled: (factor) => `scaled here, × ${plain(Number(factor.toPrecision(8)))}`,
  unknown: () => "unknown: an adjustment is undecided",
};

const RULES = { // of the table of stocks, of which each says how often it touched the file
  holiday_rows: "Holiday placeholders dropped", dropped_bars: "bars with impossible prices or dates dropped",
  future_bars: "bars dated later than the folder dropped", duplicate_bars: "bars dropped that differ from another of their date",
  undated_bars: "bars without a date dropped", unfinished_bars: "bars whose session was not over", suspended_bars: "days without trade dropped",
  clamped_bars: "bars whose high or low was off by the noise of floats", nulled_values: "values out of range taken as none",
  dropped_dots: "dots dropped that have no date or are later than the folder",
};

const fact = (term, value) => [element("dt", {}, term), element("dd", {}, value)];

/** Of the bar at `time`: `series` are the published rows by indicator, of the partition `asOf`; `row` is that of the history
 * in the file `path`, null where there is none, undefined where nobody knows; `files` are the vendor's
 * (history/vendor_files.js); `dots` are those of the bar, `adjustments` all of the stock; `onClose` is called by its button. */
export function explanation({ symbol, timeframe, time, words, series, asOf, row, path, files, dots, adjustments, onClose }) {
  const lines = linesOf(series, time);
  const partitions = new Set([...(lines.length ? [asOf] : []), ...(row ? [row.partition] : [])]);
  const title = element("h2", { tabindex: "-1" }, `${words.date(time)}: where its values come from`);
  const made = element("section", { class: "explained", "aria-label": `Explanation of ${words.date(time)}`,
    keydown: (event) => event.key === "Escape" && onClose() },
  element("header", {}, title, element("button", { type: "button", click: onClose }, "Close")),
  element("dl", {}, published(symbol, timeframe, lines, series), row ? known(row, path) : fact("In the history", row === null ? "not yet" : "cannot be read"),
    dots.flatMap((one) => fact(`Dot of ${day(one.date)}`, dotText(one))),
    row ? scaling(row, adjustments).flatMap((one) => fact(nameOf(one), adjustmentText(one, time))) : null,
    [...partitions].flatMap((one) => fact(`Vendor’s file of ${one}`, vendorFile(files, one)))),
  row ? difference(time, series, row) : null, command(symbol, timeframe, time));
  return { made, title };
}

const linesOf = (series, time) => Object.entries(series).flatMap(([name, rows]) =>
  rows.filter((one) => one.time === time).map((one) => [name, one.line]));

function published(symbol, timeframe, lines, series) {
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

/** Filled when it is read: the panel does not wait for it. */
function vendorFile(files, partition) {
  const place = element("div", {}, "Reading …");
  const gone = ["Not on this site any more: the command below shows it with ", element("code", {}, `--partition ${partition}`), "."];
  files.of(partition).then((row) => (row ? fileWords(row, files.pathOf(partition)) : gone), unreadable)
    .then((said) => place.replaceChildren(...said));
  return place;
}

function unreadable(error) {
  if (!(error instanceof Unreadable)) throw error;
  return [sentence(error.message, "warn")];
}

function fileWords(row, path) {
  const touched = Object.entries(RULES).filter(([name]) => row[name]).map(([name, what]) => `${what}: ${count(row[name])}`);
  return [[element("bdi", {}, row.file), ", md5 ", element("code", {}, row.md5)],
    [row.known ? `answered ${moment(row.known)}` : "it does not say when the vendor answered"],
    [`timezone ${row.timezone}, inferred from its bars`],
    [`${plural(row.bars, "bar")} kept, ${day(row.first_session)} to ${day(row.last_session)}`],
    [`rules that touched the file: ${touched.join("; ") || "none of those that are counted"}`],
    ["in ", element("a", { href: path }, path)]].map((line) => element("div", {}, line));
}

function difference(time, series, row) {
  const shown = series.PRICE_DATA.find((one) => one.time === time);
  if (!shown || shown.close === row.close) return null;
  return sentence(`The series has the close ${price(shown.close)}, the history ${price(row.close)}: the chart shows that of the series.`, "warn");
}

function command(symbol, timeframe, time) {
  const text = `bluedot explain ${symbol} ${time}${timeframe === "weekly" ? " --timeframe weekly" : ""}`;
  const said = "The vendor’s own record of it, word by word, and the file’s id at the source, where bluedot runs:";
  return element("div", { class: "command" }, element("p", { class: "soft" }, said),
    element("pre", { tabindex: "0", "aria-label": "Command" }, element("code", {}, text)), copyButton("Copy the command", async () => ({ text })));
}
