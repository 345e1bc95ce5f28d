import { setTimeout as sleep } from "node:timers/promises";

/** nap is how long one sleep of a rest takes, in milliseconds. */
const nap = 20;

/**
 * rest leaves others alone for so many milliseconds, nap by nap: while the machine is busy a nap takes longer, and
 * where it stands still all of that is one nap, so that those who are left alone have their time all the same.
 */
export async function rest(milliseconds: number): Promise<void> {
  for (let rested = 0; rested < milliseconds; rested += nap) await sleep(nap);
}
