import * as z from "zod/mini";
import { described, noted } from "./vocabulary.ts";

const count = z.int().check(z.gte(0));

/** kind is one of what can be done. */
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
    engine: "`worker`: done here. `external`: by workers elsewhere, which claim it.",
    inputSchema: "The JSON Schema of `input`.",
    paused: "Whether it is paused: none of its operations is started or handed out.",
    running: "How many operations are under way, those that wait for an answer among them.",
    waiting: "How many could start now, but for the pause or the lack of a slot or a worker.",
    asking: "How many of those under way wait for an answer.",
    parked:
      "How many have no attempt while they sleep or wait for an answer; they are in no other of these numbers.",
  },
);

/** deletedTenant says that a tenant has nothing any more. */
export const deletedTenant = described(
  noted(z.object({ tenant: z.string(), objects: count }), {
    id: "DeletedTenant",
    description: "A tenant that has nothing any more.",
  }),
  { objects: "From how many objects all was removed." },
);

/** webhookSecrets are what the webhooks of a tenant are verified with. */
export const webhookSecrets = described(
  noted(z.object({ secrets: z.array(z.string()) }), {
    id: "WebhookSecrets",
    description: "What the webhooks of a tenant are verified with.",
  }),
  { secrets: "As Standard Webhooks writes them, `whsec_…`, in the order of `WEBHOOK_SECRET`." },
);

const spread = noted(
  z.object({ mean: z.number(), p50: z.number(), p95: z.number(), p99: z.number() }),
  { id: "Spread", description: "Milliseconds. A quantile is at most a fifth too high." },
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
    toStart: "From when an operation may start to the start of its first attempt.",
    toFinish: "From the creation of an operation to its end, waiting included.",
  },
);

/** kinds is what can be done. */
export const kinds = noted(z.object({ kinds: z.array(kind) }), {
  id: "Kinds",
  description: "Sorted by name.",
});

const byStatus = noted(z.record(z.string(), count), {
  id: "Counts",
  description: "Counts by status; what has none is left out.",
});

/** stats is what there is, and how long requests took. */
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
    { id: "Stats", description: "Of one tenant. Request counts arrive up to 20 s late." },
  ),
  {
    attempts: "Under way now.",
    waiters: "Clients that wait now.",
    kinds: "By kind; times of kinds after the first 32 under `(other)`.",
    requests: "By the pattern of the route, without the time for which clients asked to wait.",
  },
);

/** health says that the Worker runs. */
export const health = noted(z.object({ status: z.literal("ok") }), {
  id: "Health",
  description: "The Worker runs. Nothing else was checked.",
});
