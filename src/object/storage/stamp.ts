/** perMillisecond is how many stamps there are per millisecond, which is enough until the year 2248. */
const perMillisecond = 1_024;

/** stampAt returns the smallest stamp of a change at a time, in milliseconds since 1970; see changes.ts. */
export function stampAt(time: number): number {
  return time * perMillisecond;
}

/** timeOf returns the millisecond that a stamp belongs to. */
export function timeOf(stamp: number): number {
  return Math.floor(stamp / perMillisecond);
}
