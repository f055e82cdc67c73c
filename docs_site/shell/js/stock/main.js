// stock.html: one stock of one timeframe, drawn from the published CSVs themselves.

import { StockChart } from "./chart.js";
import { copyButton } from "../page/copying.js";
import { Unreadable } from "../data/files.js";
import { loadDashboard } from "../data/published.js";
import { element, name, sampleBanner, sentence } from "../page/dom.js";
import { choice } from "../tables/filterbar.js";
import { bars, count, day, percent, price, rating } from "../page/format.js";
import { wordsOf } from "../page/timeframe.js";
import { pastedText } from "../pine/pasted.js";
import { DRAWN, Legend } from "./legend.js";
import { Past } from "./past.js";
import { seedPanel } from "./seed.js";
import { historyOf } from "../history/history.js";
import { Search } from "../page/search.js";
import { loadSeries, pathOf } from "../data/series.js";

const WORKED_OUT = "RS_LINE"; // the chart's lowest pane; every other indicator that it is not made of gets one of its own
const TIMEFRAMES = ["daily", "weekly"];
const page = document.getElementById("page");
const asked = new URLSearchParams(location.search);

function wanted() {
  const symbol = asked.get("symbol") ?? "";
  const timeframe = asked.get("timeframe") ?? "daily";
  if (!TIMEFRAMES.includes(timeframe)) throw new Unreadable("This address names no timeframe: it is daily or weekly.");
  if (!/^[A-Z0-9_]{1,42}$/.test(symbol)) throw new Unreadable("This address names no stock. Search for one above.");
  return { symbol, timeframe };
}

async function known(timeframe, symbol) {
  const data = await loadDashboard(timeframe);
  const stock = data.stocks.find((one) => one.symbol === symbol);
  if (!stock) throw new Unreadable(`${symbol} is not among the ${count(data.stocks.length)} ${timeframe} stocks of ${day(data.as_of)}.`);
  return { data, stock };
}

function heading({ stock, data, symbol, timeframe }) {
  const words = wordsOf(timeframe);
  const tone = stock.change > 0 ? "up" : stock.change < 0 ? "down" : "";
  const flags = [stock.etf && "ETF", stock.asm && "ASM", stock.gsm && "GSM"].filter(Boolean);
  return element("header", { class: "stock" },
    element("div", {}, element("h1", {}, symbol, flags.map((flag) => element("span", { class: "tag flag" }, flag))),
      name(stock.name, { class: "who" }), stock.ticker ? element("a", { class: "ticker", rel: "noopener noreferrer",
        href: `https://www.tradingview.com/chart/?symbol=${encodeURIComponent(stock.ticker)}` }, `${stock.ticker} at TradingView`) : null),
    element("p", { class: "quote" }, element("strong", {}, price(stock.close)), element("span", { class: tone }, percent(stock.change)),
      element("span", { class: stock.stale ? "tag stale" : "soft" }, `last bar ${words.date(stock.last)}`)),
    choice("Timeframe", TIMEFRAMES.map((one) => [one, one]), timeframe, (one) => {
      location.search = `?symbol=${symbol}&timeframe=${one}`;
    }),
    element("dl", { class: "facts" }, fact("RLST", `${rating(stock.rlst)}${stock.rlst_date ? ` of ${day(stock.rlst_date)}` : ""}`), fact(`5 ${words.bar}s ago`, rating(stock.rlst_5)),
      fact(`20 ${words.bar}s ago`, rating(stock.rlst_20)), fact("Newest dot", `${bars(stock.dot_age, words.bar)}${stock.dot_age ? " ago" : ""}`),
      fact("Base pattern", stock.pattern ?? "–"), fact("As of", day(data.as_of))));
}

const fact = (term, value) => element("div", {}, element("dt", {}, term), element("dd", {}, element("bdi", {}, value)));

