import {
  type Attempt,
  type AttemptNews,
  isFinished,
  type Operation,
  type TenantOperations,
} from "../../../client/index.ts";
import { rest, Trouble } from "../polling.ts";
import { withLines } from "./attempt-lines.ts";

/** apart is the shortest time between two reads of the attempts, in milliseconds. */
const apart = 500;

/** AttemptsFollower keeps the attempts of one operation up to date. */
export interface AttemptsFollower {
  /** Called with each state of the operation. */
  note(operation: Operation): void;
}

/**
 * followAttempts calls `tell` with the attempts of an operation, and again after every change. They are read when the
 * operation starts another attempt or ends, and when an attempt stores a step; log lines arrive separately. A hidden
 * page does nothing until it is visible again.
 */
export function followAttempts(
  asked: TenantOperations,
  id: string,
  left: AbortSignal,
  tell: (attempts: readonly Attempt[]) => void,
): AttemptsFollower {
  let attempts: readonly Attempt[] = [];
  let last: Operation | undefined;
  const trouble = new Trouble(left);
  let isReading = false;
  let isStale = false;
  let listening: AbortController | undefined;

  const take = (now: readonly Attempt[]) => {
    attempts = now;
    tell(now);
  };
  const read = async () => {
    isStale = true;
    if (isReading || document.hidden) return;
    isReading = true;
    while (isStale && !left.aborted) {
      isStale = false;
      try {
        take(await asked.attempts(id, { signal: left }));
        trouble.over();
        await rest(apart, left);
      } catch (thrown) {
        // Attempts are additional: the operation is shown without them.
        if (!(await trouble.passes(thrown, apart))) break;
        isStale = true;
      }
    }
    isReading = false;
  };
  const hear = (news: AttemptNews) => {
    const more = withLines(attempts, news);
    if (more) take(more);
    else void read();
  };
  const listen = () => {
    const isWanted = last !== undefined && !isFinished(last) && !document.hidden;
    if (!isWanted) listening?.abort();
    if (!isWanted || (listening && !listening.signal.aborted)) return;
    const link = new AbortController();
    listening = link;
    const onConnection = (state: string) => {
      // Lines logged before the connection was open, or while it was lost, are in the stored log.
      if (state === "connected") void read();
    };
    void watch(asked, id, { signal: link.signal, onAttempt: hear, onConnection });
  };
  const look = () => {
    listen();
    if (isStale) void read();
  };
  document.addEventListener("visibilitychange", look);
  left.addEventListener("abort", () => {
    document.removeEventListener("visibilitychange", look);
    listening?.abort();
  });
  return {
    note(operation) {
      const isNew = last?.attempt !== operation.attempt || last.status !== operation.status;
      last = operation;
      if (isNew) void read();
      listen();
    },
  };
}

async function watch(
  asked: TenantOperations,
  id: string,
  options: Parameters<TenantOperations["watch"]>[1],
): Promise<void> {
  try {
    for await (const _ of asked.watch(id, options));
  } catch {
    // The watch of all operations reports errors.
  }
}
