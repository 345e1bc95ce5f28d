import type { Attempt, AttemptNews } from "../../../client/index.ts";

/** withLines returns attempts with lines that one has just logged, or undefined where more has changed. */
export function withLines(
  attempts: readonly Attempt[],
  { attempt, log, step }: AttemptNews,
): readonly Attempt[] | undefined {
  const known = attempts.find((one) => one.attempt === attempt);
  if (!known || !log || step !== undefined) return undefined;
  const lastLine = known.log.at(-1)?.line ?? 0;
  const fresh = log.filter(({ line }) => line > lastLine);
  const [first] = fresh;
  // What is missing in between is in what is kept.
  if (first && first.line > lastLine + 1) return undefined;
  const lines = [...known.log, ...fresh].slice(-keptLines);
  return attempts.map((one) => (one === known ? { ...one, log: lines } : one));
}

/** keptLines is how many lines of an attempt the service keeps. */
const keptLines = 200;
