/**
 * readRetryAfter returns how long a `Retry-After` asks to wait, in milliseconds from `now`; undefined if it is neither
 * seconds nor a date. Source: RFC 9110, 10.2.3.
 */
export function readRetryAfter(text: string | null, now: number): number | undefined {
  if (text === null) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
