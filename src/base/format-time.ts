/**
 * formatTime writes a time in milliseconds since 1970 as RFC 3339 in UTC, like `toISOString`.
 *
 * @throws RangeError for a time that a Date cannot represent
 */
export function formatTime(milliseconds: number): string {
  if (!Number.isInteger(milliseconds) || milliseconds > 8.64e15) {
    return new Date(milliseconds).toISOString();
  }
  // The calendar is computed once per minute: a response has half a dozen times, most of them close together.
  const minute = Math.floor(milliseconds / 60_000);
  let start = minutes.get(minute);
  if (start === undefined) {
    start = new Date(minute * 60_000).toISOString().slice(0, -"00.000Z".length);
    if (minutes.size === mostMinutes) minutes.clear();
    minutes.set(minute, start);
  }
  const rest = milliseconds - minute * 60_000;
  const seconds = Math.floor(rest / 1_000);
  const fraction = rest - seconds * 1_000;
  const zeros = fraction < 10 ? "00" : fraction < 100 ? "0" : "";
  return `${start}${seconds < 10 ? "0" : ""}${seconds}.${zeros}${fraction}Z`;
}

/** The minutes written last, and how many are cached. */
const minutes = new Map<number, string>();
const mostMinutes = 64;
