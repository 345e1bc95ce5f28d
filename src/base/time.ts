/**
 * parseTime parses an RFC 3339 time with an offset: milliseconds since 1970, or undefined if it is invalid. That
 * includes February 31, which Date parses as March 3.
 */
export function parseTime(text: string): number | undefined {
  if (!rfc3339.test(text)) return undefined;
  const day = text.slice(0, 10);
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const isDay = !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(day);
  const time = isDay ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i;
