/** firstPause and longestPause are the limits of the pause after a collector has failed, in milliseconds. */
export const firstPause = 60_000;
export const longestPause = 900_000;

/**
 * Circuit is the recent failures of a collector. While it is open, nothing is sent; then a single try decides whether
 * it closes, or opens for twice as long.
 */
export interface Circuit {
  /** How many times in a row sending was given up. */
  readonly failures: number;
  /** When it may be tried again, in milliseconds since 1970. */
  readonly until: number;
}

/** closed is the circuit of a working collector. */
export const closed: Circuit = { failures: 0, until: 0 };

/**
 * isOpen says whether nothing may be sent now. A clock that went back keeps it open for no longer than `longestPause`.
 */
export function isOpen({ until }: Circuit, now: number): boolean {
  return until > now && until - now <= longestPause;
}

/**
 * opened returns the circuit after sending was given up again.
 *
 * @param again the `Retry-After` of the collector, in milliseconds
 * @param jitter 0 to 1, so that objects which failed together do not retry together
 */
export function opened({ failures }: Circuit, now: number, again: number, jitter: number): Circuit {
  const pause = Math.min(firstPause * 2 ** failures, longestPause) * (0.8 + jitter / 5);
  const longer = Math.max(pause, Math.min(again, longestPause));
  return { failures: failures + 1, until: Math.round(now + longer) };
}
