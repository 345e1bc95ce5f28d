import type { ActionSpecs } from "../../../edge/action-spec.ts";
import { problemPage } from "../openapi/problem-answers.ts";
import { kindBody } from "../openapi/requests.ts";
import {
  deletedTenant,
  deletingTenant,
  health,
  kind,
  kinds,
  stats,
  webhookSecrets,
} from "../openapi/service-answers.ts";
import { trends } from "../openapi/trends-answers.ts";
import { type ActionTexts, bodyProblems, type PageId } from "./action.ts";

/** serviceActions describe the service and its state. */
export const serviceActions = {
  listKinds: { method: "GET", path: "/api/v1/kinds", scope: "read" },
  changeKind: { method: "PATCH", path: "/api/v1/kinds/{kind}", scope: "admin", request: "json" },
  deleteTenant: {
    method: "DELETE",
    path: "/api/v1/tenants/{tenant}",
    scope: "admin",
    query: ["from"],
  },
  getWebhookSecrets: { method: "GET", path: "/api/v1/webhook-secrets", scope: "admin" },
  getStats: { method: "GET", path: "/api/v1/stats", scope: "read" },
  getTrends: { method: "GET", path: "/api/v1/trends", scope: "read", query: ["range"] },
  getMetrics: { method: "GET", path: "/api/v1/metrics", scope: "read" },
  getOpenApi: { method: "GET", path: "/api/v1/openapi.json", scope: "read" },
} as const satisfies ActionSpecs;

/** serviceTexts returns their documentation. As a function, it is left out of the Worker's bundle. */
export function serviceTexts(): ActionTexts<keyof typeof serviceActions | PageId> {
  return {
    listKinds: {
      tag: "Service",
      summary: "List the kinds",
      description:
        "Includes the state of each kind across the tenant's objects, unless one of them does not respond.",
      answers: { 200: { description: "Every kind.", content: kinds } },
    },
    changeKind: {
      tag: "Service",
      summary: "Pause or resume a kind",
      description:
        "While a kind is paused, none of its operations is started or can be claimed. Creates are accepted and stay pending, up to their deadline. Running operations continue.",
      body: { schema: kindBody },
      answers: { 200: { description: "The kind.", content: kind } },
      problems: [...bodyProblems, "kind-not-found"],
    },
    deleteTenant: {
      tag: "Service",
      summary: "Delete a tenant's data",
      description:
        "Deletes everything that belongs to the tenant: operations in every status with their results, deliveries, documents, paused kinds and statistics. The tenant's name in the path is the confirmation. Running attempts are stopped, and waits and watches are closed. Where one request cannot empty all objects, it returns 202 and where to continue. Safe to repeat; repeat it until it succeeds. Tokens remain valid, so revoke them first.",
      answers: {
        200: { description: "Everything has been deleted.", content: deletedTenant },
        202: { description: "Repeat it with `from` set to `next`.", content: deletingTenant },
      },
      problems: ["not-found", "validation-failed"],
    },
    getWebhookSecrets: {
      tag: "Service",
      summary: "Get the secrets that verify the tenant's webhooks",
      description:
        "Several while `WEBHOOK_SECRET` is rotated: each signs, so a receiver needs one of them. 403 if the only secret is one that other tenants have too.",
      answers: { 200: { description: "The secrets.", content: webhookSecrets } },
      problems: ["not-found"],
    },
    getStats: {
      tag: "Service",
      summary: "Count operations and requests",
      answers: { 200: { description: "The counts.", content: stats } },
    },
    getTrends: {
      tag: "Service",
      summary: "Count operations and requests over time",
      description: "Requests are counted up to 20 s late.",
      answers: { 200: { description: "The counts, as columns.", content: trends } },
      problems: ["validation-failed"],
    },
    getMetrics: {
      tag: "Service",
      summary: "Get the tenant's metrics",
      description:
        "Counters, gauges and histograms of the tenant for Prometheus. Requests are counted up to 20 s late. Only available in a Worker of your own if `createOperations` was given `metrics`.",
      answers: { 200: { description: "OpenMetrics 1.0.", content: "metrics" } },
      problems: ["not-found"],
    },
    getOpenApi: {
      tag: "Service",
      summary: "Get this document",
      answers: { 200: { description: "OpenAPI 3.1, as JSON.", content: "document" } },
    },
    getHealth: {
      tag: "Service",
      summary: "Check that the Worker is running",
      answers: { 200: { description: "It is running.", content: health } },
    },
    getProblem: {
      tag: "Service",
      summary: "Explain a problem code",
      answers: { 200: { description: "Its status and title.", content: problemPage } },
      problems: ["not-found"],
    },
  };
}
