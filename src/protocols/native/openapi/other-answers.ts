import * as z from "zod/mini";
import { errors } from "../../../core/errors.ts";
import { problemOf } from "./examples.ts";
import { fieldErrors, operation } from "./operation-answers.ts";
import { errorCode, timestamp } from "./scalars.ts";
import { described, noted, saying } from "./vocabulary.ts";

const count = z.int().check(z.gte(0));

/** problem is every error of the API. */
export const problem = described(
  noted(
    z.object({
      type: z.string(),
      title: z.string(),
      detail: z.string(),
      instance: z.string(),
      error: z.object({ code: errorCode, message: z.string() }),
      errors: z.optional(fieldErrors),
      operation: z.optional(operation),
    }),
    {
      id: "Problem",
      description: "RFC 9457, without its numeric `status`, which is the answer's own.",
      examples: [problemOf("validation-failed")],
    },
  ),
  {
    type: "The URL of a page about this code.",
    instance: "The path of the request.",
    errors: "With `validation-failed`.",
    operation: "With `operation-failed` and `operation-canceled`: the operation.",
  },
);

/** problemPage explains a code. */
export const problemPage = noted(
  z.object({
    code: errorCode,
    status: z.int().check(z.gte(400), z.lte(599)),
    title: z.string(),
  }),
  {
    id: "ProblemPage",
    description: "What a code means, and the HTTP status that it comes with.",
    examples: [{ code: "not-found", ...errors["not-found"] }],
  },
);

/** deliveries is what became of telling a webhook. */
export const deliveries = noted(
  z.object({
    deliveries: z.array(
      described(
        noted(
          z.object({
            webhookId: z.string(),
            target: z.string(),
            state: z.enum(["pending", "delivered", "gone", "exhausted"]),
            tries: z.array(
              described(
                noted(
                  z.object({
                    at: saying(timestamp, "When it began."),
                    status: z.optional(z.int()),
                    error: z.optional(z.string()),
                  }),
                  { id: "DeliveryTry", description: "One request: its status, or why none came." },
                ),
                { error: "For people." },
              ),
            ),
            nextTryAt: z.optional(timestamp),
          }),
          { id: "Delivery", description: "What became of telling one webhook." },
        ),
        {
          webhookId: "The header `webhook-id` of every try.",
          target: "The origin of its URL.",
          state: "`gone` after a 410, `exhausted` after three days of failed tries.",
          tries: "The latest 50, oldest first.",
          nextTryAt: "Left out once it is over.",
        },
      ),
    ),
  }),
  {
    id: "Deliveries",
    description: "One, or none where there is no webhook or nothing to tell yet.",
  },
);

/** ticket is a pass for a browser. */
export const ticket = described(
  noted(z.object({ ticket: z.string(), expiresAt: timestamp }), {
    id: "Ticket",
    description: "A pass that reads one operation and opens nothing else.",
  }),
  { ticket: "Opaque; at most 1,024 characters." },
);

/** kinds is what can be done. */
export const kinds = noted(
  z.object({
    kinds: z.array(
      described(
        noted(
          z.object({
            kind: z.string(),
            description: z.string(),
            engine: z.enum(["worker", "external"]),
            inputSchema: z.record(z.string(), z.unknown()),
          }),
          { id: "Kind", description: "Something that can be done." },
        ),
        {
          engine: "`worker`: done here. `external`: by workers elsewhere, which claim it.",
          inputSchema: "The JSON Schema of `input`.",
        },
      ),
    ),
  }),
  { id: "Kinds", description: "Sorted by name." },
);

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
  description: "The Worker runs. Nothing else was asked.",
});

/** watchFrame is what a WebSocket tells. */
export const watchFrame = described(
  noted(z.object({ type: z.literal("operation"), position: z.optional(z.string()), operation }), {
    id: "WatchFrame",
    description: "A text frame: an operation as it stands.",
  }),
  { position: "Of a watch of every operation: the `after` that resumes behind this frame." },
);

/** watchError is what a WebSocket tells of a message that it does not take. */
export const watchError = noted(
  z.object({
    type: z.literal("error"),
    error: z.object({ code: errorCode, message: z.string() }),
  }),
  { id: "WatchError", description: "A text frame: why a message was not taken." },
);

/** watchMessage is what a watcher may send. */
export const watchMessage = noted(z.object({ type: z.enum(["cancel", "ping"]) }), {
  id: "WatchMessage",
  description: "What a watcher may send, besides the bare text `ping`. `cancel` needs write.",
});
