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

/** againActions do again what was asked once, and act on many. */
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

/** againTexts returns what there is to say of them; as a function, it is not in the Worker's bundle. */
export function againTexts(): ActionTexts<keyof typeof againActions> {
  return {
    rerunOperation: {
      tag: "Operations",
      summary: "Make the request of a finished operation again",
      description:
        "Creates an operation with the kind, input, labels, metadata, priority, `ttl`, `deadline`, `waitDeadline`, `retry` and webhook of the other. It starts at once, whenever the other was to start. Its kind checks the input as it does now. With `keepSteps` it goes on after the last step that is stored. Waits as a create does.",
      headers: ["Prefer", "IdempotencyKey", "OperationIdHeader"],
      body: { schema: rerunBody, required: false },
      answers: madeAnswers(),
      problems: [...createProblems(), "operation-not-found", "operation-active"],
    },
    cancelManyOperations: manyText(
      "Ask many operations to stop",
      "Skipped are those that have finished, or were asked before.",
    ),
    deleteManyOperations: manyText(
      "Delete many finished operations",
      "Skipped are those that have not finished.",
    ),
    rerunManyOperations: manyText(
      "Make the requests of many finished operations again",
      "Each once, as `:rerun` does. Skipped are those that have not finished, failed those whose kind refuses the input now.",
    ),
  };
}

function manyText(summary: string, skipped: string): ActionText {
  return {
    tag: "Operations",
    summary,
    description: `Creates an operation of kind \`bulk\` that does it, tells how far it is, and has as its result how many it has \`matched\`, and of these \`done\`, \`skipped\` and \`failed\`. It touches operations that are older than itself, and none of its kind. To cancel it stops it; what is done stays. ${skipped}`,
    headers: ["Prefer", "IdempotencyKey", "OperationIdHeader"],
    body: { schema: bulkBody },
    answers: madeAnswers(),
    problems: createProblems().filter((code) => code !== "kind-not-found"),
  };
}
