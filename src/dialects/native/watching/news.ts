import { isTerminal } from "../../../core/operation/operation.ts";
import type { OutputPlace } from "../../../core/output.ts";
import type { Reply, Snapshot } from "../../../core/reply.ts";
import type { Asked } from "../../../edge/exchange.ts";
import type { OutputReader } from "../../../map/output-reader.ts";
import { changesOf, type Watched, within } from "./changes.ts";
import { type Written, writtenBy } from "./written.ts";

/** patience is how long to wait for the rest of an output once the operation has ended, in milliseconds. */
const patience = 5_000;

/** News is the next item about an operation. */
export type News =
  | { readonly type: "change"; readonly snapshot: Snapshot }
  | Written
  /** Nothing has happened for a while. */
  | { readonly type: "quiet" };

/** Telling says what to yield of an operation. */
export interface Telling {
  /** After how long without a change to yield that nothing has happened, in milliseconds. */
  readonly pause: number;
  /** The offset from which to yield the output; without it, none. */
  readonly place: OutputPlace | undefined;
}

/**
 * newsOf yields an operation's news until its end: its changes, the first of which is its current state, and its output
 * as it is written. It returns the ended operation, once all of its output has been yielded, or why it cannot be read.
 * It ends early once the client has gone.
 */
export async function* newsOf(
  exchange: Watched,
  snapshot: Snapshot,
  { pause, place }: Telling,
): AsyncGenerator<News, Reply<Snapshot>> {
  const leaving = new AbortController();
  const signal = AbortSignal.any([exchange.request.signal, leaving.signal]);
  const changes = changesOf({ map: exchange.map, request: { signal } }, snapshot, pause);
  const { id } = snapshot.op;
  let at = snapshot;
  let last = place;
  let change = changes.next();
  let reader = place && (await readerOf(exchange, id, place));
  let writing = reader && writtenBy(reader);
  let written = writing?.next();
  try {
    for (;;) {
      if (written && (await isSecond(change, written))) {
        const { done, value } = await written;
        written = done ? undefined : writing?.next();
        if (value) {
          last = value.place;
          yield value;
        }
        continue;
      }
      const { done, value } = await change;
      if (value?.error) return value;
      if (value) at = value;
      if (done || isTerminal(at.op)) break;
      change = changes.next();
      yield value ? { type: "change", snapshot: value } : { type: "quiet" };
      if (last && !written) {
        // The object that was read from has restarted.
        reader = await readerOf(exchange, id, last);
        writing = reader && writtenBy(reader);
        written = writing?.next();
      }
    }
    // The last output comes before the end.
    while (written && isTerminal(at.op)) {
      const rest = await within(written, patience);
      if (!rest?.value) break;
      written = writing?.next();
      yield rest.value;
    }
    return at;
  } finally {
    // A change may be waited for.
    leaving.abort();
    reader?.close();
  }
}

/** The reader of an output, to its end; undefined if it cannot be read, since other news does not depend on it. */
async function readerOf(
  { map }: Pick<Asked, "map">,
  id: string,
  place: OutputPlace,
): Promise<OutputReader | undefined> {
  try {
    const opened = await map.output(id, place, true);
    return opened.error ? undefined : opened.reader;
  } catch {
    return undefined;
  }
}

/** Whether the second of two promises settles first. */
function isSecond(one: Promise<unknown>, other: Promise<unknown>): Promise<boolean> {
  return Promise.race([one.then(() => false), other.then(() => true)]);
}
