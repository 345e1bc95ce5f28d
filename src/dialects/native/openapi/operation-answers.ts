import * as z from "zod/mini";
import { defaultPriority, lastPriority, maxInlineResult } from "../../../core/limits.ts";
import { maxShownPath } from "../../../core/upstream-request.ts";
import { failedOperation, operation as operationExample } from "./examples.ts";
import { errorCode, labels, metadata, operationId, status, timestamp } from "./scalars.ts";
import { described, noted, saying } from "./vocabulary.ts";

const links = noted(
  z.object({
    self: z.string(),
    result: z.string(),
    events: z.string(),
    watch: z.string(),
    cancel: z.string(),
    output: z.optional(z.string()),
  }),
  {
    id: "Links",
    description:
      "Absolute URLs. `watch` is for a WebSocket, `cancel` for a POST; `output` is present once its work has written output.",
  },
);

/** operationError says why something failed. */
export const operationError = described(
  noted(z.object({ code: z.string(), message: z.string(), details: z.optional(z.unknown()) }), {
    id: "OperationError",
    description: "Why an operation failed or was canceled.",
  }),
  {
    code: "The work's own code, or `deadline_exceeded`, `interrupted`, `canceled`, `internal`, `result_too_large`, `upstream_…`.",
    message: "For people.",
    details: "Any JSON.",
  },
);

const inputRequest = described(
  noted(z.object({ message: z.optional(z.string()), schema: z.record(z.string(), z.unknown()) }), {
    id: "InputRequest",
    description: "The question of an operation; `POST …:input` answers it.",
  }),
  { message: "The question, as text.", schema: "The JSON Schema of the answer." },
);

const lease = noted(z.object({ expiresAt: timestamp }), {
  id: "Lease",
  description:
    "While an outside worker holds the attempt: when it loses the attempt unless it reports first.",
});

const upstream = described(
  noted(
    z.object({
      name: z.string(),
      method: z.string(),
      path: z.string().check(z.maxLength(maxShownPath + 1)),
      status: z.optional(z.int()),
    }),
    {
      id: "UpstreamRequest",
      description: "For the kind `http`: the request to the upstream, without its query.",
    },
  ),
  {
    name: "The name of the upstream in the configuration.",
    path: `The path under the upstream's base URL; after ${maxShownPath} characters it ends with \`…\`.`,
    status: "The status of its response, once there is one.",
  },
);

const largeResult = described(
  z.object({ mediaType: z.string(), size: z.int(), storage: z.literal("bucket") }),
  { size: "Bytes.", storage: "Where it is stored: in the bucket of the service." },
);

/** operation is the status monitor. */
export const operation = described(
  noted(
    z.object({
      id: operationId,
      kind: z.string(),
      status,
      statusMessage: z.optional(z.string()),
      percentComplete: z.optional(z.number().check(z.gte(0), z.lte(100))),
      upstream: z.optional(upstream),
      largeResult: z.optional(largeResult),
      labels,
      rerunOf: z.optional(operationId),
      traceparent: z.optional(z.string()),
      tracestate: z.optional(z.string()),
      priority: z.optional(z.int().check(z.gte(0), z.lte(lastPriority))),
      attempt: z.int().check(z.gte(0)),
      version: z.int().check(z.gte(1)),
      createdAt: timestamp,
      startAt: z.optional(timestamp),
      startedAt: z.optional(timestamp),
      updatedAt: timestamp,
      finishedAt: z.optional(timestamp),
      deadlineAt: saying(
        timestamp,
        "When unfinished work is ended as `failed`, `deadline_exceeded`.",
      ),
      expiresAt: z.optional(timestamp),
      cancelRequestedAt: z.optional(timestamp),
      lease: z.optional(lease),
      inputRequest: z.optional(inputRequest),
      metadata,
      result: z.optional(z.unknown()),
      error: z.optional(operationError),
      links,
    }),
    {
      id: "Operation",
      description:
        "The current state of an operation. Members without a value are left out, never null.",
      examples: [operationExample, failedOperation],
    },
  ),
  {
    kind: "The kind of operation.",
    statusMessage: "For people.",
    percentComplete: "From 0 to 100.",
    largeResult: "Present if its result is stored in a bucket: `…/result` returns it.",
    traceparent: "The trace of its create (W3C Trace Context), which is passed on to its work.",
    rerunOf: "The id of the operation that it reruns.",
    attempt: "The number of the current attempt, which alone may report; 0 before the first.",
    version: "Counts the changes of this operation, from 1; it never decreases.",
    priority: `From 0 (first) to ${lastPriority} among operations of its kind; left out if it is ${defaultPriority}.`,
    startAt:
      "While pending: when it, or its next attempt, may start; left out if it may start now. While running: when the next attempt to undo its steps may start.",
    startedAt: "When its first attempt started.",
    expiresAt: "When a finished operation is deleted.",
    cancelRequestedAt: "When a client asked to cancel; it may still succeed.",
    inputRequest: "While `input_required`.",
    result: `The result, if it is JSON of at most ${maxInlineResult} bytes; \`…/result\` returns any result.`,
    error: "Present if it failed or was canceled.",
  },
);

