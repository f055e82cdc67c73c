// Bars of the history before the published series, in the form of the series. Where both have a session, the series has
// the vendor's newest word.

/** The rows by indicator, with those of `bars` in front of them, which are all older. */
export function withOlder(rows, bars) {
  const first = rows.PRICE_DATA[0].time;
  const values = (name) => bars.filter((bar) => Number.isFinite(bar[name])).map((bar) => ({ time: bar.session, close: bar[name] }));
  const dots = bars.map((bar) => ({ time: bar.session, close: Number(bar.blue_dot) }));
  const before = { PRICE_DATA: bars.map((bar) => ({ ...bar, time: bar.session, volume: bar.volume ?? 0 })), RLST_RATING: values("rlst"),
    BC_INDICATOR: values("bc"), BLUE_DOTS: dots };
  return { ...rows, ...Object.fromEntries(Object.entries(before).map(([name, found]) =>
    [name, [...found, ...(rows[name] ?? []).filter((row) => row.time >= first)]])) };
}
