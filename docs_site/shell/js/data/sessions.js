// Each exchange has its own newest session: in India's evening New York is still trading, and its stocks end on the day
// before. A folder of an earlier version has one session for all.

/** The newest session of the stocks in a timezone. */
export const sessionOf = (content, timezone) => content.sessions?.[timezone] ?? content.session;

/** Whether a stock ends before that. */
export const isStale = (content, timezone, last) => last < (sessionOf(content, timezone) ?? "");

/** The newest sessions of a folder, newest first: {session, exchanges}, the names of the exchanges by `nameOf` timezone. */
export function newestSessions(content, nameOf) {
  const found = new Map();
  for (const timezone of content.timezones ?? []) {
    const session = sessionOf(content, timezone);
    found.set(session, [...(found.get(session) ?? []), nameOf(timezone)]);
  }
  return [...found].map(([session, exchanges]) => ({ session, exchanges })).sort((one, two) => (one.session < two.session ? 1 : -1));
}
