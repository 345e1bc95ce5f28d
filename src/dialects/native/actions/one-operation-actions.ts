import { maxResult } from "../../../core/limits.ts";
import type { ActionSpecs } from "../../../edge/action-spec.ts";
import { attempts } from "../openapi/answers/attempt-answers.ts";
import { locating } from "../openapi/headers.ts";
import { input, operation, ticket } from "../openapi/operation-answers.ts";
import { anyAnswer, cancelBody, ticketBody } from "../openapi/requests.ts";
import { type ActionTexts, bodyProblems, one } from "./action.ts";

/** oneOperationActions are what clients do with one operation. */
export const oneOperationActions = {
  getOperation: { method: "GET", path: one, scope: "read", query: ["wait"], ticket: "bearer" },
  deleteOperation: { method: "DELETE", path: one, scope: "write" },
  getInput: { method: "GET", path: `${one}/input`, scope: "read" },
  getAttempts: { method: "GET", path: `${one}/attempts`, scope: "read" },
  getResult: {
    method: "GET",
    path: `${one}/result`,
    scope: "read",
    query: ["wait"],
    ticket: "bearer",
  },
  cancelOperation: { method: "POST", path: `${one}:cancel`, scope: "write", request: "json" },
  answerInput: {
    method: "POST",
    path: `${one}:input`,
    scope: "write",
    request: "json",
  },
  createTicket: {
    method: "POST",
    path: `${one}:tickets`,
    scope: "read",
    request: "json",
  },
} as const satisfies ActionSpecs;

/** oneOperationTexts returns their documentation. As a function, it is left out of the Worker's bundle. */
export function oneOperationTexts(): ActionTexts<keyof typeof oneOperationActions> {
  const accepted = [...locating, "Retry-After", "ETag"] as const;
  const kept = ["ETag", "Accept-Ranges", "Preference-Applied", "Upstream-Status"] as const;
  return {
    getOperation: {
      tag: "Operations",
      summary: "Get an operation",
      description:
        "Can wait for the operation to end or, with `If-None-Match`, for its next version.",
      headers: ["Prefer", "IfNoneMatch"],
      answers: {
        200: {
          description: "The operation, in any status.",
          headers: ["ETag", "Retry-After", "Preference-Applied"],
          content: operation,
        },
        304: {
          description: "The operation has not changed.",
          headers: ["ETag", "Preference-Applied"],
        },
      },
      problems: ["operation-not-found", "quota-exceeded"],
    },
    deleteOperation: {
      tag: "Operations",
      summary: "Delete a finished operation",
      headers: ["IfMatch"],
      answers: { 204: { description: "The operation has been deleted." } },
      problems: ["operation-not-found", "operation-active", "precondition-failed"],
    },
    getInput: {
      tag: "Operations",
      summary: "Get the input of an operation",
      description:
        "The operation itself does not include its input, which can be large and is not readable with a ticket.",
      answers: { 200: { description: "The input.", content: input } },
      problems: ["operation-not-found"],
    },
    getAttempts: {
      tag: "Operations",
      summary: "Get the attempts of an operation",
      description: "Returns the last 20, each with its steps, progress and log.",
      answers: { 200: { description: "The attempts.", content: attempts } },
      problems: ["operation-not-found"],
    },
    getResult: {
      tag: "Operations",
      summary: "Get the result of an operation",
      headers: ["Prefer", "IfNoneMatchResult", "Range", "IfRange"],
      answers: {
        200: {
          description: `The result in its own media type; at most ${maxResult} bytes, or \`MAX_RESULT\` if the service stores large results in a bucket.`,
          headers: kept,
          content: "bytes",
        },
        202: {
          description: "The operation has not finished.",
          headers: [...accepted, "Preference-Applied"],
          content: operation,
          example: "running",
        },
        206: {
          description: "The requested range.",
          headers: [...kept, "Content-Range"],
          content: "bytes",
        },
        304: { description: "The result has not changed.", headers: kept },
        default: {
          description: "For the kind `http`: the upstream's response, whatever its status.",
          headers: kept,
          content: "bytes",
        },
      },
      problems: [
        "operation-not-found",
        "range-not-satisfiable",
        "operation-failed",
        "operation-canceled",
      ],
    },
    cancelOperation: {
      tag: "Operations",
      summary: "Ask an operation to stop",
      description:
        "Safe to repeat. The work may still succeed. With `force`, the operation ends at once, and later reports of its work are rejected.",
      headers: ["IfMatch"],
      body: { schema: cancelBody, required: false },
      answers: {
        200: {
          description: "The operation has ended.",
          headers: ["ETag"],
          content: operation,
          example: "failed",
        },
        202: {
          description: "The work has been asked to stop.",
          headers: accepted,
          content: operation,
          example: "stopping",
        },
      },
      problems: [...bodyProblems, "operation-not-found", "precondition-failed"],
    },
    answerInput: {
      tag: "Operations",
      summary: "Answer the question of an operation",
      body: { schema: anyAnswer },
      answers: {
        200: {
          description: "The operation, which continues.",
          headers: ["ETag", "Retry-After"],
          content: operation,
        },
      },
      problems: [...bodyProblems, "operation-not-found", "already-terminal", "input-not-required"],
    },
    createTicket: {
      tag: "Operations",
      summary: "Create a ticket for a browser",
      description:
        "A ticket can only read this operation, and cannot be revoked. Returns 503 if TICKET_SECRET is not set.",
      body: { schema: ticketBody, required: false },
      answers: { 201: { description: "The ticket.", content: ticket } },
      problems: [...bodyProblems, "operation-not-found"],
    },
  };
}
