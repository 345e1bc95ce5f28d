import { type Action, bodyProblems } from "./action.ts";
import { failedOperation, operation as running, succeededOperation } from "./examples.ts";
import { locating } from "./headers.ts";
import { found, made, operation, operationList } from "./operation-answers.ts";
import { ticket } from "./other-answers.ts";
import { anyAnswer, batchCreateBody, batchGetBody, createBody, ticketBody } from "./requests.ts";

const operations = "/api/v1/operations";
const one = `${operations}/{id}`;

const accepted = [...locating, "Retry-After", "ETag"] as const;

const kept = ["ETag", "Accept-Ranges", "Preference-Applied"] as const;

/** operationActions are what clients do with operations. */
export const operationActions: readonly Action[] = [
  {
    path: operations,
    method: "get",
    operationId: "listOperations",
    tag: "Operations",
    scope: "read",
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
  {
    path: operations,
    method: "post",
    operationId: "createOperation",
    tag: "Operations",
    scope: "write",
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
        example: succeededOperation,
      },
      202: {
        description: "It is on disk, and under way.",
        headers: [...accepted, "Preference-Applied", "Idempotency-Replayed"],
        content: operation,
        example: running,
      },
    },
    problems: [
      ...bodyProblems,
      "kind-not-found",
      "idempotency-key-reused",
      "operation-failed",
      "operation-canceled",
    ],
  },
  {
    path: `${operations}:batchGet`,
    method: "post",
    operationId: "batchGetOperations",
    tag: "Operations",
    scope: "read",
    summary: "Get several operations",
    body: { schema: batchGetBody },
    answers: { 200: { description: "Each of them, or why not.", content: found } },
    problems: bodyProblems,
  },
  {
    path: `${operations}:batchCreate`,
    method: "post",
    operationId: "batchCreateOperations",
    tag: "Operations",
    scope: "write",
    summary: "Create several operations",
    description:
      "Each entry is made or refused by itself. Idempotency keys stand in the entries; one in a header is refused.",
    body: { schema: batchCreateBody },
    answers: { 200: { description: "Each of them, or why not.", content: made } },
    problems: bodyProblems,
  },
  {
    path: one,
    method: "get",
    operationId: "getOperation",
    tag: "Operations",
    scope: "read",
    ticket: "bearer",
    summary: "Get an operation",
    description:
      "Waits, where asked to, for the end, or with `If-None-Match` for the next change of version.",
    parameters: ["Id", "Wait", "Prefer", "IfNoneMatch"],
    answers: {
      200: {
        description: "The operation, whatever its status.",
        headers: ["ETag", "Retry-After", "Preference-Applied"],
        content: operation,
      },
      304: { description: "It has not changed.", headers: ["ETag", "Preference-Applied"] },
    },
    problems: ["operation-not-found"],
  },
  {
    path: one,
    method: "delete",
    operationId: "deleteOperation",
    tag: "Operations",
    scope: "write",
    summary: "Delete a finished operation",
    parameters: ["Id", "IfMatch"],
    answers: { 204: { description: "It is gone." } },
    problems: ["operation-not-found", "operation-active", "precondition-failed"],
  },
  {
    path: `${one}/result`,
    method: "get",
    operationId: "getResult",
    tag: "Operations",
    scope: "read",
    ticket: "bearer",
    summary: "Get the result of an operation",
    parameters: ["Id", "Wait", "Prefer", "IfNoneMatchResult", "Range", "IfRange"],
    answers: {
      200: {
        description: "The result in its own media type; at most 8 MiB.",
        headers: kept,
        content: "bytes",
      },
      202: {
        description: "The operation is not finished.",
        headers: [...accepted, "Preference-Applied"],
        content: operation,
        example: running,
      },
      206: {
        description: "A range of it.",
        headers: [...kept, "Content-Range"],
        content: "bytes",
      },
      304: { description: "It is what you have.", headers: kept },
      default: {
        description: "Of the kind `http`: the upstream's answer, whatever its status.",
        headers: kept,
        content: "bytes",
      },
    },
    problems: [
      "operation-not-found",
      "range-not-satisfiable",
      "operation-failed",
      "operation-canceled",
    ],
  },
  {
    path: `${one}:cancel`,
    method: "post",
    operationId: "cancelOperation",
    tag: "Operations",
    scope: "write",
    summary: "Ask an operation to stop",
    description: "May be repeated. The work may still succeed.",
    parameters: ["Id", "IfMatch"],
    answers: {
      200: {
        description: "It is finished.",
        headers: ["ETag"],
        content: operation,
        example: failedOperation,
      },
      202: {
        description: "It is asked to stop.",
        headers: accepted,
        content: operation,
        example: { ...running, cancelRequestedAt: running.updatedAt },
      },
    },
    problems: ["operation-not-found", "precondition-failed"],
  },
  {
    path: `${one}:input`,
    method: "post",
    operationId: "answerInput",
    tag: "Operations",
    scope: "write",
    summary: "Answer what an operation asks",
    parameters: ["Id"],
    body: { schema: anyAnswer },
    answers: {
      200: {
        description: "The operation, which goes on.",
        headers: ["ETag", "Retry-After"],
        content: operation,
      },
    },
    problems: [...bodyProblems, "operation-not-found", "already-terminal", "input-not-required"],
  },
  {
    path: `${one}:tickets`,
    method: "post",
    operationId: "createTicket",
    tag: "Operations",
    scope: "read",
    summary: "Make a ticket for a browser",
    description:
      "It reads this operation alone, and cannot be called back. Without TICKET_SECRET: 503.",
    parameters: ["Id"],
    body: { schema: ticketBody, required: false },
    answers: { 201: { description: "The ticket.", content: ticket } },
    problems: [...bodyProblems, "operation-not-found"],
  },
];
