import type { Attempt, AttemptNews } from "../../../client/index.ts";

/** withLines returns attempts with new log lines of one of them, or undefined if other changes need to be read. */
export function withLines(
  attempts: readonly Attempt[],
  { attempt, log, step }: AttemptNews,
): readonly Attempt[] | undefined {
  const known = attempts.find((one) => one.attempt === attempt);
  if (!known || !log || step !== undefined) return undefined;
  const lastLine = known.log.at(-1)?.line ?? 0;
  const fresh = log.filter(({ line }) => line > lastLine);
  const [first] = fresh;
  // Missing lines are in the stored log.
  if (first && first.line > lastLine + 1) return undefined;
  const lines = [...known.log, ...fresh].slice(-keptLines);
  return attempts.map((one) => (one === known ? { ...one, log: lines } : one));
}

/** keptLines is how many lines of an attempt the service stores. */
const keptLines = 200;
