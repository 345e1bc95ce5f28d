import { jsonLine } from "../base/json.ts";
import { failed, type Result } from "../base/result.ts";

/**
 * errors is the table of all errors of requests: each code, its HTTP status and its title. Every dialect maps from it.
 */
export const errors = {
  "validation-failed": { status: 400, title: "The request is invalid" },
  "malformed-request": { status: 400, title: "The request is not valid HTTP" },
  "malformed-json": { status: 400, title: "The body is not valid JSON" },
  unauthenticated: { status: 401, title: "Authentication is required" },
  forbidden: { status: 403, title: "The request is not allowed" },
  "operation-not-found": { status: 404, title: "Operation not found" },
  "kind-not-found": { status: 404, title: "Kind not found" },
  "not-found": { status: 404, title: "Resource not found" },
  "method-not-allowed": { status: 405, title: "The method is not allowed" },
  "operation-active": { status: 409, title: "The operation has not finished" },
  "already-terminal": { status: 409, title: "The operation has already finished" },
  "stale-attempt": { status: 409, title: "The attempt is no longer current" },
  "input-not-required": { status: 409, title: "The operation is not waiting for input" },
  "already-exists": { status: 409, title: "The resource already exists" },
  "document-changed": { status: 409, title: "The document has changed" },
  "operation-expired": { status: 410, title: "The operation has expired" },
  "precondition-failed": { status: 412, title: "The operation has changed" },
  "payload-too-large": { status: 413, title: "The body is too large" },
  "unsupported-media-type": { status: 415, title: "The media type is not supported" },
  "range-not-satisfiable": { status: 416, title: "The range is outside the result" },
  "idempotency-key-reused": {
    status: 422,
    title: "The idempotency key was used with another request",
  },
  "operation-failed": { status: 424, title: "The operation failed" },
  "operation-canceled": { status: 424, title: "The operation was canceled" },
  "rate-limited": { status: 429, title: "Too many requests" },
  "quota-exceeded": { status: 429, title: "The quota is exceeded" },
  internal: { status: 500, title: "Internal error" },
  unavailable: { status: 503, title: "The service is unavailable" },
} as const satisfies Readonly<Record<string, { status: number; title: string }>>;

/** ErrorCode is an error code of the table. */
export type ErrorCode = keyof typeof errors;

/** ErrorStatus is an HTTP status of the table. */
export type ErrorStatus = (typeof errors)[ErrorCode]["status"];

/** FieldError says what is wrong and where, by a path such as `input.items[2].name`. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** Failure is an error as a value: a code of the table, and a message for the client. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly errors?: readonly FieldError[];
}

/** failure builds a Failure. */
export function failure(code: ErrorCode, message: string): Failure {
  return { code, message };
}

/** invalid builds the Failure of a request with invalid fields. Its message is that of the first one. */
export function invalid(fields: readonly FieldError[]): Failure {
  const [first] = fields;
  const where = first?.path ? `${first.path}: ` : "";
  return { code: "validation-failed", message: `${where}${first?.message}`, errors: fields };
}

/** invalidField returns the failed Result of a request with one invalid field. */
export function invalidField(path: string, message: string): Result<never, Failure> {
  return failed(invalid([{ path, message }]));
}

/** notFound is the Failure for an operation that does not exist, has expired, or belongs to another tenant. */
export function notFound(id: string): Failure {
  return failure("operation-not-found", `Cannot find operation ${quote(id)}`);
}

/** everything returns a single message with all field errors of a Failure, for protocols that have no list of them. */
export function everything({ message, errors: wrong = [] }: Failure): string {
  return [message, ...wrong.slice(1).map((one) => `${one.path}: ${one.message}`)].join("; ");
}

/** quote quotes text of a client for a message: shortened, and with control characters escaped. */
export function quote(text: string, limit = 80): string {
  const shown = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return jsonLine(shown);
}

/** shownPath shortens the path of a FieldError, because a client chooses its names, which can be as long as the body. */
export function shownPath(path: string): string {
  return path.length > 200 ? `${path.slice(0, 200)}…` : path;
}
