import { type ErrorCode, errors, type Failure } from "../core/errors.ts";

/**
 * encodeProblem writes a Failure as application/problem+json (RFC 9457). The numeric `status` member is left out on
 * purpose: `@azure/core-lro` reads `status` and fails on a number.
 *
 * @param pages the URL below which each kind of problem has its page
 * @param instance the path of the request
 * @param operation the monitor of the operation that this is about, as JSON text
 */
export function encodeProblem(
  failure: Failure,
  pages: string,
  instance: string,
  operation?: string,
): string {
  const problem = JSON.stringify({
    type: problemType(failure.code, pages),
    title: errors[failure.code].title,
    detail: failure.message,
    instance,
    error: { code: failure.code, message: failure.message },
    ...(failure.errors && { errors: failure.errors }),
  });
  return operation === undefined ? problem : `${problem.slice(0, -1)},"operation":${operation}}`;
}

/** problemType returns the URI that identifies a kind of problem; it is the URL of a page about it. */
function problemType(code: ErrorCode, pages: string): string {
  return `${pages}/${code}`;
}
