import {
  type Attempt,
  type AttemptNews,
  isFinished,
  type Operation,
  type TenantOperations,
} from "../../../client/index.ts";
import { rest, Trouble } from "../polling.ts";
import { withLines } from "./attempt-lines.ts";

/** apart is how long attempts are left alone at least before they are read again, in milliseconds. */
const apart = 500;

/** AttemptsFollower is told what changes, and keeps the attempts of one operation as they stand. */
export interface AttemptsFollower {
  /** Told how the operation stands. */
  note(operation: Operation): void;
}

/**
 * followAttempts tells the attempts of an operation, and again whenever there is something new. They are read
 * when the operation begins another attempt or ends, and when one stores a step; lines that it logs come by
 * themselves. A page that nobody looks at listens to nothing, and reads once somebody does.
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
        // They are shown beside the operation, which is there without them.
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
      // What was said before it stood, or while it was lost, is in what is kept.
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
    // The watch of all operations tells of trouble.
  }
}
