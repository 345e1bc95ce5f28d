import { brief, type ListQuery, type Snapshot, type StoredPage } from "../core/reply.ts";

/** Settled is the outcome of one of many calls: what it returned, or what it threw. */
export type Settled =
  | { readonly value: unknown; readonly thrown?: never }
  | { readonly thrown: unknown };

/** Part contains the outcomes of some of many calls, each by the call's index. */
export type Part = readonly (readonly [index: number, settled: Settled])[];

/** Listener receives the outcomes of calls that have ended while others are still running. */
export interface Listener {
  told(part: Part): Promise<void>;
}

/**
 * mostText is how much text the outcomes of many calls may have together, in characters of two bytes: half a message.
 */
export const mostText = 8 * 1024 * 1024;

/** quick is how long a call may take, in milliseconds, before its caller hears that it is still running. */
const quick = 5;

/**
 * callMany makes many independent calls and returns the outcomes that the listener has not received. Operations come
 * without what clients are not shown (see brief). A text that would make the message too large is left out, and calls
 * after it are not made: only reads return texts, and their callers ask for them separately.
 *
 * @param sync resolves once everything written so far is on disk: the outcomes of calls that share a commit are sent
 * together
 * @param listener receives outcomes while other calls are still running, so that no call waits for a slower one; if
 * none has ended yet, it soon receives an empty part
 */
export async function callMany<A>(
  calls: readonly A[],
  call: (args: A) => unknown,
  sync: () => Promise<void>,
  listener?: Listener,
): Promise<Part> {
  let size = 0;
  let ended: [number, Settled][] = [];
  let open = 0;
  let changed = Promise.withResolvers<void>();
  const end = (index: number, settled: Settled) => {
    const { value } = settled as { readonly value?: unknown };
    if (typeof value === "string") size += value.length;
    if (size > mostText) return;
    const isReply = typeof value === "object" && value !== null && "op" in value;
    ended.push([index, isReply ? { value: brief(value as Snapshot) } : settled]);
  };
  for (const [index, args] of calls.entries()) {
    if (size > mostText) break;
    try {
      const made = call(args);
      if (!(made instanceof Promise)) {
        end(index, { value: made });
        continue;
      }
      open += 1;
      const settle = (settled: Settled) => {
        open -= 1;
        end(index, settled);
        if (listener || open === 0) changed.resolve();
      };
      made.then(
        (value) => settle({ value }),
        (thrown) => settle({ thrown }),
      );
    } catch (thrown) {
      end(index, { thrown });
    }
  }
  if (!listener) {
    if (open > 0) await changed.promise;
    return ended;
  }
  const timer = setTimeout(() => changed.resolve(), quick);
  while (open > 0) {
    await changed.promise;
    changed = Promise.withResolvers();
    await sync();
    if (open === 0) break;
    const part = ended;
    ended = [];
    // The listener may be gone; what was created is on disk anyway.
    await listener.told(part).catch(() => {});
  }
  clearTimeout(timer);
  return ended;
}

/**
 * callPages reads many independent pages and returns their outcomes, as callMany does. A page that would make the
 * message too large is left out, and those after it are not read. Each waits for the one before it, which may settle
 * operations first, because only then it is known how much that has read.
 */
export async function callPages(
  queries: readonly ListQuery[],
  read: (query: ListQuery, index: number) => StoredPage | Promise<StoredPage>,
): Promise<Part> {
  const ended: [number, Settled][] = [];
  let size = 0;
  for (const [index, query] of queries.entries()) {
    try {
      const reading = read(query, index);
      const value = reading instanceof Promise ? await reading : reading;
      size += value.bytes / 2;
      if (size > mostText) break;
      ended.push([index, { value }]);
    } catch (thrown) {
      ended.push([index, { thrown }]);
    }
  }
  return ended;
}
