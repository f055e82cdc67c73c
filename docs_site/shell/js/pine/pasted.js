// Cutting the text for the paste script out of that of all stocks: a head, sections by timezone, records by key.

import { json, text, Unreadable } from "../data/files.js";

const FOLDER = "daily/latest/scripts"; // dots are daily dates on every page
const MAGIC = "BLUEDOT1;";
const END = "#END";
export const MOST_CHARACTERS = 40000; // Pine: a string holds 40,960

/** `places` are {zone, key} in the order of their worth; gives {text, taken, missing}: how many of them are in the text,
 * and how many are not among the published dots. What does not fit any more is left out. */
export function cut(all, places) {
  const [head, ...sections] = all.trim().split("#");
  if (!all.startsWith(MAGIC) || sections.pop() !== END.slice(1)) throw new Unreadable("The published dots cannot be read: they are cut short.");
  const records = new Map();
  for (const section of sections) {
    const [zone, ...parts] = section.split("|");
    for (const record of parts.filter(Boolean)) records.set(`${zone}|${record.slice(0, record.indexOf(":"))}`, { zone, record });
  }
  const found = places.map(({ zone, key }) => records.get(`${zone}|${key}`)).filter(Boolean);
  const taken = new Set();
  const zones = new Set();
  let length = head.length + END.length;
  for (const one of found) {
    const more = one.record.length + 1 + (zones.has(one.zone) ? 0 : one.zone.length + 2);
    if (length + more > MOST_CHARACTERS) break;
    length += more;
    taken.add(one);
    zones.add(one.zone);
  }
  // In the order of the whole text: who copies the same stocks gets the same text.
  let made = head;
  let zone = null;
  for (const one of [...records.values()].filter((each) => taken.has(each))) {
    if (one.zone !== zone) made += `#${zone = one.zone}|`;
    made += `${one.record}|`;
  }
  return { text: made + END, taken: taken.size, missing: places.length - found.length };
}

/** The text for some stocks of the dashboard, the first ones where not all fit. */
export async function pastedText(stocks) {
  const [catalog, all] = await Promise.all([json(`${FOLDER}/scripts.json`), text(`${FOLDER}/bluedot_dots.txt`)]);
  const keys = catalog.keys ?? {};
  const keyOf = ({ symbol }) => (Object.hasOwn(keys, symbol) ? keys[symbol] : symbol);
  const made = cut(all, stocks.map((stock) => ({ zone: stock.timezone, key: keyOf(stock) })));
  if (!made.taken) throw new Unreadable("None of these stocks is among the published daily dots.");
  return made;
}
