// Downloads of what the table shows: a CSV, and watchlists as TradingView imports them.

import { tickerOf } from "../data/preferences.js";
import { watchlistTexts } from "../data/watchlist_form.js";
import { plain } from "../page/format.js";

const FIELDS = ["symbol", "name", "timezone", "last", "close", "change", "rlst", "rlst_5", "rlst_20", "dot_age", "last_dot",
  "pattern", "etf", "asm", "gsm", "ticker"];
const HEADS = { timezone: "exchange_timezone", last: "last_bar", change: "change_percent", dot_age: "bars_since_dot",
  pattern: "base_pattern" };

// A spreadsheet runs a cell that begins like a formula, in East Asia one in full width too; the vendor's names are not ours
// to trust. What separates cells differs by country, so each part of a text may be a cell of its own.
const FORMULA = /(^|[,;|\t\r\n"'])([\s\p{C}]*)(?=[=+\-@−＝＋－＠﹢﹣﹦﹫⁺⁻⁼₊₋₌])/gu;

function cell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return plain(value);
  const safe = value.replace(/[\t\r\n]+/g, " ").replace(FORMULA, "$1'$2");
  return /[",;|]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const rounded = (percent) => (percent === null ? null : Math.round(percent * 1e4) / 1e4);

/** The date of a rating is a column where any of them is of an earlier session than its stock's last bar. */
export function csvOf(stocks) {
  const fields = stocks.some((one) => one.rlst_date) ? [...FIELDS, "rlst_date"] : FIELDS;
  const rows = stocks.map((one) => fields.map((field) => cell(field === "change" ? rounded(one.change) : one[field])).join(","));
  return `${[fields.map((field) => HEADS[field] ?? field).join(","), ...rows].join("\r\n")}\r\n`;
}

/** The texts of a view's watchlist: each stock in the section of its dot, else in that of its rating. */
export function watchlistsOf(stocks, { list, name }, sample) {
  const dayOf = (one) => (list ? one.dotted : one.rlst_date ?? one.last);
  return watchlistTexts(list ?? name, stocks.map((one) => ({ ...one, day: dayOf(one), ticker: tickerOf(one) })), [sample && "sample data"]);
}

export function download(file, content, type) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}
