// The Pine snippet that reads this stock's series from a Pine Seeds repository.

import { element } from "../page/dom.js";
import { keepSeedRepository, seedRepository } from "../data/preferences.js";

export function snippet(repository, symbol, timeframe) {
  return `//@version=6
indicator("${symbol} blue dots, ${timeframe}", overlay = true)
dot  = request.seed("${repository}", "${symbol}_BLUE_DOTS", close)
rlst = fixnan(request.seed("${repository}", "${symbol}_RLST_RATING", close))
plotshape(dot == 1, "Blue dot", shape.circle, location.belowbar, color.blue, size = size.tiny)
plot(rlst, "RLST", display = display.status_line)
`;
}

export function seedPanel(symbol, timeframe) {
  const code = element("code", {}, snippet(seedRepository(timeframe), symbol, timeframe));
  const box = element("input", { value: seedRepository(timeframe), maxlength: 80, spellcheck: "false", input: (event) => {
    keepSeedRepository(timeframe, event.target.value);
    code.textContent = snippet(seedRepository(timeframe), symbol, timeframe);
  } });
  return element("section", { class: "panel" }, element("h2", {}, "From a seed repository"),
    element("label", { class: "field" }, "Your Pine Seeds repository", box),
    element("pre", { tabindex: "0", "aria-label": "Pine script" }, code),
    element("p", { class: "soft" }, "For owners of a Pine Seeds repository: TradingView opens no new ones at present, "
      + "and this site itself is none. A whole indicator: ", element("a", { href: "pine/index.html" }, "Scripts for TradingView"), "."));
}
