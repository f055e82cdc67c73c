// The chart of one stock: candles with volume and dots, RLST below, and close against benchmark below that.

import { strength } from "../data/series.js";
import { marksOf, nameOf } from "../history/marks.js";
import { ratioDecimals, scaleDecimals } from "../page/format.js";
import { DrawnMarks } from "./drawn_marks.js";

/* global LightweightCharts */

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const scale = (decimals) => ({ type: "custom", minMove: 10 ** -decimals, formatter: (value) => value.toFixed(decimals) });
const values = (rows) => (rows ?? []).map((row) => ({ time: row.time, value: row.close }));
const MARGIN = 3; // bars, at the right of the newest one
const quiet = { lineWidth: 2, priceLineVisible: false };

function theme() {
  const line = colour("line");
  return {
    layout: { background: { color: "transparent" }, textColor: colour("soft"), fontFamily: "system-ui, sans-serif",
      attributionLogo: true, panes: { separatorColor: line, separatorHoverColor: line } },
    grid: { vertLines: { color: colour("hair") }, horzLines: { color: colour("hair") } },
    rightPriceScale: { borderColor: line },
    timeScale: { borderColor: line, minBarSpacing: 0.05 }, // ten years on a phone
  };
}

const paint = {
  price: () => ({ upColor: colour("up"), downColor: colour("down"), wickUpColor: colour("up"), wickDownColor: colour("down"),
    borderVisible: false }),
  rlst: () => ({ color: colour("rlst") }),
  strength: () => ({ color: colour("dot") }),
};

export class StockChart {
  /** Draws into `host`; `onMove` gets the date under the crosshair, or null, `onPick` that of a bar that is clicked. `rows`
   * are lists by indicator; each of `others` gets a line in a pane of its own; `line` is what the line of close against
   * benchmark is called. */
  constructor(host, rows, others, line, { onMove, onPick }) {
    const chart = LightweightCharts.createChart(host, { autoSize: true, ...theme(), crosshair: { mode: 0 } });
    Object.assign(this, { host, chart, rows, marks: new DrawnMarks() });
    this.series = this.added(others, line);
    this.lines = others.map((one, place) => chart.addSeries(LightweightCharts.LineSeries, { ...quiet, title: one.name,
      priceFormat: scale(one.decimals) }, 3 + place));
    this.lines.forEach((one, place) => one.setData(values(rows[others[place].name])));
    this.series.volume.priceScale().applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
    this.series.price.attachPrimitive(this.marks);
    this.show(rows, marksOf(rows));
    chart.panes().forEach((pane, place) => pane.setStretchFactor([5][place] ?? 2));
    this.see(rows.PRICE_DATA.length - 130);
    chart.subscribeCrosshairMove((event) => onMove(event.time ?? null));
    chart.subscribeClick((event) => event.time && onPick(event.time));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.colour());
  }

  added(others, line) {
    const { PRICE_DATA: prices, BC_INDICATOR: benchmark } = this.rows;
    const ratios = strength(prices, benchmark ?? []);
    const decimals = scaleDecimals(prices.flatMap((row) => [row.open, row.high, row.low, row.close]));
    return {
      price: this.chart.addSeries(LightweightCharts.CandlestickSeries, { ...paint.price(), priceLineVisible: false,
        priceFormat: scale(decimals) }, 0),
      volume: this.chart.addSeries(LightweightCharts.HistogramSeries,
        { priceFormat: { type: "volume" }, priceScaleId: "", lastValueVisible: false, priceLineVisible: false }, 0),
      rlst: this.chart.addSeries(LightweightCharts.LineSeries, { ...quiet, ...paint.rlst(), priceFormat: scale(0) }, 1),
      strength: this.chart.addSeries(LightweightCharts.LineSeries, { ...quiet, ...paint.strength(), title: line,
        priceFormat: scale(ratioDecimals(ratios.map((one) => one.value))) }, 2),
    };
  }

  /** Other rows, and what is marked on them (history/marks.js). */
  show(rows, { dots, flags }) {
    this.rows = rows;
    this.series.price.setData(rows.PRICE_DATA.map(({ time, open, high, low, close }) => ({ time, open, high, low, close })));
    this.series.rlst.setData(values(rows.RLST_RATING));
    this.series.strength.setData(strength(rows.PRICE_DATA, rows.BC_INDICATOR ?? []));
    this.colour();
    this.marks.show(rows.PRICE_DATA.filter((row) => dots.has(row.time)).map((row) => ({ time: row.time, low: row.low, kind: dots.get(row.time).kind })),
      [...flags.values()].map((flag) => ({ time: flag.time, name: flag.rows.map(nameOf).join(", ") })));
    const kinds = [...dots.values()].map((dot) => dot.kind);
    const [late, withdrawn] = ["late", "withdrawn"].map((kind) => kinds.filter((one) => one === kind).length);
    Object.assign(this.host.dataset, { bars: rows.PRICE_DATA.length, markers: kinds.length - withdrawn, late, withdrawn, flags: flags.size });
  }

  /** In the colours of the page, which is light or dark. */
  colour() {
    this.chart.applyOptions(theme());
    for (const [name, options] of Object.entries(paint)) this.series[name].applyOptions(options());
    for (const one of this.lines) one.applyOptions(paint.rlst());
    this.series.volume.setData(this.rows.PRICE_DATA.map((row) =>
      ({ time: row.time, value: row.volume, color: colour(row.close < row.open ? "down-soft" : "up-soft") })));
    this.marks.colours = { dot: colour("dot"), soft: colour("dot-soft"), paper: colour("paper"), flag: colour("rlst"), text: colour("soft") };
  }

  /** From a bar, by its place, to the newest one. */
  see(place) {
    this.chart.timeScale().setVisibleLogicalRange({ from: place, to: this.rows.PRICE_DATA.length + MARGIN });
  }

  /** From the first bar of that date or after it to the newest one. */
  zoom(date) {
    this.see(this.rows.PRICE_DATA.findIndex((row) => row.time >= date));
  }

  /** The crosshair on the bar that is `step` bars after that of `time`, which comes into sight; gives its time. */
  point(time, step) {
    const { PRICE_DATA: prices } = this.rows;
    const place = Math.min(Math.max(prices.findIndex((row) => row.time === time) + step, 0), prices.length - 1);
    const seen = this.chart.timeScale().getVisibleLogicalRange();
    const by = Math.min(0, place - Math.ceil(seen.from)) || Math.max(0, place - Math.floor(seen.to));
    if (by) this.chart.timeScale().setVisibleLogicalRange({ from: seen.from + by, to: seen.to + by });
    this.chart.setCrosshairPosition(prices[place].close, prices[place].time, this.series.price);
    return prices[place].time;
  }

  /** `onBlank` is called whenever a move shows nothing left of the oldest bar. */
  watch(onBlank) {
    this.chart.timeScale().subscribeVisibleLogicalRangeChange((seen) => seen?.from < 0 && onBlank());
  }
}
