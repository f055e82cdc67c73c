// Making elements. Whatever comes from the data becomes a text node here, so that it can never be markup.

const SVG = "http://www.w3.org/2000/svg";

function filled(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  const shown = children.flat().filter((child) => child !== null && child !== undefined && child !== false);
  made.append(...shown.map((child) => (child instanceof Node ? child : String(child))));
  return made;
}

export function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

export function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

/** A name from the data: isolated, so that right-to-left marks in it turn nothing around it. */
export function name(text, attributes = {}) {
  return element("bdi", { title: text, ...attributes }, text);
}

const ROWS = 8; // of a table, before a button shows the others

/** A table with proper headings; `heads` are {name, number}, cells are text or nodes. A long one is shown whole on demand:
 * a box that scrolls by itself would cut its last line. */
export function table(caption, heads, rows) {
  const side = (head) => (head.number ? "number" : null);
  const more = rows.length > ROWS && element("button", { type: "button", click: () => {
    made.querySelectorAll("tbody tr").forEach((row) => { row.hidden = false; });
    more.remove();
  } }, `Show all ${rows.length}`);
  const made = element("div", { class: "plain", tabindex: "0", role: "region", "aria-label": caption },
    element("table", {}, element("caption", {}, caption),
      element("thead", {}, element("tr", {}, heads.map((head) =>
        element("th", { scope: "col", class: side(head) }, head.name)))),
      element("tbody", {}, rows.map((row, at) => element("tr", { hidden: at >= ROWS }, row.map((value, place) =>
        place === 0 ? element("th", { scope: "row", class: side(heads[place]) }, value)
          : element("td", { class: side(heads[place]) }, value)))))), more);
  return made;
}

/** Draws the buttons of `place` anew and gives the focus back to the one of the same data-key: who uses the keyboard
 * would otherwise start again at the top of the page. */
export function keepingFocus(place, drawn) {
  const key = place.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  drawn();
  if (key) place.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

/** What stands on every page of made-up data. */
export const sampleBanner = () => element("p", { class: "banner" }, "These are made-up sample data, not a market’s.");

export function sentence(text, mood = "note") {
  return element("p", { class: `sentence ${mood}`, role: mood === "bad" ? "alert" : null }, text);
}
