import type { ActionSpecs } from "../../../edge/action-spec.ts";
import { rerunBody } from "../openapi/requests.ts";
import { type ActionTexts, one } from "./action.ts";
import { createProblems, madeAnswers } from "./made-answers.ts";

/** againActions do again what was asked once. */
export const againActions = {
  rerunOperation: {
    method: "POST",
    path: `${one}:rerun`,
    scope: "write",
    query: ["sync", "timeout"],
    request: "json",
  },
} as const satisfies ActionSpecs;

/** againTexts returns what there is to say of them; as a function, it is not in the Worker's bundle. */
export function againTexts(): ActionTexts<keyof typeof againActions> {
  return {
    rerunOperation: {
      tag: "Operations",
      summary: "Make the request of a finished operation again",
      description:
        "Creates an operation with the kind, input, labels, metadata, `ttl`, `deadline`, `retry` and webhook of the other. It starts at once, whenever the other was to start. Its kind checks the input as it does now. Waits as a create does.",
      headers: ["Prefer", "IdempotencyKey", "OperationIdHeader"],
      body: { schema: rerunBody, required: false },
      answers: madeAnswers(),
      problems: [...createProblems(), "operation-not-found", "operation-active"],
    },
  };
}
