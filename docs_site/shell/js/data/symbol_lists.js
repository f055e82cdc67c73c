// The stocks that a list of a person names. The same rules, case by case, as kernel/tradingview/symbol_lists.py.

const UNQUOTED = /[^"'`“”‘’](?:.*[^"'`“”‘’])?/;

function published(word) {
  const [name] = UNQUOTED.exec(word.split(":").pop()) ?? [""];
  return name.toUpperCase().replace(/[^A-Z0-9]/gu, "_");
}

/** Published names in the order of their first mention, out of a TradingView watchlist or of names and separators. */
export function symbolsIn(text) {
  const plain = text.replace(/###[^,\r\n]*|#[^\r\n]*/g, ",").replace(/[ \t]+/g, " ").replaceAll(" :", ":");
  const names = plain.split(/[\s,;\x1c-\x1f\x85\u200b-\u200f\u2060\ufeff]+/).map(published);
  return [...new Set(names.filter((name) => /[A-Z0-9]/.test(name)))];
}
