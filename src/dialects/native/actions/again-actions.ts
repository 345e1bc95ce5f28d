import type { ActionSpecs } from "../../../edge/action-spec.ts";
import { bulkBody, rerunBody } from "../openapi/requests.ts";
import { type ActionText, type ActionTexts, one, operations } from "./action.ts";
import { createProblems, madeAnswers } from "./made-answers.ts";

const many = {
  method: "POST",
  scope: "write",
  query: ["sync", "timeout"],
  request: "json",
} as const;

/** againActions repeat requests, and act on many operations. */
export const againActions = {
  rerunOperation: {
    method: "POST",
    path: `${one}:rerun`,
    scope: "write",
    query: ["sync", "timeout"],
    request: "json",
  },
  cancelManyOperations: { path: `${operations}:cancelMany`, ...many },
  deleteManyOperations: { path: `${operations}:deleteMany`, ...many },
  rerunManyOperations: { path: `${operations}:rerunMany`, ...many },
} as const satisfies ActionSpecs;

/** againTexts returns their documentation. As a function, it is left out of the Worker's bundle. */
export function againTexts(): ActionTexts<keyof typeof againActions> {
  return {
    rerunOperation: {
      tag: "Operations",
      summary: "Rerun a finished operation",
      description:
        "Creates an operation with the kind, input, labels, metadata, priority, `ttl`, `deadline`, `waitDeadline`, `retry` and webhook of the original. It starts at once, even if the original was scheduled. The input is validated by the current version of the kind. With `keepSteps` it continues after the last stored step. Can wait, as a create can.",
      headers: ["Prefer", "IdempotencyKey", "OperationIdHeader"],
      body: { schema: rerunBody, required: false },
      answers: madeAnswers(),
      problems: [...createProblems(), "operation-not-found", "operation-active"],
    },
    cancelManyOperations: manyText(
      "Ask many operations to stop",
      "Skips those that have finished or were already asked to stop.",
    ),
    deleteManyOperations: manyText(
      "Delete many finished operations",
      "Skips those that have not finished.",
    ),
    rerunManyOperations: manyText(
      "Rerun many finished operations",
      "Reruns each once, as `:rerun` does. Skips those that have not finished; those whose input the kind no longer accepts count as failed.",
    ),
  };
}

function manyText(summary: string, skipped: string): ActionText {
  return {
    tag: "Operations",
    summary,
    description: `Creates an operation of kind \`bulk\` that does the work and reports its progress. Its result says how many operations it \`matched\`, and how many of these are \`done\`, \`skipped\` and \`failed\`. It skips operations that are newer than itself, and those of kind \`bulk\`. Canceling it stops it, but undoes nothing. ${skipped}`,
    headers: ["Prefer", "IdempotencyKey", "OperationIdHeader"],
    body: { schema: bulkBody },
    answers: madeAnswers(),
    problems: createProblems().filter((code) => code !== "kind-not-found"),
  };
}
