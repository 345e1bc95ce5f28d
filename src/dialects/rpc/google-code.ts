import type { ErrorStatus } from "../../core/errors.ts";

/**
 * googleCode returns the name in `google.rpc.Code` for an HTTP status, by which clients of Google's APIs and of A2A
 * choose their class of error. Source: google/rpc/code.proto.
 */
export function googleCode(status: ErrorStatus): string {
  return words[status];
}

const words: Readonly<Record<ErrorStatus, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  405: "UNIMPLEMENTED",
  409: "FAILED_PRECONDITION",
  410: "NOT_FOUND",
  412: "FAILED_PRECONDITION",
  413: "INVALID_ARGUMENT",
  415: "INVALID_ARGUMENT",
  416: "OUT_OF_RANGE",
  422: "INVALID_ARGUMENT",
  424: "FAILED_PRECONDITION",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
  503: "UNAVAILABLE",
};
