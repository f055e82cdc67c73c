// outcomes.html: what became of stocks after their dots. Of too few independent entries it shows no figure.

import { Unreadable } from "../data/files.js";
import { loadStatus } from "../data/published.js";
import { interval, outcomesOf, part } from "../history/outcomes.js";
import { element, sampleBanner, sentence, table } from "../page/dom.js";
import { count, day, plural } from "../page/format.js";
import { Search } from "../page/search.js";
import { choice } from "../tables/filterbar.js";

const TIMEFRAMES = ["daily", "weekly"];
const KINDS = { first: "First dot of a run", repeat: "Repeats, while the run went on" };
const HEADS = ["Bars", "Entries", "n_eff", "Median", "10 % quantile", "90 % quantile", "Rose", "Excess", "90 % interval of the excess"]
  .map((name, at) => ({ name, number: at > 0 }));
const page = document.getElementById("page");

const share = (value) => (Number.isFinite(value) ? `${(value * 100).toFixed(1)} %` : "–");

function cells(row) {
  const shown = row.figures;
  return [count(row.horizon), count(row.entries), count(row.n_eff), part(shown.median), part(shown.q10), part(shown.q90),
    share(shown.hit_rate), part(shown.excess), interval(shown)];
}

/** Why a row has no figures. */
function tooFew(rows, fewest) {
  const few = rows.filter((row) => row.n_eff < fewest);
  if (!few.length) return null;
  const each = few.map((row) => `${count(row.n_eff)} of ${plural(row.horizon, "bar")}`).join(", ");
  return sentence(`No figures: only ${each} do not overlap (n_eff). Windows that share days say the same thing twice, and of fewer than ${
    fewest} that do not, luck cannot be told from anything else.`);
}

const LEFT_OUT = ["Bars", "Window not over", "Undecided basis", "Kept although the stock ended", "Without a control"]
  .map((name, at) => ({ name, number: at > 0 }));

function leftOut(rows) {
  const caption = `${plural(rows[0].dots, "dot")}, ${count(rows[0].not_entered)} of them without a bar that follows.`;
  return element("details", {}, element("summary", {}, "What was left out"), table(caption, LEFT_OUT, rows.map((row) =>
    [row.horizon, row.unfinished, row.unknown_basis, row.ended, row.without_control].map(count))));
}

function tables(rows, fewest) {
  return Object.entries(KINDS).map(([kind, title]) => {
    const of = rows.filter((row) => row.kind === kind);
    return of.length ? element("section", { class: "panel", "data-kind": kind }, table(title, HEADS, of.map(cells)),
      tooFew(of, fewest), leftOut(of)) : null;
  });
}

function outcomes({ first, last, fewest, rows: all }) {
  const rows = (origin) => all.filter((row) => row.origin === origin);
  return [
    element("p", {}, last ? `All sessions from ${day(first)} to ${day(last)}.` : "The history is empty yet."),
    element("div", { class: "outcomes", "data-origin": "ledger" }, element("h2", { class: "between" }, "Dots of which it is known when they came"),
      tables(rows("ledger"), fewest)),
    element("div", { class: "outcomes", "data-origin": "hindsight" },
      element("p", { class: "banner" }, element("strong", {}, "This proves nothing. "), "The dots below stood in the first file that was "
        + "ever seen of their stock. Nobody can say when they came: the vendor adds dots to the past and takes others away, and the stock "
        + "was chosen by somebody who saw its past. They are shown as if each had been known on its date."),
      element("h2", { class: "between" }, "Dots in hindsight"), tables(rows("hindsight"), fewest)),
  ];
}

async function published() {
  try {
    const { states } = await loadStatus();
    return { names: TIMEFRAMES.filter((one) => states[one]?.as_of), sample: Object.values(states).some((one) => one.sample) };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { names: TIMEFRAMES, sample: false }; // the outcomes can be read all the same
  }
}

async function show() {
  const { names, sample } = await published();
  new Search(document.getElementById("search-place"), names);
  const asked = new URLSearchParams(location.search).get("timeframe") ?? names[0] ?? TIMEFRAMES[0];
  try {
    if (!TIMEFRAMES.includes(asked)) throw new Unreadable("This address names no timeframe: it is daily or weekly.");
    document.title = `Outcomes · ${asked} · BlueDot`;
    const content = await outcomesOf(asked);
    const others = names.length > 1 && choice("Timeframe", names.map((one) => [one, one]), asked, (one) => { location.search = `?timeframe=${one}`; });
    page.replaceChildren(...[sample && sampleBanner(), others].filter(Boolean), ...outcomes(content));
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    page.replaceChildren(sentence(error.message, "bad"), element("p", {}, element("a", { href: "index.html" }, "All stocks that are published")));
  }
}

show();
