import { formatDuration } from "../../base/duration.ts";
import { maxClaim, maxLease, minLease } from "../../core/work.ts";
import { Connection, type ConnectionOptions } from "../connection.ts";
import { durationOption } from "../options.ts";
import { sleep } from "../sleep.ts";
import { Attempt, type ClaimedWork, type Run } from "./attempt.ts";

/** WorkOptions are the options of `work`. */
export interface WorkOptions extends ConnectionOptions {
  /** From 1 to 9 of the service's `EXTERNAL_KINDS`. The token needs the scope `work`. */
  readonly kinds: readonly string[];
  /** How many attempts to run at once, 1 by default. */
  readonly concurrency?: number;
  /**
   * How long after its last report an attempt of this worker is given to another: from `1s` to `24h`, `1m` by
   * default. It is renewed as long as the work runs.
   */
  readonly lease?: string;
  /** The name of this worker, such as its host name; it is shown with its attempts. */
  readonly worker?: string;
  /** How long work may continue after `signal` before it is aborted; `10s` by default. */
  readonly grace?: string;
  /** Ends the loop. */
  readonly signal: AbortSignal;
  /**
   * Runs one attempt and returns the result, as JSON. An exception fails the attempt with its `code`, `message` and
   * `details`, and for good if its `retryable` is false.
   */
  readonly run: Run;
  /** Called when a request about an operation is refused; the loop continues. */
  readonly onError?: (error: unknown, id: string) => void;
}

/** claimWait is how long a claim waits for work, in seconds; the service cuts it at 55. */
const claimWait = 30;

/** afterAbort is how long aborted work has to end before it is abandoned, in milliseconds. */
const afterAbort = 1_000;

/**
 * work claims operations of the given kinds and runs them until `signal` is aborted. Requests that fail in a way that
 * may pass are retried, claims without limit. It resolves once all work has ended: after the signal, work may
 * continue for `grace` and is then aborted. Work that throws because of that is released, and its attempt does not
 * count; work that does not react within a second is abandoned, and loses its lease.
 *
 * @throws RangeError for invalid options; RequestError if a claim is refused for good (401, 403, a kind that is not
 *   external), once running work has ended as above
 */
export async function work(options: WorkOptions): Promise<void> {
  const { kinds, concurrency = 1, worker, signal, run, onError = () => undefined } = options;
  const lease = durationOption("lease", options.lease ?? "1m", minLease, maxLease);
  const grace = durationOption("grace", options.grace ?? "10s", 0, maxLease);
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new RangeError(
      `Cannot run ${concurrency} attempts at once: must be an integer, at least 1`,
    );
  }
  const connection = new Connection(options);
  const running = new Map<Attempt, Promise<void>>();
  let wake: () => void = () => undefined;
  const stirred = () => wake();

  const begin = (claimed: ClaimedWork) => {
    const attempt = new Attempt(connection, claimed, lease, onError);
    const ended = attempt.run(run).then(() => {
      running.delete(attempt);
      stirred();
    });
    running.set(attempt, ended);
  };

  signal.addEventListener("abort", stirred);
  try {
    while (!signal.aborted) {
      const free = concurrency - running.size;
      if (free === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      const { operations } = await connection.call<{ operations: ClaimedWork[] }>({
        method: "POST",
        path: `/operations:claim?wait=${claimWait}s`,
        body: { kinds, max: Math.min(free, maxClaim), lease: formatDuration(lease), worker },
        timeout: (claimWait + 15) * 1_000,
        // Operations of a claim whose response was lost become available again when their lease expires.
        tries: Number.POSITIVE_INFINITY,
        signal,
      });
      for (const operation of operations) begin(operation);
    }
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  } finally {
    signal.removeEventListener("abort", stirred);
    await drain(running, grace);
  }
}

async function drain(running: ReadonlyMap<Attempt, Promise<void>>, grace: number): Promise<void> {
  await within(running, grace);
  for (const attempt of running.keys()) attempt.stop();
  await within(running, afterAbort);
  for (const attempt of running.keys()) attempt.abandon();
  await Promise.all(running.values());
}

async function within(running: ReadonlyMap<Attempt, Promise<void>>, milliseconds: number) {
  const over = new AbortController();
  const ended = Promise.all(running.values());
  await Promise.race([ended, sleep(milliseconds, over.signal)]);
  over.abort();
}
