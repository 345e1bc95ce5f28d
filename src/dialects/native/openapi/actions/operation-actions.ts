import { locating } from "../headers.ts";
import { found, made, operation, operationList } from "../operation-answers.ts";
import { batchCreateBody, batchGetBody, createBody } from "../requests.ts";
import { type ActionTexts, bodyProblems } from "./action.ts";

/** operationActions make operations, and find them. */
export const operationActions = {
  listOperations: {
    tag: "Operations",
    summary: "List operations",
    description: "A page, newest first. A filtered page looks at 10,000 operations per shard.",
    parameters: [
      "Status",
      "Kind",
      "Label",
      "CreatedAfter",
      "CreatedBefore",
      "Order",
      "Limit",
      "PageToken",
    ],
    answers: { 200: { description: "A page.", content: operationList } },
    problems: ["validation-failed"],
  },
  createOperation: {
    tag: "Operations",
    summary: "Create an operation",
    description:
      "Answers 202 at once. With `sync=true` or `Prefer: wait`, 200 if it succeeds in time, 424 if it fails.",
    parameters: ["Sync", "Timeout", "Prefer", "IdempotencyKey", "OperationIdHeader"],
    body: { schema: createBody },
    answers: {
      200: {
        description: "It succeeded within the wait.",
        headers: [...locating, "ETag", "Preference-Applied", "Idempotency-Replayed"],
        content: operation,
        example: "succeeded",
      },
      202: {
        description: "It is on disk, and under way.",
        headers: [...locating, "Retry-After", "ETag", "Preference-Applied", "Idempotency-Replayed"],
        content: operation,
        example: "running",
      },
    },
    problems: [
      ...bodyProblems,
      "kind-not-found",
      "idempotency-key-reused",
      "quota-exceeded",
      "operation-failed",
      "operation-canceled",
    ],
  },
  batchGetOperations: {
    tag: "Operations",
    summary: "Get several operations",
    body: { schema: batchGetBody },
    answers: { 200: { description: "Each of them, or why not.", content: found } },
    problems: bodyProblems,
  },
  batchCreateOperations: {
    tag: "Operations",
    summary: "Create several operations",
    description:
      "Each entry is created or refused by itself. Idempotency keys stand in the entries; one in a header is refused.",
    body: { schema: batchCreateBody },
    answers: { 200: { description: "Each of them, or why not.", content: made } },
    problems: bodyProblems,
  },
} as const satisfies ActionTexts;
