import * as z from "zod/mini";
import { described, noted } from "./vocabulary.ts";

const count = z.int().check(z.gte(0));

/** kind describes a kind of operation. */
export const kind = described(
  noted(
    z.object({
      kind: z.string(),
      description: z.string(),
      engine: z.enum(["worker", "external"]),
      inputSchema: z.record(z.string(), z.unknown()),
      paused: z.optional(z.boolean()),
      running: z.optional(count),
      waiting: z.optional(count),
      asking: z.optional(count),
      parked: z.optional(count),
    }),
    { id: "Kind", description: "A kind of operation." },
  ),
  {
    engine: "`worker`: runs in the service. `external`: claimed by outside workers.",
    inputSchema: "The JSON Schema of `input`.",
    paused: "Whether the kind is paused: none of its operations is started or can be claimed.",
    running: "How many operations are running, including those that wait for an answer.",
    waiting:
      "How many operations are ready to start, but wait for a free slot, a worker or the end of the pause.",
    asking: "How many of the running operations wait for an answer.",
    parked:
      "How many operations have no attempt while they sleep or wait for an answer; no other count includes them.",
  },
);

/** deletedTenant says that the data of a tenant has been deleted. */
export const deletedTenant = described(
  noted(z.object({ tenant: z.string(), objects: count }), {
    id: "DeletedTenant",
    description: "A tenant whose data has been deleted.",
  }),
  { objects: "The number of objects that were emptied." },
);

/** deletingTenant is the progress of a deletion that takes several requests. */
export const deletingTenant = described(
  noted(z.object({ tenant: z.string(), objects: count, next: count }), {
    id: "DeletingTenant",
    description: "A tenant whose first objects have been emptied.",
  }),
  { objects: "The number of these objects.", next: "The object to continue from, as `from`." },
);

/** webhookSecrets are the secrets that verify a tenant's webhooks. */
export const webhookSecrets = described(
  noted(z.object({ secrets: z.array(z.string()) }), {
    id: "WebhookSecrets",
    description: "The secrets that verify a tenant's webhooks.",
  }),
  { secrets: "As Standard Webhooks writes them, `whsec_…`, in the order of `WEBHOOK_SECRET`." },
);

const spread = noted(
  z.object({ mean: z.number(), p50: z.number(), p95: z.number(), p99: z.number() }),
  {
    id: "Spread",
    description: "In milliseconds. A quantile is never too low, and at most a fifth too high.",
  },
);

const kindStats = described(
  noted(
    z.object({
      paused: z.boolean(),
      running: count,
      waiting: count,
      asking: count,
      parked: count,
      toStart: z.optional(spread),
      toFinish: z.optional(spread),
    }),
    {
      id: "KindStats",
      description:
        "The state of a kind, as in Kind, and how long its operations took since counting began.",
    },
  ),
  {
    toStart: "From the time an operation may start to the start of its first attempt.",
    toFinish: "From the creation of an operation to its end, including waits.",
  },
);

/** kinds is the list of kinds. */
export const kinds = noted(z.object({ kinds: z.array(kind) }), {
  id: "Kinds",
  description: "Sorted by name.",
});

const byStatus = noted(z.record(z.string(), count), {
  id: "Counts",
  description: "Counts by status; zeros are left out.",
});

/** stats are a tenant's counts of operations and requests, and how long they took. */
export const stats = described(
  noted(
    z.object({
      operations: z.object({
        total: count,
        byStatus,
        byKind: z.record(z.string(), byStatus),
      }),
      attempts: count,
      waiters: count,
      kinds: z.record(z.string(), kindStats),
      spans: z.object({ exported: count, dropped: count }),
      requests: z.record(
        z.string(),
        noted(
          z.object({
            count,
            statuses: noted(z.record(z.string(), count), {
              description: "Counts by HTTP status.",
            }),
            latency: spread,
          }),
          { id: "RouteStats", description: "The counts of one route." },
        ),
      ),
    }),
    {
      id: "Stats",
      description: "Statistics of one tenant. Request counts arrive up to 20 s late.",
    },
  ),
  {
    attempts: "Running now.",
    waiters:
      "Clients that are waiting or watching now; workers that wait in one isolate count once for each object.",
    kinds: "By kind; after the first 32 kinds, times are counted under `(other)`.",
    spans: "Spans that a collector has accepted, and spans that were dropped; zero without one.",
    requests: "By route pattern. Latencies exclude the time that clients asked to wait.",
  },
);

/** health says that the Worker is running. */
export const health = noted(z.object({ status: z.literal("ok") }), {
  id: "Health",
  description: "The Worker is running. Nothing else was checked.",
});
