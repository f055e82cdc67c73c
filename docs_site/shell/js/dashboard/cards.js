// A card for each timeframe: what is published and in which state it is.

import { element } from "../page/dom.js";
import { ago, count, day, moment } from "../page/format.js";
import { health } from "./health.js";
import { runChart } from "./runs.js";

export function card(timeframe, state, now) {
  const { word, mood, reasons } = health(state, now);
  return element("article", { class: `card ${mood}`, "data-timeframe": timeframe },
    element("header", {}, element("h2", {}, timeframe), element("span", { class: `pill ${mood}` }, word)),
    reasons.map((reason) => element("p", { class: "reason" }, reason)),
    element("dl", { class: "facts" },
      fact("As of", day(state.as_of)),
      fact("Updated", element("time", { datetime: state.updated_at ?? null, title: moment(state.updated_at) },
        ago(state.updated_at, now) || moment(state.updated_at))),
      fact("Stocks", count(state.stocks)),
      fact("Series", count(state.csvs), "CSV files that can be downloaded: one for each stock and indicator")),
    runChart(timeframe, state.runs));
}

const fact = (term, value, title) => element("div", { title }, element("dt", {}, term), element("dd", {}, value));
