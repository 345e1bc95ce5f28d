import { type ErrorCode, errors, everything, type Failure } from "../../core/errors.ts";

/**
 * encodeFailure writes a Failure as Google's APIs do (AIP-193). Clients make their code of the word in
 * `status`; `code` is the HTTP status.
 */
export function encodeFailure(failure: Failure): string {
  const { status: code } = errors[failure.code];
  const status = exact[failure.code] ?? words[code];
  return JSON.stringify({ error: { code, message: everything(failure), status } });
}

/** What the HTTP status alone does not say. */
const exact: Readonly<Partial<Record<ErrorCode, string>>> = {
  "already-exists": "ALREADY_EXISTS",
  "document-changed": "ABORTED",
  "stale-attempt": "ABORTED",
  "range-not-satisfiable": "OUT_OF_RANGE",
};

/** The words of `google.rpc.Code` by HTTP status. */
const words: Readonly<Record<number, string>> = {
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
  422: "INVALID_ARGUMENT",
  424: "FAILED_PRECONDITION",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
  503: "UNAVAILABLE",
};
