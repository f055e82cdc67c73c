// The chart of one stock: candles with volume and dots, RLST below, and close against benchmark below that.

import { strength } from "../data/series.js";
import { ratioDecimals, scaleDecimals } from "../page/format.js";

/* global LightweightCharts */

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const scale = (decimals) => ({ type: "custom", minMove: 10 ** -decimals, formatter: (value) => value.toFixed(decimals) });
const values = (rows) => (rows ?? []).map((row) => ({ time: row.time, value: row.close }));
const quiet = { lineWidth: 2, priceLineVisible: false };

function theme() {
  const line = colour("line");
  return {
    layout: { background: { color: "transparent" }, textColor: colour("soft"), fontFamily: "system-ui, sans-serif",
      attributionLogo: true, panes: { separatorColor: line, separatorHoverColor: line } },
    grid: { vertLines: { color: colour("hair") }, horzLines: { color: colour("hair") } },
    rightPriceScale: { borderColor: line },
    timeScale: { borderColor: line },
  };
}

const paint = {
  price: () => ({ upColor: colour("up"), downColor: colour("down"), wickUpColor: colour("up"), wickDownColor: colour("down"),
    borderVisible: false }),
  rlst: () => ({ color: colour("rlst") }),
  strength: () => ({ color: colour("dot") }),
};

/** Draws into `host`; `onMove` gets the date under the crosshair, or null. `rows` are lists by indicator; each of `others`
 * gets a line in a pane of its own; `line` is what the line of close against benchmark is called. */
export function draw(host, rows, others, line, onMove) {
  const chart = LightweightCharts.createChart(host, { autoSize: true, ...theme(), crosshair: { mode: 0 } });
  const ratios = strength(rows.PRICE_DATA, rows.BC_INDICATOR ?? []);
  const decimals = scaleDecimals(rows.PRICE_DATA.flatMap((row) => [row.open, row.high, row.low, row.close]));
  const series = {
    price: chart.addSeries(LightweightCharts.CandlestickSeries, { ...paint.price(), priceLineVisible: false,
      priceFormat: scale(decimals) }, 0),
    volume: chart.addSeries(LightweightCharts.HistogramSeries,
      { priceFormat: { type: "volume" }, priceScaleId: "", lastValueVisible: false, priceLineVisible: false }, 0),
    rlst: chart.addSeries(LightweightCharts.LineSeries, { ...quiet, ...paint.rlst(), priceFormat: scale(0) }, 1),
    strength: chart.addSeries(LightweightCharts.LineSeries, { ...quiet, ...paint.strength(), title: line,
      priceFormat: scale(ratioDecimals(ratios.map((one) => one.value))) }, 2),
  };
  const lines = others.map((one, place) => chart.addSeries(LightweightCharts.LineSeries, { ...quiet, title: one.name,
    priceFormat: scale(one.decimals) }, 3 + place));
  lines.forEach((one, place) => one.setData(values(rows[others[place].name])));
  series.volume.priceScale().applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
  const marks = LightweightCharts.createSeriesMarkers(series.price, []);
  const fill = () => {
    colours(chart, series, marks, rows);
    for (const one of lines) one.applyOptions(paint.rlst());
  };
  series.price.setData(rows.PRICE_DATA);
  series.rlst.setData(values(rows.RLST_RATING));
  series.strength.setData(ratios);
  fill();
  chart.panes().forEach((pane, place) => pane.setStretchFactor([5][place] ?? 2));
  chart.timeScale().setVisibleLogicalRange({ from: rows.PRICE_DATA.length - 130, to: rows.PRICE_DATA.length + 3 });
  chart.subscribeCrosshairMove((event) => onMove(event.time ?? null));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", fill);
  host.dataset.bars = rows.PRICE_DATA.length;
  host.dataset.markers = marks.markers().length;
  return chart;
}

function colours(chart, series, marks, rows) {
  chart.applyOptions(theme());
  for (const [name, options] of Object.entries(paint)) series[name].applyOptions(options());
  series.volume.setData(rows.PRICE_DATA.map((row) =>
    ({ time: row.time, value: row.volume, color: colour(row.close < row.open ? "down-soft" : "up-soft") })));
  const bars = new Set(rows.PRICE_DATA.map((row) => row.time));
  marks.setMarkers((rows.BLUE_DOTS ?? []).filter((row) => row.close === 1 && bars.has(row.time)).map((row) =>
    ({ time: row.time, position: "belowBar", shape: "circle", color: colour("dot") })));
}
