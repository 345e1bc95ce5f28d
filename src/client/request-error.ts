import { readRetryAfter } from "../base/headers/retry-after.ts";
import type { FieldError } from "../core/errors.ts";
import type { Operation } from "./operation.ts";

/**
 * RequestError means that a request was refused, by the service or on the way to it. `code` is that of its
 * problem+json (see core/errors.ts), or `http-{status}` if the response is not a problem.
 */
export class RequestError extends Error {
  override readonly name = "RequestError";
  /** The HTTP status. */
  readonly status: number;
  readonly code: string;
  /** What is wrong with each field, if `code` is `validation-failed`. */
  readonly errors: readonly FieldError[];
  /** The `Retry-After` of the response, in milliseconds. */
  readonly retryAfter: number | undefined;
  /** Whether the same request may succeed later. */
  readonly isTransient: boolean;
  /** The operation without a result, if `code` is `operation-failed` or `operation-canceled`. */
  readonly operation: Operation | undefined;

  constructor(response: Response, body: unknown) {
    const { detail, title, error, errors, operation } = (isObject(body) ? body : {}) as Problem;
    const { status } = response;
    // Browsers report a redirect that was not followed as status 0.
    const isRedirect = status === 0 || (status >= 300 && status < 400);
    const why = isRedirect ? " with a redirect, which is not followed: check the url" : "";
    super(error?.message ?? detail ?? title ?? `The service responded with ${status}${why}`);
    this.status = status;
    this.code = error?.code ?? `http-${status}`;
    this.errors = errors ?? [];
    this.operation = operation;
    this.retryAfter = readRetryAfter(response.headers.get("retry-after"), Date.now());
    const isFinal = response.headers.get("x-should-retry") === "false";
    this.isTransient = !isFinal && transient.has(status);
  }
}

/** UnreachableError means that there was no response: no connection, a broken one, or a timeout. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
  readonly code = "unreachable";
  readonly isTransient = true;
  readonly retryAfter = undefined;
}

interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly error?: { readonly code?: string; readonly message?: string };
  readonly errors?: readonly FieldError[];
  readonly operation?: Operation;
}

/** isPassing says whether an error may pass, so that the same request may succeed later. */
export function isPassing(thrown: unknown): thrown is RequestError | UnreachableError {
  const isKnown = thrown instanceof RequestError || thrown instanceof UnreachableError;
  return isKnown && thrown.isTransient;
}

const transient: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}
