import type { ActionSpecs } from "../../../edge/action-spec.ts";
import { deliveries } from "../openapi/delivery-answers.ts";
import { claimed, operation } from "../openapi/operation-answers.ts";
import { claimBody, completeBody, failBody, releaseBody, reportBody } from "../openapi/requests.ts";
import { type ActionText, type ActionTexts, bodyProblems, one, operations } from "./action.ts";

const attempts = ["operation-not-found", "stale-attempt", "already-terminal"] as const;

/** workActions are what outside workers do, and what is known of webhooks. */
export const workActions = {
  claimOperations: {
    method: "POST",
    path: `${operations}:claim`,
    scope: "work",
    query: ["wait"],
    request: "json",
  },
  reportOperation: { method: "PATCH", path: one, scope: "work", request: "json" },
  releaseOperation: { method: "POST", path: `${one}:release`, scope: "work", request: "json" },
  completeOperation: {
    method: "POST",
    path: `${one}:complete`,
    scope: "work",
    request: "json",
  },
  putResult: {
    method: "PUT",
    path: `${one}/result`,
    scope: "work",
    query: ["attempt"],
    request: "bytes",
  },
  failOperation: {
    method: "POST",
    path: `${one}:fail`,
    scope: "work",
    request: "json",
  },
  getDeliveries: { method: "GET", path: `${one}/deliveries`, scope: "read" },
  redeliver: { method: "POST", path: `${one}:redeliver`, scope: "write" },
} as const satisfies ActionSpecs;

/** The responses to a result, however it is sent. */
function succeeded(): ActionText["answers"] {
  return {
    200: {
      description: "The operation, which has succeeded.",
      headers: ["ETag"],
      content: operation,
      example: "succeeded",
    },
  };
}

/** workTexts returns their documentation. As a function, it is left out of the Worker's bundle. */
export function workTexts(): ActionTexts<keyof typeof workActions> {
  return {
    claimOperations: {
      tag: "Workers",
      summary: "Claim work",
      description:
        "Returns operations that are due, by priority and age. Can wait until there are some. An attempt is never held by two workers.",
      headers: ["Prefer"],
      body: { schema: claimBody },
      answers: {
        200: {
          description: "The operations that you have claimed.",
          headers: ["Preference-Applied"],
          content: claimed,
          example: "claimed",
        },
      },
      problems: [...bodyProblems, "kind-not-found"],
    },
    reportOperation: {
      tag: "Workers",
      summary: "Report on an attempt, and renew its lease",
      description:
        "`cancelRequestedAt` in the response means that a client has asked the work to stop.",
      body: { schema: reportBody },
      answers: {
        200: {
          description: "The operation.",
          headers: ["ETag", "Retry-After"],
          content: operation,
        },
      },
      problems: [...bodyProblems, ...attempts],
    },
    releaseOperation: {
      tag: "Workers",
      summary: "Release an attempt",
      description:
        "The operation can be claimed again at once, and the attempt does not count against `retry`.",
      body: { schema: releaseBody },
      answers: {
        200: {
          description: "The operation, which is pending, or canceled if a client asked for that.",
          headers: ["ETag", "Retry-After"],
          content: operation,
        },
      },
      problems: [...bodyProblems, ...attempts],
    },
    completeOperation: {
      tag: "Workers",
      summary: "Complete an attempt with a result",
      body: { schema: completeBody },
      answers: succeeded(),
      problems: [...bodyProblems, ...attempts],
    },
    putResult: {
      tag: "Workers",
      summary: "Complete an attempt with a result of any media type",
      description:
        "The body is the result, and Content-Type its media type. It is streamed into the bucket if the service stores large results in one. The lease must hold until it has arrived.",
      body: { schema: "bytes" },
      answers: succeeded(),
      problems: [
        "validation-failed",
        "malformed-request",
        "unsupported-media-type",
        "payload-too-large",
        "quota-exceeded",
        ...attempts,
      ],
    },
    failOperation: {
      tag: "Workers",
      summary: "Fail an attempt with an error",
      body: { schema: failBody },
      answers: {
        200: {
          description: "The operation, which has failed or waits for its next attempt.",
          headers: ["ETag", "Retry-After"],
          content: operation,
          example: "failed",
        },
      },
      problems: [...bodyProblems, ...attempts],
    },
    getDeliveries: {
      tag: "Webhooks",
      summary: "List the deliveries of the webhook",
      answers: { 200: { description: "The deliveries.", content: deliveries } },
      problems: ["operation-not-found"],
    },
    redeliver: {
      tag: "Webhooks",
      summary: "Deliver the webhook again",
      answers: { 202: { description: "The delivery is due now.", content: deliveries } },
      problems: ["malformed-request", "operation-not-found", "not-found", "operation-active"],
    },
  };
}
