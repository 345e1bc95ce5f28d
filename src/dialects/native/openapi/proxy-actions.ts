import { maxResult } from "../../../core/limits.ts";
import type { DescribedAction } from "../actions/action.ts";
import { locating } from "./headers.ts";
import { operation } from "./operation-answers.ts";

/** The methods that the proxy is described for; it accepts all that can be forwarded. */
const proxied = ["get", "head", "post", "put", "patch", "delete", "options"] as const;

const bodiless: readonly string[] = ["get", "head", "options"];

/** proxyActions forward a request to an upstream. */
export const proxyActions: readonly DescribedAction[] = proxied.flatMap((method) => [
  forward(method, "/api/proxy/{upstream}", "Root"),
  forward(method, "/api/proxy/{upstream}/{path}", ""),
]);

function forward(method: DescribedAction["method"], path: string, suffix: string): DescribedAction {
  const verb = `${method[0]?.toUpperCase()}${method.slice(1)}`;
  return {
    path,
    method,
    operationId: `forward${verb}${suffix}`,
    tag: "Proxy",
    scope: "write",
    summary: `Forward ${method.toUpperCase()} to an upstream, as an operation`,
    description:
      "The query is passed on to the upstream. With `Prefer: wait`, a fast response is returned directly, with the upstream's status.",
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
        description: "The operation is in progress; its result will be the upstream's response.",
        headers: [...locating, "Retry-After", "ETag", "Preference-Applied", "Idempotency-Replayed"],
        ...(method !== "head" && { content: operation }),
      },
      default: {
        description: `The upstream's response, whatever its status; at most ${maxResult} bytes, or \`MAX_RESULT\` if the service stores large results in a bucket.`,
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
