import type { OperationsClient } from "../client/index.ts";
import { ExitStatus, type Status, worst } from "./exit-status.ts";
import { toldOf } from "./failures.ts";
import { idOf } from "./named-id.ts";
import type { Session } from "./session.ts";

/** Done is the outcome for several IDs: what was found, and the worst status. */
export interface Done<T> {
  readonly found: readonly T[];
  readonly status: Status;
  /** Whether exactly one was asked for. */
  readonly isOne: boolean;
}

/** requests is how many requests run at once. */
const requests = 8;

/** abreast calls a function for each item, at most `limit` at once. */
export async function abreast<T>(
  things: readonly T[],
  limit: number,
  act: (thing: T, index: number) => Promise<void>,
): Promise<void> {
  const left = things.entries();
  const worker = async () => {
    // One iterator for all of them: each takes the next item.
    for (const [index, thing] of left) await act(thing, index);
  };
  await Promise.all(Array.from({ length: Math.min(limit, things.length) }, worker));
}

/**
 * each calls a function for every ID, a few at once, and keeps their order. An ID may be given by its beginning (see
 * idOf); an operation that is named twice is handled once. The error of one ID is written to standard error, and the
 * others continue; if there is only one, its error is thrown.
 */
export async function each<T>(
  session: Session,
  client: OperationsClient,
  given: readonly string[],
  act: (id: string) => Promise<T>,
): Promise<Done<T>> {
  const names = [...new Set(given)];
  const [only] = names;
  if (names.length === 1 && only !== undefined) {
    const found = [await act(await idOf(session, client, only))];
    return { found, status: ExitStatus.ok, isOne: true };
  }
  const found: (T | undefined)[] = [];
  const statuses: Status[] = [];
  const seen = new Set<string>();
  await abreast(names, requests, async (name, index) => {
    try {
      const id = await idOf(session, client, name);
      if (seen.has(id)) return;
      seen.add(id);
      found[index] = await act(id);
    } catch (thrown) {
      if (session.signal.aborted) throw thrown;
      const told = toldOf(thrown, session.asked);
      statuses.push(told.status);
      session.tell(told.message);
    }
  });
  const done = found.filter((one) => one !== undefined);
  return { found: done, status: worst(statuses), isOne: false };
}
