import { type ErrorCode, errors } from "../../../core/errors.ts";

const id = "01m8032f3r0000000a1b2c3d4e5f6g";
const self = `https://example.com/api/v1/operations/${id}`;

const created = {
  id,
  kind: "simulate",
  labels: { customer: "42" },
  attempt: 1,
  createdAt: "2026-11-21T19:16:00.000Z",
  startedAt: "2026-11-21T19:16:00.000Z",
  deadlineAt: "2026-11-21T19:31:00.000Z",
  metadata: {},
  links: {
    self,
    result: `${self}/result`,
    events: `${self}/events`,
    watch: `${self}/watch`,
    cancel: `${self}:cancel`,
  },
};

/** operation is a running operation. */
export const operation = {
  ...created,
  status: "running",
  statusMessage: "step 2 of 5",
  percentComplete: 40,
  version: 3,
  updatedAt: "2026-11-21T19:16:01.200Z",
};

const ended = {
  finishedAt: "2026-11-21T19:16:03.004Z",
  updatedAt: "2026-11-21T19:16:03.004Z",
  expiresAt: "2026-11-22T19:16:03.004Z",
};

const succeededOperation = {
  ...created,
  ...ended,
  status: "succeeded",
  version: 7,
  result: { pages: 12 },
};

/** failedOperation is an operation that has failed. */
export const failedOperation = {
  ...created,
  ...ended,
  status: "failed",
  version: 7,
  error: { code: "out_of_stock", message: "None left" },
};

const claimedOperation = {
  ...created,
  kind: "resize",
  status: "running",
  version: 2,
  updatedAt: created.startedAt,
  lease: { expiresAt: "2026-11-21T19:17:00.000Z" },
  input: { url: "https://example.com/cat.png", width: 200 },
};

/** problemOf returns a problem with a code. */
export function problemOf(code: ErrorCode) {
  const messages: { readonly [known in ErrorCode]?: string } = {
    "validation-failed": 'limit: must be 1 to 1000, not "0"',
    "operation-failed": failedOperation.error.message,
  };
  const { title } = errors[code];
  const message = messages[code] ?? title;
  return {
    type: `https://example.com/problems/${code}`,
    title,
    detail: message,
    instance: "/api/v1/operations",
    error: { code, message },
    ...(code === "validation-failed" && {
      errors: [{ path: "limit", message: 'must be 1 to 1000, not "0"' }],
    }),
    ...(code === "operation-failed" && { operation: failedOperation }),
  };
}

/** examples are examples of responses, by their names in `components.examples`. */
export const examples = {
  running: { summary: "In progress.", value: operation },
  succeeded: { summary: "Finished, with a result.", value: succeededOperation },
  failed: { summary: "Finished, without one.", value: failedOperation },
  stopping: {
    summary: "Asked to stop.",
    value: { ...operation, cancelRequestedAt: operation.updatedAt },
  },
  claimed: { summary: "One claim.", value: { operations: [claimedOperation] } },
} as const;

/** ExampleName names an example of the document. */
export type ExampleName = keyof typeof examples;

/** create is the body of a create. */
export const create = {
  kind: "simulate",
  input: { duration: "3s", steps: 5, value: { pages: 12 } },
  labels: { customer: "42" },
};

/** event is a server-sent event. */
export const event = `id: 3\nevent: operation\ndata: ${JSON.stringify(operation)}\n\n`;
