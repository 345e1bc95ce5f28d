/**
 * parseTime reads a time as RFC 3339 writes it, with an offset: milliseconds since 1970, or undefined
 * for what is none, a February 31 too, which Date reads as March 3.
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
