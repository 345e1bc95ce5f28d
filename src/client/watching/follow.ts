import { type Connection, pauseAfter } from "../connection.ts";
import type { Operation } from "../operation.ts";
import type { CallOptions } from "../options.ts";
import { isPassing, UnreachableError } from "../request-error.ts";
import { sleep } from "../sleep.ts";
import type { ServerEvent } from "./event-parser.ts";
import { readEvents } from "./server-sent-events.ts";

/** ConnectionState says whether a watch is receiving changes. */
export type ConnectionState = "connected" | "lost";

/** FollowOptions are the options of every watch. */
export interface FollowOptions extends CallOptions {
  /**
   * Called when the connection is open, so that every change from then on is received; when it is lost, with the
   * error; and when it is open again. It is called only when the state changes, not when the service ends a stream
   * to have it resumed.
   */
  readonly onConnection?: ((state: ConnectionState, error?: unknown) => void) | undefined;
  /**
   * Waits before a lost connection is opened again; by default for the given number of milliseconds. A page can wait
   * longer, until it is visible.
   */
  readonly pause?: ((milliseconds: number, signal?: AbortSignal) => Promise<void>) | undefined;
}

/** Followed is a sequence of changes that can be resumed. It keeps track of its own position. */
export interface Followed<T> {
  /** Of the stream, below `/api/v1`. */
  readonly path: string;
  /** The id of the event to resume after, or undefined to start at the beginning. */
  place(): string | undefined;
  /** Called with the id of each event, before the event itself. */
  pass(id: string): void;
  /** The item of an event, or undefined if it is not new. */
  take(operation: Operation): T | undefined;
  /** Called when an operation has been deleted. */
  drop?(id: string): void;
  /** Called with news of an attempt. */
  news?(data: unknown): void;
  /** Whether this is the last item. */
  isLast(item: T): boolean;
}

/** settled is how long a stream has to last to count as successful, in milliseconds. */
const settled = 10_000;

/** Sequence is a sequence of events that can be resumed. It keeps track of its own position. */
export interface Sequence<T> {
  /** Of the stream, below `/api/v1`. */
  readonly path: string;
  /** The id of the event to resume after, or undefined to start at the beginning. */
  place(): string | undefined;
  /** The item of an event, and whether it is the last; undefined to ignore the event. */
  take(event: ServerEvent): Taken<T> | undefined;
}

/** Taken is what was read from an event. */
export interface Taken<T> {
  readonly item?: T | undefined;
  readonly isLast?: boolean;
}

/** follow is followEvents for the changes of operations. */
export function follow<T>(
  connection: Connection,
  followed: Followed<T>,
  options: FollowOptions,
): AsyncGenerator<T, void, void> {
  return followEvents(connection, options, {
    path: followed.path,
    place: () => followed.place(),
    take(event) {
      if (event.id) followed.pass(event.id);
      if (event.event === "deleted") {
        followed.drop?.(operationOf(connection, event).id);
        return {};
      }
      if (event.event === "attempt") followed.news?.(dataOf(connection, event));
      if (event.event !== "operation") return undefined;
      const item = followed.take(operationOf(connection, event));
      return item === undefined ? undefined : { item, isLast: followed.isLast(item) };
    },
  });
}

/**
 * followEvents reads a sequence of events to its end, over as many connections as it takes. Each starts after the last
 * event that was read, so no event is missed or repeated. After errors that may pass it reconnects, 0.1 to 10 seconds
 * later or as `Retry-After` says.
 *
 * @throws RequestError if the service refuses for good; the signal's reason once it is aborted
 */
export async function* followEvents<T>(
  connection: Connection,
  { signal, onConnection, pause: wait = sleep }: FollowOptions,
  sequence: Sequence<T>,
): AsyncGenerator<T, void, void> {
  const { path } = sequence;
  let failures = 0;
  let state: ConnectionState | undefined;
  const tell = (now: ConnectionState, error?: unknown) => {
    if (now === state) return;
    state = now;
    onConnection?.(now, error);
  };
  for (;;) {
    signal?.throwIfAborted();
    // One per connection, so that no listeners accumulate on a longer-lived signal.
    const link = new AbortController();
    const leave = () => link.abort(signal?.reason);
    signal?.addEventListener("abort", leave);
    let openedAt = Infinity;
    let isFruitful = false;
    let pause = 0;
    try {
      const place = sequence.place();
      const headers = { accept: "text/event-stream", ...(place && { "last-event-id": place }) };
      const response = await connection.open({ method: "GET", path, headers, signal: link.signal });
      // 204 means that the sequence has ended.
      if (response.status === 204) return;
      openedAt = Date.now();
      // Not before the first event: a connection that breaks earlier has no position to resume from.
      const onBegin = () => tell("connected");
      for await (const event of readEvents(response, { signal: link.signal, onBegin })) {
        const taken = sequence.take(event);
        if (!taken) continue;
        isFruitful = true;
        if (taken.item !== undefined) yield taken.item;
        if (taken.isLast) return;
        // Events that have already arrived are not delivered after an abort.
        signal?.throwIfAborted();
      }
      // The service ends a stream if its reader is slow or there is much to send; reconnect at once.
      if (isFruitful || Date.now() - openedAt >= settled) failures = 0;
      else pause = pauseAfter(++failures, {});
    } catch (thrown) {
      signal?.throwIfAborted();
      if (!isPassing(thrown)) throw thrown;
      if (isFruitful || Date.now() - openedAt >= settled) failures = 0;
      pause = pauseAfter(++failures, thrown);
      tell("lost", thrown);
    } finally {
      signal?.removeEventListener("abort", leave);
      link.abort();
    }
    if (pause > 0) await wait(pause, signal);
  }
}

function operationOf(connection: Connection, event: ServerEvent): Operation {
  return dataOf(connection, event) as Operation;
}

function dataOf(connection: Connection, { data }: ServerEvent): unknown {
  const value = connection.read(data);
  if (value !== undefined) return value;
  throw new UnreachableError("Lost the service: an event is not JSON");
}
