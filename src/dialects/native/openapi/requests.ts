import * as z from "zod/mini";
import { formatDuration } from "../../../base/duration.ts";
import {
  defaultPriority,
  lastPriority,
  maxAnswer,
  maxBatch,
  maxDepth,
  maxLabels,
  maxMetadata,
  maxResult,
  maxTicketLife,
} from "../../../core/limits.ts";
import { maxLogText } from "../../../core/log-line.ts";
import { retryRequest } from "../../../core/shape/retry-request.ts";
import { objectOf } from "../../../core/shape/zod-of.ts";
import { maxClaim, maxLease, minLease } from "../../../core/work.ts";
import { batchGetRequest } from "../batch-get-request.ts";
import { bulkFilter, bulkRequest } from "../bulk-request.ts";
import { cancelRequest } from "../cancel-request.ts";
import { createRequest } from "../create-request.ts";
import { kindRequest } from "../kind-request.ts";
import { rerunRequest } from "../rerun-request.ts";
import { defaultTicketTtl, leastTicketTtl, ticketRequest } from "../ticket-request.ts";
import {
  claimRequest,
  completeRequest,
  failRequest,
  releaseRequest,
  reportRequest,
} from "../work-request.ts";
import { create } from "./examples.ts";
import { described, noted } from "./vocabulary.ts";

described(
  noted(objectOf(retryRequest), {
    id: "RetryPolicy",
    description: "How many times work is tried. Each delay is shortened at random, by up to half.",
  }),
  {
    maxAttempts: "Including the first attempt; 0 means no limit, until the deadline.",
    initialInterval: "The delay after the first attempt; default 1s.",
    backoffCoefficient: "Each delay is this many times the previous one.",
    maximumInterval: "The longest delay; default 1m.",
  },
);

const members = {
  kind: "The kind of operation; GET /api/v1/kinds lists them.",
  input:
    "Any JSON that the kind's `inputSchema` allows, its numbers kept as they are written. A kind in code rejects integers that a double cannot represent, and numbers that overflow.",
  labels: `At most ${maxLabels}, to find the operation by; values of at most 256 characters.`,
  metadata: `Any JSON object, stored and returned; at most ${maxMetadata} characters of JSON.`,
  ttl: "How long the operation is kept after it has finished; default DEFAULT_TTL, at most MAX_TTL.",
  deadline: "How long the work may take; default DEFAULT_DEADLINE, at most MAX_DEADLINE.",
  waitDeadline:
    "How long its named sleeps and questions may take in total; by default the kind's own limit, or 168h; at most that or MAX_DEADLINE, whichever is more. Only for kinds in code.",
  startAfter: "How long to wait before the first attempt; at most MAX_DEADLINE.",
  startAt:
    "When the first attempt may start, as an alternative to startAfter; at most MAX_DEADLINE from now.",
  priority: `From 0 (first) to ${lastPriority} among operations of its kind; default the kind's own, or ${defaultPriority}.`,
  retry: "Default: the kind's own policy, or else one attempt, or three for outside workers.",
  webhook: "An https URL to notify when the operation has ended, as a string or as `{url}`.",
};

/** createBody is the body of a create. */
export const createBody = described(
  noted(objectOf(createRequest), {
    id: "CreateRequest",
    description: `An operation to create. JSON may nest at most ${maxDepth} levels.`,
    examples: [create],
  }),
  members,
);
noted(objectOf(createRequest).shape.labels, {
  description: members.labels,
  maxProperties: maxLabels,
});

const entry = described(
  noted(
    z.extend(objectOf(createRequest), {
      idempotencyKey: z.optional(z.string().check(z.minLength(1), z.maxLength(255))),
    }),
    { id: "BatchEntry", description: "A create, with its own idempotency key." },
  ),
  { idempotencyKey: "1 to 255 printable ASCII characters; see the header Idempotency-Key." },
);

/** batchCreateBody is a batch of creates; a refused entry does not affect the others. */
export const batchCreateBody = noted(
  z.strictObject({ operations: z.array(entry).check(z.maxLength(maxBatch)) }),
  {
    id: "BatchCreateRequest",
    description: `At most ${maxBatch} operations to create.`,
    examples: [{ operations: [{ ...create, idempotencyKey: "order-42" }] }],
  },
);

/** batchGetBody is a batch of ids. */
export const batchGetBody = noted(objectOf(batchGetRequest), {
  id: "BatchGetRequest",
  description: `At most ${maxBatch} ids.`,
});

const leases = `from ${formatDuration(minLease)} to ${formatDuration(maxLease)}`;

/** claimBody is the body of a claim. */
export const claimBody = described(
  noted(objectOf(claimRequest), {
    id: "ClaimRequest",
    description: "A request for work.",
    examples: [{ kinds: ["resize"], lease: "1m" }],
  }),
  {
    kinds: "External kinds; operations of any of them are returned.",
    max: `How many to claim; at most ${maxClaim}.`,
    lease: `How long the worker holds each attempt; ${leases}.`,
    worker: "A name for the worker, which is shown with its attempts.",
  },
);

