/** perMillisecond is by how much stamps grow in a millisecond; there is room until the year 2248. */
const perMillisecond = 1_024;

/** stampAt returns the least stamp of a change made then, in milliseconds since 1970; see changes.ts. */
export function stampAt(time: number): number {
  return time * perMillisecond;
}

/** timeOf returns the millisecond that a stamp belongs to. */
export function timeOf(stamp: number): number {
  return Math.floor(stamp / perMillisecond);
}
