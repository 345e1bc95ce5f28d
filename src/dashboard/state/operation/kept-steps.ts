import type { Attempt, Operation } from "../../../client/index.ts";

/**
 * hasStepsToKeep says whether a rerun can go on after the steps that are stored: the operation has ended short of
 * success, some step has succeeded, and none has begun to be undone.
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
