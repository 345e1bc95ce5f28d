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
    }),
    { id: "Kind", description: "Something that can be done." },
  ),
  {
    engine: "`worker`: done here. `external`: by workers elsewhere, which claim it.",
    inputSchema: "The JSON Schema of `input`.",
    paused: "Whether nothing of it is started or handed out.",
    running: "How many operations are under way, those that wait for an answer among them.",
    waiting: "How many could start now, but for the pause, a place or a worker.",
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
      requests: z.record(
        z.string(),
        noted(
          z.object({
            count,
            statuses: noted(z.record(z.string(), count), {
              description: "Counts by HTTP status.",
            }),
            latency: noted(
              z.object({ mean: z.number(), p50: z.number(), p95: z.number(), p99: z.number() }),
              {
                description: "Milliseconds. The quantiles are upper bounds, a factor of two apart.",
              },
            ),
          }),
          { id: "RouteStats", description: "What is counted of one route." },
        ),
      ),
    }),
    { id: "Stats", description: "Of one tenant. Request counts arrive up to 20 s late." },
  ),
  {
    attempts: "Under way now.",
    waiters: "Clients that wait now.",
    requests: "By the pattern of the route.",
  },
);

/** health says that the Worker runs. */
export const health = noted(z.object({ status: z.literal("ok") }), {
  id: "Health",
  description: "The Worker runs. Nothing else was checked.",
});
