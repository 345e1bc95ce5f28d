import { brief, type Snapshot } from "../core/reply.ts";

/** Settled is what became of one of many calls: what it returned, or what it threw. */
export type Settled =
  | { readonly value: unknown; readonly thrown?: never }
  | { readonly thrown: unknown };

/** Part is what became of some of many calls, each by its place among them. */
export type Part = readonly (readonly [index: number, settled: Settled])[];

/** Listener is told of calls that have ended while others have not. */
export interface Listener {
  told(part: Part): Promise<void>;
}

/** mostText is the most text that the answers to many calls may hold together, in characters of two bytes: half a message. */
const mostText = 8 * 1024 * 1024;

/** quick is how long a call may take, in milliseconds, before its caller is told that it goes on. */
const quick = 5;

/**
 * callMany makes many calls, each by itself, and returns what became of those that no listener was
 * told of, operations without what no client is shown of them (see brief). A text that would make the message too large is left out: its caller asks for it alone.
 *
 * @param sync resolves once what has been written is on disk: calls that end with one commit are told together
 * @param listener is told of what has ended while other calls go on, so that no call waits for a
 *   slower one; and soon that they do go on, with an empty part where none has ended
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
    // Whoever listened may be gone; what was made is on disk all the same.
    await listener.told(part).catch(() => {});
  }
  clearTimeout(timer);
  return ended;
}
