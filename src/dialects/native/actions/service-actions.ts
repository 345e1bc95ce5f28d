import type { ActionSpecs } from "../../../edge/action-spec.ts";
import { problemPage } from "../openapi/problem-answers.ts";
import { kindBody } from "../openapi/requests.ts";
import {
  deletedTenant,
  health,
  kind,
  kinds,
  stats,
  webhookSecrets,
} from "../openapi/service-answers.ts";
import { trends } from "../openapi/trends-answers.ts";
import { type ActionTexts, bodyProblems, type PageId } from "./action.ts";

/** serviceActions say what can be done here, and what is going on. */
export const serviceActions = {
  listKinds: { method: "GET", path: "/api/v1/kinds", scope: "read" },
  changeKind: { method: "PATCH", path: "/api/v1/kinds/{kind}", scope: "admin", request: "json" },
  deleteTenant: { method: "DELETE", path: "/api/v1/tenants/{tenant}", scope: "admin" },
  getWebhookSecrets: { method: "GET", path: "/api/v1/webhook-secrets", scope: "admin" },
  getStats: { method: "GET", path: "/api/v1/stats", scope: "read" },
  getTrends: { method: "GET", path: "/api/v1/trends", scope: "read", query: ["range"] },
  getMetrics: { method: "GET", path: "/api/v1/metrics", scope: "read" },
  getOpenApi: { method: "GET", path: "/api/v1/openapi.json", scope: "read" },
} as const satisfies ActionSpecs;

/** serviceTexts returns what there is to say of them; as a function, it is not in the Worker's bundle. */
export function serviceTexts(): ActionTexts<keyof typeof serviceActions | PageId> {
  return {
    listKinds: {
      tag: "Service",
      summary: "List the kinds",
      description:
        "With the state of each kind in the tenant's objects. If one of them does not respond, those members are left out.",
      answers: { 200: { description: "Every kind.", content: kinds } },
    },
    changeKind: {
      tag: "Service",
      summary: "Pause or resume a kind",
      description:
        "While a kind is paused, none of its operations is started or can be claimed. Creates are accepted and stay pending, up to their deadline. What is under way continues.",
      body: { schema: kindBody },
      answers: { 200: { description: "The kind.", content: kind } },
      problems: [...bodyProblems, "kind-not-found"],
    },
    deleteTenant: {
      tag: "Service",
      summary: "Delete all that the tenant has",
      description:
        "Operations in every status, their results, deliveries, documents, pauses and counts. The tenant's name says that it is meant. Attempts under way are stopped, waits and watches closed. May be repeated, and must be where it does not answer. Tokens stay good: take them away first.",
      answers: { 200: { description: "Nothing is left.", content: deletedTenant } },
      problems: ["not-found"],
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
        "Counters, gauges and histograms of the tenant for Prometheus. Requests are counted up to 20 s late. A Worker of your own has them if it was given `metrics`.",
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
      summary: "Check that the Worker runs",
      answers: { 200: { description: "It runs.", content: health } },
    },
    getProblem: {
      tag: "Service",
      summary: "Read what a problem's code means",
      answers: { 200: { description: "Its status and title.", content: problemPage } },
      problems: ["not-found"],
    },
  };
}