function files({ symbol, timeframe, data }) {
  return element("section", { class: "panel" }, element("h2", {}, "Series"),
    element("ul", { class: "files" }, data.indicators.map((one) => element("li", {},
      element("a", { href: pathOf(timeframe, symbol, one.name) }, `${symbol}_${one.name}.csv`),
      one.meaning ? element("span", { class: "soft" }, ` ${one.meaning} Unit: ${one.unit}.`) : null))),
    element("p", { class: "soft" }, "Rows YYYYMMDDT,open,high,low,close,volume, oldest first, without heading."));
}

function pastePanel(stock) {
  const read = async () => ({ text: (await pastedText([stock])).text, note: "Paste it into the settings of the paste script on your chart." });
  return element("section", { class: "panel" }, element("h2", {}, "Dots on a TradingView chart"),
    copyButton("Copy as text for the paste script", read),
    element("p", { class: "soft" }, "The text holds all published dots of this stock. Paste it into the settings of the paste "
      + "script, which you have added to your chart. If you have not: it is among the ",
      element("a", { href: "pine/index.html" }, "Scripts for TradingView"), "."));
}

async function show() {
  new Search(document.getElementById("search-place"), TIMEFRAMES.filter((one) => one === (asked.get("timeframe") ?? "daily")));
  try {
    const { symbol, timeframe } = wanted();
    document.title = `${symbol} · ${timeframe} · BlueDot`;
    const { data, stock } = await known(timeframe, symbol);
    const reading = historyOf(timeframe, symbol).catch(unreadable);
    const series = await loadSeries(timeframe, symbol, data.indicators.map((one) => one.name).filter((one) => one !== WORKED_OUT));
    const others = data.indicators.filter(({ name: one }) => ![...DRAWN, WORKED_OUT].includes(one) && series.rows[one].length);
    const all = { symbol, timeframe, data, stock, words: wordsOf(timeframe) };
    page.replaceChildren(...(data.sample ? [sampleBanner()] : []), heading(all), ...series.problems.map((problem) => sentence(problem, "warn")));
    const drawn = series.rows.PRICE_DATA?.length ? chart(series.rows, others, `close / ${stock.benchmark}`, all.words) : null;
    if (!drawn) page.append(sentence(`The prices of ${symbol} cannot be drawn: there are none to read.`, "bad"));
    page.append(element("div", { class: "pair" }, pastePanel(stock), files(all), seedPanel(symbol, timeframe)));
    if (drawn) await addHistory(all, series.rows, await reading, drawn);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    page.replaceChildren(sentence(error.message, "bad"),
      element("p", {}, element("a", { href: "index.html" }, "All stocks that are published")));
  }
}

function chart(rows, others, line, words) {
  const legend = new Legend(rows, others, line, words);
  const host = element("div", { class: "chart", role: "img", "aria-label": `Candles with volume and blue dots; RLST; ${line}` });
  const panel = element("section", { class: "panel charted" }, legend.place, host,
    element("p", { class: "soft" }, `Blue circles are the vendor’s blue dots. Panes: ${["price and volume", "RLST", line,
      ...others.map((one) => one.name)].join(", ")}.`));
  page.append(panel);
  const drawn = { legend, host, panel, past: null };
  drawn.chart = new StockChart(host, rows, others, line, {
    onMove: (time) => (drawn.past && time ? drawn.past.point(time) : legend.show(time)),
    onPick: (time) => drawn.past?.explain(time, matchMedia("(pointer: coarse)").matches), // a finger taps to see values too
  });
  return drawn;
}

const unreadable = (error) => {
  if (!(error instanceof Unreadable)) throw error;
  return error;
};

/** The page is whole without it: what cannot be read of it is a sentence below the chart. */
async function addHistory(stock, rows, history, drawn) {
  if (history instanceof Unreadable) drawn.panel.append(sentence(history.message, "warn"));
  else if (history) {
    drawn.past = new Past(stock, rows, history, drawn);
    drawn.host.after(drawn.past.tools);
    drawn.panel.append(drawn.past.key, drawn.past.explained);
    drawn.panel.after(drawn.past.record);
    await drawn.past.begin();
  }
}

show();
