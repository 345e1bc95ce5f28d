/** firstPause and longestPause bound how long nothing is sent to a collector that has failed, in milliseconds. */
export const firstPause = 60_000;
export const longestPause = 900_000;

/**
 * Circuit is how a collector has failed of late. While it is open nothing is sent; after that a single try says
 * whether it closes, or opens for twice as long.
 */
export interface Circuit {
  /** How many times in a row it was given up. */
  readonly failures: number;
  /** When it may be tried again, in milliseconds since 1970. */
  readonly until: number;
}

/** closed is the circuit of a collector that takes what it is sent. */
export const closed: Circuit = { failures: 0, until: 0 };

/** isOpen says whether nothing is sent now. A clock that went back keeps it open for no longer than `longestPause`. */
export function isOpen({ until }: Circuit, now: number): boolean {
  return until > now && until - now <= longestPause;
}

/**
 * opened returns the circuit once the collector has been given up again.
 *
 * @param again how long the collector wants to be left alone, in milliseconds
 * @param jitter 0 to 1: those who failed together are not to come again together
 */
export function opened({ failures }: Circuit, now: number, again: number, jitter: number): Circuit {
  const pause = Math.min(firstPause * 2 ** failures, longestPause) * (0.8 + jitter / 5);
  const longer = Math.max(pause, Math.min(again, longestPause));
  return { failures: failures + 1, until: Math.round(now + longer) };
}
