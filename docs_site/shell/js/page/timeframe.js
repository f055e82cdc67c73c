// The words of a timeframe: a weekly page speaks of weeks, a daily one of sessions and bars.

import { day, week } from "./format.js";

const DAILY = { today: "Today’s dots", file: "today", bar: "bar", period: "session", on: "on", date: day };
const WEEKLY = { today: "This week’s dots", file: "this_week", bar: "week", period: "week", on: "in", date: week };

/** {today: the first view's name, file: the same in a file's name, bar: what ages are counted in, period: what a bar is
 * of, on: the preposition before it, date(text): a bar's date as its period}. */
export const wordsOf = (timeframe) => (timeframe === "weekly" ? WEEKLY : DAILY);

/** `4 Jul 2025` or `2025-W27`; where exchanges have their own, `4 Jul 2025 (NSE), 3 Jul 2025 (NASDAQ)`. */
export function newestOf({ newest, session, timeframe }) {
  const { date } = wordsOf(timeframe);
  const periods = [...new Set(newest.map((one) => date(one.session)))];
  if (periods.length < 2) return date(session);
  const exchanges = (period) => newest.filter((one) => date(one.session) === period).flatMap((one) => one.exchanges);
  return periods.map((period) => `${period} (${exchanges(period).join(", ")})`).join(", ");
}
