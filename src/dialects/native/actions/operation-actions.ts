import type { ActionSpecs } from "../../../edge/action-spec.ts";
import { found, made, operationList } from "../openapi/operation-answers.ts";
import { batchCreateBody, batchGetBody, createBody } from "../openapi/requests.ts";
import { type ActionTexts, bodyProblems, operations } from "./action.ts";
import { createProblems, madeAnswers } from "./made-answers.ts";

/** operationActions create operations, and find them. */
export const operationActions = {
  listOperations: {
    method: "GET",
    path: operations,
    scope: "read",
    query: [
      "status",
      "kind",
      "label",
      "createdAfter",
      "createdBefore",
      "order",
      "limit",
      "pageToken",
    ],
  },
  createOperation: {
    method: "POST",
    path: operations,
    scope: "write",
    query: ["sync", "timeout"],
    request: "json",
  },
  batchGetOperations: {
    method: "POST",
    path: `${operations}:batchGet`,
    scope: "read",
    request: "json",
  },
  batchCreateOperations: {
    method: "POST",
    path: `${operations}:batchCreate`,
    scope: "write",
    request: "json",
  },
} as const satisfies ActionSpecs;

/** operationTexts returns their documentation. As a function, it is left out of the Worker's bundle. */
export function operationTexts(): ActionTexts<keyof typeof operationActions> {
  return {
    listOperations: {
      tag: "Operations",
      summary: "List operations",
      description:
        "Newest first by default. A filtered page examines at most 10,000 operations per shard, so it can be short.",
      answers: { 200: { description: "A page.", content: operationList } },
      problems: ["validation-failed"],
    },
    createOperation: {
      tag: "Operations",
      summary: "Create an operation",
      description:
        "Returns 202 at once. With `sync=true` or `Prefer: wait`, returns 200 if it succeeds in time, and 424 if it fails.",
      headers: ["Prefer", "IdempotencyKey", "OperationIdHeader"],
      body: { schema: createBody },
      answers: madeAnswers(),
      problems: createProblems(),
    },
    batchGetOperations: {
      tag: "Operations",
      summary: "Get several operations",
      body: { schema: batchGetBody },
      answers: { 200: { description: "Each operation, or why there is none.", content: found } },
      problems: bodyProblems,
    },
    batchCreateOperations: {
      tag: "Operations",
      summary: "Create several operations",
      description:
        "Each entry is created or refused independently. Put idempotency keys into the entries; a key in a header is rejected.",
      body: { schema: batchCreateBody },
      answers: { 200: { description: "Each operation, or why it was refused.", content: made } },
      problems: bodyProblems,
    },
  };
}
