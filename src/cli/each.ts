import { ExitStatus, type Status, worst } from "./exit-status.ts";
import { toldOf } from "./failures.ts";
import type { Session } from "./session.ts";

/** Done is what came of several ids: what was found, and the status of what went worst. */
export interface Done<T> {
  readonly found: readonly T[];
  readonly status: Status;
}

/** requests is how many requests are under way at once. */
const requests = 8;

/** abreast does something with all of some things, at most `limit` of them at once. */
export async function abreast<T>(
  things: readonly T[],
  limit: number,
  act: (thing: T, index: number) => Promise<void>,
): Promise<void> {
  const left = things.entries();
  const worker = async () => {
    // One iterator for all of them: each takes the next.
    for (const [index, thing] of left) await act(thing, index);
  };
  await Promise.all(Array.from({ length: Math.min(limit, things.length) }, worker));
}

/**
 * each does something for every id, a few at once, and keeps their order. What fails for one is told
 * on standard error, and the others go on; with one id alone it is thrown.
 */
export async function each<T>(
  session: Session,
  ids: readonly string[],
  act: (id: string) => Promise<T>,
): Promise<Done<T>> {
  const [only] = ids;
  if (ids.length === 1 && only !== undefined) {
    return { found: [await act(only)], status: ExitStatus.ok };
  }
  const found: (T | undefined)[] = [];
  const statuses: Status[] = [];
  await abreast(ids, requests, async (id, index) => {
    try {
      found[index] = await act(id);
    } catch (thrown) {
      if (session.signal.aborted) throw thrown;
      const told = toldOf(thrown, session.asked);
      statuses.push(told.status);
      session.tell(told.message);
    }
  });
  return { found: found.filter((one) => one !== undefined), status: worst(statuses) };
}
