import { maxResult } from "../../../../core/limits.ts";
import { locating } from "../headers.ts";
import { operation } from "../operation-answers.ts";
import { problemPage } from "../problem-answers.ts";
import { health, kinds, stats } from "../service-answers.ts";
import { trends } from "../trends-answers.ts";
import type { Action, ActionTexts } from "./action.ts";

/** The methods that the proxy is described for; it takes any that can be forwarded. */
const proxied = ["get", "head", "post", "put", "patch", "delete", "options"] as const;

const bodiless: readonly string[] = ["get", "head", "options"];

/** serviceActions say what can be done here, and what is going on. */
export const serviceActions = {
  listKinds: {
    tag: "Service",
    summary: "List the kinds",
    answers: { 200: { description: "Every kind.", content: kinds } },
  },
  getStats: {
    tag: "Service",
    summary: "Count operations and requests",
    answers: { 200: { description: "The counts.", content: stats } },
  },
  getTrends: {
    tag: "Service",
    summary: "Count operations and requests over time",
    description: "Requests arrive up to 20 s late.",
    parameters: ["TrendRange"],
    answers: { 200: { description: "The counts, as columns.", content: trends } },
    problems: ["validation-failed"],
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
    parameters: ["Code"],
    answers: { 200: { description: "Its status and title.", content: problemPage } },
    problems: ["not-found"],
  },
} as const satisfies ActionTexts;

/** proxyActions forward a request to an upstream. */
export const proxyActions: readonly Action[] = proxied.flatMap((method) => [
  forward(method, "/api/proxy/{upstream}", "Root"),
  forward(method, "/api/proxy/{upstream}/{path}", ""),
]);

function forward(method: Action["method"], path: string, suffix: string): Action {
  const verb = `${method[0]?.toUpperCase()}${method.slice(1)}`;
  return {
    path,
    method,
    operationId: `forward${verb}${suffix}`,
    tag: "Proxy",
    scope: "write",
    summary: `Forward ${method.toUpperCase()} to an upstream, as an operation`,
    description:
      "The query is the upstream's. With `Prefer: wait`, a fast answer comes straight back, with the upstream's status.",
    parameters: [
      "Upstream",
      ...(suffix === "" ? (["Path"] as const) : []),
      "Prefer",
      "IdempotencyKey",
      "OperationIdHeader",
    ],
    ...(!bodiless.includes(method) && { body: { schema: "bytes", required: false } }),
    answers: {
      202: {
        description: "It is under way; its result will be the upstream's answer.",
        headers: [...locating, "Retry-After", "ETag", "Preference-Applied", "Idempotency-Replayed"],
        ...(method !== "head" && { content: operation }),
      },
      default: {
        description: `The upstream's answer, whatever its status; at most ${maxResult} bytes.`,
        headers: [
          "Upstream-Status",
          "Operation-Location",
          "ETag",
          "Accept-Ranges",
          "Preference-Applied",
          "Idempotency-Replayed",
        ],
        ...(method !== "head" && { content: "bytes" }),
      },
    },
    problems: [
      "validation-failed",
      "not-found",
      "payload-too-large",
      "idempotency-key-reused",
      "quota-exceeded",
      "operation-failed",
      "operation-canceled",
    ],
  };
}
