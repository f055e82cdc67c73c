// The watchlists that the pipeline publishes: ready-made files, the same for everybody.

import { element } from "../page/dom.js";
import { count } from "../page/format.js";
import { wordsOf } from "../page/timeframe.js";

/** Links to the lists of a folder; none where an older version published it. */
export function published(data) {
  const named = Object.entries(data.titles).flatMap(([name, title]) => files(data.watchlists, name).map((file, place) =>
    [file, place ? `${title}, file ${place + 1}` : title]));
  const titled = new Map(named);
  const names = [...named, ...Object.keys(data.watchlists).filter((file) => !titled.has(file)).map((file) => [file, file])];
  if (!names.length) return [];
  // The published files are called alike in both timeframes.
  const words = wordsOf(data.timeframe);
  const inWords = (file) => file.replace("today", words.file).replace("bars", `${words.bar}s`);
  return [element("p", { class: "soft" }, "Watchlists for TradingView, ETFs and flagged stocks included: ",
    names.map(([file, title], place) => [place ? " · " : "",
      element("a", { href: `${data.timeframe}/latest/watchlists/${file}`, download: `bluedot-${data.timeframe}-${data.as_of}-${inWords(file)}` },
        title), ` (${count(data.watchlists[file])})`]).flat())];
}

/** `name.txt`, `name_2.txt`, ... as far as there are any. */
function files(counts, name) {
  const found = [];
  for (let place = 1; ; place += 1) {
    const file = `${name}${place > 1 ? `_${place}` : ""}.txt`;
    if (!Object.hasOwn(counts, file)) return found;
    found.push(file);
  }
}