const attempt = "The number of the attempt, as returned by the claim.";

/** reportBody is a worker's report on its attempt. */
export const reportBody = described(
  noted(objectOf(reportRequest), {
    id: "ReportRequest",
    description: "A worker's report on its attempt.",
    examples: [{ attempt: 1, percentComplete: 50, statusMessage: "half way", lease: "1m" }],
  }),
  {
    attempt,
    metadata: `Replaces the previous metadata; at most ${maxMetadata} characters of JSON.`,
    output: "Output to append: a string, or bytes as base64.",
    outputOffset:
      "Its offset in bytes. Output that is stored already is not appended again, so the request is safe to repeat. Default: the end.",
    lease: `How long the worker holds the attempt from now on; ${leases}.`,
    log: `Lines that the attempt logged, oldest first; at most ${maxLogText} characters of JSON. A line whose \`line\` is not higher than the last one is a repetition, and is ignored; without \`line\`, it gets the next number.`,
  },
);

/** releaseBody releases an attempt. */
export const releaseBody = described(
  noted(objectOf(releaseRequest), {
    id: "ReleaseRequest",
    description: "Releases an attempt.",
    examples: [{ attempt: 1 }],
  }),
  { attempt },
);

/** completeBody completes an attempt. */
export const completeBody = described(
  noted(objectOf(completeRequest), {
    id: "CompleteRequest",
    description: "A successful end of an attempt.",
    examples: [{ attempt: 1, result: { pages: 12 } }],
  }),
  { attempt, result: `Any JSON of at most ${maxResult} bytes; null if left out.` },
);

/** failBody fails an attempt. */
export const failBody = described(
  noted(objectOf(failRequest), {
    id: "FailRequest",
    description: "A failed end of an attempt.",
    examples: [{ attempt: 1, error: { code: "out_of_stock", message: "None left" } }],
  }),
  {
    attempt,
    error: "The code `canceled` means that the work has stopped as a client requested.",
    retryable: "Whether another attempt, if `retry` allows one, could succeed.",
  },
);

const range = `from ${formatDuration(leastTicketTtl)} to ${formatDuration(maxTicketLife)}`;

/** ticketBody is the body of a request for a ticket; every member is optional. */
export const ticketBody = described(
  noted(objectOf(ticketRequest), {
    id: "TicketRequest",
    description: "A request for a ticket. An empty body means `{}`.",
    examples: [{ ttl: "10m" }],
  }),
  {
    ttl: `How long it is valid, ${range}; default ${formatDuration(defaultTicketTtl)}.`,
  },
);

/** rerunBody says what differs from the original; every member is optional. */
export const rerunBody = described(
  noted(objectOf(rerunRequest), {
    id: "RerunRequest",
    description: "What differs from the original. An empty body means `{}`.",
    examples: [{ input: { width: 3 } }, { keepSteps: true }],
  }),
  {
    input: "Replaces the original's input, as in a create; not with `keepSteps`.",
    keepSteps:
      "Whether to continue after the last step that the original stored, with the same idempotency keys. Failed steps run again.",
  },
);

/** cancelBody says how to cancel; every member is optional. */
export const cancelBody = described(
  noted(objectOf(cancelRequest), {
    id: "CancelRequest",
    description: "How to cancel. An empty body means `{}`.",
    examples: [{ force: true }],
  }),
  { force: "Whether the operation ends at once, without waiting for its work or its worker." },
);

described(
  noted(objectOf(bulkFilter), {
    id: "BulkFilter",
    description: "Selects operations, as in a list: at least one member.",
  }),
  {
    status: "Any of them.",
    kind: "Any of them.",
    label: "`name:value`, all of them.",
    labels: "The same, as an object of names and values.",
    createdAfter: "RFC 3339.",
    createdBefore: "RFC 3339.",
    all: "`true`, without other members: every operation.",
  },
);

/** bulkBody selects the operations to act on. */
export const bulkBody = described(
  noted(objectOf(bulkRequest), {
    id: "BulkRequest",
    description: "Which operations to act on.",
    examples: [{ filter: { status: "failed", labels: { customer: "42" } }, dryRun: true }],
  }),
  { dryRun: "Whether to only count what would be done." },
);

/** kindBody is the change to a kind. */
export const kindBody = described(
  noted(objectOf(kindRequest), {
    id: "KindRequest",
    description: "The change to a kind.",
    examples: [{ paused: true }],
  }),
  { paused: "Whether to stop starting its operations and letting workers claim them." },
);

/** anyAnswer is an answer to an operation's question: any JSON. */
export const anyAnswer = noted(z.unknown(), {
  id: "AnyJson",
  description: `Any JSON of at most ${maxAnswer} characters that \`inputRequest.schema\` allows; integers that a double cannot represent and numbers that overflow are rejected.`,
  examples: [{ approve: true }],
});
