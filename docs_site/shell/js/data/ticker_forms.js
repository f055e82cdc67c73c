// How an exchange's tickers are written at TradingView. The same rules as kernel/tradingview/vendor_names.py, for what
// the page knows: the published name, in which every separator is "_".

const AMERICAN = ["NYSE", "NASDAQ", "AMEX", "BATS", "CBOE", "OTC"];
const INDIAN = ["NSE", "BSE"];

/** Every ticker that a published name could be: for a list that says no exchange, or a stock's name of another series. */
export const tickersOf = (name) => [...AMERICAN, ...INDIAN].map((exchange) => tickerAt(exchange, name)).filter(Boolean);

/** EXCHANGE:TICKER of a published name; null where the name is no ticker of that exchange. */
export function tickerAt(exchange, name) {
  const ticker = AMERICAN.includes(exchange) ? american(name) : INDIAN.includes(exchange) ? indian(name, exchange) : name;
  return ticker && `${exchange}:${ticker}`;
}

function american(name) {
  const [, root, rest] = /^([A-Z][A-Z0-9]{0,9})(?:_(.+))?$/.exec(name) ?? [];
  if (!root || !rest) return root ?? null;
  if (/^[A-OQSTVX-Z]$/.test(rest)) return `${root}.${rest}`;
  const preferred = rest === "PR" ? null : /^P(?:R?_?([A-Z]))?$/.exec(rest);
  return preferred && `${root}/P${preferred[1] ?? ""}`;
}

function indian(name, exchange) {
  const bare = name.replace(/([A-Z0-9])_(?:EQ|BE|BT|BZ|BL|SM|ST|SZ)$/, "$1");
  if (/._(?:[A-Z][0-9]|GB|GS|IV|RE|RR)$/.test(bare)) return null;
  return /^[0-9]+$/.test(bare) && !(exchange === "BSE" && bare.length === 6) ? null : bare;
}
