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
    description: "How often work is tried. Each wait is shortened at random, by up to half.",
  }),
  {
    maxAttempts: "The first one included; 0 is without limit, up to the deadline.",
    initialInterval: "The wait after the first attempt; default 1s.",
    backoffCoefficient: "Each wait is this many times the one before.",
    maximumInterval: "The longest wait; default 1m.",
  },
);

const members = {
  kind: "What does the work; GET /api/v1/kinds lists them.",
  input:
    "Any JSON that the kind's `inputSchema` allows, its numbers kept as they are written. A kind in code takes no integer that a double changes, and no number that overflows.",
  labels: `At most ${maxLabels}, to find the operation by; values of at most 256 characters.`,
  metadata: `Any JSON object, kept and given back; at most ${maxMetadata} characters of JSON.`,
  ttl: "How long it is kept once it is finished; default DEFAULT_TTL, at most MAX_TTL.",
  deadline: "How long the work may take; default DEFAULT_DEADLINE, at most MAX_DEADLINE.",
  waitDeadline:
    "How long its sleeps and questions with a name may take together; default the kind's own, or 168h; at most MAX_DEADLINE or that, whichever is more. Of kinds in code.",
  startAfter: "How long to wait before the first attempt; at most MAX_DEADLINE.",
  startAt:
    "When the first attempt may start, in the place of startAfter; at most MAX_DEADLINE from now.",
  priority: `From 0, first, to ${lastPriority}: which of its kind is started or claimed first; default the kind's own, or ${defaultPriority}.`,
  retry: "Default: the kind's own; one attempt, of outside workers three.",
  webhook: "An https URL that is sent the operation once it has ended, by itself or as `{url}`.",
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
    { id: "BatchEntry", description: "A create, with a key of its own." },
  ),
  { idempotencyKey: "1 to 255 printable ASCII characters; see the header Idempotency-Key." },
);

/** batchCreateBody is a batch of creates; what refuses one entry leaves the others. */
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

/** claimBody asks for work. */
export const claimBody = described(
  noted(objectOf(claimRequest), {
    id: "ClaimRequest",
    description: "Asks for work.",
    examples: [{ kinds: ["resize"], lease: "1m" }],
  }),
  {
    kinds: "External kinds, any of them.",
    max: `How many to take; at most ${maxClaim}.`,
    lease: `For how long each attempt is the claimer's; ${leases}.`,
    worker: "What the claimer calls itself, told with the attempts that it makes.",
  },
);

const attempt = "The number of the attempt, as the claim gave it.";

/** reportBody is a worker's word on its attempt. */
export const reportBody = described(
  noted(objectOf(reportRequest), {
    id: "ReportRequest",
    description: "A worker's report on its attempt.",
    examples: [{ attempt: 1, percentComplete: 50, statusMessage: "half way", lease: "1m" }],
  }),
  {
    attempt,
    metadata: `Replaces what was noted before; at most ${maxMetadata} characters of JSON.`,
    output: "What the work has written, added to its output: a text, or bytes as base64.",
    outputOffset:
      "Where it belongs, in bytes: what is there already is not added again, so the request may be repeated. By default the end.",
    lease: `The attempt stays the worker's for this long from now; ${leases}.`,
    log: `Lines that the attempt logged, oldest first; at most ${maxLogText} characters of JSON. One whose \`line\` is no further than the last is there already, and left out; without it, it gets the next.`,
  },
);

/** releaseBody gives an attempt back. */
export const releaseBody = described(
  noted(objectOf(releaseRequest), {
    id: "ReleaseRequest",
    description: "Gives an attempt back.",
    examples: [{ attempt: 1 }],
  }),
  { attempt },
);

/** completeBody ends an attempt well. */
export const completeBody = described(
  noted(objectOf(completeRequest), {
    id: "CompleteRequest",
    description: "The end of an attempt that went well.",
    examples: [{ attempt: 1, result: { pages: 12 } }],
  }),
  { attempt, result: `Any JSON of at most ${maxResult} bytes; null where it is left out.` },
);

/** failBody ends an attempt that failed. */
export const failBody = described(
  noted(objectOf(failRequest), {
    id: "FailRequest",
    description: "The end of an attempt that failed.",
    examples: [{ attempt: 1, error: { code: "out_of_stock", message: "None left" } }],
  }),
  {
    attempt,
    error: "`canceled` as its code says that the work has stopped as a client asked.",
    retryable: "Whether another attempt, if `retry` allows one, could do better.",
  },
);

const range = `from ${formatDuration(leastTicketTtl)} to ${formatDuration(maxTicketLife)}`;

/** ticketBody asks for a ticket; all of it may be left out. */
export const ticketBody = described(
  noted(objectOf(ticketRequest), {
    id: "TicketRequest",
    description: "Asks for a ticket. An empty body means `{}`.",
    examples: [{ ttl: "10m" }],
  }),
  {
    ttl: `For how long it is good, ${range}; default ${formatDuration(defaultTicketTtl)}.`,
  },
);

/** rerunBody says what is to be other than it was; all of it may be left out. */
export const rerunBody = described(
  noted(objectOf(rerunRequest), {
    id: "RerunRequest",
    description: "What is to differ from the original. An empty body means `{}`.",
    examples: [{ input: { width: 3 } }, { keepSteps: true }],
  }),
  {
    input: "Replaces the original's input, as in a create; not with `keepSteps`.",
    keepSteps:
      "Whether it continues after the last step that the original stored, with the keys of its steps. Failed steps run again.",
  },
);

/** cancelBody says how to cancel; all of it may be left out. */
export const cancelBody = described(
  noted(objectOf(cancelRequest), {
    id: "CancelRequest",
    description: "How to cancel. An empty body means `{}`.",
    examples: [{ force: true }],
  }),
  { force: "Whether it ends at once, whatever its work, or the worker that holds it, does." },
);

described(
  noted(objectOf(bulkFilter), {
    id: "BulkFilter",
    description: "Which operations are meant, as in a list: at least one member.",
  }),
  {
    status: "Any of them.",
    kind: "Any of them.",
    label: "`name:value`, all of them.",
    labels: "The same as names and values.",
    createdAfter: "RFC 3339.",
    createdBefore: "RFC 3339.",
    all: "`true`, and no other member: every operation.",
  },
);

/** bulkBody says which operations are acted on. */
export const bulkBody = described(
  noted(objectOf(bulkRequest), {
    id: "BulkRequest",
    description: "Which operations are acted on.",
    examples: [{ filter: { status: "failed", labels: { customer: "42" } }, dryRun: true }],
  }),
  { dryRun: "Whether it only counts what it would do." },
);

/** kindBody is what changes of a kind. */
export const kindBody = described(
  noted(objectOf(kindRequest), {
    id: "KindRequest",
    description: "What is to change of a kind.",
    examples: [{ paused: true }],
  }),
  { paused: "Whether to stop starting its operations and handing them out." },
);

/** anyAnswer is an answer to what an operation asks: any JSON. */
export const anyAnswer = noted(z.unknown(), {
  id: "AnyJson",
  description: `Any JSON of at most ${maxAnswer} characters that \`inputRequest.schema\` allows; no integer that a double changes, and no number that overflows.`,
  examples: [{ approve: true }],
});
