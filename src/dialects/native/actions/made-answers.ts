import type { ErrorCode } from "../../../core/errors.ts";
import { locating } from "../openapi/headers.ts";
import { operation } from "../openapi/operation-answers.ts";
import { type ActionText, bodyProblems } from "./action.ts";

/** madeAnswers returns the responses to a request that creates an operation, and may wait for its end. */
export function madeAnswers(): ActionText["answers"] {
  const headers = [...locating, "ETag", "Preference-Applied", "Idempotency-Replayed"] as const;
  const [operationLocation, location, contentLocation, ...more] = headers;
  return {
    200: {
      description: "The operation succeeded within the wait.",
      headers,
      content: operation,
      example: "succeeded",
    },
    202: {
      description: "The operation is stored, and in progress.",
      headers: [operationLocation, location, contentLocation, "Retry-After", ...more],
      content: operation,
      example: "running",
    },
  };
}

/** createProblems returns the possible errors of such a request. */
export function createProblems(): readonly ErrorCode[] {
  return [
    ...bodyProblems,
    "kind-not-found",
    "idempotency-key-reused",
    "quota-exceeded",
    "operation-failed",
    "operation-canceled",
  ];
}
