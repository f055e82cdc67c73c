// What a timeframe's state is, against the clock: so a pipeline that has stopped shows as late without publishing.

import { count, day, moment } from "../page/format.js";

const DAY = 24 * 3600 * 1000;
const ENDING = 60; // days

/** {word, mood, reasons}: the gravest state first, and every reason in words. */
export function health(state, now) {
  const found = [failed(state), rolledBack(state), late(state, now), incomplete(state), gaps(state)].filter(Boolean);
  if (found.length) {
    const [[word, mood]] = found;
    return { word, mood, reasons: found.map(([, , reason]) => reason) };
  }
  if (!state.as_of) return { word: "empty", mood: "warn", reasons: ["Nothing is published yet."] };
  const next = state.due_at ? `The next publish is due ${moment(state.due_at)}.` : "";
  return { word: "healthy", mood: "good", reasons: next ? [next] : [] };
}

function failed(state) {
  const [newest] = failedPartitions(state);
  if (!newest || newest < (state.as_of ?? "")) return null;
  const { reason } = state.failures[newest];
  return ["failed", "bad", `The run for ${newest} published nothing; the last good data stay. ${reason ?? ""}`];
}

// A partition that failed stays named until it is published itself, also when newer ones are.
function gaps(state) {
  const older = failedPartitions(state).filter((key) => key < (state.as_of ?? ""));
  if (!older.length) return null;
  const reason =
    `Runs for older dates failed: ${older.join(", ")}. ` +
    "Such a date is absent, or shown as it was before, until it is run again.";
  return ["incomplete", "warn", reason];
}

function failedPartitions(state) {
  return Object.keys(state.failures ?? {}).sort().reverse();
}

function rolledBack(state) {
  const back = state.rolled_back;
  if (!back) return null;
  const key = typeof back === "string" ? back : back.to ?? back.partition ?? "an older date";
  const reason = back.reason ? ` (${back.reason})` : "";
  const until = back.withdrawn ? `${back.withdrawn} is published again, or anything newer` : "a newer date is published";
  return ["rolled back", "warn", `latest shows ${key} again, by hand${reason}, until ${until}.`];
}

/** As `is_late` of kernel/site/freshness.py: after the published moment, by the reader's clock; one table tests both. */
export const isLate = (state, now) => now > Date.parse(state.late_after ?? "");

const MARKETS = { XBOM: "BSE Mumbai", XSES: "SGX Singapore", XSHG: "SSE Shanghai" };

/** The calendars of all timeframes, each once: as `ending` of kernel/calendar/calendar_ends.py, by the same cases, and
 * `public_calendars` of kernel/alerts/endings.py. It is for who runs the site, and no state of it. */
export function endingCalendars(states, now) {
  const ends = new Map();
  for (const [code, until] of states.flatMap((state) => Object.entries(state.calendars ?? {}))) {
    const other = ends.has(code) ? ends.get(code) : until;
    ends.set(code, until && other && (other > until ? other : until)); // null is no end
  }
  return [...ends].filter(([, until]) => until).flatMap(([code, until]) => {
    const days = Math.ceil((Date.parse(until) - now) / DAY);
    const name = MARKETS[code] ? `${MARKETS[code]} (${code})` : code;
    if (days >= ENDING) return [];
    if (days < 0) return [`${name}: holidays are not known any more since ${until}.`];
    return [`${name}: holidays are known only to ${until}, ${days} days from now.`];
  });
}

function late(state, now) {
  if (!isLate(state, now)) return null;
  return ["late", "warn", `${state.due ?? `The publish after ${day(state.as_of)}`} was due `
    + `${moment(state.due_at ?? state.late_after)} and has not come.`];
}

function incomplete(state) {
  if (!state.as_of || state.complete !== false) return null;
  return ["incomplete", "warn", `${count(state.stocks)} of ${count(state.expected)} files gave series.`];
}