/** claimedOperation is an operation as a worker receives it. */
export const claimedOperation = described(
  noted(z.extend(operation, { lease, input: z.optional(z.unknown()) }), {
    id: "ClaimedOperation",
    description: "An operation whose current attempt is the claimer's until its lease expires.",
  }),
  { input: "Its input; left out if it has none." },
);

/** input is the input of an operation. */
export const input = described(
  noted(z.object({ input: z.optional(z.unknown()) }), {
    id: "OperationInput",
    description: "The input of an operation.",
    examples: [{ input: { width: 2 } }],
  }),
  { input: "Any JSON; left out if the operation has none." },
);

/** operationList is a page of operations. */
export const operationList = described(
  noted(z.object({ operations: z.array(operation), nextPageToken: z.optional(z.string()) }), {
    id: "OperationList",
    description: "A page of operations. It may be short and still have a next page.",
  }),
  { nextPageToken: "The `pageToken` of the next page; left out on the last page." },
);

/** found is the response to a batch of ids. */
export const found = noted(
  z.object({
    operations: z.array(
      z.union([
        operation,
        noted(
          z.object({
            id: z.string(),
            error: z.object({ code: errorCode, message: z.string() }),
          }),
          { id: "NotFoundEntry", description: "An id without an operation." },
        ),
      ]),
    ),
  }),
  { id: "FoundOperations", description: "One entry for each id, in the order of the request." },
);

/** fieldErrors are the problems with a request, by field. */
export const fieldErrors = noted(z.array(z.object({ path: z.string(), message: z.string() })), {
  id: "FieldErrors",
  description: "What is wrong, and where; at most 100.",
  examples: [[{ path: "labels.customer", message: "must be a string" }]],
});

/** made is the response to a batch of creates. */
export const made = noted(
  z.object({
    operations: z.array(
      z.union([
        operation,
        noted(
          z.object({
            error: z.object({
              code: errorCode,
              message: z.string(),
              errors: z.optional(fieldErrors),
            }),
          }),
          { id: "RefusedEntry", description: "A refused entry." },
        ),
      ]),
    ),
  }),
  {
    id: "MadeOperations",
    description: "One entry for each operation, in the order of the request.",
  },
);

/** claimed is the response to a claim. */
export const claimed = noted(z.object({ operations: z.array(claimedOperation) }), {
  id: "ClaimedOperations",
  description: "By priority and age; empty if there is nothing to do.",
});

/** ticket is a credential for a browser. */
export const ticket = described(
  noted(z.object({ ticket: z.string(), expiresAt: timestamp }), {
    id: "Ticket",
    description: "A credential that can read one operation and nothing else.",
  }),
  { ticket: "Opaque; at most 1,024 characters." },
);
