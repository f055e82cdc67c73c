// index.html: reads status.json, shows the cards, the stocks and what stands behind them.

import { card } from "./cards.js";
import { endingCalendars } from "./health.js";
import { loadStatus } from "../data/published.js";
import { details } from "./details.js";
import { element, sampleBanner, sentence } from "../page/dom.js";
import { Explorer } from "../tables/explorer.js";
import { count } from "../page/format.js";
import { Search } from "../page/search.js";
import { undelivered } from "./undelivered.js";

const NAMED = 40; // missing files that the banner lists
const HOLIDAYS = "The person who runs this site has to update it by then: after that day the page may call a holiday late.";
const ALL = ["daily", "weekly"];
const place = (id) => document.getElementById(id);

async function status() {
  try {
    return await loadStatus();
  } catch (error) {
    place("cards").replaceChildren(sentence(`The state of the pipeline is not known. ${error.message}`, "bad"));
    return { states: null };
  }
}

async function show() {
  const { states, undelivered: waiting } = await status();
  const names = states ? ALL.filter((name) => states[name]) : ALL;
  if (states && !names.length) {
    place("cards").replaceChildren(sentence("Nothing is published yet. The first bluedot run fills this page."));
  }
  const published = states ? names.filter((name) => states[name].as_of) : ALL;
  new Search(place("search-place"), published);
  if (states) tell(states, names, waiting);
  if (published.length) await new Explorer(place("stocks"), published).open();
  else place("stocks").replaceChildren(sentence("There are no stocks to show yet."));
}

function tell(states, names, waiting) {
  if (names.length) place("cards").replaceChildren(...names.map((name) => card(name, states[name], Date.now())));
  place("behind").replaceChildren(...[undelivered(waiting)].filter(Boolean), ...names.map((name) => details(name, states[name])));
  place("calendars").replaceChildren(...endingCalendars(Object.values(states), Date.now()).map((one) =>
    sentence(`${one} ${HOLIDAYS}`, "warn")));
  place("banner").replaceChildren(...names.map((name) => accepted(name, states[name])).filter(Boolean),
    ...(names.some((name) => states[name].sample) ? [sampleBanner()] : []));
  if (!names.length) return;
  // The clock goes on while the page stays open on somebody's second screen.
  setInterval(() => place("cards").replaceChildren(...names.map((name) => card(name, states[name], Date.now()))), 60000);
}

// A person published it although too much is missing: whoever trades on it must not overlook that.
function accepted(timeframe, state) {
  const one = state.folders[state.as_of]?.accepted;
  if (!one) return null;
  const missing = Array.isArray(one.missing) ? one.missing : [];
  const more = Math.max(missing.length - NAMED, 0) + (one.unnamed || 0);
  return element("p", { class: "banner", role: "alert" },
    element("strong", {}, `${timeframe} ${state.as_of} is incomplete: `),
    `${count(state.stocks)} of ${count(state.expected)} files gave series. It was published by hand, because: `,
    element("bdi", {}, String(one.reason ?? "")), ". Missing: ",
    missing.slice(0, NAMED).flatMap((file, at) => [at ? ", " : "", element("bdi", {}, String(file))]),
    more > 0 ? `${missing.length ? " and " : ""}${count(more)} more` : "", ".");
}

show();
