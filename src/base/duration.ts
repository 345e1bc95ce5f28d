/** The units of a duration, in milliseconds. */
const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** One number with its unit. */
const term = /^(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h)/;

/**
 * parseDuration parses Go-style text (`300ms`, `1m30s`, `1.5h`, `0`) and returns the nearest whole milliseconds, or
 * undefined if the text is not a duration, is negative, or is too large for exact milliseconds. Source: Go's
 * time.ParseDuration.
 */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  if (text === "" || text.length > 64) return undefined;
  let total = 0;
  let rest = text;
  while (rest !== "") {
    const next = term.exec(rest)?.[0];
    if (next === undefined) return undefined;
    const unit = next.replace(/^[\d.]+/, "");
    total += Number.parseFloat(next) * (units[unit] ?? Number.NaN);
    rest = rest.slice(next.length);
  }
  const milliseconds = Math.round(total);
  return Number.isSafeInteger(milliseconds) ? milliseconds : undefined;
}

/**
 * formatDuration writes whole milliseconds, 0 or more, as Go-style text that parses back to them, without units that
 * are zero: `1m30s`, `24h`, `0s`.
 */
export function formatDuration(milliseconds: number): string {
  const hours = Math.floor(milliseconds / 3_600_000);
  const minutes = Math.floor((milliseconds % 3_600_000) / 60_000);
  const seconds = Math.floor((milliseconds % 60_000) / 1_000);
  const rest = milliseconds % 1_000;
  const parts = [
    hours > 0 ? `${hours}h` : "",
    minutes > 0 ? `${minutes}m` : "",
    seconds > 0 ? `${seconds}s` : "",
    rest > 0 ? `${rest}ms` : "",
  ];
  return parts.join("") || "0s";
}
