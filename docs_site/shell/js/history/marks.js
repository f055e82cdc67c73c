// What the ledger of dots and the adjustments mark on a chart, and their words.

import { moment, plain } from "../page/format.js";

/** {dots: by the time of their bar {time, kind, rows}, flags: by the same {time, rows}}. A dot is `listed`, `late` or
 * `withdrawn`; what is listed the series say, and the ledger how each came. A dot belongs to the bar of its period. */
export function marksOf(rows, ledger = [], adjustments = [], periodOf = (date) => date) {
  const bars = new Map(rows.PRICE_DATA.map((row) => [periodOf(row.time), row.time]));
  const listed = new Set((rows.BLUE_DOTS ?? []).filter((row) => row.close === 1).map((row) => row.time));
  const dots = new Map([...listed].filter((time) => bars.get(periodOf(time)) === time).map((time) => [time, { time, kind: "listed", rows: [] }]));
  for (const row of ledger) {
    const time = bars.get(periodOf(row.date));
    if (time === undefined || (!listed.has(time) && !row.withdrawn)) continue;
    const mark = dots.get(time) ?? { time, kind: "withdrawn", rows: [] };
    dots.set(time, { ...mark, rows: [...mark.rows, row] });
  }
  for (const mark of dots.values()) {
    const there = mark.rows.filter((row) => !row.withdrawn);
    if (listed.has(mark.time) && there.length && there.every((row) => row.origin === "late")) mark.kind = "late";
  }
  const flags = new Map();
  for (const row of adjustments) {
    const bar = rows.PRICE_DATA.find((one) => one.time >= row.effective);
    if (bar && rows.PRICE_DATA[0].time < row.effective) flags.set(bar.time, { time: bar.time, rows: [...(flags.get(bar.time)?.rows ?? []), row] });
  }
  return { dots, flags };
}

const COMING = {
  live: (known) => `listed at once, ${known}`,
  late: (known) => `came late, ${known}`,
  hindsight: (known) => `there already when the stock was first seen, ${known}`,
};

export const comingOf = (row) => (COMING[row.origin] ?? ((known) => known))(moment(row.known));

/** `came late, 6 Aug 2024, 13:51 UTC; withdrawn 9 Aug 2024, 13:51 UTC`. */
export const dotWords = (row) => `${comingOf(row)}${row.withdrawn ? `; withdrawn ${moment(row.withdrawn)}` : ""}`;

/** What older prices are multiplied by, as far as digits say anything. */
export const timesOf = ({ ratio }) => plain(Number(ratio.toPrecision(6)));

/** `1:5 split`, or what is known of one that is called nothing. */
export function nameOf(row) {
  if (row.ratio === null || row.state === "frozen") return "undecided change";
  return row.nearest ?? `${row.shares ? "split or bonus" : "prices"} × ${timesOf(row)}`;
}
