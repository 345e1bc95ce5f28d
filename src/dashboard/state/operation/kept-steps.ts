import type { Attempt, Operation } from "../../../client/index.ts";

/**
 * hasStepsToKeep says whether a rerun can continue after the stored steps: the operation has failed or was canceled,
 * some step has succeeded, and undoing has not begun.
 */
export function hasStepsToKeep({ status }: Operation, attempts: readonly Attempt[]): boolean {
  const isShort = status === "failed" || status === "canceled";
  const steps = attempts.flatMap((attempt) => attempt.steps);
  return (
    isShort &&
    !attempts.some(({ undoing }) => undoing) &&
    steps.some(({ type, endedAt, error }) => type === "step" && endedAt !== undefined && !error)
  );
}
