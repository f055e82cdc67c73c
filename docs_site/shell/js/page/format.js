// Numbers and dates as people read them.

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export const count = (value) => Number(value ?? 0).toLocaleString("en");

/** The power of ten of a number's first digit: -5 for 0.000046. */
const magnitude = (value) => Number(value.toExponential().split("e")[1]);
/** Two decimals from 1 on, below it four significant digits. The same rule, case by case, as kernel/bars/price_text.py. */
const decimalsOf = (value) => (Math.abs(value) >= 1 || value === 0 ? 2 : Math.min(20, 3 - magnitude(value)));
export const price = (value) => (Number.isFinite(value)
  ? value.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: decimalsOf(value) }) : "–");
/** Five significant digits, never an exponent. */
export const ratio = (value) => (Number.isFinite(value)
  ? value.toLocaleString("en", { minimumSignificantDigits: 5, maximumSignificantDigits: 5, useGrouping: false }) : "–");
/** Every digit of a number (up to 15) and no exponent, as a program reads it. */
export const plain = (value) => value.toLocaleString("en", { maximumSignificantDigits: 15, useGrouping: false });

function written(value) {
  const [digits, exponent] = String(value).split("e");
  return (digits.split(".")[1]?.length ?? 0) - Number(exponent ?? 0);
}

const smallest = (values) => values.reduce((least, value) => (value > 0 ? Math.min(least, value) : least), Infinity);

/** Decimals of a scale of prices: those that the smallest one is shown with, as far as any of them has so many. */
export function scaleDecimals(prices) {
  const least = smallest(prices);
  const most = prices.reduce((found, value) => Math.max(found, written(value)), 2);
  return Number.isFinite(least) ? Math.min(decimalsOf(least), most) : 2;
}

/** Decimals of a scale of ratios: five significant digits of the smallest one. */
export function ratioDecimals(ratios) {
  const least = smallest(ratios);
  return Number.isFinite(least) ? Math.min(20, Math.max(0, 4 - magnitude(least))) : 2;
}

export const rating = (value) => (Number.isFinite(value) ? String(Math.round(value * 10) / 10) : "–");
export const signed = (value, digits = 0) => (Number.isFinite(value)
  ? `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value).toFixed(digits)}` : "–");
export const percent = (value) => (Number.isFinite(value) ? `${signed(value, 2)} %` : "–");
export const megabytes = (value) => `${((value ?? 0) / 1e6).toFixed(1)} MB`;
export const plural = (value, word) => `${count(value)} ${word}${value === 1 ? "" : "s"}`;

/** 2024-08-02 as 2 Aug 2024; what is no date stays as it is. */
export function day(text) {
  const parts = /^(\d{4})-(\d{2})-(\d{2})/.exec(text ?? "");
  return parts ? `${Number(parts[3])} ${MONTHS[parts[2] - 1] ?? parts[2]} ${parts[1]}` : String(text ?? "–");
}

/** The ISO week of a date: 2026-11-27 as 2026-W48; what is no date stays as it is. */
export function week(text) {
  const thursday = new Date(`${text}T00:00:00Z`); // the day of a week that says its year
  if (Number.isNaN(thursday.getTime())) return String(text ?? "–");
  thursday.setUTCDate(thursday.getUTCDate() + 4 - (thursday.getUTCDay() || 7));
  const days = (thursday - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / 86400000;
  return `${thursday.getUTCFullYear()}-W${String(Math.floor(days / 7) + 1).padStart(2, "0")}`;
}

export function moment(text) {
  return text ? `${day(text)}, ${text.slice(11, 16)} UTC` : "never";
}

export function ago(text, now) {
  const minutes = Math.round((now - Date.parse(text)) / 60000);
  if (!Number.isFinite(minutes) || minutes < 0) return "";
  if (minutes < 60) return `${minutes} min ago`;
  return minutes < 2880 ? `${plural(Math.round(minutes / 60), "hour")} ago` : `${plural(Math.round(minutes / 1440), "day")} ago`;
}

/** How far back a dot is, in bars or weeks: now is the as-of bar. */
export function bars(age, word) {
  if (age === 0) return "now";
  return age === null ? "–" : plural(age, word);
}
